/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: should it be a FIFO, the open must not wait for a reader. */
int file_open_log(const char *path, bool only_new)
{
	int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int fd = open(path, flags | (only_new ? O_EXCL : 0), 0600), reason = 0;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		reason = errno;
	else if (!S_ISREG(st.st_mode))
		reason = ENOTSUP;
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		reason = errno == EWOULDBLOCK ? EBUSY : errno;
	if (!reason)
		return fd;
	close(fd);
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

bool file_truncate(int fd, uint64_t size)
{
	return ftruncate(fd, (off_t)size) == 0;
}
