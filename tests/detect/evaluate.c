/* SPDX-License-Identifier: MIT */
/*
 * evaluate.c - the engine of lib/detect as a program of lines, for comparison with oracle.py.
 *
 *	evaluate < lines
 *
 * Each line of input is a JSON object, and answered by one line or more:
 *
 *	{"rules": "YAML...", "placeholders": "FOLDER"}	loads a set. Answer: the number of documents,
 *		then one line for each: its outcome, "filter", "correlation" or "rule", its number and
 *		the reason.
 *	{"limits": [GROUPS, HITS, BYTES]}	of correlations, from the next set on. No answer.
 *	{"event": {"FIELD": VALUE...}, "time": NS}	evaluates an event. Answer: for each rule 1
 *		(hit), 0, ? (unknown) or ! (a limit was reached); then for each match of a correlation
 *		a blank, its number, @ and its time.
 *	{"counts": NUMBER}	Answer: the counts of a correlation.
 *
 * A VALUE is a string, an integer, null, {"hex": "BYTES"}, {"cut": "BEGINNING"}, {"unknown": 1}
 * or an array of them. Any field can be resolved; the log source is process_creation of Windows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json_line.h"
#include "detect/correlate.h"

#define FIELDS_MAX 1024
#define ITEMS_MAX  4096

struct evaluator {
	char *name[FIELDS_MAX]; /* by id */
	uint32_t names;
	const struct json_value *event;
	struct detect_value item[ITEMS_MAX]; /* of lists */
	uint32_t items;
	char *bytes[ITEMS_MAX]; /* of "hex" */
	uint32_t byte_strings;
	struct correlate_limits limits;
	struct detect_set *set;
	struct detect_state *state;
	struct correlate *correlate;
};

static const char *evaluator_resolve(void *user, unsigned source, const char *field, uint32_t *id)
{
	struct evaluator *e = user;

	(void)source;
	field = field ? field : "";
	for (*id = 0; *id < e->names; (*id)++)
		if (strcmp(e->name[*id], field) == 0)
			return NULL;
	if (e->names == FIELDS_MAX)
		return "too many fields";
	e->name[e->names] = strdup(field);
	return e->name[e->names++] ? NULL : "out of memory";
}

static unsigned hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void value_of_hex(struct evaluator *e, const struct json_value *json,
			 struct detect_value *value)
{
	char *out = malloc(json->text_length / 2 + 1);

	if (!out || e->byte_strings == ITEMS_MAX)
		abort();
	e->bytes[e->byte_strings++] = out;
	for (uint32_t i = 0; i < json->text_length / 2; i++)
		out[i] =
		    (char)(hex_digit(json->text[2 * i]) << 4 | hex_digit(json->text[2 * i + 1]));
	value->string = out;
	value->length = json->text_length / 2;
}

static void value_of_json(struct evaluator *e, const struct json_value *json,
			  struct detect_value *value)
{
	const struct json_value *inner;

	*value = (struct detect_value){ .kind = DETECT_STRING };
	if (json->type == JSON_NULL) {
		value->kind = DETECT_NULL;
	} else if (json->type == JSON_INTEGER) {
		value->kind = DETECT_NUMBER;
		value->number = json_signed(json);
	} else if (json->type == JSON_TEXT) {
		value->string = json->text;
		value->length = json->text_length;
	} else if ((inner = json_member(json, "hex", 3)) != NULL) {
		value_of_hex(e, inner, value);
	} else if ((inner = json_member(json, "cut", 3)) != NULL) {
		value->cut = true;
		value->string = inner->text;
		value->length = inner->text_length;
	} else {
		value->kind = DETECT_UNKNOWN;
	}
}

/* Adds an item; a list that was begun with `first` grows by it. */
static void list_add(struct evaluator *e, const struct json_value *json, struct detect_value *list)
{
	if (e->items == ITEMS_MAX)
		abort();
	value_of_json(e, json, &e->item[e->items++]);
	list->length++;
}

static void list_of_array(struct evaluator *e, const struct json_value *json,
			  struct detect_value *value)
{
	*value = (struct detect_value){ .kind = DETECT_LIST, .item = e->item + e->items };
	for (const struct json_value *item = NULL; (item = json_next_item(json, item)) != NULL;)
		list_add(e, item, value);
}

/* For keywords: every value of every field that has one. */
static void list_of_event(struct evaluator *e, struct detect_value *value)
{
	const struct json_value *field = e->event + 1, *end = field + e->event->count;

	*value = (struct detect_value){ .kind = DETECT_LIST, .item = e->item + e->items };
	for (; field < end; field += field->count + 1) {
		if (field->type == JSON_NULL)
			continue;
		if (field->type != JSON_ARRAY)
			list_add(e, field, value);
		for (const struct json_value *item = NULL;
		     field->type == JSON_ARRAY && (item = json_next_item(field, item)) != NULL;)
			list_add(e, item, value);
	}
}

static void evaluator_get(void *user, uint32_t id, struct detect_value *value)
{
	struct evaluator *e = user;
	const char *name = e->name[id];
	const struct json_value *json = json_member(e->event, name, strlen(name));

	if (*name == '\0')
		list_of_event(e, value);
	else if (!json)
		*value = (struct detect_value){ .kind = DETECT_ABSENT };
	else if (json->type == JSON_ARRAY)
		list_of_array(e, json, value);
	else
		value_of_json(e, json, value);
}

static void print_notes(const struct detect_set *set)
{
	static const char *const outcomes[] = { "loaded", "unwanted", "not-evaluable", "invalid",
						"refused" };
	static const char *const documents[] = { "unknown", "rule", "correlation", "filter" };

	printf("%" PRIu32 "\n", detect_notes(set));
	for (uint32_t i = 0; i < detect_notes(set); i++) {
		const struct detect_note *note = detect_note(set, i);

		printf("%s\t%s\t%" PRIu32 "\t%s\n", outcomes[note->outcome],
		       documents[note->document], note->rule, note->reason);
	}
}

static void evaluator_forget(struct evaluator *e)
{
	correlate_free(e->correlate);
	detect_state_free(e->state);
	detect_free(e->set);
	while (e->names > 0)
		free(e->name[--e->names]);
}

static void evaluator_load(struct evaluator *e, const struct json_value *line,
			   const struct json_value *rules)
{
	const struct json_value *folder = json_member(line, "placeholders", 12);
	struct detect_options options = { .resolver = { e, evaluator_resolve } };
	struct vigil_error error = { 0 };

	options.placeholders = folder ? folder->text : NULL;
	evaluator_forget(e);
	e->set = NULL;
	if (detect_load_text(&e->set, "rules", rules->text, rules->text_length, &options, &error) !=
	    VIGIL_OK) {
		fprintf(stderr, "evaluate: %s\n", error.text);
		exit(1);
	}
	e->state = detect_state_new(e->set);
	e->correlate = correlate_new(e->set, e->limits.groups > 0 ? &e->limits : NULL);
	if (!e->state || !e->correlate)
		abort();
	print_notes(e->set);
}

static char verdict_of(const struct evaluator *e, uint32_t rule, const struct detect_hit *hits,
		       uint32_t count, uint64_t limited)
{
	const uint32_t *undecided;
	uint32_t unknown = detect_undecided(e->state, &undecided);

	for (uint32_t i = 0; i < count; i++)
		if (hits[i].rule->number == rule)
			return '1';
	for (uint32_t i = 0; i < unknown; i++)
		if (undecided[i] == rule)
			return detect_count(e->state, rule).limited > limited ? '!' : '?';
	return '0';
}

static void evaluator_event(struct evaluator *e, const struct json_value *line,
			    const struct json_value *json)
{
	const struct json_value *time = json_member(line, "time", 4);
	struct detect_event event = { .source =
					  detect_source(DETECT_WINDOWS, DETECT_PROCESS_CREATION),
				      .time = time ? json_unsigned(time) : 0,
				      .get = evaluator_get,
				      .user = e };
	const struct correlate_match *match;
	const struct detect_hit *hits;
	uint64_t limited[64] = { 0 };
	uint32_t rules = detect_rules(e->set), count, matches;

	e->event = json;
	e->items = 0;
	for (uint32_t i = 0; i < rules && i < 64; i++)
		limited[i] = detect_count(e->state, i).limited;
	count = detect_eval(e->state, &event, &hits);
	for (uint32_t i = 0; i < rules; i++)
		putchar(verdict_of(e, i, hits, count, limited[i < 64 ? i : 63]));
	matches = correlate_event(e->correlate, e->state, &event, hits, count, &match);
	for (uint32_t i = 0; i < matches; i++)
		printf(" %" PRIu32 "@%" PRIu64, match[i].correlation->number, match[i].time);
	putchar('\n');
	while (e->byte_strings > 0)
		free(e->bytes[--e->byte_strings]);
}

static void print_counts(const struct evaluator *e, const struct json_value *number)
{
	struct correlate_count n = correlate_count(e->correlate, (uint32_t)json_unsigned(number));

	printf("hits=%" PRIu64 " repeated=%" PRIu64 " late=%" PRIu64 " without_group=%" PRIu64
	       " without_value=%" PRIu64 " matches=%" PRIu64 " evicted_groups=%" PRIu64
	       " evicted_hits=%" PRIu64 "\n",
	       n.hits, n.repeated, n.late, n.without_group, n.without_value, n.matches,
	       n.evicted_groups, n.evicted_hits);
}

static void evaluator_line(struct evaluator *e, const struct json_value *line)
{
	const struct json_value *value;

	if ((value = json_member(line, "rules", 5)) != NULL) {
		evaluator_load(e, line, value);
	} else if ((value = json_member(line, "event", 5)) != NULL) {
		evaluator_event(e, line, value);
	} else if ((value = json_member(line, "counts", 6)) != NULL) {
		print_counts(e, value);
	} else if ((value = json_member(line, "limits", 6)) != NULL) {
		const struct json_value *groups = json_next_item(value, NULL);
		const struct json_value *hits = json_next_item(value, groups);

		e->limits.groups = (uint32_t)json_unsigned(groups);
		e->limits.hits = (uint32_t)json_unsigned(hits);
		e->limits.memory = (size_t)json_unsigned(json_next_item(value, hits));
	}
}

int main(void)
{
	static struct evaluator e;
	struct json_reader *reader = json_reader_open();
	char *text = NULL;
	size_t capacity = 0;
	ssize_t length;

	if (!reader)
		return 1;
	while ((length = getline(&text, &capacity, stdin)) > 0) {
		const struct json_value *line;
		struct vigil_error error = { 0 };

		if (json_read_line(reader, text, (size_t)length, &line, &error) != VIGIL_OK) {
			fprintf(stderr, "evaluate: %s\n", error.text);
			return 1;
		}
		evaluator_line(&e, line);
		fflush(stdout);
	}
	evaluator_forget(&e);
	json_reader_close(reader);
	free(text);
	return 0;
}
