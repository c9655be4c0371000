/* SPDX-License-Identifier: MIT */
#include "published.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "file.h"
#include "os/os.h"

#define MAGIC 0x3153464c49474956ull /* "VIGILFS1" */
#define TRIES 100                   /* of a reader, 1 ms apart */

struct published_page {
	uint64_t magic, size;      /* of the struct that follows */
	_Atomic uint64_t sequence; /* odd: it is being written; 0: nothing was published */
	unsigned char data[];
};

static enum vigil_code failed(struct vigil_error *error, const char *what, const char *path)
{
	int reason = errno;

	return vigil_fail(error, vigil_code_of(reason, VIGIL_ERROR_OUTPUT), "cannot %s %.300s: %s",
			  what, path, strerror(reason));
}

/* Makes a file of `bytes`, allocated, and gives it its name. Returns a descriptor, or -1. */
static int make_file(const char *path, size_t bytes)
{
	size_t length = strlen(path) + 5;
	char *new = malloc(length);
	int fd = -1, reason;

	if (!new)
		return -1;
	snprintf(new, length, "%s.new", path);
	unlink(new);
	fd = open(new, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		reason = posix_fallocate(fd, 0, (off_t)bytes);
		if (reason || rename(new, path) < 0) {
			reason = reason ? reason : errno;
			unlink(new);
			close(fd);
			fd = -1;
			errno = reason;
		}
	}
	free(new);
	return fd;
}

enum vigil_code published_open(struct published *p, const char *path, size_t size,
			       struct vigil_error *error)
{
	size_t bytes = sizeof(*p->page) + size;
	int fd = path ? make_file(path, bytes) : -1;
	void *page = MAP_FAILED;

	*p = (struct published){ .size = size };
	if (path && fd < 0)
		return failed(error, "make", path);
	page = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | (path ? 0 : MAP_ANONYMOUS),
		    fd, 0);
	if (fd >= 0)
		close(fd);
	if (page == MAP_FAILED)
		return failed(error, "map", path ? path : "memory");
	p->path = path && file_identity(path, p->file) ? strdup(path) : NULL;
	p->page = page;
	p->page->magic = MAGIC;
	p->page->size = size;
	return VIGIL_OK;
}

void published_put(struct published *p, const void *from)
{
	uint64_t sequence;

	if (!p->page)
		return;
	/* A writer that was killed in the middle has left an odd number. */
	sequence = (atomic_load_explicit(&p->page->sequence, memory_order_relaxed) + 1) | 1;
	atomic_store_explicit(&p->page->sequence, sequence, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	memcpy(p->page->data, from, p->size);
	atomic_store_explicit(&p->page->sequence, sequence + 1, memory_order_release);
}

bool published_get(const struct published *p, void *to)
{
	for (int i = 0; p->page && i < TRIES; i++) {
		uint64_t before = atomic_load_explicit(&p->page->sequence, memory_order_acquire);

		if (before == 0)
			return false;
		memcpy(to, p->page->data, p->size);
		atomic_thread_fence(memory_order_acquire);
		if (before % 2 == 0 &&
		    before == atomic_load_explicit(&p->page->sequence, memory_order_relaxed))
			return true;
		os_sleep_ms(1);
	}
	return false;
}

static bool is_own_file(const struct published *p)
{
	uint64_t now[2];

	return file_identity(p->path, now) && now[0] == p->file[0] && now[1] == p->file[1];
}

void published_close(struct published *p)
{
	if (p->path && is_own_file(p))
		unlink(p->path);
	if (p->page)
		munmap(p->page, sizeof(*p->page) + p->size);
	free(p->path);
	*p = (struct published){ .size = 0 };
}

/* A file of another size must not be mapped: reading beyond its end is a signal. */
static enum vigil_code map_file(struct published *p, int fd, const char *path,
				struct vigil_error *error)
{
	size_t bytes = sizeof(*p->page) + p->size;
	struct stat file;
	void *page;

	if (fstat(fd, &file) < 0)
		return failed(error, "read", path);
	if (!S_ISREG(file.st_mode) || file.st_size != (off_t)bytes)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "%.300s is from another version of vigil, or something else",
				  path);
	page = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return failed(error, "read", path);
	p->page = page;
	if (p->page->magic == MAGIC && p->page->size == p->size)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_FORMAT,
			  "%.300s is from another version of vigil, or something else", path);
}

enum vigil_code published_read(const char *path, void *to, size_t size, struct vigil_error *error)
{
	struct published p = { .size = size };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum vigil_code code;

	if (fd < 0)
		return vigil_fail(error, vigil_code_of_input(errno), "cannot read %.300s: %s", path,
				  strerror(errno));
	code = map_file(&p, fd, path, error);
	close(fd);
	if (code == VIGIL_OK && !published_get(&p, to))
		code =
		    vigil_fail(error, VIGIL_ERROR_FORMAT,
			       "%.300s has nothing yet, or its writer ended while writing", path);
	published_close(&p);
	return code;
}
