/* SPDX-License-Identifier: MIT */
/*
 * probe.h - checks what this machine and this user allow the sensor to do. Each check tries one
 * thing that the sensor needs, and undoes it at once.
 */
#ifndef VIGIL_PUBLIC_PROBE_H
#define VIGIL_PUBLIC_PROBE_H

#include <vigil/common.h>

#ifdef __cplusplus
extern "C" {
#endif

enum vigil_check_state {
	VIGIL_CHECK_OK,
	VIGIL_CHECK_LIMITED, /* works in part */
	VIGIL_CHECK_DENIED,  /* not allowed for this user; may be for another */
	VIGIL_CHECK_MISSING  /* not available on this system as it is */
};

enum vigil_check_weight {
	VIGIL_CHECK_NEEDED, /* nothing works without it */
	VIGIL_CHECK_WANTED, /* some events are missing without it */
	VIGIL_CHECK_EXTRA   /* information, or for optional features */
};

/* The result of one check. Texts are UTF-8 in plain English. */
struct vigil_check {
	const char *section; /* heading of this check and those after it; NULL: as before */
	const char *name;    /* for programs: "btf" */
	const char *title;   /* for people: "type information" */
	enum vigil_check_weight weight;
	enum vigil_check_state state;
	char detail[240]; /* what was found */
	char advice[300]; /* what to do about it; "": nothing */
};

/* A mechanism that the sensor uses on this machine. */
struct vigil_use {
	const char *what;  /* "process access" */
	const char *means; /* "fexit"; NULL: there is none */
	enum vigil_check_state state;
};

/* The results of all checks. */
struct vigil_probe;

/* Checks what this machine and this user allow the sensor to do.
 *
 * Takes up to some seconds, in the calling thread. On Linux it forks once. One of the checks opens
 * the sensor.
 *
 * Returns results that the caller frees with vigil_probe_free(); NULL if there is no memory. */
VIGIL_API struct vigil_probe *vigil_probe(void);

/* Frees the results of vigil_probe().
 *
 * probe may be NULL. */
VIGIL_API void vigil_probe_free(struct vigil_probe *probe);

/* Returns the result of one check, valid as long as probe.
 *
 * index counts from 0.
 *
 * Returns NULL if there are no more. */
VIGIL_API const struct vigil_check *vigil_probe_check(const struct vigil_probe *probe,
						      size_t index);

/* Returns one of the mechanisms that the sensor uses on this machine, valid as long as probe.
 *
 * index counts from 0.
 *
 * Returns NULL if there are no more. */
VIGIL_API const struct vigil_use *vigil_probe_use(const struct vigil_probe *probe, size_t index);

/* Returns whether vigil_open() with default options works.
 *
 * limited may be NULL. With VIGIL_OK, *limited is set to whether some events are missing.
 *
 * Returns VIGIL_OK, VIGIL_ERROR_PRIVILEGE or VIGIL_ERROR_UNSUPPORTED. */
VIGIL_API enum vigil_code vigil_probe_outcome(const struct vigil_probe *probe, bool *limited);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_PROBE_H */
