/* SPDX-License-Identifier: MIT */
/*
 * spool_reader.h - reads the items of a spool in order, also while they are written. It returns only
 * what has a valid checksum. Bytes that are not valid are skipped if a valid frame follows; at the
 * end of the last segment it waits for the rest.
 */
#ifndef VIGIL_SHIP_SPOOL_READER_H
#define VIGIL_SHIP_SPOOL_READER_H

#include "spool_format.h"

/* Memory with frames. Freed when its last user gives it up. */
struct spool_block {
	unsigned users;
	size_t length, capacity;
	char data[];
};

struct spool_entry {
	const struct spool_frame *frame;    /* in `block` */
	const char *key, *body;             /* likewise; each ends with a NUL */
	const struct spool_header *segment; /* valid until the next call */
	struct spool_block *block;          /* increase `users` to keep it after the next call */
	uint64_t missing; /* items that should have come before this one, and are not there */
};

struct spool_reader {
	int folder;     /* of the spool; owned by the caller */
	int fd;         /* of the segment; -1: none */
	uint64_t next;  /* number of the item that spool_next returns next */
	bool begun;     /* a segment was opened */
	uint64_t first; /* of that segment */
	uint64_t at;    /* the offset of the next frame in it */
	struct spool_header header;
	struct spool_block *block;
	uint64_t block_at; /* its offset */
	uint64_t damaged;  /* bytes that were not valid */
};

/* Begins with the item `next`, or the first one after it that is there. */
void spool_reader_open(struct spool_reader *reader, int folder, uint64_t next);
void spool_reader_close(struct spool_reader *reader);

/* Gets the next item. Returns 1; 0: there is none yet; -1: see errno. */
int spool_next(struct spool_reader *reader, struct spool_entry *entry);

void spool_block_release(struct spool_block *block);

#endif /* VIGIL_SHIP_SPOOL_READER_H */
