/* SPDX-License-Identifier: MIT */
/*
 * published.h - a struct of fixed size that one process publishes and others read, in a mapped file
 * (Linux).
 *
 * The writer never waits, whatever readers do: it makes a sequence number odd, copies, and makes it
 * even. A reader copies again until the number was the same even one before and after.
 */
#ifndef VIGIL_PUBLISHED_H
#define VIGIL_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

struct published {
	struct published_page *page; /* NULL: not open */
	size_t size;                 /* of the struct */
	char *path;                  /* NULL: memory without a name */
	uint64_t file[2];            /* identity of the file: file_identity */
};

/* Makes the file, mode 0600, or replaces one of that name; readers of the replaced one keep it.
 * trust_path: --trust-path. path NULL: memory for this process and those that it forks. Until the first publish, readers get
 * nothing. */
enum vigil_code published_open(struct published *p, const char *path, bool trust_path, size_t size,
			       struct vigil_error *error);

/* Publishes a copy of the struct. One thread at a time. Does nothing if p is not open. */
void published_put(struct published *p, const void *from);

/* Copies the struct that was published last. Returns false if there is none, or if the writer ended
 * in the middle of a copy. */
bool published_get(const struct published *p, void *to);

/* Removes the file, unless another process has replaced it, and frees the memory. */
void published_close(struct published *p);

/* Copies the struct from a file that another process publishes. VIGIL_ERROR_USAGE: there is no such
 * file; VIGIL_ERROR_FORMAT: it is none, of another size, or incomplete. */
enum vigil_code published_read(const char *path, void *to, size_t size, struct vigil_error *error);

#endif /* VIGIL_PUBLISHED_H */
