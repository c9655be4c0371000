/* SPDX-License-Identifier: MIT */
/* detect_check.c - `vigil detect check`: what is loaded, what is not, and why. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "common/json.h"
#include "detect.h"

static const char *const OUTCOMES[DETECT_OUTCOMES] = {
	[DETECT_LOADED] = "loaded",
	[DETECT_UNWANTED] = "not chosen",
	[DETECT_NOT_EVALUABLE] = "not evaluable",
	[DETECT_INVALID] = "invalid",
	[DETECT_REFUSED] = "refused",
};

/* Counts of the rules with one product and category. */
struct row {
	const char *product, *category, *service;
	uint32_t rules;
	uint32_t outcome[DETECT_OUTCOMES];
	uint32_t level[DETECT_LEVELS]; /* of those that are loaded */
};

struct table {
	struct row *row;
	size_t count;
};

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Log sources that Vigil has nothing of are one row. */
static bool is_covered(const struct detect_info *info)
{
	const char *reason;

	return detect_sources_of(info->product, info->category, info->service, &reason) != 0;
}

static struct row *row_of(struct table *table, const struct detect_info *info)
{
	bool covered = is_covered(info);
	struct row *moved;

	for (size_t i = 0; i < table->count; i++) {
		struct row *row = &table->row[i];

		if (covered ? is_same(row->product, info->product) &&
				  is_same(row->category, info->category)
			    : row->service != NULL)
			return row;
	}
	moved = realloc(table->row, (table->count + 1) * sizeof(*moved));
	if (!moved)
		return NULL;
	table->row = moved;
	moved[table->count] =
	    covered ? (struct row){ .product = info->product, .category = info->category }
		    : (struct row){ .service = "other" };
	return &table->row[table->count++];
}

static int by_count(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if ((x->service != NULL) != (y->service != NULL))
		return x->service ? 1 : -1;
	return x->rules < y->rules ? 1 : x->rules > y->rules ? -1 : 0;
}

static bool fill_table(struct table *table, const struct detect_set *set)
{
	for (uint32_t i = 0; i < detect_notes(set); i++) {
		const struct detect_note *note = detect_note(set, i);
		struct row *row;

		if (note->document == DETECT_DOCUMENT_CORRELATION ||
		    note->document == DETECT_DOCUMENT_FILTER)
			continue;
		row = row_of(table, &note->info);
		if (!row)
			return false;
		row->rules++;
		row->outcome[note->outcome]++;
		if (note->outcome == DETECT_LOADED)
			row->level[note->info.level]++;
	}
	if (table->count)
		qsort(table->row, table->count, sizeof(*table->row), by_count);
	return true;
}

static void print_row(const struct row *row)
{
	char name[64];

	if (row->service)
		snprintf(name, sizeof(name), "other log sources");
	else
		snprintf(name, sizeof(name), "%s %s", row->product ? row->product : "(any)",
			 row->category ? row->category : "(any)");
	cli_print("%-34s %6" PRIu32 " %7" PRIu32 " %7" PRIu32 " %7" PRIu32, name, row->rules,
		  row->outcome[DETECT_LOADED], row->outcome[DETECT_NOT_EVALUABLE],
		  row->outcome[DETECT_INVALID] + row->outcome[DETECT_REFUSED]);
	for (int level = DETECT_CRITICAL; level > DETECT_LEVEL_NONE; level--)
		cli_print(" %6" PRIu32, row->level[level]);
	cli_print_own("\n");
}

/* ---- reasons ---- */

static void print_reason(const struct detect_note *note)
{
	cli_print("%s:%" PRIu32 ": %s: %s", note->info.file, note->line, OUTCOMES[note->outcome],
		  note->info.title ? note->info.title : "(no title)");
	if (*note->reason)
		cli_print(": %s%s%s", note->field ? note->field : "", note->field ? ": " : "",
			  note->reason);
	cli_print_own("\n");
}

/* Rules of log sources that no Vigil has are not listed one by one. */
static bool is_listed(const struct detect *d, const struct detect_note *note)
{
	if (note->outcome == DETECT_INVALID || note->outcome == DETECT_REFUSED)
		return true;
	return d->all || (note->outcome == DETECT_NOT_EVALUABLE && is_covered(&note->info));
}

static void put_known(struct json *json, const char *name, const char *text)
{
	if (text && *text)
		json_text(json, name, text);
}

static int print_json(const struct detect_note *note)
{
	struct json json = { 0 };

	json_open(&json, NULL, '{');
	json_text(&json, "outcome", OUTCOMES[note->outcome]);
	json_text(&json, "file", note->info.file);
	json_number(&json, "line", note->line);
	put_known(&json, "id", note->info.id);
	put_known(&json, "title", note->info.title);
	put_known(&json, "product", note->info.product);
	put_known(&json, "category", note->info.category);
	put_known(&json, "service", note->info.service);
	put_known(&json, "level", detect_level_name(note->info.level));
	put_known(&json, "status", detect_status_name(note->info.status));
	put_known(&json, "field", note->field);
	put_known(&json, "reason", note->reason);
	json_close(&json, '}');
	return json_print(&json);
}

static void print_table(const struct table *table)
{
	cli_print("%-34s %6s %7s %7s %7s %6s %6s %6s %6s %6s\n", "LOG SOURCE", "RULES", "LOADED",
		  "NOT EV.", "INVALID", "CRIT.", "HIGH", "MEDIUM", "LOW", "INFO");
	for (size_t i = 0; i < table->count; i++)
		print_row(&table->row[i]);
}

int detect_check(struct detect *d)
{
	int status = detect_open(d, d->operand, d->operands);
	struct table table = { 0 };
	const struct detect_set *set;
	uint32_t bad = 0;

	if (status >= 0)
		return status;
	set = alerts_set(d->alerts);
	for (uint32_t i = 0; i < detect_notes(set); i++) {
		const struct detect_note *note = detect_note(set, i);

		bad += note->outcome == DETECT_INVALID || note->outcome == DETECT_REFUSED;
		if (!d->json && is_listed(d, note))
			print_reason(note);
		if (d->json && print_json(note) != EXIT_FINE)
			return EXIT_OUTPUT;
	}
	if (!d->json && !fill_table(&table, set)) {
		cli_say("no memory");
		free(table.row);
		return EXIT_ERROR;
	}
	if (!d->json)
		print_table(&table);
	free(table.row);
	return bad ? EXIT_ERROR : EXIT_FINE;
}
