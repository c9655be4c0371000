/* SPDX-License-Identifier: MIT */
#include "caller.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <vigil/event.h>

#define TRIES  50
#define TRY_US 100

static bool read_file(int process, const char *name, char *to, size_t room)
{
	ssize_t got;
	int fd = process < 0 ? -1 : openat(process, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	got = read(fd, to, room - 1);
	close(fd);
	to[got > 0 ? got : 0] = '\0';
	return got > 0;
}

static uint32_t field(const char *status, const char *name, int column)
{
	const char *at = strstr(status, name);
	char *end;
	unsigned long value = VIGIL_UNKNOWN;

	for (at = at ? at + strlen(name) : NULL; at && column >= 0; column--, at = end) {
		value = strtoul(at, &end, 10);
		if (end == at)
			return VIGIL_UNKNOWN;
	}
	return at ? (uint32_t)value : VIGIL_UNKNOWN;
}

int caller_open(uint32_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%u", pid);
	return pid ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

bool caller_read_at(int process, struct caller *caller)
{
	char status[4096];

	if (!read_file(process, "status", status, sizeof status))
		return false;
	/* The name, on the first line, has its newlines escaped. */
	caller->pid = field(status, "\nTgid:", 0);
	caller->tid = field(status, "\nPid:", 0);
	caller->parent = field(status, "\nPPid:", 0);
	caller->uid = field(status, "\nUid:", 0);
	caller->euid = field(status, "\nUid:", 1);
	caller->gid = field(status, "\nGid:", 0);
	caller->egid = field(status, "\nGid:", 1);
	return true;
}

bool caller_read(struct caller *caller, uint32_t tid)
{
	int process = caller_open(tid);
	bool known;

	*caller = (struct caller){ tid,           tid,          0, VIGIL_UNKNOWN, VIGIL_UNKNOWN,
				   VIGIL_UNKNOWN, VIGIL_UNKNOWN };
	known = process >= 0 && caller_read_at(process, caller);
	if (process >= 0)
		close(process);
	return known;
}

bool caller_image(int process, char *to, size_t room)
{
	static const char mark[] = " (deleted)";
	ssize_t length = readlinkat(process, "exe", to, room - 1);

	if (length <= 0 || to[0] != '/')
		return false;
	to[length] = '\0';
	if ((size_t)length > sizeof mark - 1 && strcmp(to + length - (sizeof mark - 1), mark) == 0)
		to[(size_t)length - (sizeof mark - 1)] = '\0';
	return true;
}

/* Copies from the memory of another; the bytes that could be read. */
static size_t peek(uint32_t tid, uint64_t from, void *to, size_t bytes)
{
	struct iovec local = { to, bytes }, remote = { (void *)(uintptr_t)from, bytes };
	ssize_t got = process_vm_readv((pid_t)tid, &local, 1, &remote, 1, 0);

	return got > 0 ? (size_t)got : 0;
}

/* A string of the caller's, with its NUL; the bytes of it, up to room. A read
 * stops at the first page that is not there: page by page, none is asked in vain. */
static size_t peek_string(uint32_t tid, uint64_t from, char *to, size_t room, bool *whole)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), length = 0;

	*whole = false;
	while (length < room) {
		size_t want = page - (size_t)((from + length) % page), got;
		const char *end;

		got = peek(tid, from + length, to + length,
			   want < room - length ? want : room - length);
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

static void peek_args(uint32_t tid, uint64_t argv, struct caller_command *command)
{
	uint64_t pointer;
	bool whole = true;

	while (whole && command->length < sizeof command->args) {
		if (peek(tid, argv, &pointer, sizeof pointer) != sizeof pointer || pointer == 0)
			return;
		argv += sizeof pointer;
		command->length += peek_string(tid, pointer, command->args + command->length,
					       sizeof command->args - command->length, &whole);
	}
	command->cut = true;
}

/* The system call in which a thread waits. It may still be on its way to sleep, and
 * "running" then, for some microseconds. */
static bool read_syscall(uint32_t tid, char *to, size_t room)
{
	int process = caller_open(tid);
	bool known = false;

	for (int i = 0; i < TRIES && !known; i++) {
		if (!read_file(process, "syscall", to, room))
			break;
		known = *to != 'r';
		if (!known)
			usleep(TRY_US);
	}
	if (process >= 0)
		close(process);
	return known;
}

/* "59 0x7ffd... 0x...": the number of the system call, then its arguments. That
 * of a 32-bit program has other numbers: its command stays unknown. */
void caller_command(uint32_t tid, struct caller_command *command)
{
	unsigned long long argument[3];
	char text[512];
	long number;
	bool whole;
	int at;

	command->name_length = command->length = 0;
	command->cut = false;
	if (!read_syscall(tid, text, sizeof text) ||
	    sscanf(text, "%ld %llx %llx %llx", &number, &argument[0], &argument[1], &argument[2]) !=
		4)
		return;
	if (number != SYS_execve && number != SYS_execveat)
		return;
	at = number == SYS_execveat; /* behind the directory */
	command->name_length =
	    peek_string(tid, argument[at], command->name, sizeof command->name, &whole);
	if (command->name_length && whole)
		command->name_length--;
	peek_args(tid, argument[at + 1], command);
}
