/* SPDX-License-Identifier: MIT */
/*
 * lookup.h - what the file or process of a record is, asked without waiting for the
 * answer: of helper processes on Linux (inspect/inspect.h), of a thread on Windows.
 */
#ifndef VIGIL_ENRICH_LOOKUP_H
#define VIGIL_ENRICH_LOOKUP_H

#include "enrich/look.h"
#include "enrich/waiter.h"

#define LOOKUPS_MAX 8 /* asked and not answered */

struct lookup;

/* Which VIGIL_LOOK_... there are on this system. */
uint32_t lookup_can(void);

/* Opens what the options need, before the sensor is opened. *out NULL and VIGIL_OK: nothing. */
enum vigil_code lookup_open(struct lookup **out, const struct vigil_options *options,
			    struct vigil_error *error);

/* From now on can be asked; what is answered ends a wait for the worker. */
enum vigil_code lookup_begin(struct lookup *lookup, struct worker *worker,
			     struct vigil_error *error);

enum lookup_asked {
	LOOKUP_BUSY,   /* ask again after lookup_next gave an answer */
	LOOKUP_ASKED,  /* *ticket says which answer will be this one's */
	LOOKUP_KNOWN,  /* *result has it: the same file or container was asked about before */
	LOOKUP_REFUSED /* it stays unknown */
};

/* request->what: LOOK_ARGS, LOOK_MAPPING or VIGIL_LOOK_CONTAINER alone, or any of the others.
 * Its path is copied. What *result points to is valid until the next call of any function
 * here. */
enum lookup_asked lookup_ask(struct lookup *lookup, const struct look_request *request,
			     uint32_t *ticket, struct look_result *result);

/* The next answer; false: none now. What result points to is valid until the next call.
 * Each request that was asked is answered once. */
bool lookup_next(struct lookup *lookup, uint32_t *ticket, struct look_result *result);

/* False: a thread hangs in a read, and keeps what it and the worker use (Windows). */
bool lookup_close(struct lookup *lookup);

/* On Linux: inspect_known_build_id, inspect_news. */
const uint8_t *lookup_known_build_id(struct lookup *lookup, const struct vigil_image *image,
				     int64_t now_ms, size_t *length);
bool lookup_news(struct lookup *lookup, char *text, size_t size);

#endif /* VIGIL_ENRICH_LOOKUP_H */
