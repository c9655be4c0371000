/* SPDX-License-Identifier: MIT */
/*
 * lookup.h - looks up information about the file or process of a record without waiting for
 * the answer: with helper processes on Linux (inspect/inspect.h), with a thread on Windows.
 */
#ifndef VIGIL_ENRICH_LOOKUP_H
#define VIGIL_ENRICH_LOOKUP_H

#include "enrich/file_inspect.h"
#include "enrich/waiter.h"

#define LOOKUPS_MAX 8 /* requests without an answer */

struct lookup;

/* Returns the VIGIL_INSPECT_... that this system supports. */
uint32_t lookup_can(void);

/* Opens what the options require, before the sensor is opened. *out NULL and VIGIL_OK: nothing. */
enum vigil_code lookup_open(struct lookup **out, const struct vigil_options *options,
			    struct vigil_error *error);

/* Allows requests from now on; their answers end a wait of the waiter. */
enum vigil_code lookup_start(struct lookup *lookup, struct waiter *waiter,
			     struct vigil_error *error);

enum lookup_asked {
	LOOKUP_BUSY,   /* ask again after lookup_next has returned an answer */
	LOOKUP_ASKED,  /* *ticket identifies the answer */
	LOOKUP_KNOWN,  /* *result is set: the same file or container was looked up before */
	LOOKUP_REFUSED /* it stays unknown */
};

/* Makes a request. request->what: LOOKUP_ARGS, LOOKUP_MAPPING or VIGIL_INSPECT_CONTAINER alone, or any
 * of the others. Its path is copied. The memory that *result points to is valid until the next
 * call of a function of this header. */
enum lookup_asked lookup_ask(struct lookup *lookup, const struct lookup_request *request,
			     uint32_t *ticket, struct lookup_result *result);

/* Returns the next answer; false: none now. The memory that result points to is valid until the
 * next call. Each accepted request is answered once. */
bool lookup_next(struct lookup *lookup, uint32_t *ticket, struct lookup_result *result);

/* Returns false if a thread hangs in a read and keeps its memory and the waiter (Windows). */
bool lookup_close(struct lookup *lookup);

/* Linux: inspect_known_build_id, inspect_news. */
const uint8_t *lookup_known_build_id(struct lookup *lookup, const struct vigil_image_body *image,
				     int64_t now_ms, size_t *length);
bool lookup_news(struct lookup *lookup, char *text, size_t size);

#endif /* VIGIL_ENRICH_LOOKUP_H */
