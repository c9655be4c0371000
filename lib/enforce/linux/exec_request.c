/* SPDX-License-Identifier: MIT */
#include "enforce/linux/exec_request.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vigil/event.h>

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
	struct statx file;
	ssize_t length = readlinkat(process, "exe", to, room - 1);

	if (length <= 0 || to[0] != '/')
		return false;
	to[length] = '\0';
	/* A file may be called that; the kernel says it of one without a link alone. What is
	 * not at hand is not asked of the file system. */
	if ((size_t)length > sizeof mark - 1 &&
	    strcmp(to + length - (sizeof mark - 1), mark) == 0 &&
	    statx(process, "exe", AT_STATX_DONT_SYNC, STATX_NLINK, &file) == 0 &&
	    file.stx_nlink == 0)
		to[(size_t)length - (sizeof mark - 1)] = '\0';
	return true;
}
