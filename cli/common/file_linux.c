/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "os/output_file.h"

int file_open_log(const char *path, bool only_new, bool trust_path, struct vigil_error *why)
{
	struct output_file file;
	int fd = output_file_open(&file, path,
				  OUTPUT_FILE_LOG | (only_new ? OUTPUT_FILE_NEW : 0u) |
				      (trust_path ? OUTPUT_FILE_TRUSTED : 0u),
				  why);
	int reason;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	reason = errno == EWOULDBLOCK ? EBUSY : errno;
	close(fd);
	vigil_fail(why, VIGIL_ERROR_OUTPUT, "%s", strerror(reason));
	errno = reason;
	return -1;
}

long file_write(int fd, const char *data, size_t length)
{
	return write(fd, data, length);
}

long file_read_at(int fd, uint64_t at, char *to, size_t length)
{
	return pread(fd, to, length, (off_t)at);
}

bool file_look(int fd, uint64_t *size, bool *named)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	*size = (uint64_t)st.st_size;
	*named = st.st_nlink > 0;
	return true;
}

bool file_identity(const char *path, uint64_t file[2])
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	file[0] = st.st_dev;
	file[1] = st.st_ino;
	return true;
}

bool file_is_at(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

bool file_is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

bool file_truncate(int fd, uint64_t size)
{
	return ftruncate(fd, (off_t)size) == 0;
}
