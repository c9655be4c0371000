/* SPDX-License-Identifier: MIT */
#include "implied_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "import/jsonl.h"
#include "record/fields.h"
#include "record/names.h"

/* Writes every event as JSON. Returns the number of lines, and adds bytes and lines by type. */
static uint64_t write_json(const char *recording, const char *path, bool full,
			   uint64_t totals[VIGIL_TYPE_MAX][2])
{
	struct vigil_printer_options how = { .size = sizeof(how),
					     .format = VIGIL_FORMAT_JSON,
					     .fields = full ? "all" : NULL };
	struct vigil_options options = { .size = sizeof(options), .types = VIGIL_TYPE_ALL };
	struct vigil_printer *printer = vigil_printer_new(&how);
	FILE *out = fopen(path, "w");
	const struct vigil_event *event;
	struct vigil_error error;
	uint64_t lines = 0;
	struct vigil *v;

	assert_non_null(printer);
	assert_non_null(out);
	if (vigil_open_file(&v, recording, &options, &error) < 0)
		fail_msg("%s", error.text);
	while (vigil_next(v, &event, 0) > 0) {
		size_t length;
		const char *line = vigil_print(printer, event, &length);

		assert_int_equal(fwrite(line, 1, length, out), length);
		totals[event->record->type][0] += length;
		totals[event->record->type][1]++;
		lines++;
	}
	assert_true(vigil_at_end(v));
	vigil_close(v);
	vigil_printer_free(printer);
	assert_int_equal(fclose(out), 0);
	return lines;
}

static struct source *open_json(const char *path)
{
	struct vigil_error error;
	struct source *source;

	if (source_open_jsonl(&source, path, &error) < 0)
		fail_msg("%s", error.text);
	return source;
}

static void report_difference(const struct vigil_header *a, const struct vigil_header *b)
{
	const uint8_t *x = (const void *)a, *y = (const void *)b;
	uint32_t at = 0, least = a->size < b->size ? a->size : b->size;

	while (at < least && x[at] == y[at])
		at++;
	fail_msg("%s record %llu (%s), byte %u of %u and %u",
		 a->flags & VIGIL_RECORD_CONTEXT ? "context" : "event", (unsigned long long)a->seq,
		 vigil_type_name(a->type), at, a->size, b->size);
}

static void compare_records(const char *full, const char *lean)
{
	struct source *a = open_json(full), *b = open_json(lean);
	struct vigil_header *x, *y;
	int got, other;

	for (;;) {
		got = a->ops->next(a, &x);
		other = b->ops->next(b, &y);
		if (got < 0 || other < 0)
			fail_msg("%s", got < 0 ? a->error.text : b->error.text);
		assert_int_equal(got, other);
		if (got == 0)
			break;
		if (x->size != y->size || memcmp(x, y, x->size) != 0)
			report_difference(x, y);
	}
	assert_true(a->ops->at_end(a) && b->ops->at_end(b));
	a->ops->close(a);
	b->ops->close(b);
}

static void print_totals(uint64_t totals[2][VIGIL_TYPE_MAX][2])
{
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
		if (totals[0][type][1] > 0)
			print_message("%-16s %7llu lines, %7.1f bytes with all fields, %7.1f\n",
				      vigil_type_name(type), (unsigned long long)totals[0][type][1],
				      (double)totals[1][type][0] / (double)totals[1][type][1],
				      (double)totals[0][type][0] / (double)totals[0][type][1]);
}

uint64_t implied_check(const char *recording, const char *folder)
{
	uint64_t totals[2][VIGIL_TYPE_MAX][2] = { 0 };
	char full[512], lean[512];
	uint64_t lines;

	snprintf(full, sizeof(full), "%s/full.json", folder);
	snprintf(lean, sizeof(lean), "%s/lean.json", folder);
	lines = write_json(recording, lean, false, totals[0]);
	assert_int_equal(write_json(recording, full, true, totals[1]), lines);
	compare_records(full, lean);
	print_totals(totals);
	unlink(full);
	unlink(lean);
	return lines;
}
