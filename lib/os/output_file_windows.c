/* SPDX-License-Identifier: MIT */
#include "os/output_file.h"

#include <errno.h>
#include <io.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "os/os.h"
#include "os/os_windows.h"

static int fail_errno(struct vigil_error *why)
{
	int reason = errno;

	vigil_fail(why, reason == EACCES ? VIGIL_ERROR_PRIVILEGE : VIGIL_ERROR_OUTPUT, "%s%s",
		   strerror(reason), reason == EISDIR ? ". Name a file in it." : "");
	errno = reason;
	return -1;
}

/* Whether path is a symbolic link or junction, which another user may have created. */
static bool is_link(const char *path)
{
	wchar_t *wide = os_widen(path);
	DWORD attributes = wide ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;

	free(wide);
	return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_REPARSE_POINT;
}

static int refuse_link(struct vigil_error *why)
{
	vigil_fail(why, VIGIL_ERROR_OUTPUT,
		   "it is a link. Name the file itself, or add --trust-path.");
	errno = EPERM;
	return -1;
}

static int open_partial(struct output_file *file, const char *path)
{
	size_t size = strlen(path) + 32;
	int fd = -1;

	file->name = _strdup(path);
	file->partial = malloc(size);
	if (file->name && file->partial) {
		snprintf(file->partial, size, "%s.%d.partial", path, _getpid());
		fd = os_create_new(file->partial);
	}
	if (fd < 0) {
		free(file->partial); /* it was not created */
		file->partial = NULL;
	}
	return fd;
}

int output_file_open(struct output_file *file, const char *path, unsigned flags,
		     struct vigil_error *why)
{
	*file = (struct output_file){ .fd = -1, .folder = -1 };
	if (!(flags & OUTPUT_FILE_TRUSTED) && is_link(path))
		return refuse_link(why);
	if (flags & OUTPUT_FILE_WHOLE && os_is_replaceable(path))
		file->fd = open_partial(file, path);
	else if (flags & OUTPUT_FILE_NEW)
		file->fd = os_create_new(path);
	else
		file->fd = os_create(path, flags & (OUTPUT_FILE_APPEND | OUTPUT_FILE_LOG));
	if (file->fd < 0) {
		fail_errno(why);
		output_file_end(file, false);
		return -1;
	}
	return file->fd;
}

int output_file_end(struct output_file *file, bool complete)
{
	int code = 0, reason = errno;

	if (file->partial && complete) {
		code = os_replace(file->fd, file->partial, file->name);
		reason = errno;
	}
	if (file->fd >= 0 && os_close(file->fd) < 0 && complete && !code) {
		code = -1;
		reason = errno;
	}
	if (file->partial && (!complete || code))
		os_remove(file->partial);
	free(file->name);
	free(file->partial);
	*file = (struct output_file){ .fd = -1, .folder = -1 };
	errno = reason;
	return code;
}

enum vigil_code output_file_check_database(const char *path, bool create, unsigned flags,
					   struct vigil_error *why)
{
	int fd;

	if (!(flags & OUTPUT_FILE_TRUSTED) && is_link(path))
		return refuse_link(why), why->code;
	if (os_exists(path))
		return VIGIL_OK;
	errno = ENOENT;
	fd = create ? os_create_new(path) : -1;
	if (fd < 0)
		return fail_errno(why), why->code;
	os_close(fd);
	return VIGIL_OK;
}
