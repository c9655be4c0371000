/* SPDX-License-Identifier: MIT */
/*
 * rules_start.c - starts a forbidden and an allowed program in turn, as fast as it can.
 *
 *	rules_start TIMES FORBIDDEN ALLOWED MARK
 *
 * Each is run as PROGRAM MARK. Prints how often the first was refused with EPERM, how
 * often the second ended well, and the mean time from fork to end of each, in ns.
 * As `rules_start hang PROGRAM` it asks for PROGRAM with arguments in memory that no process
 * ever serves, and prints the error and how long that took, in ms.
 * As `rules_start deep COUNT LENGTH PROGRAM [ARGUMENT...]` it becomes a copy of PROGRAM that it
 * puts below COUNT nested folders, whose names have LENGTH characters, of the current folder.
 * As `rules_start exec PROGRAM [ARGUMENT...]` it becomes PROGRAM by execveat of a
 * descriptor, as `rules_start memfd PROGRAM ...` by that of a copy in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

/* Exit status; 1000 + errno when it could not be run. */
static int start(char *path, char *mark)
{
	char *argv[] = { path, mark, NULL };
	int status = 0, failed;
	pid_t child;

	failed = posix_spawn(&child, path, NULL, NULL, argv, environ);
	if (failed)
		return 1000 + failed;
	waitpid(child, &status, 0);
	return status;
}

static int copy_to(int from, int to)
{
	char buffer[65536];
	ssize_t got;

	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)got) != got)
			return -1;
	return (int)got;
}

static int by_descriptor(char **argv, int in_memory)
{
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC), copy;

	if (in_memory) {
		copy = memfd_create("copy", MFD_CLOEXEC);
		if (copy_to(fd, copy) < 0)
			return 1;
		fd = copy;
	}
	fexecve(fd, argv, environ);
	return errno == EPERM ? 126 : 1;
}

static int from_deep(int count, int length, char **argv)
{
	int from = open(argv[0], O_RDONLY | O_CLOEXEC), to;
	char name[256] = "";

	memset(name, 'd', (size_t)length);
	for (int i = 0; i < count; i++) {
		mkdir(name, 0755);
		if (chdir(name) < 0)
			return 1;
	}
	to = open("program", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (to < 0 || copy_to(from, to) < 0)
		return 1;
	close(to);
	execv("./program", argv);
	return errno == EPERM ? 126 : 1;
}

static int hang(char *path)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register all = { .range = { (unsigned long)page, 4096 },
				       .mode = UFFDIO_REGISTER_MODE_MISSING };
	long begun;

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) < 0 || ioctl(fd, UFFDIO_REGISTER, &all) < 0)
		return 77;
	begun = now_ns();
	execv(path, page);
	printf("%d %ld\n", errno, (now_ns() - begun) / 1000000);
	fflush(stdout);
	sleep(2); /* and it continues to hang */
	return 0;
}

int main(int argc, char **argv)
{
	long refused = 0, fine = 0, times, begun, forbidden_ns = 0, allowed_ns = 0;

	if (argc > 2 && (strcmp(argv[1], "exec") == 0 || strcmp(argv[1], "memfd") == 0))
		return by_descriptor(argv + 2, strcmp(argv[1], "memfd") == 0);
	if (argc > 4 && strcmp(argv[1], "deep") == 0)
		return from_deep(atoi(argv[2]), atoi(argv[3]), argv + 4);
	if (argc == 3 && strcmp(argv[1], "hang") == 0)
		return hang(argv[2]);
	if (argc != 5)
		return 2;
	times = atol(argv[1]);
	for (long i = 0; i < times; i++) {
		begun = now_ns();
		refused += start(argv[2], argv[4]) == 1000 + EPERM;
		forbidden_ns += now_ns() - begun;
		begun = now_ns();
		fine += start(argv[3], "") == 0;
		allowed_ns += now_ns() - begun;
	}
	printf("%ld %ld %ld %ld\n", refused, fine, forbidden_ns / times, allowed_ns / times);
	return 0;
}
