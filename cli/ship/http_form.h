/* SPDX-License-Identifier: MIT */
/* http_form.h - the body of a request and the meaning of its answer, for each kind of HTTP
 * engine. http.c does the rest. */
#ifndef VIGIL_SHIP_HTTP_FORM_H
#define VIGIL_SHIP_HTTP_FORM_H

#include <stdbool.h>

#include <vigil/vigil.h>

#include "core/bytes.h"
#include "outlet.h"

struct json_reader;

/* Settings of a form, and what it needs to write bodies. */
struct http_target {
	const char *url, *database, *table, *index;
	bool deduplicate;
	const char *host;         /* of the events */
	struct vigil_buffer path; /* what is appended to the URL */
	struct json_reader *json;
};

/* How a form reports what an answer says of the items of its request: settle for each of them, or
 * refuse_all once. Neither: all are acknowledged. */
struct http_verdict {
	void (*settle)(void *batch, size_t index, enum ship_result result, const char *reason);
	void (*refuse_all)(void *batch, const char *reason);
	void *batch;
	size_t count; /* items of the request */
};

struct http_form {
	const char *content_type;
	bool json_only;    /* the items must be JSON */
	bool deduplicates; /* it has insert_deduplication_token */
	/* Writes target->path. */
	void (*prepare)(struct http_target *target);
	void (*begin)(struct vigil_buffer *body, const struct http_target *target);
	void (*add)(struct vigil_buffer *body, const struct http_target *target,
		    const struct ship_item *item, bool first);
	void (*end)(struct vigil_buffer *body);
	/* Reads the answer of a request that succeeded; NULL: it has no details. Returns false, with
	 * a reason, if the answer is not understood: nothing is settled then. */
	bool (*read)(struct http_target *target, const char *answer, size_t length,
		     const struct http_verdict *verdict, struct vigil_error *error);
};

extern const struct http_form http_clickhouse, http_elasticsearch, http_otlp;

#endif /* VIGIL_SHIP_HTTP_FORM_H */
