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

/* ---- why ---- */

static void print_note(const struct detect_note *note)
{
	cli_print("%s:%" PRIu32 ": %s: %s", note->info.file, note->line, OUTCOMES[note->outcome],
		  note->info.title ? note->info.title : "(no title)");
	if (*note->reason)
		cli_print(": %s%s%s", note->field ? note->field : "", note->field ? ": " : "",
			  note->reason);
	cli_print_own("\n");
}

static bool is_bad(const struct detect_note *note)
{
	return note->outcome == DETECT_INVALID || note->outcome == DETECT_REFUSED;
}

/* Documents with the same outcome for the same reason. */
struct group {
	const char *what, *field, *reason;
	uint32_t count;
};

/* What is said of a document, one group for each. */
struct groups {
	const struct detect *detect;
	struct group *group;
	size_t count;
	bool failed;
	/* Sets the members of a document but the count. Returns false: it is in no group. */
	bool (*find)(const struct detect *d, const struct detect_note *note, struct group *out);
};

/* Log sources that Vigil has nothing of are one group. */
static bool find_outcome(const struct detect *d, const struct detect_note *note, struct group *out)
{
	bool elsewhere = note->outcome == DETECT_NOT_EVALUABLE && !note->field &&
			 !is_covered(&note->info) && note->document == DETECT_DOCUMENT_RULE;

	(void)d;
	*out = (struct group){ OUTCOMES[note->outcome], note->field, note->reason, 0 };
	if (elsewhere)
		out->reason = "the log source is none of Vigil";
	return !is_bad(note) && note->outcome != DETECT_LOADED;
}

static bool find_block(const struct detect *d, const struct detect_note *note, struct group *out)
{
	const uint32_t windows = 1u << detect_source(DETECT_WINDOWS, DETECT_PROCESS_CREATION);
	const struct detect_set *set = alerts_set(d->alerts);
	struct vigil_buffer lines = { 0 };
	enum detect_product product = DETECT_LINUX;
	struct block_reason reason;

	if (note->outcome != DETECT_LOADED || note->document == DETECT_DOCUMENT_FILTER)
		return false;
	*out = (struct group){ "no", NULL, "it counts events over time", 0 };
	if (note->document == DETECT_DOCUMENT_CORRELATION)
		return true;
	if (detect_rule(set, note->rule)->sources & windows)
		product = DETECT_WINDOWS;
	if (detect_block_lines(set, note->rule, product, &lines, &reason))
		*out = (struct group){ "yes", NULL, "`vigil detect block` prints its rules", 0 };
	else
		*out = (struct group){ "no", reason.field, reason.text ? reason.text : "no memory",
				       0 };
	vigil_buffer_free(&lines);
	return true;
}

static bool is_same_group(const struct group *a, const struct group *b)
{
	return is_same(a->what, b->what) && is_same(a->field, b->field) &&
	       is_same(a->reason, b->reason);
}

static void groups_add(struct groups *groups, const struct group *group)
{
	struct group *moved;

	for (size_t i = 0; i < groups->count; i++)
		if (is_same_group(&groups->group[i], group)) {
			groups->group[i].count++;
			return;
		}
	moved = realloc(groups->group, (groups->count + 1) * sizeof(*moved));
	if (!moved) {
		groups->failed = true;
		return;
	}
	groups->group = moved;
	moved[groups->count] = *group;
	moved[groups->count++].count = 1;
}

static int by_size(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static void print_group(const struct groups *groups, const struct group *group)
{
	const struct detect_set *set = alerts_set(groups->detect->alerts);
	struct group of;

	cli_print("%7" PRIu32 "  %s: %s%s%s\n", group->count, group->what,
		  group->field ? *group->field ? group->field : "keywords" : "",
		  group->field ? ": " : "", group->reason);
	for (uint32_t i = 0; groups->detect->all && i < detect_notes(set); i++) {
		const struct detect_note *note = detect_note(set, i);

		if (groups->find(groups->detect, note, &of) && is_same_group(&of, group))
			cli_print("         %s:%" PRIu32 ": %s\n", note->info.file, note->line,
				  note->info.title ? note->info.title : "(no title)");
	}
}

/* Prints groups, the largest first, after a heading. Returns false if memory ran out. */
static bool print_groups(struct groups groups, const char *heading)
{
	const struct detect_set *set = alerts_set(groups.detect->alerts);
	struct group group;

	for (uint32_t i = 0; i < detect_notes(set); i++)
		if (groups.find(groups.detect, detect_note(set, i), &group))
			groups_add(&groups, &group);
	if (groups.count > 0) {
		qsort(groups.group, groups.count, sizeof(*groups.group), by_size);
		cli_print("\n%s\n", heading);
	}
	for (size_t i = 0; i < groups.count; i++)
		print_group(&groups, &groups.group[i]);
	free(groups.group);
	return !groups.failed;
}

/* ---- as JSON ---- */

static void put_known(struct json *json, const char *name, const char *text)
{
	if (text && *text)
		json_text(json, name, text);
}

static int print_json(const struct detect *d, const struct detect_note *note)
{
	struct json json = { 0 };
	struct group block;

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
	if (find_block(d, note, &block)) {
		json_text(&json, "block", block.what);
		put_known(&json, "block_field", block.field);
		put_known(&json, "block_reason", block.reason);
	}
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

/* The whole text: what is wrong, the table, and groups of reasons. */
static int print_check(const struct detect *d)
{
	const struct groups outcomes = { .detect = d, .find = find_outcome };
	const struct groups blocks = { .detect = d, .find = find_block };
	const struct detect_set *set = alerts_set(d->alerts);
	struct table table = { 0 };
	bool filled = fill_table(&table, set);

	for (uint32_t i = 0; i < detect_notes(set); i++)
		if (is_bad(detect_note(set, i)))
			print_note(detect_note(set, i));
	if (filled)
		print_table(&table);
	free(table.row);
	if (filled && print_groups(outcomes, "NOT LOADED") &&
	    print_groups(blocks, "COULD IT BLOCK? (of those that are loaded)"))
		return cli_print_failed() ? EXIT_OUTPUT : EXIT_FINE;
	cli_say("no memory");
	return EXIT_ERROR;
}

uint32_t detect_say_mistakes(const struct alerts *alerts)
{
	const struct detect_set *set = alerts_set(alerts);
	uint32_t bad = 0;

	for (uint32_t i = 0; i < detect_notes(set); i++) {
		const struct detect_note *note = detect_note(set, i);

		if (note->outcome != DETECT_INVALID && note->outcome != DETECT_REFUSED)
			continue;
		cli_say("%s:%" PRIu32 ": %s: %s%s%s", note->info.file, note->line,
			note->info.title ? note->info.title : "(no title)",
			note->field ? note->field : "", note->field ? ": " : "", note->reason);
		bad++;
	}
	return bad;
}

int detect_check(struct detect *d)
{
	int status = detect_open(d, d->operand, d->operands);
	const struct detect_set *set;
	uint32_t bad = 0;

	if (status >= 0)
		return status;
	set = alerts_set(d->alerts);
	status = EXIT_FINE;
	for (uint32_t i = 0; i < detect_notes(set) && status == EXIT_FINE; i++) {
		bad += is_bad(detect_note(set, i));
		if (d->json)
			status = print_json(d, detect_note(set, i));
	}
	if (!d->json)
		status = print_check(d);
	return status == EXIT_FINE && bad ? EXIT_ERROR : status;
}
