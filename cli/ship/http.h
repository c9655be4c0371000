/* SPDX-License-Identifier: MIT */
/*
 * http.h - the outlets that send batches of items in HTTP requests, through libcurl.
 *
 * http.c has the outlet; http_settings.c its settings and handles of libcurl; http_batch.c what
 * becomes of the items of a batch. What a body looks like is in http_FORM.c (http_form.h).
 */
#ifndef VIGIL_SHIP_HTTP_H
#define VIGIL_SHIP_HTTP_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "gzip.h"
#include "http_form.h"
#include "library.h"

#define HTTP_ANSWER_MAX   (16u << 20) /* bytes of an answer that are read */
#define HTTP_PARALLEL_MAX 16
#define HTTP_ITEMS_MAX    20000      /* of a batch */
#define HTTP_BATCH_MIN    (4u << 10) /* bytes below which a batch is not made smaller */

/* clang-format off */
#define HTTP_CURL_CALLS(X) \
	X(curl_global_init) X(curl_easy_init) X(curl_easy_cleanup) X(curl_easy_setopt) \
	X(curl_easy_getinfo) X(curl_easy_strerror) X(curl_multi_init) X(curl_multi_cleanup) \
	X(curl_multi_add_handle) X(curl_multi_remove_handle) X(curl_multi_perform) \
	X(curl_multi_poll) X(curl_multi_info_read) X(curl_slist_append) X(curl_slist_free_all)
/* clang-format on */

struct http_curl {
	HTTP_CURL_CALLS(LIBRARY_MEMBER)
};
extern struct http_curl curl; /* loaded by http_load() */

/* Items that are sent together, in one request or, after the server has refused that, in several:
 * items[at] to items[at + now - 1] are in the request that runs. */
struct http_batch {
	struct outlet *outlet;
	CURL *easy;
	struct ship_item *items;
	size_t count, at, now;
	size_t most;   /* items that the next request may have */
	size_t bytes;  /* of all bodies */
	int64_t since; /* when its first item came */
	struct vigil_buffer body, packed, answer;
	char why[CURL_ERROR_SIZE];
	bool running, settled; /* settled: some item of the request by its form */
};

struct outlet {
	struct shipper *shipper;
	const struct http_form *form;
	struct http_target target;
	struct gzip *gzip; /* NULL: not compressed */
	char *url, *password;
	struct curl_slist *headers;
	CURLM *multi;
	struct http_batch *batch;
	size_t parallel, running, held; /* batches; requests that run; items of all batches */
	struct http_batch *filling;
	bool has_certificate;
	uint64_t batch_bytes, timeout_ms;
	unsigned refused; /* items in a row, without one that was acknowledged */
};

extern const struct outlet_setting http_settings_clickhouse[], http_settings_elasticsearch[],
    http_settings_otlp[];

enum vigil_code http_load(struct vigil_error *error);

/* Reads settings into the outlet: the form's own and those of all. */
enum vigil_code http_read_settings(struct outlet *outlet, const struct ship_settings *settings,
				   struct vigil_error *error);

/* Reads those that are numbers, and `gzip`. */
bool http_read_numbers(struct outlet *outlet, const struct ship_settings *settings, bool *gzip,
		       struct vigil_error *error);

/* Sets what all requests of a handle have in common. Returns false if memory is short. */
bool http_set_up(struct http_batch *batch, const struct ship_settings *settings);

/* Begins the next request of a batch. */
void http_batch_start(struct http_batch *batch);

/* Settles the items of a request that has ended, and begins the next one if some are left. */
void http_batch_end(struct http_batch *batch, CURLcode code);

#endif /* VIGIL_SHIP_HTTP_H */
