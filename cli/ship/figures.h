/* SPDX-License-Identifier: MIT */
/*
 * figures.h - the figures of one output, in the file SPOOL/NAME/status. The sensor and the shipper
 * map it and write to it; any process of the same user, or root, can read it meanwhile. The file
 * exists also while `vigil run` does not run, with the figures that were last.
 *
 * Each number is written by one process and can be read at any time. The texts are protected by
 * `changes`: it is odd while one is written.
 */
#ifndef VIGIL_SHIP_FIGURES_H
#define VIGIL_SHIP_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#define FIGURES_FILE  "status"
#define FIGURES_MAGIC UINT64_C(0x3256475346474956) /* "VIGFSGV2" */
#define FIGURES_TEXT  256

enum figures_state {
	FIGURES_STOPPED,
	FIGURES_STARTING, /* the outlet is being opened */
	FIGURES_SENDING,
	FIGURES_IDLE,    /* everything in the spool is acknowledged */
	FIGURES_WAITING, /* the last attempt failed; until the next one */
};

struct figures {
	uint64_t magic;
	char name[64];   /* of the output */
	char engine[16]; /* of the setting `to` */
	/* Written by the sensor, since its start. */
	struct {
		uint64_t pid;
		uint64_t started_ns; /* since 1970 UTC */
		uint64_t events;     /* written to the spool, LOST events included */
		uint64_t lost;       /* not written: the spool was full, or the disk */
		uint64_t withheld;   /* because of the setting `rate` */
		uint64_t aged;       /* removed from the spool unsent: too old */
		uint64_t spool_bytes, spool_max;
		uint64_t next;    /* number of the next item */
		uint64_t failing; /* 1: the spool cannot be written now */
		uint32_t grown;   /* changes when the spool has grown; a futex */
		uint32_t unused;
	} sensor;
	/* Written by the shipper; counted since the start of `vigil run`, over restarts of it. */
	struct {
		uint64_t pid;   /* 0: it does not run */
		uint64_t state; /* enum figures_state */
		uint64_t starts;
		uint64_t sent; /* given to the engine, repeats included */
		uint64_t acked;
		uint64_t again; /* attempts that failed */
		uint64_t refused;
		uint64_t missing; /* items that were not in the spool any more */
		uint64_t bytes;   /* of the items acknowledged */
		uint64_t mark;    /* number of the last item of which all before are done */
		uint64_t in_flight;
		uint64_t acked_ns;       /* when the last item was acknowledged, since 1970 UTC */
		uint64_t event_ns;       /* time of the event acknowledged last */
		uint64_t failed_ns;      /* when the last attempt failed */
		uint64_t changes;        /* of the text */
		char text[FIGURES_TEXT]; /* the last failure */
	} shipper;
};

/* Maps the file in the folder of the spool. create: makes or completes it. Returns NULL and sets
 * errno on failure. */
struct figures *figures_map(int folder, bool create);
void figures_unmap(struct figures *figures);

static inline void figures_set(uint64_t *figure, uint64_t value)
{
	__atomic_store_n(figure, value, __ATOMIC_RELAXED);
}

static inline void figures_add(uint64_t *figure, uint64_t value)
{
	figures_set(figure, *figure + value);
}

static inline uint64_t figures_get(const uint64_t *figure)
{
	return __atomic_load_n(figure, __ATOMIC_RELAXED);
}

/* Wakes the shipper: the spool has grown. */
void figures_wake(struct figures *figures);

/* Waits until the spool has grown since `grown` was *seen, which is brought up to date, for at most
 * ms. */
void figures_wait(const struct figures *figures, uint32_t *seen, int64_t ms);

/* Write and read the text of the last failure. */
void figures_set_text(struct figures *figures, const char *text);
void figures_get_text(const struct figures *figures, char text[FIGURES_TEXT]);

#endif /* VIGIL_SHIP_FIGURES_H */
