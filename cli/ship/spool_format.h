/* SPDX-License-Identifier: MIT */
/*
 * spool_format.h - the files of a spool, SPOOL/NAME/ for each output:
 *
 *	%016x.spool  a segment: a header, then frames; the name has the number of its first item
 *	mark         up to which item the engine has acknowledged
 *	lock, ship   locked by the process that writes, and by the one that sends
 *	refused.jsonl, refused.jsonl.1   items that the engine refused, each with its reason
 *
 * Numbers are those of the machine that writes. Numbers of items increase by one from one item to
 * the next, also from segment to segment and after a restart. After a power failure the file system
 * may have lost the last items, so numbers may be used again: an item is identified by the session
 * of its segment and its number.
 */
#ifndef VIGIL_SHIP_SPOOL_FORMAT_H
#define VIGIL_SHIP_SPOOL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_MAGIC      "VIGSPOOL"
#define SPOOL_VERSION    1u
#define SPOOL_SUFFIX     ".spool"
#define SPOOL_NAME_SIZE  (16 + sizeof(SPOOL_SUFFIX))
#define SPOOL_ALIGN      8u
#define SPOOL_FRAME_MAX  (4u << 20)
#define SPOOL_KEY_MAX    255u
#define SPOOL_HOST_SIZE  64
#define SPOOL_MARK_SLOTS 2
#define SPOOL_MARK_STEP  512 /* each slot is in a separate sector */

struct spool_header {
	char magic[8];
	uint32_t version;
	uint32_t size;              /* of this header */
	uint64_t first;             /* number of the first item */
	uint64_t session;           /* random, for each start of the writer */
	int64_t time_ns;            /* when the segment began, since 1970 UTC */
	char host[SPOOL_HOST_SIZE]; /* name of the machine, ended by a NUL */
	uint8_t boot[16];           /* boot id */
	uint32_t reserved;
	uint32_t crc; /* of what precedes */
};

/* Followed by the key, a NUL, the body, a NUL, and zeros up to `size`. */
struct spool_frame {
	uint32_t size; /* of the frame, a multiple of SPOOL_ALIGN */
	uint32_t crc;  /* of all that follows this member */
	uint64_t number;
	int64_t time_ns; /* of the event */
	uint16_t type;   /* enum vigil_type */
	uint16_t key_length;
	uint32_t body_length;
};

/* Slots are written in turn: a write that is interrupted leaves the other one valid. */
struct spool_mark {
	char magic[8];
	uint64_t acked; /* number of the last item before which all are acknowledged or refused */
	uint64_t turn;  /* the larger one is valid */
	uint32_t reserved;
	uint32_t crc; /* of what precedes */
};

static inline size_t spool_frame_size(size_t key, size_t body)
{
	return (sizeof(struct spool_frame) + key + body + 2 + SPOOL_ALIGN - 1) &
	       ~(size_t)(SPOOL_ALIGN - 1);
}

/* Checks a frame of which `length` bytes are there. Returns its size, or 0 if it is not valid or
 * not complete. */
size_t spool_frame_check(const void *data, size_t length);

/* Fills in the checksum. */
void spool_frame_seal(struct spool_frame *frame);

bool spool_header_check(const struct spool_header *header, size_t length);
void spool_header_seal(struct spool_header *header);

/* Reads the number of a segment's first item from its name. Returns false for other files. */
bool spool_name_read(const char *name, uint64_t *first);
void spool_name_write(char name[SPOOL_NAME_SIZE], uint64_t first);

/* Lists the first numbers of the segments in a folder, in ascending order; *first is to be freed.
 * Returns false and sets errno on failure. */
bool spool_list(int folder, uint64_t **first, size_t *count);

/* Reads the mark: 0 if there is none. Returns the turn of the slot. */
uint64_t spool_mark_read(int folder, uint64_t *acked);

/* Makes the file of the mark, with its disk space: on a full disk it can still be written, so that
 * what is acknowledged can be removed. Returns false and sets errno on failure. */
bool spool_mark_make(int folder);

/* Writes the mark; turn: larger than that of the last one. Returns false and sets errno on
 * failure. */
bool spool_mark_write(int folder, uint64_t acked, uint64_t turn);

#endif /* VIGIL_SHIP_SPOOL_FORMAT_H */
