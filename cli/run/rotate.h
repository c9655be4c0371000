/* SPDX-License-Identifier: MIT */
/*
 * rotate.h - a log file that grows by whole lines. When it is full it is renamed
 * to FILE.1, what was FILE.1 to FILE.2, and so on; the oldest falls off the end.
 *
 * The file ends with a whole line at every moment but that of a write, and after
 * a crash from the next opening on. The file may also be renamed or removed by
 * others: then a new one is made.
 */
#ifndef VIGIL_ROTATE_H
#define VIGIL_ROTATE_H

#include <stdbool.h>

#include <vigil/vigil.h>

#define ROTATE_SIZE_MIN (64u << 10)
#define ROTATE_KEEP_MAX 1000u

struct rotate {
	const char *path; /* the caller's */
	const char *heading;
	size_t heading_length;
	uint64_t max_size; /* bytes of one file; 0: no limit */
	unsigned keep;     /* files beside the one that grows */
	bool trust_path;   /* --trust-path */
	uint64_t reserve;  /* bytes behind the end that nothing is written to; 0 makes them free */
	int fd;
	uint64_t size;
	bool torn;       /* the file has a beginning of a line behind `size` */
	bool stuck;      /* it could not be renamed; said, and tried again */
	uint64_t cut;    /* bytes of an unfinished line that a crash had left */
	unsigned rounds; /* how often it was rotated */
	struct vigil_error error;
};

/* Opens path, max_size, keep and heading being set: every new file begins with
 * the heading. */
enum vigil_code rotate_open(struct rotate *rotate);

/* Writes lines, each ended by a newline. Sets *written to the bytes of those that
 * are in the file now: all, unless it failed. */
enum vigil_code rotate_write(struct rotate *rotate, const char *lines, size_t length,
			     size_t *written);

/* Goes on in the file that has the name now, if that is another one or none. An error: it
 * goes on in the one before. */
enum vigil_code rotate_reopen(struct rotate *rotate);

/* Brings all to the disk and closes. */
enum vigil_code rotate_close(struct rotate *rotate);

#endif /* VIGIL_ROTATE_H */
