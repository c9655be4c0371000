/* SPDX-License-Identifier: MIT */
#include "enforce/linux/exec_request.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vigil/event.h>

static bool read_proc_file(int process, const char *name, char *to, size_t size)
{
	ssize_t got;
	int fd = process < 0 ? -1 : openat(process, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	got = read(fd, to, size - 1);
	close(fd);
	to[got > 0 ? got : 0] = '\0';
	return got > 0;
}

static uint32_t parse_status_field(const char *status, const char *name, int column)
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

int exec_request_open(uint32_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u", pid);
	return pid ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

bool exec_request_read_at(int process, struct exec_request *caller)
{
	char status[4096];

	if (!read_proc_file(process, "status", status, sizeof(status)))
		return false;
	/* A newline in the name, on the first line, is escaped, so it cannot imitate a field.
	 * */
	caller->pid = parse_status_field(status, "\nTgid:", 0);
	caller->tid = parse_status_field(status, "\nPid:", 0);
	caller->parent = parse_status_field(status, "\nPPid:", 0);
	caller->uid = parse_status_field(status, "\nUid:", 0);
	caller->euid = parse_status_field(status, "\nUid:", 1);
	caller->gid = parse_status_field(status, "\nGid:", 0);
	caller->egid = parse_status_field(status, "\nGid:", 1);
	return true;
}

bool exec_request_read(struct exec_request *caller, uint32_t tid)
{
	int process = exec_request_open(tid);
	bool known;

	*caller =
	    (struct exec_request){ tid,           tid,          0, VIGIL_UNKNOWN, VIGIL_UNKNOWN,
				   VIGIL_UNKNOWN, VIGIL_UNKNOWN };
	known = process >= 0 && exec_request_read_at(process, caller);
	if (process >= 0)
		close(process);
	return known;
}

bool exec_request_image(int process, char *to, size_t size)
{
	static const char mark[] = " (deleted)";
	struct statx file;
	ssize_t length = readlinkat(process, "exe", to, size - 1);

	if (length <= 0 || to[0] != '/')
		return false;
	to[length] = '\0';
	/* The name of a file can end like that; the kernel adds it only to a file that has no
	 * link left. Only cached metadata is read. */
	if ((size_t)length > sizeof(mark) - 1 &&
	    strcmp(to + length - (sizeof(mark) - 1), mark) == 0 &&
	    statx(process, "exe", AT_STATX_DONT_SYNC, STATX_NLINK, &file) == 0 &&
	    file.stx_nlink == 0)
		to[(size_t)length - (sizeof(mark) - 1)] = '\0';
	return true;
}
