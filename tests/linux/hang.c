/* SPDX-License-Identifier: MIT */
/*
 * hang.c - a user's file system that never answers a read, and what can be done with it.
 *
 *	hang map DEVICE FOLDER       maps a file of it, below an overlayfs, executable
 *	hang arguments DEVICE FOLDER replaces pages of its arguments by such a file
 *	hang exec DEVICE FOLDER PROGRAM  executes PROGRAM with arguments from such a file
 *	hang lock DEVICE FOLDER      holds the lock of a process's memory (mmap_lock); then that of
 *	                             another one, which has just mapped a file with a long path
 *	hang lock-exec DEVICE FOLDER PROGRAM  executes PROGRAM while a thread holds that lock
 *
 * DEVICE is a node of /dev/fuse. All of it happens in a user and a mount namespace of its
 * own, so anybody may do it. Prints "ready", then sleeps until it is killed; its server
 * ends with it, and so does the file system.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/fuse.h>

#define FILE_SIZE (1u << 20)
#define LONG_ARG  (16u << 12)

/* Files of the file system, by node: one that never answers a read, "program"; those that never
 * answer a write, "data3" and so on, by their last character. */
#define PROGRAM 2

/* The server writes a byte to it for each write that it will not answer. */
static int written[2];

/* ---- the server ---- */

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr attr = { .ino = node,
				  .mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0755,
				  .nlink = 1,
				  .blksize = 4096 };

	if (node != 1)
		attr.size = FILE_SIZE;
	return attr;
}

static void reply(int fd, const struct fuse_in_header *in, int error, const void *data, size_t size)
{
	struct fuse_out_header out = { .len = (uint32_t)(sizeof(out) + size),
				       .error = -error,
				       .unique = in->unique };
	const struct iovec parts[] = { { &out, sizeof(out) }, { (void *)(uintptr_t)data, size } };

	if (writev(fd, parts, 2) < 0)
		return; /* who asked is gone */
}

static void look_up(int fd, const struct fuse_in_header *in)
{
	const char *name = (const char *)(in + 1);
	uint64_t node = strcmp(name, "program") == 0    ? PROGRAM
			: strncmp(name, "data", 4) == 0 ? (uint64_t)(name[4] - '0')
							: 0;
	struct fuse_entry_out entry = { .nodeid = node, .attr = attributes(node) };

	reply(fd, in, node ? 0 : ENOENT, &entry, node ? sizeof(entry) : 0);
}

static void read_zeros(int fd, const struct fuse_in_header *in)
{
	static const char zeros[1u << 17];
	const struct fuse_read_in *asked = (const void *)(in + 1);

	if (in->nodeid != PROGRAM)
		reply(fd, in, 0, zeros, asked->size < sizeof(zeros) ? asked->size : sizeof(zeros));
}

/* Reads of one file and writes to the other one are not answered. */
static void answer(int fd, const struct fuse_in_header *in)
{
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = FUSE_KERNEL_MINOR_VERSION,
				      .max_readahead = 4096,
				      .max_write = 4096 };
	struct fuse_attr_out attr = { .attr = attributes(in->nodeid) };
	struct fuse_open_out open = { .fh = 1 };
	struct fuse_statfs_out statfs = { .st = { .bsize = 4096, .namelen = 255 } };

	switch (in->opcode) {
	case FUSE_INIT:
		reply(fd, in, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		look_up(fd, in);
		break;
	case FUSE_GETATTR:
		reply(fd, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		reply(fd, in, 0, &open, sizeof(open));
		break;
	case FUSE_STATFS:
		reply(fd, in, 0, &statfs, sizeof(statfs));
		break;
	case FUSE_READ:
		read_zeros(fd, in);
		break;
	case FUSE_WRITE:
		(void)!write(written[1], "", 1);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		reply(fd, in, ENOSYS, NULL, 0);
	}
}

_Noreturn static void serve(int fd)
{
	static _Alignas(8) char buffer[1u << 17];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		ssize_t got = read(fd, buffer, sizeof(buffer));

		if (got < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT)
			_exit(0);
		if (got >= (ssize_t)sizeof(struct fuse_in_header))
			answer(fd, (const struct fuse_in_header *)(void *)buffer);
	}
}

/* ---- the user ---- */

static void write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(77, "%s", name);
	close(fd);
}

static void enter_namespaces(void)
{
	unsigned uid = getuid(), gid = getgid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		err(77, "unshare");
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	write_file("/proc/self/gid_map", map);
}

/* FUSE at FOLDER/fuse, served by a child, and an overlayfs of it at FOLDER/over. */
static void mount_all(const char *device, const char *folder)
{
	char options[512];
	int fd;

	enter_namespaces();
	fd = open(device, O_RDWR | O_CLOEXEC); /* FUSE wants it opened in the same namespace */
	if (fd < 0)
		err(77, "%s", device);
	if (mount("none", folder, "tmpfs", 0, NULL) < 0 || chdir(folder) < 0 ||
	    mkdir("fuse", 0755) < 0 || mkdir("empty", 0755) < 0 || mkdir("over", 0755) < 0)
		err(77, "%s", folder);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mount("hang", "fuse", "fuse", 0, options) < 0)
		err(77, "mounting FUSE");
	if (fork() == 0)
		serve(fd);
	close(fd);
	if (mount("over", "over", "overlay", 0, "lowerdir=empty:fuse") < 0)
		err(77, "mounting an overlayfs");
}

static char *map_file(const char *name, void *at, size_t size, int flags)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	void *mapped;

	if (fd < 0)
		err(77, "%s", name);
	mapped = mmap(at, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | flags, fd, 0);
	if (mapped == MAP_FAILED)
		err(77, "mapping %s", name);
	close(fd);
	return mapped;
}

/* The pages within a long argument; this program does not read them again. */
static void replace_argument(char *argument)
{
	uintptr_t page = ((uintptr_t)argument + 4095) & ~(uintptr_t)4095;

	map_file("over/program", (void *)page, LONG_ARG / 2, MAP_FIXED);
}

/* A rule refuses it before the kernel reads the arguments. */
static void execute(char *program)
{
	char *argv[] = { program, map_file("over/program", NULL, 65536, 0), NULL };

	execv(program, argv);
}

/* A changed page is written when another mapping takes its place, which the kernel does with the
 * lock held, and waits for. */
static void *hold_lock(void *data)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, *(int *)data, 0);

	if (page == MAP_FAILED)
		err(77, "mapping fuse/data");
	*page = 1;
	(void)mmap(page, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	errx(1, "the lock of the memory is not held any more");
}

/* Whether a read of the process's mappings waits: in another process, which is killed. */
static bool is_locked(pid_t subject)
{
	char name[64], byte;
	pid_t reader = fork();
	int waited = 0;

	if (reader == 0) {
		snprintf(name, sizeof(name), "/proc/%d/cmdline", (int)subject);
		_exit(read(open(name, O_RDONLY), &byte, 1) < 0);
	}
	for (int i = 0; i < 30 && waited == 0; i++) {
		usleep(10000);
		waited = waitpid(reader, NULL, WNOHANG);
	}
	if (waited == 0) {
		kill(reader, SIGKILL);
		waitpid(reader, NULL, 0);
	}
	return waited == 0;
}

static void await_lock(pid_t subject)
{
	char byte;

	if (read(written[0], &byte, 1) != 1 || !is_locked(subject))
		errx(1, "the lock of the memory is not held");
}

static void map_new_file(void)
{
	int fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	if (fd < 0 || ftruncate(fd, 65536) < 0)
		err(77, "making a file");
	close(fd);
	map_file("file", NULL, 65536, 0);
}

/* The sensor wants the build-id of this one. */
static void map_files(void)
{
	char name[201];

	map_new_file();
	memset(name, 'x', 200);
	name[200] = '\0';
	for (int i = 0; i < 21; i++)
		if (mkdir(name, 0755) < 0 || chdir(name) < 0)
			err(77, "making a deep folder");
	map_new_file(); /* perf does not write down its path: it is looked for in /proc */
}

static void start_locked(const char *file, bool maps)
{
	int data = open(file, O_RDWR | O_CLOEXEC);
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (maps)
			map_files();
		hold_lock(&data);
	}
	close(data);
	await_lock(child);
}

static void execute_locked(char *program)
{
	char *argv[] = { program, NULL };
	int data = open("fuse/data3", O_RDWR | O_CLOEXEC);
	pid_t child = fork();
	pthread_t thread;

	if (child) {
		close(data);
		await_lock(child);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pthread_create(&thread, NULL, hold_lock, &data) != 0)
		err(1, "a thread");
	for (;;) {
		usleep(100000);
		execv(program, argv);
	}
}

static void take_long_argument(char **argv)
{
	char *longer = malloc(LONG_ARG + 1);

	if (!longer)
		err(2, "no memory");
	memset(longer, 'x', LONG_ARG);
	longer[LONG_ARG] = '\0';
	execl("/proc/self/exe", argv[0], argv[1], argv[2], argv[3], longer, NULL);
	err(2, "exec");
}

static void prepare(const char *what, char *argument)
{
	if (strcmp(what, "arguments") == 0)
		replace_argument(argument);
	else if (strcmp(what, "lock") == 0)
		start_locked("fuse/data3", false);
}

static void attack(const char *what, char *program)
{
	if (strcmp(what, "map") == 0)
		map_file("over/program", NULL, 65536, 0);
	else if (strcmp(what, "lock") == 0)
		start_locked("fuse/data4", true);
	else if (strcmp(what, "lock-exec") == 0)
		execute_locked(program);
	else if (strcmp(what, "exec") == 0)
		execute(program);
}

int main(int argc, char **argv)
{
	if (argc < 4 || (strstr(argv[1], "exec") && argc < 5))
		errx(2, "usage: hang map|arguments|exec|lock|lock-exec DEVICE FOLDER [PROGRAM]");
	if (strcmp(argv[1], "arguments") == 0 && argc < 5)
		take_long_argument(argv);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pipe2(written, O_CLOEXEC) < 0)
		err(77, "pipe");
	mount_all(argv[2], argv[3]);
	prepare(argv[1], argv[4]);
	puts("ready");
	fflush(stdout);
	getchar();
	attack(argv[1], argv[4]);
	puts("done");
	fflush(stdout);
	for (;;)
		pause();
}
