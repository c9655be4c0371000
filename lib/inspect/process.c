/* SPDX-License-Identifier: MIT */
/*
 * process.c - reads the memory of another process: its arguments, and the path and arguments
 * that it passed to exec(2).
 *
 * Reading waits for the process's mmap lock and for its page faults, and so for the server of
 * a file that is mapped there: the process can make that last forever.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "inspect/worker.h"
#include "os/boot_clock.h"

#define TRIES  50
#define TRY_US 100

/* Reads a file of /proc/PID, up to `size` bytes; -1: it cannot be read. */
static ssize_t read_proc(uint32_t pid, const char *name, void *to, size_t size)
{
	char path[64];
	ssize_t got = 0;
	size_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (n < size && (got = read(fd, (char *)to + n, size - n)) > 0)
		n += (size_t)got;
	close(fd);
	return got < 0 ? -1 : (ssize_t)n;
}

#define STAT_START 22 /* start time of the process, in clock ticks */
#define STAT_STACK 28 /* start of its stack at exec; 0: not shown */

/* Reads a numeric field of /proc/PID/stat. The name, field 2, may contain anything. */
static bool read_stat(uint32_t pid, int number, unsigned long long *value)
{
	char stat[1024], *at;
	ssize_t n = read_proc(pid, "stat", stat, sizeof(stat) - 1);

	if (n <= 0)
		return false;
	stat[n] = '\0';
	at = strrchr(stat, ')');
	for (int field = 2; at && field < number; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, "%llu", value) == 1;
}

/* Whether /proc/PID is still the requested process. */
static bool is_same_process(uint32_t pid, uint64_t start_key)
{
	uint64_t tick = 1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK);
	unsigned long long ticks;

	boot_clock_init();
	return read_stat(pid, STAT_START, &ticks) &&
	       start_key - boot_clock_from_proc(ticks * tick) < tick;
}

/* Copies from the memory of another process. Returns the number of bytes read. */
static size_t peek(uint32_t tid, uint64_t from, void *to, size_t bytes)
{
	struct iovec local = { to, bytes }, remote = { (void *)(uintptr_t)from, bytes };
	ssize_t got = process_vm_readv((pid_t)tid, &local, 1, &remote, 1, 0);

	return got > 0 ? (size_t)got : 0;
}

/* Returns how many bytes of /proc/PID/cmdline are arguments. A process that overwrites them with
 * a title fills the rest with NULs, which are not empty arguments: then the number of strings
 * differs from argc, which exec stores at the start of the stack. */
static uint32_t args_length(uint32_t pid, const char *text, uint32_t length)
{
	unsigned long long stack = 0;
	uint32_t given, strings = 0;

	for (uint32_t i = 0; i < length; i++)
		strings += text[i] == '\0';
	if (read_stat(pid, STAT_STACK, &stack) && stack &&
	    peek(pid, stack, &given, sizeof(given)) == sizeof(given) && given == strings)
		return length;
	while (length > 1 && text[length - 1] == '\0' && text[length - 2] == '\0')
		length--;
	return length;
}

void inspect_read_args(const struct inspect_message *message, struct inspect_answer *answer)
{
	const struct inspect_request *request = &message->request;
	ssize_t n = read_proc(request->pid, "cmdline", answer->text, INSPECT_ARGS_MAX + 1);

	if (n < 0 || !is_same_process(request->pid, request->start_key))
		return;
	answer->known = INSPECT_ARGS;
	answer->cut = n > INSPECT_ARGS_MAX;
	answer->args_length =
	    answer->cut ? INSPECT_ARGS_MAX : args_length(request->pid, answer->text, (uint32_t)n);
}

/* Reads a string with its NUL, up to `size` bytes, and returns its length. A read stops at the
 * first missing page, so it reads page by page. */
static size_t peek_string(uint32_t tid, uint64_t from, char *to, size_t size, bool *whole)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), length = 0;

	*whole = false;
	while (length < size) {
		size_t want = page - (size_t)((from + length) % page), got;
		const char *end;

		got = peek(tid, from + length, to + length,
			   want < size - length ? want : size - length);
		end = memchr(to + length, '\0', got);
		if (end) {
			*whole = true;
			return (size_t)(end - to) + 1;
		}
		length += got;
		if (got == 0)
			break;
	}
	return length;
}

static void peek_args(uint32_t tid, uint64_t argv, struct inspect_answer *answer)
{
	uint64_t pointer;
	bool whole = true;

	while (whole && answer->args_length < INSPECT_ARGS_MAX) {
		if (peek(tid, argv, &pointer, sizeof(pointer)) != sizeof(pointer) || pointer == 0)
			return;
		argv += sizeof(pointer);
		answer->args_length +=
		    (uint32_t)peek_string(tid, pointer, answer->text + answer->args_length,
					  INSPECT_ARGS_MAX - answer->args_length, &whole);
	}
	answer->cut = true;
}

/* Reads the system call in which a thread waits. For some microseconds it may still be shown as
 * "running". */
static bool read_syscall(uint32_t tid, char *to, size_t size)
{
	for (int i = 0; i < TRIES; i++) {
		ssize_t n = read_proc(tid, "syscall", to, size - 1);

		if (n <= 0)
			return false;
		to[n] = '\0';
		if (*to != 'r')
			return true;
		usleep(TRY_US);
	}
	return false;
}

/* The file has "59 0x7ffd... 0x...": the number of the system call and its arguments. A 32-bit
 * program uses other numbers: its command stays unknown. */
void inspect_read_command(const struct inspect_message *message, struct inspect_answer *answer)
{
	uint32_t tid = message->request.pid;
	unsigned long long argument[3];
	char text[512];
	long number;
	bool whole;
	int at;

	if (!read_syscall(tid, text, sizeof(text)) ||
	    sscanf(text, "%ld %llx %llx %llx", &number, &argument[0], &argument[1], &argument[2]) !=
		4)
		return;
	if (number != SYS_execve && number != SYS_execveat)
		return;
	at = number == SYS_execveat; /* skips the directory */
	peek_args(tid, argument[at + 1], answer);
	answer->name_length =
	    (uint32_t)peek_string(tid, argument[at], answer->text + answer->args_length,
				  INSPECT_NAME_MAX, &whole);
	if (answer->name_length && whole)
		answer->name_length--;
	answer->known = INSPECT_COMMAND;
}
