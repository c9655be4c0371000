/* SPDX-License-Identifier: MIT */
/*
 * probe.h - what this machine and this user allow the sensor: each thing that it needs is tried,
 * and undone at once.
 */
#ifndef VIGIL_PROBE_H
#define VIGIL_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include <vigil/vigil.h>

#ifdef __cplusplus
extern "C" {
#endif

enum vigil_check_state {
	VIGIL_CHECK_OK,
	VIGIL_CHECK_LIMITED, /* works in part */
	VIGIL_CHECK_DENIED,  /* not for this user: another one may */
	VIGIL_CHECK_MISSING  /* not on this system as it is */
};

enum vigil_check_weight {
	VIGIL_CHECK_NEEDED, /* nothing works without it */
	VIGIL_CHECK_WANTED, /* some events are not seen without it */
	VIGIL_CHECK_EXTRA   /* information, or for what not every program uses */
};

/* The result of one trial. Texts are UTF-8 in plain English. */
struct vigil_check {
	const char *section; /* heading of this check and those after it; NULL: as before */
	const char *name;    /* for programs: "btf" */
	const char *title;   /* for people: "type information" */
	enum vigil_check_weight weight;
	enum vigil_check_state state;
	char detail[240]; /* what was found */
	char advice[300]; /* what to do about it; "": nothing */
};

/* By which means the sensor does a thing here. */
struct vigil_use {
	const char *what;  /* "process access" */
	const char *means; /* "fexit"; NULL: it cannot */
	enum vigil_check_state state;
};

struct vigil_probe;

#pragma GCC visibility push(default)

/* Runs all checks, which takes up to some seconds, in the calling thread; on Linux it forks once.
 * Opens the sensor among others. The result belongs to the caller. Returns NULL if memory is
 * short. */
struct vigil_probe *vigil_probe(void);
void vigil_probe_free(struct vigil_probe *probe); /* NULL: nothing */

/* The check or use at index, which lives as long as probe; NULL: there are no more. */
const struct vigil_check *vigil_probe_check(const struct vigil_probe *probe, size_t index);
const struct vigil_use *vigil_probe_use(const struct vigil_probe *probe, size_t index);

/* Whether vigil_open() with default options works: VIGIL_OK, VIGIL_ERROR_PRIVILEGE or
 * VIGIL_ERROR_UNSUPPORTED. *limited, which may be NULL: with VIGIL_OK, some events are not
 * seen. */
enum vigil_code vigil_probe_outcome(const struct vigil_probe *probe, bool *limited);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PROBE_H */
