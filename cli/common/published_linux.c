/* SPDX-License-Identifier: MIT */
#include "published.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "file.h"
#include "os/os.h"
#include "os/output_file.h"
#include "sequence.h"

#define MAGIC 0x3153464c49474956ull /* "VIGILFS1" */
#define TRIES 100                   /* of a reader, 1 ms apart */

struct published_page {
	uint64_t magic, size; /* of the struct that follows */
	uint64_t sequence;    /* odd: it is being written; 0: nothing was published */
	unsigned char data[];
};

static enum vigil_code failed(struct vigil_error *error, const char *what, const char *path)
{
	int reason = errno;

	return vigil_fail(error, vigil_code_of(reason, VIGIL_ERROR_OUTPUT), "cannot %s %.300s: %s",
			  what, path, strerror(reason));
}

static enum vigil_code map_memory(struct published *p, int fd, struct vigil_error *error)
{
	size_t bytes = sizeof(*p->page) + p->size;
	void *page = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (page == MAP_FAILED)
		return failed(error, "map", "memory");
	p->page = page;
	p->page->magic = MAGIC;
	p->page->size = p->size;
	return VIGIL_OK;
}

/* The file is allocated: a write to the mapping cannot fail because the disk is full. */
static enum vigil_code make_file(struct published *p, const char *path, unsigned flags,
				 struct vigil_error *error)
{
	struct output_file file;
	struct vigil_error why;
	int fd = output_file_open(&file, path, OUTPUT_FILE_WHOLE | OUTPUT_FILE_LOG | flags, &why);
	enum vigil_code code;

	if (fd < 0)
		return vigil_fail(error, why.code, "cannot make %.200s: %s", path, why.text);
	errno = posix_fallocate(fd, 0, (off_t)(sizeof(*p->page) + p->size));
	code = errno ? failed(error, "make", path) : map_memory(p, fd, error);
	if (output_file_end(&file, code == VIGIL_OK) < 0)
		code = failed(error, "make", path);
	return code;
}

enum vigil_code published_open(struct published *p, const char *path, bool trust_path, size_t size,
			       struct vigil_error *error)
{
	enum vigil_code code;

	*p = (struct published){ .size = size };
	if (path)
		code = make_file(p, path, trust_path ? OUTPUT_FILE_TRUSTED : 0, error);
	else
		code = map_memory(p, -1, error);
	if (code == VIGIL_OK && path && file_identity(path, p->file))
		p->path = strdup(path);
	if (code < 0)
		published_close(p);
	return code;
}

void published_put(struct published *p, const void *from)
{
	if (p->page)
		sequence_write(&p->page->sequence, p->page->data, from, p->size);
}

bool published_get(const struct published *p, void *to)
{
	for (int i = 0; p->page && i < TRIES; i++) {
		if (__atomic_load_n(&p->page->sequence, __ATOMIC_RELAXED) == 0)
			return false;
		if (sequence_read(&p->page->sequence, p->page->data, to, p->size))
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
