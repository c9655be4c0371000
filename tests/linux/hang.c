/* SPDX-License-Identifier: MIT */
/*
 * hang.c - a user's file system that never answers a read, and what can be done with it.
 *
 *	hang map DEVICE FOLDER       maps a file of it, below an overlayfs, executable
 *	hang arguments DEVICE FOLDER replaces pages of its own arguments by such a file
 *	hang exec DEVICE FOLDER PROGRAM  executes PROGRAM with arguments from such a file
 *
 * DEVICE is a node of /dev/fuse. All of it happens in a user and a mount namespace of its
 * own, so anybody may do it. Prints "ready", then sleeps until it is killed; its server
 * ends with it, and so does the file system.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fuse.h>

#define FILE_SIZE (1u << 20)
#define LONG_ARG  (16u << 12)

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
	struct fuse_out_header out = { .len = (uint32_t)(sizeof out + size),
				       .error = -error,
				       .unique = in->unique };
	char buffer[sizeof out + 256];

	memcpy(buffer, &out, sizeof out);
	if (size)
		memcpy(buffer + sizeof out, data, size);
	if (write(fd, buffer, sizeof out + size) < 0)
		return; /* who asked is gone */
}

/* Every request but one is answered. */
static void answer(int fd, const struct fuse_in_header *in)
{
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = FUSE_KERNEL_MINOR_VERSION,
				      .max_readahead = 4096,
				      .max_write = 4096 };
	struct fuse_entry_out entry = { .nodeid = 2, .attr = attributes(2) };
	struct fuse_attr_out attr = { .attr = attributes(in->nodeid) };
	struct fuse_open_out open = { .fh = 1 };
	struct fuse_statfs_out statfs = { .st = { .bsize = 4096, .namelen = 255 } };

	switch (in->opcode) {
	case FUSE_INIT:
		reply(fd, in, 0, &init, sizeof init);
		break;
	case FUSE_LOOKUP:
		if (strcmp((const char *)(in + 1), "program") == 0)
			reply(fd, in, 0, &entry, sizeof entry);
		else
			reply(fd, in, ENOENT, NULL, 0);
		break;
	case FUSE_GETATTR:
		reply(fd, in, 0, &attr, sizeof attr);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		reply(fd, in, 0, &open, sizeof open);
		break;
	case FUSE_STATFS:
		reply(fd, in, 0, &statfs, sizeof statfs);
		break;
	case FUSE_READ:
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
		ssize_t got = read(fd, buffer, sizeof buffer);

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
	snprintf(map, sizeof map, "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "0 %u 1", gid);
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
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
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

/* The pages within a long argument; nobody here reads them any more. */
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

int main(int argc, char **argv)
{
	if (argc < 4)
		errx(2, "usage: hang map|arguments|exec DEVICE FOLDER [PROGRAM]");
	if (strcmp(argv[1], "arguments") == 0 && argc < 5) {
		char *longer = malloc(LONG_ARG + 1);

		if (!longer)
			err(2, "no memory");
		memset(longer, 'x', LONG_ARG);
		longer[LONG_ARG] = '\0';
		execl("/proc/self/exe", argv[0], argv[1], argv[2], argv[3], longer, NULL);
		err(2, "exec");
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mount_all(argv[2], argv[3]);
	if (strcmp(argv[1], "arguments") == 0)
		replace_argument(argv[4]);
	puts("ready");
	fflush(stdout);
	getchar();
	if (strcmp(argv[1], "map") == 0)
		map_file("over/program", NULL, 65536, 0);
	else if (strcmp(argv[1], "exec") == 0 && argc > 4)
		execute(argv[4]);
	puts("done");
	fflush(stdout);
	for (;;)
		pause();
}
