/* SPDX-License-Identifier: MIT */
#include "os/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"

const char *input_type_name(unsigned mode)
{
	return S_ISDIR(mode)    ? "a directory"
	       : S_ISFIFO(mode) ? "a FIFO"
	       : S_ISSOCK(mode) ? "a socket"
	       : S_ISCHR(mode)  ? "a character device"
	       : S_ISBLK(mode)  ? "a block device"
				: "of an unknown type";
}

static enum vigil_code fail_errno(struct vigil_error *why)
{
	return vigil_fail(why, vigil_code_of_input(errno), "%s", strerror(errno));
}

/* Whether fd, which may be opened with O_PATH, refers to a file of this kind. */
static bool is_of_kind(int fd, enum input_kind kind, struct vigil_error *why)
{
	struct stat file;

	if (fstat(fd, &file) < 0) {
		fail_errno(why);
		return false;
	}
	if (S_ISREG(file.st_mode) || (kind == INPUT_FILE_OR_PIPE && S_ISFIFO(file.st_mode)))
		return true;
	errno = EINVAL;
	vigil_fail(why, VIGIL_ERROR_USAGE, "it is %s; a regular file%s is expected",
		   input_type_name(file.st_mode), kind == INPUT_FILE ? "" : " or a pipe");
	return false;
}

/* O_NONBLOCK: do not wait for the writer of a FIFO or the holder of a lease. */
#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* Opens the file that `found`, an O_PATH descriptor, refers to. Without /proc it can only be
 * opened by its path, which may by now name another file; that file is rejected. */
static int open_found(int found, const char *path)
{
	struct stat before, after;
	char link[48];
	int fd;

	/* A thread's descriptors may differ from those of its process. */
	snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", found);
	fd = open(link, READ_FLAGS);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = open(path, READ_FLAGS);
	if (fd < 0)
		return -1;
	if (fstat(found, &before) == 0 && fstat(fd, &after) == 0 && before.st_dev == after.st_dev &&
	    before.st_ino == after.st_ino)
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

int input_open(const char *path, enum input_kind kind, struct vigil_error *why)
{
	int found = open(path, O_PATH | O_CLOEXEC), fd = -1, reason;

	if (found < 0) {
		fail_errno(why);
		return -1;
	}
	if (is_of_kind(found, kind, why)) {
		fd = open_found(found, path);
		if (fd < 0)
			fail_errno(why);
	}
	reason = errno;
	close(found);
	errno = reason;
	return fd;
}

bool input_is_pipe(const char *path)
{
	struct stat file;

	return stat(path, &file) == 0 && S_ISFIFO(file.st_mode);
}
