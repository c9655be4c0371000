/* SPDX-License-Identifier: MIT */
/* http_clickhouse.c - rows of JSONEachRow: the event, with its id as one more member. */
#include "http_form.h"
#include "row.h"

/* Appends text as a part of a URL. */
static void put_escaped(struct vigil_buffer *to, const char *text)
{
	static const char KEPT[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++)
		if (strchr(KEPT, *text)) {
			vigil_put_char(to, *text);
		} else {
			vigil_put_char(to, '%');
			vigil_put_hex_bytes(to, text, 1);
		}
}

static void clickhouse_prepare(struct http_target *target)
{
	struct vigil_buffer *to = &target->path;

	vigil_put_text(to,
		       "/?input_format_skip_unknown_fields=1&date_time_input_format=best_effort");
	vigil_put_text(to, "&database=");
	put_escaped(to, target->database);
	vigil_put_text(to, "&query=");
	put_escaped(to, "INSERT INTO ");
	put_escaped(to, target->table);
	put_escaped(to, " FORMAT JSONEachRow");
}

static void clickhouse_begin(struct vigil_buffer *body, const struct http_target *target)
{
	(void)body;
	(void)target;
}

static void clickhouse_add(struct vigil_buffer *body, const struct http_target *target,
			   const struct ship_item *item, bool first)
{
	(void)target;
	(void)first;
	ship_put_row(body, item);
}

static void clickhouse_end(struct vigil_buffer *body)
{
	(void)body;
}

const struct http_form http_clickhouse = { .content_type = "application/x-ndjson",
					   .json_only = true,
					   .deduplicates = true,
					   .prepare = clickhouse_prepare,
					   .begin = clickhouse_begin,
					   .add = clickhouse_add,
					   .end = clickhouse_end };
