/* SPDX-License-Identifier: MIT */
/* http.c - the outlets of HTTP. Their requests run in one thread, through libcurl's multi
 * interface. */
#include "http.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/json_line.h"
#include "os/os.h"

/* An incomplete batch waits this long for more items while another request runs. */
#define LINGER_MS 200

static void http_close(struct outlet *outlet)
{
	for (size_t i = 0; outlet->batch && i < outlet->parallel; i++) {
		struct http_batch *batch = &outlet->batch[i];

		if (batch->running)
			curl.curl_multi_remove_handle(outlet->multi, batch->easy);
		if (batch->easy)
			curl.curl_easy_cleanup(batch->easy);
		free(batch->items);
		vigil_buffer_free(&batch->body);
		vigil_buffer_free(&batch->packed);
		vigil_buffer_free(&batch->answer);
	}
	if (outlet->multi)
		curl.curl_multi_cleanup(outlet->multi);
	if (outlet->headers)
		curl.curl_slist_free_all(outlet->headers);
	gzip_free(outlet->gzip);
	json_reader_close(outlet->target.json);
	vigil_buffer_free(&outlet->target.path);
	free(outlet->url);
	free(outlet->password);
	free(outlet->batch);
	free(outlet);
}

static bool open_batches(struct outlet *outlet, const struct ship_settings *settings)
{
	outlet->multi = curl.curl_multi_init();
	outlet->target.json = json_reader_open();
	outlet->batch = calloc(outlet->parallel, sizeof(*outlet->batch));
	if (!outlet->multi || !outlet->target.json || !outlet->batch)
		return false;
	for (size_t i = 0; i < outlet->parallel; i++) {
		outlet->batch[i].outlet = outlet;
		outlet->batch[i].most = HTTP_ITEMS_MAX;
		if (!http_set_up(&outlet->batch[i], settings))
			return false;
	}
	return true;
}

static enum vigil_code http_open(struct outlet **out, struct shipper *shipper,
				 const struct ship_settings *settings, const struct http_form *form,
				 struct vigil_error *error)
{
	enum vigil_code code = http_load(error);
	struct outlet *outlet;

	*out = NULL;
	if (code < 0)
		return code;
	outlet = calloc(1, sizeof(*outlet));
	if (!outlet)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	outlet->shipper = shipper;
	outlet->form = form;
	code = http_read_settings(outlet, settings, error);
	if (code == VIGIL_OK && !open_batches(outlet, settings))
		code = vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	if (code == VIGIL_OK)
		*out = outlet;
	else
		http_close(outlet);
	return code;
}

static struct http_batch *free_batch(struct outlet *outlet)
{
	for (size_t i = 0; i < outlet->parallel; i++)
		if (!outlet->batch[i].running)
			return &outlet->batch[i];
	return NULL;
}

static bool batch_is_full(const struct http_batch *batch)
{
	return batch->bytes >= batch->outlet->batch_bytes || batch->count == HTTP_ITEMS_MAX;
}

static void send_filling(struct outlet *outlet)
{
	struct http_batch *batch = outlet->filling;

	outlet->filling = NULL;
	http_batch_start(batch);
}

static size_t http_send(struct outlet *outlet, const struct ship_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct http_batch *batch = outlet->filling;

		if (!batch)
			batch = outlet->filling = free_batch(outlet);
		if (!batch)
			return i;
		if (batch->count == 0)
			batch->since = os_now_ms();
		batch->items[batch->count++] = items[i];
		batch->bytes += items[i].length;
		outlet->held++;
		if (batch_is_full(batch))
			send_filling(outlet);
	}
	return count;
}

/* Returns whether a request has ended. */
static bool end_requests(struct outlet *outlet)
{
	bool any = false;
	CURLMsg *message;
	int left;

	while ((message = curl.curl_multi_info_read(outlet->multi, &left))) {
		struct http_batch *batch;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl.curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &batch);
		http_batch_end(batch, message->data.result);
		any = true;
	}
	return any;
}

static size_t http_poll(struct outlet *outlet, int timeout_ms)
{
	int64_t end = os_now_ms() + timeout_ms;
	int running;

	for (;;) {
		int64_t now = os_now_ms(), until = end;

		if (outlet->filling && outlet->filling->count > 0) {
			int64_t due = outlet->filling->since + LINGER_MS;

			if (outlet->running == 0 || now >= due)
				send_filling(outlet);
			else if (due < until)
				until = due;
		}
		if (outlet->running > 0)
			curl.curl_multi_perform(outlet->multi, &running);
		if (end_requests(outlet) || now >= end)
			return outlet->held;
		curl.curl_multi_poll(outlet->multi, NULL, 0, until > now ? (int)(until - now) : 0,
				     NULL);
	}
}

static enum vigil_code http_check(const struct ship_settings *settings,
				  const struct http_form *form, struct vigil_error *error)
{
	const char *url = ship_setting(settings, "url");
	struct outlet outlet = { 0 };
	bool gzip;

	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "output %.60s: url begins with http:// or https://",
				  settings->name);
	if (form->json_only && settings->format != VIGIL_FORMAT_JSON)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "output %.60s: this engine takes only the format json",
				  settings->name);
	return http_read_numbers(&outlet, settings, &gzip, error) &&
		       ship_setting_pair(settings, "cert-file", "key-file", error)
		   ? VIGIL_OK
		   : VIGIL_ERROR_USAGE;
}

#define HTTP_OUTLET(form, words) \
	extern const struct outlet_calls form##_outlet; \
	static enum vigil_code open_##form(struct outlet **out, struct shipper *shipper, \
					   const struct ship_settings *settings, \
					   struct vigil_error *error) \
	{ \
		return http_open(out, shipper, settings, &http_##form, error); \
	} \
	static enum vigil_code check_##form(const struct ship_settings *settings, \
					    struct vigil_error *error) \
	{ \
		return http_check(settings, &http_##form, error); \
	} \
	const struct outlet_calls form##_outlet = { .name = #form, \
						    .help = (words), \
						    .settings = http_settings_##form, \
						    .check = check_##form, \
						    .open = open_##form, \
						    .send = http_send, \
						    .poll = http_poll, \
						    .close = http_close }

HTTP_OUTLET(clickhouse, "a ClickHouse table, through HTTP");
HTTP_OUTLET(elasticsearch, "Elasticsearch or OpenSearch: a data stream, through _bulk");
HTTP_OUTLET(otlp, "a collector of OpenTelemetry: logs, through OTLP/HTTP with JSON");
