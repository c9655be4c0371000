/* SPDX-License-Identifier: MIT */
/* http_elasticsearch.c - requests of `_bulk`, for Elasticsearch and OpenSearch: each item is
 * created under its id, so that a repeat is recognized. */
#include "core/error.h"
#include "core/json_line.h"
#include "core/json_string.h"
#include "http_form.h"

static void elastic_prepare(struct http_target *target)
{
	vigil_put_text(&target->path, "/_bulk?filter_path=errors,items.*.status,items.*.error");
}

static void elastic_begin(struct vigil_buffer *body, const struct http_target *target)
{
	(void)body;
	(void)target;
}

static void elastic_add(struct vigil_buffer *body, const struct http_target *target,
			const struct ship_item *item, bool first)
{
	(void)first;
	vigil_put_text(body, "{\"create\":{\"_index\":");
	vigil_put_json(body, target->index, strlen(target->index));
	vigil_put_text(body, ",\"_id\":");
	vigil_put_json(body, item->id, strlen(item->id));
	vigil_put_text(body, "}}\n");
	vigil_put(body, item->body, item->length);
	vigil_put_char(body, '\n');
}

static void elastic_end(struct vigil_buffer *body)
{
	(void)body;
}

/* 409: it is there already. */
static bool is_acked(uint64_t status)
{
	return (status >= 200 && status < 300) || status == 409;
}

/* Sending the same again does not help; the others depend on load, rights or the index. */
static bool is_permanent(uint64_t status)
{
	return status >= 400 && status < 500 && status != 401 && status != 403 && status != 404 &&
	       status != 408 && status != 429;
}

static uint64_t status_of(const struct json_value *item)
{
	return item->count ? json_unsigned(json_find(item + 1, "status")) : 0;
}

static void settle_failed(const struct http_verdict *verdict, size_t index,
			  const struct json_value *item)
{
	const struct json_value *result = item->count ? item + 1 : item;
	const struct json_value *type = json_find(result, "error.type");
	const struct json_value *why = json_find(result, "error.reason");
	uint64_t status = status_of(item);
	struct vigil_error text = { 0 };

	vigil_fail(&text, VIGIL_ERROR_OUTPUT, "status %u: %.100s: %.300s", (unsigned)status,
		   type && type->type == JSON_TEXT ? type->text : "no type",
		   why && why->type == JSON_TEXT ? why->text : "no reason");
	verdict->settle(verdict->batch, index, is_permanent(status) ? SHIP_REFUSED : SHIP_AGAIN,
			text.text);
}

static bool elastic_read(struct http_target *target, const char *answer, size_t length,
			 const struct http_verdict *verdict, struct vigil_error *error)
{
	const struct json_value *all, *errors, *items, *item = NULL;
	size_t index = 0;

	if (json_read_line(target->json, answer, length, &all, error) < 0)
		return false;
	errors = json_find(all, "errors");
	items = json_find(all, "items");
	if (errors && errors->type == JSON_FALSE)
		return true;
	if (!errors || !items || items->type != JSON_ARRAY)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "the answer has no \"errors\" or no \"items\"") == VIGIL_OK;
	while ((item = json_next_item(items, item)))
		index++;
	if (index != verdict->count)
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "the answer is about %zu items, the request had %zu", index,
				  verdict->count) == VIGIL_OK;
	/* Those that failed first: the pause that they begin is for the attempt as a whole. */
	for (index = 0, item = NULL; (item = json_next_item(items, item)); index++)
		if (!is_acked(status_of(item)))
			settle_failed(verdict, index, item);
	for (index = 0, item = NULL; (item = json_next_item(items, item)); index++)
		if (is_acked(status_of(item)))
			verdict->settle(verdict->batch, index, SHIP_ACKED, NULL);
	return true;
}

const struct http_form http_elasticsearch = { .content_type = "application/x-ndjson",
					      .json_only = true,
					      .prepare = elastic_prepare,
					      .begin = elastic_begin,
					      .add = elastic_add,
					      .end = elastic_end,
					      .read = elastic_read };
