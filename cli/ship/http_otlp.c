/* SPDX-License-Identifier: MIT */
/* http_otlp.c - OTLP/HTTP with JSON: log records whose body is the event as text. */
#include <stdlib.h>

#include "common/cli.h"
#include "core/error.h"
#include "core/json_line.h"
#include "core/json_string.h"
#include "http_form.h"

#define SEVERITY_INFO "9" /* of the OTLP specification */

static void otlp_prepare(struct http_target *target)
{
	vigil_put_text(&target->path, "/v1/logs");
}

static void put_attribute(struct vigil_buffer *to, const char *key, const char *value)
{
	vigil_put_text(to, "{\"key\":\"");
	vigil_put_text(to, key);
	vigil_put_text(to, "\",\"value\":{\"stringValue\":");
	vigil_put_json(to, value, strlen(value));
	vigil_put_text(to, "}}");
}

static void otlp_begin(struct vigil_buffer *body, const struct http_target *target)
{
	vigil_put_text(body, "{\"resourceLogs\":[{\"resource\":{\"attributes\":[");
	put_attribute(body, "service.name", "vigil");
	vigil_put_char(body, ',');
	put_attribute(body, "host.name", target->host);
	vigil_put_text(body, "]},\"scopeLogs\":[{\"scope\":{\"name\":\"vigil\"},\"logRecords\":[");
}

static void otlp_add(struct vigil_buffer *body, const struct http_target *target,
		     const struct ship_item *item, bool first)
{
	(void)target;
	vigil_put_text(body, first ? "{\"timeUnixNano\":\"" : ",{\"timeUnixNano\":\"");
	vigil_put_unsigned(body, (uint64_t)item->time_ns);
	vigil_put_text(body, "\",\"severityNumber\":" SEVERITY_INFO ",\"body\":{\"stringValue\":");
	vigil_put_json(body, item->body, item->length);
	vigil_put_text(body, "},\"attributes\":[");
	put_attribute(body, "event.id", item->id);
	vigil_put_char(body, ',');
	put_attribute(body, "event.name", cli_type_name(item->type));
	vigil_put_text(body, "]}");
}

static void otlp_end(struct vigil_buffer *body)
{
	vigil_put_text(body, "]}]}]}");
}

/* A number of 64 bits is text in OTLP's JSON; some collectors write a number. */
static uint64_t rejected_records(const struct json_value *all)
{
	const struct json_value *number = json_find(all, "partialSuccess.rejectedLogRecords");

	if (!number)
		return 0;
	return number->type == JSON_TEXT ? strtoull(number->text, NULL, 10) : json_unsigned(number);
}

/* The answer does not say which records were rejected, and the request must not be repeated: all
 * of them are kept as refused. */
static bool otlp_read(struct http_target *target, const char *answer, size_t length,
		      const struct http_verdict *verdict, struct vigil_error *error)
{
	const struct json_value *all, *message;
	struct vigil_error text = { 0 };
	uint64_t rejected;

	if (length == 0)
		return true;
	if (json_read_line(target->json, answer, length, &all, error) < 0)
		return false;
	rejected = rejected_records(all);
	message = json_find(all, "partialSuccess.errorMessage");
	if (rejected == 0)
		return true;
	vigil_fail(&text, VIGIL_ERROR_OUTPUT,
		   "the collector rejected %u of a request's %zu records, and does not say which: "
		   "%.300s",
		   (unsigned)rejected, verdict->count,
		   message && message->type == JSON_TEXT ? message->text : "no reason");
	if (rejected < verdict->count)
		verdict->refuse_all(verdict->batch, text.text);
	else
		for (size_t i = 0; i < verdict->count; i++)
			verdict->settle(verdict->batch, i, SHIP_REFUSED, text.text);
	return true;
}

const struct http_form http_otlp = { .content_type = "application/json",
				     .prepare = otlp_prepare,
				     .begin = otlp_begin,
				     .add = otlp_add,
				     .end = otlp_end,
				     .read = otlp_read };
