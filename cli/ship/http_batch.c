/* SPDX-License-Identifier: MIT */
/* http_batch.c - the requests of a batch. A batch that the server finds too large, or in which it
 * finds an error, is halved until the item that it does not take is alone. */
#include <string.h>

#include "core/error.h"
#include "http.h"

/* A server that refuses more items than this in a row is not set up for them. */
#define REFUSED_MAX 100

/* Ends the batch: its items have left it. */
static void batch_clear(struct http_batch *batch)
{
	batch->outlet->held -= batch->count;
	batch->count = batch->at = batch->now = 0;
	batch->most = HTTP_ITEMS_MAX;
	batch->bytes = 0;
}

static void settle(struct http_batch *batch, size_t index, enum ship_result result,
		   const char *reason)
{
	struct outlet *outlet = batch->outlet;
	struct vigil_error text = { 0 };

	if (result == SHIP_ACKED) {
		outlet->refused = 0;
	} else if (result == SHIP_REFUSED && ++outlet->refused > REFUSED_MAX) {
		vigil_fail(&text, VIGIL_ERROR_OUTPUT,
			   "%u items in a row were refused, so the rest waits: %.300s", REFUSED_MAX,
			   reason);
		result = SHIP_AGAIN;
		reason = text.text;
	}
	ship_done(outlet->shipper, batch->items[index].number, result, reason);
}

static void verdict_settle(void *context, size_t index, enum ship_result result, const char *reason)
{
	struct http_batch *batch = context;

	batch->settled = true;
	settle(batch, batch->at + index, result, reason);
}

static void verdict_refuse_all(void *context, const char *reason)
{
	struct http_batch *batch = context;

	batch->settled = true;
	for (size_t i = batch->at; i < batch->at + batch->now; i++)
		ship_done(batch->outlet->shipper, batch->items[i].number, SHIP_REFUSED, reason);
}

/* The rest of the batch is to be sent again later. */
static void batch_again(struct http_batch *batch, const char *reason)
{
	for (size_t i = batch->at; i < batch->count; i++)
		ship_done(batch->outlet->shipper, batch->items[i].number, SHIP_AGAIN, reason);
	batch_clear(batch);
}

/* The first item that the server does not take is among those of the request. */
static void batch_refused(struct http_batch *batch, const char *reason)
{
	if (batch->now > 1) {
		batch->most = batch->now / 2;
		return;
	}
	settle(batch, batch->at, SHIP_REFUSED, reason);
	batch->at++;
	batch->most = HTTP_ITEMS_MAX;
}

static void batch_too_large(struct http_batch *batch, const char *reason)
{
	uint64_t *bytes = &batch->outlet->batch_bytes, half = batch->body.length / 2;

	if (batch->now > 1 && half >= HTTP_BATCH_MIN && half < *bytes)
		*bytes = half;
	batch_refused(batch, reason);
}

static void batch_accepted(struct http_batch *batch)
{
	struct http_verdict verdict = { .settle = verdict_settle,
					.refuse_all = verdict_refuse_all,
					.batch = batch,
					.count = batch->now };
	struct outlet *outlet = batch->outlet;
	struct vigil_error error, text = { 0 };

	batch->settled = false;
	if (outlet->form->read && !outlet->form->read(&outlet->target, batch->answer.data,
						      batch->answer.length, &verdict, &error)) {
		vigil_fail(&text, VIGIL_ERROR_FORMAT, "the answer is not understood: %.300s",
			   error.text);
		batch_again(batch, text.text);
		return;
	}
	if (!batch->settled)
		for (size_t i = batch->at; i < batch->at + batch->now; i++)
			settle(batch, i, SHIP_ACKED, NULL);
	batch->at += batch->now;
	batch->most *= batch->most < HTTP_ITEMS_MAX ? 2 : 1;
}

static void retry_after(struct http_batch *batch)
{
	curl_off_t seconds = 0;

	curl.curl_easy_getinfo(batch->easy, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds > 0)
		ship_retry_after(batch->outlet->shipper, (uint64_t)seconds * 1000);
}

/* By the status of an answer that is not a success. */
static void batch_failed(struct http_batch *batch, long status)
{
	struct vigil_error text = { 0 };
	const char *says = status == 401 || status == 403 ? ": wrong user, password or token"
			   : status == 413                ? ": the request is too large"
							  : "";

	vigil_put_char(&batch->answer, '\0');
	vigil_fail(&text, VIGIL_ERROR_OUTPUT, "HTTP status %ld from %.100s%s: %.250s", status,
		   batch->outlet->target.url, says, batch->answer.failed ? "" : batch->answer.data);
	if (status == 413) {
		batch_too_large(batch, text.text);
	} else if (status == 400 || status == 422) {
		batch_refused(batch, text.text);
	} else {
		retry_after(batch);
		batch_again(batch, text.text);
	}
}

/* A server that wants a certificate may close the connection before its alert is read. */
static const char *hint_of(const struct outlet *outlet, CURLcode code)
{
	return (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR) && !outlet->has_certificate &&
		       strncmp(outlet->target.url, "https:", 6) == 0
		   ? ". Does the server want a client certificate (cert-file)?"
		   : "";
}

void http_batch_end(struct http_batch *batch, CURLcode code)
{
	struct outlet *outlet = batch->outlet;
	struct vigil_error text = { 0 };
	long status = 0;

	batch->running = false;
	outlet->running--;
	curl.curl_multi_remove_handle(outlet->multi, batch->easy);
	curl.curl_easy_getinfo(batch->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK) {
		vigil_fail(&text, VIGIL_ERROR_OUTPUT, "%.100s: %.250s%s", outlet->target.url,
			   batch->why[0] ? batch->why : curl.curl_easy_strerror(code),
			   hint_of(outlet, code));
		batch_again(batch, text.text);
	} else if (status >= 200 && status < 300) {
		batch_accepted(batch);
	} else {
		batch_failed(batch, status);
	}
	if (batch->at < batch->count)
		http_batch_start(batch);
	else if (batch->count > 0)
		batch_clear(batch);
}

static void build_body(struct http_batch *batch)
{
	const struct outlet *outlet = batch->outlet;
	const struct http_form *form = outlet->form;
	struct vigil_buffer *body = &batch->body;
	size_t left = batch->count - batch->at, most = left < batch->most ? left : batch->most, i;

	body->length = 0;
	form->begin(body, &outlet->target);
	for (i = 0; i < most && (i == 0 || body->length < outlet->batch_bytes); i++)
		form->add(body, &outlet->target, &batch->items[batch->at + i], i == 0);
	form->end(body);
	batch->now = i;
}

/* The same items make the same token, with which the server knows a request that is repeated. */
static void add_token(struct http_batch *batch)
{
	const struct outlet *outlet = batch->outlet;
	struct vigil_buffer url = { 0 };

	if (!outlet->form->deduplicates || !outlet->target.deduplicate)
		return;
	vigil_put_text(&url, outlet->url);
	vigil_put_text(&url, "&insert_deduplication_token=");
	vigil_put_text(&url, batch->items[batch->at].id);
	vigil_put_char(&url, '-');
	vigil_put_unsigned(&url, batch->now);
	vigil_put_char(&url, '\0');
	if (!url.failed)
		curl.curl_easy_setopt(batch->easy, CURLOPT_URL, url.data);
	vigil_buffer_free(&url);
}

void http_batch_start(struct http_batch *batch)
{
	struct outlet *outlet = batch->outlet;
	struct vigil_buffer *sent = &batch->body;

	build_body(batch);
	add_token(batch);
	if (outlet->gzip && !batch->body.failed) {
		sent = &batch->packed;
		if (!gzip_pack(outlet->gzip, sent, batch->body.data, batch->body.length))
			sent->failed = true;
	}
	if (sent->failed) {
		vigil_buffer_free(&batch->body);
		vigil_buffer_free(&batch->packed);
		batch_again(batch, "no memory");
		return;
	}
	batch->answer.length = 0;
	batch->why[0] = '\0';
	curl.curl_easy_setopt(batch->easy, CURLOPT_POSTFIELDS, sent->data);
	curl.curl_easy_setopt(batch->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)sent->length);
	if (curl.curl_multi_add_handle(outlet->multi, batch->easy) != CURLM_OK) {
		batch_again(batch, "no memory");
		return;
	}
	batch->running = true;
	outlet->running++;
}
