/* SPDX-License-Identifier: MIT */
/*
 * rotate.h - a log file that grows by whole lines. When it is full it is renamed to FILE.1, the
 * previous FILE.1 to FILE.2, and so on; the oldest is removed.
 *
 * The file ends with a whole line except during a write; after a crash, a partial line is removed
 * when it is opened. Other processes may rename or remove the file: then a new one is made.
 */
#ifndef VIGIL_ROTATE_H
#define VIGIL_ROTATE_H

#include <stdbool.h>

#include <vigil/vigil.h>

#define ROTATE_SIZE_MIN (64u << 10)
#define ROTATE_KEEP_MAX 1000u

struct rotate {
	const char *path; /* owned by the caller */
	const char *heading;
	size_t heading_length;
	uint64_t max_size; /* bytes of one file; 0: no limit */
	unsigned keep;     /* number of rotated files to keep */
	bool trust_path;   /* --trust-path */
	uint64_t reserve;  /* bytes kept free after the end of the file; 0 releases them */
	int fd;
	uint64_t size;
	bool torn;       /* there is a partial line after `size` */
	bool stuck;      /* it could not be renamed; reported, and retried */
	uint64_t cut;    /* bytes of a partial line that a crash left */
	unsigned rounds; /* number of rotations */
	struct vigil_error error;
};

/* Opens path, with max_size, keep and heading set: every new file begins with the heading. */
enum vigil_code rotate_open(struct rotate *rotate);

/* Writes lines, each ended by a newline. Sets *written to the bytes of those that are in the file
 * now: all, unless it failed. */
enum vigil_code rotate_write(struct rotate *rotate, const char *lines, size_t length,
			     size_t *written);

/* Continues in the file that now has the name, if that is another one or none. After an error the
 * previous file stays in use. */
enum vigil_code rotate_reopen(struct rotate *rotate);

/* Syncs to disk and closes. */
enum vigil_code rotate_close(struct rotate *rotate);

#endif /* VIGIL_ROTATE_H */
