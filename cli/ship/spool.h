/* SPDX-License-Identifier: MIT */
/*
 * spool.h - writes the spool of one output: items on disk that wait to be sent. It is bounded: when
 * it is full nothing more is taken until the shipper has made space; what is older than the limit is
 * removed. An interrupted write leaves a partial frame, which is cut off at the next start.
 *
 * One thread writes; another one calls spool_look(), which waits for the disk.
 */
#ifndef VIGIL_SHIP_SPOOL_H
#define VIGIL_SHIP_SPOOL_H

#include <pthread.h>

#include <vigil/vigil.h>

#include "spool_format.h"

#define SPOOL_BYTES_MIN (1u << 20)

struct spool_options {
	const char *folder; /* made if it is not there */
	uint64_t max_bytes; /* at least SPOOL_BYTES_MIN */
	uint64_t max_age_s; /* 0: no limit */
	bool trust_path;    /* --trust-path */
};

/* A segment that is complete. */
struct spool_segment {
	uint64_t first, bytes;
	int64_t sealed_ns; /* when its last item was written */
	int fd;            /* not synced yet; -1: it is */
};

struct spool {
	struct spool_options options;
	int folder, lock;
	int fd;                 /* of the segment that grows; -1: none */
	uint64_t first;         /* of that segment */
	uint64_t size;          /* of that segment */
	uint64_t segment_bytes; /* its limit */
	uint64_t allocated;     /* disk space up to this offset is reserved */
	int64_t began_ns;
	bool torn;        /* there is a partial frame after `size` */
	bool full;        /* the last write failed because of max_bytes */
	bool use_reserve; /* the last items: the limits do not hold for them */
	uint64_t next;    /* number of the next item */
	uint64_t session;
	uint64_t cut;   /* bytes of a partial frame that were cut off by spool_open */
	uint64_t aged;  /* items that were removed because of their age, not acknowledged */
	uint64_t total; /* bytes of complete segments */
	uint64_t bytes; /* of all segments; may be read by any thread */
	uint64_t acked; /* the mark, as spool_look() read it last */
	struct spool_segment *segment; /* in order; complete */
	size_t count;
	bool new_names; /* the folder has to be synced */
	pthread_mutex_t mutex;
	struct vigil_error error;
};

/* Makes the folder of a spool, and the one that contains it, unless they are there. Returns false and
 * sets errno on failure. */
bool spool_make_folder(const char *path);

/* Gets the name of this machine as it is in identifiers: other characters than letters, digits, '.',
 * '_' and '-' are replaced. */
void spool_host(char host[SPOOL_HOST_SIZE]);

/* Opens the spool and locks it. On failure spool->error has the reason. */
enum vigil_code spool_open(struct spool *spool, const struct spool_options *options);

/* Writes whole frames, whose number and checksum are filled in here. Sets *written to the bytes of
 * those that are in the spool now: all, unless it failed. */
enum vigil_code spool_write(struct spool *spool, char *frames, size_t length, size_t *written);

/* Changes the limits of an open spool, for what is written and removed from now on. */
void spool_set_limits(struct spool *spool, uint64_t max_bytes, uint64_t max_age_s);

/* Writes what is in the spool to the disk; removes what is acknowledged or too old. May take long. */
void spool_look(struct spool *spool);

enum vigil_code spool_close(struct spool *spool);

#endif /* VIGIL_SHIP_SPOOL_H */
