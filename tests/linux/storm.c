/* SPDX-License-Identifier: MIT */
/*
 * storm.c - makes the sensor remember as much as it can, in one way at a time.
 *
 *	storm KIND COUNT [DIRECTORY]
 *
 *	paths	run COUNT programs, each under another path of more than 3,000 bytes
 *	users	run a program as COUNT users
 *	cgroups	run a program in COUNT cgroups below DIRECTORY, of version 2
 *	lists	run COUNT programs with 1.9 MB of arguments each
 *	living	COUNT processes with 60,000 bytes of arguments that live at once
 *	maps	COUNT processes that live at once, each with 4,000 private mappings
 *
 * It needs root, and ends when all that it started has ended.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM  "/bin/true"
#define DEPTH    14 /* folders of 220 bytes */
#define LIST     15 /* arguments of 127 KiB: one may have 128 at most */
#define MAPPINGS 4000

static char *no_environment[] = { NULL };

static pid_t fork_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "a child failed: %d", status);
}

static void run_true(void)
{
	char *arguments[] = { (char[]){ "true" }, NULL };

	execve(PROGRAM, arguments, no_environment);
	_exit(127);
}

/* Leaves the process in a folder whose path is more than 3,000 bytes long. */
static void enter_deep_folder(const char *top)
{
	char name[221];

	memset(name, 'f', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	if (chdir(top) < 0)
		err(1, "%s", top);
	for (int i = 0; i < DEPTH; i++)
		if (mkdir(name, 0755) < 0 || chdir(name) < 0)
			err(1, "mkdir");
}

static void copy_file(const char *from, const char *to)
{
	char buffer[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
	ssize_t n;

	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		if (write(out, buffer, (size_t)n) != n)
			err(1, "write");
	close(in);
	close(out);
}

static void storm_paths(int count, const char *directory)
{
	char before[32] = "0", name[32];

	enter_deep_folder(directory);
	copy_file(PROGRAM, before);
	for (int i = 1; i <= count; i++) {
		char *arguments[] = { name, NULL };
		pid_t pid;

		snprintf(name, sizeof(name), "%d", i);
		if (rename(before, name) < 0)
			err(1, "rename");
		memcpy(before, name, sizeof(before));
		pid = fork_child();
		if (pid == 0) {
			execve(name, arguments, no_environment);
			_exit(127);
		}
		wait_for(pid);
	}
}

static void storm_users(int count, const char *directory)
{
	(void)directory;
	for (int i = 0; i < count; i++) {
		pid_t pid = fork_child();

		if (pid == 0) {
			if (setgid((gid_t)(200000 + i)) < 0 || setuid((uid_t)(200000 + i)) < 0)
				_exit(1);
			run_true();
		}
		wait_for(pid);
	}
}

static void storm_cgroups(int count, const char *directory)
{
	for (int i = 0; i < count; i++) {
		char path[4096], processes[4200];
		pid_t pid;

		snprintf(path, sizeof(path), "%s/storm-%d", directory, i);
		snprintf(processes, sizeof(processes), "%s/cgroup.procs", path);
		if (mkdir(path, 0755) < 0)
			err(1, "%s", path);
		pid = fork_child();
		if (pid == 0) {
			int fd = open(processes, O_WRONLY);

			if (fd < 0 || write(fd, "0", 1) != 1)
				_exit(1);
			run_true();
		}
		wait_for(pid);
		rmdir(path);
	}
}

static void storm_lists(int count, const char *directory)
{
	static char argument[127 << 10];
	char *arguments[LIST + 2] = { (char[]){ "true" } };

	(void)directory;
	memset(argument, 'a', sizeof(argument) - 1);
	for (int i = 1; i <= LIST; i++)
		arguments[i] = argument;
	for (int i = 0; i < count; i++) {
		pid_t pid = fork_child();

		if (pid == 0) {
			execve(PROGRAM, arguments, no_environment);
			_exit(127);
		}
		wait_for(pid);
	}
}

/* Starts `count` children that run until the write end of `pipe` is closed, then closes it. */
static void live_together(int count, void (*child)(int end))
{
	int ends[2];

	if (pipe(ends) < 0)
		err(1, "pipe");
	for (int i = 0; i < count; i++)
		if (fork_child() == 0) {
			close(ends[1]);
			child(ends[0]);
			_exit(127);
		}
	close(ends[0]);
	sleep(1); /* until the reader has seen them */
	close(ends[1]);
	while (wait(NULL) > 0) {
	}
}

static void run_long_list(int end)
{
	static char argument[60000];
	char *arguments[] = { (char[]){ "cat" }, (char[]){ "-" }, (char[]){ "--" }, argument,
			      NULL };

	memset(argument, '/', sizeof(argument) - 1);
	memcpy(argument + sizeof(argument) - 10, "dev/null", 9);
	dup2(end, 0);
	execve("/bin/cat", arguments, no_environment);
}

static void storm_living(int count, const char *directory)
{
	(void)directory;
	live_together(count, run_long_list);
}

static void map_once_more(int end)
{
	int fd = open(PROGRAM, O_RDONLY);
	char byte;

	if (mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		_exit(1);
	if (read(end, &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

static void storm_maps(int count, const char *directory)
{
	int fd = open(PROGRAM, O_RDONLY);

	(void)directory;
	for (int i = 0; i < MAPPINGS; i++)
		if (mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
			err(1, "mmap");
	live_together(count, map_once_more);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(int count, const char *directory);
	} kinds[] = {
		{ "paths", storm_paths }, { "users", storm_users },   { "cgroups", storm_cgroups },
		{ "lists", storm_lists }, { "living", storm_living }, { "maps", storm_maps },
	};

	for (size_t i = 0; argc >= 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, argv[1]) == 0) {
			kinds[i].make(atoi(argv[2]), argc > 3 ? argv[3] : "");
			return 0;
		}
	errx(2, "usage: storm KIND COUNT [DIRECTORY]");
}
