/* SPDX-License-Identifier: MIT */
#include "recording/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "os/input.h"
#include "os/os.h"

/* A separate file, because closing the recording itself would release SQLite's locks on it. */
#define LOCK_SUFFIX "-lock"

struct store_lock {
	int fd;
	char path[];
};

enum vigil_code store_check_file(const char *path, struct vigil_error *error)
{
	struct stat file;

	if (stat(path, &file) < 0)
		return vigil_fail(error, vigil_code_of_input(errno), "cannot open %s: %s", path,
				  strerror(errno));
	if (!S_ISREG(file.st_mode))
		return vigil_fail(error, VIGIL_ERROR_USAGE, "%s is %s; a regular file is expected.",
				  path, input_type_name(file.st_mode));
	if (access(path, R_OK) < 0)
		return vigil_fail(error, VIGIL_ERROR_PRIVILEGE, "cannot read %s: %s. Try sudo.",
				  path, strerror(errno));
	return VIGIL_OK;
}

/* Whether a file exists and is not empty. A symbolic link counts as one, whatever its target.
 * */
static bool is_there_with(const char *path, const char *suffix)
{
	size_t bytes = strlen(path) + strlen(suffix) + 1;
	char *name = malloc(bytes);
	struct stat file;
	bool there = true;

	if (name) {
		snprintf(name, bytes, "%s%s", path, suffix);
		there = lstat(name, &file) == 0 && file.st_size > 0;
	}
	free(name);
	return there;
}

bool store_has_log(const char *path)
{
	char *real = realpath(path, NULL); /* SQLite looks next to the real file */
	bool there = !real || is_there_with(real, "-wal") || is_there_with(real, "-journal");

	free(real);
	return there;
}

/* Whether the path still names the open file. */
static bool is_same_file(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && stat(path, &named) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

static int open_locked(const char *path)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), why;

		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			why = errno;
			close(fd);
			errno = why;
			return -1;
		}
		if (is_same_file(fd, path)) /* else its owner has just removed it */
			return fd;
		close(fd);
	}
}

enum vigil_code store_lock(struct store_lock **out, const char *path, struct vigil_error *error)
{
	size_t bytes = strlen(path) + sizeof(LOCK_SUFFIX);
	struct store_lock *lock = malloc(sizeof(*lock) + bytes);
	int why;

	*out = NULL;
	if (!lock)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the lock of %s", path);
	snprintf(lock->path, bytes, "%s" LOCK_SUFFIX, path);
	lock->fd = open_locked(lock->path);
	if (lock->fd >= 0) {
		*out = lock;
		return VIGIL_OK;
	}
	why = errno;
	free(lock);
	if (why == EWOULDBLOCK)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "another vigil records to %s. End it, or choose another file.",
				  path);
	return vigil_fail(error, VIGIL_ERROR_OUTPUT, "cannot lock %s: %s", path, strerror(why));
}

void store_unlock(struct store_lock *lock)
{
	if (!lock)
		return;
	unlink(lock->path);
	close(lock->fd);
	free(lock);
}

struct store_reserve {
	int log;
};

/* Closing the log does not release locks of SQLite, which are on other files. */
struct store_reserve *store_reserve(const char *path)
{
	struct store_reserve *reserve = malloc(sizeof(*reserve));
	char *real = realpath(path, NULL); /* SQLite's log is next to the real file */
	char name[PATH_MAX + 8];

	if (reserve && real) {
		snprintf(name, sizeof(name), "%s-wal", real);
		reserve->log = open(name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	}
	free(real);
	if (reserve && real && reserve->log >= 0)
		return reserve;
	free(reserve);
	return NULL;
}

void store_release(struct store_reserve *reserve)
{
	if (reserve)
		close(reserve->log);
	free(reserve);
}

bool store_reserve_space(struct store_reserve *reserve, uint64_t end, uint64_t bytes)
{
	return !reserve || os_reserve_space(reserve->log, end, bytes);
}
