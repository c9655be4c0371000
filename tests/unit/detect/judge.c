/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAMES_MAX 64
#define KEYWORDS  1000u

/* Numbers are given in the order in which names are asked for. */
static char *names[NAMES_MAX];

static const char *judge_resolve(void *user, unsigned source, const char *field, uint32_t *id)
{
	(void)user;
	(void)source;
	if (!field) {
		*id = KEYWORDS;
		return NULL;
	}
	if (strncmp(field, "No", 2) == 0)
		return "the test does not know it";
	for (uint32_t i = 0; i < NAMES_MAX; i++) {
		if (!names[i])
			names[i] = strdup(field);
		if (strcmp(names[i], field) == 0) {
			*id = i;
			return NULL;
		}
	}
	return "the test has no more numbers";
}

const struct detect_resolver judge_resolver = { NULL, judge_resolve };

struct event {
	const struct judge_field *field;
	struct detect_value all[NAMES_MAX];
};

static void judge_get(void *user, uint32_t id, struct detect_value *value)
{
	struct event *event = user;

	if (id == KEYWORDS) {
		*value = (struct detect_value){ .kind = DETECT_LIST, .item = event->all };
		for (const struct judge_field *f = event->field; f && f->name; f++)
			event->all[value->length++] = f->value;
		return;
	}
	for (const struct judge_field *f = event->field; f && f->name; f++)
		if (strcmp(f->name, names[id]) == 0)
			*value = f->value;
}

struct detect_set *judge_load_with(const char *text, const struct detect_options *options)
{
	struct detect_set *set;
	struct vigil_error error;

	assert_int_equal(detect_load_text(&set, "test.yml", text, strlen(text), options, &error),
			 VIGIL_OK);
	return set;
}

struct detect_set *judge_load(const char *text)
{
	const struct detect_options options = { .resolver = judge_resolver };

	return judge_load_with(text, &options);
}

static void ignore_step(void *user, const struct detect_step *step)
{
	unsigned *steps = user;

	assert_non_null(step->selection);
	++*steps;
}

enum detect_truth judge_set(const struct detect_set *set, const struct judge_field *fields)
{
	struct event fact = { .field = fields };
	struct detect_event event = { .source =
					  detect_source(DETECT_WINDOWS, DETECT_PROCESS_CREATION),
				      .get = judge_get,
				      .user = &fact };
	struct detect_state *state = detect_state_new(set);
	const struct detect_hit *hit;
	const uint32_t *undecided;
	enum detect_truth truth = DETECT_FALSE;
	unsigned steps = 0;

	assert_non_null(state);
	if (detect_eval(state, &event, &hit) > 0 && hit->rule->number == 0)
		truth = DETECT_TRUE;
	else if (detect_undecided(state, &undecided) > 0 && undecided[0] == 0)
		truth = DETECT_UNDECIDED;
	assert_int_equal(detect_explain(state, 0, &event, ignore_step, &steps), truth);
	assert_true(steps > 0);
	detect_state_free(state);
	return truth;
}

static const char head[] = "title: test\n"
			   "logsource:\n"
			   "  product: windows\n"
			   "  category: process_creation\n"
			   "detection:\n";

static char *judge_text(const char *detection)
{
	char *text = malloc(sizeof(head) + strlen(detection));

	assert_non_null(text);
	strcpy(text, head);
	return strcat(text, detection);
}

enum detect_truth judge(const char *detection, const struct judge_field *fields)
{
	char *text = judge_text(detection);
	struct detect_set *set = judge_load(text);
	const struct detect_note *note = detect_note(set, 0);
	enum detect_truth truth;

	if (note->outcome != DETECT_LOADED)
		print_message("%u: %s\n%s\n", note->line, note->reason, text);
	assert_int_equal(note->outcome, DETECT_LOADED);
	truth = judge_set(set, fields);
	detect_free(set);
	free(text);
	return truth;
}

enum detect_truth judge_item(const char *item, struct detect_value value)
{
	const struct judge_field fields[] = { { "F", value }, { NULL, NULL_VALUE } };
	char text[512];

	assert_true(snprintf(text, sizeof(text), "  s:\n    %s\n  condition: s\n", item) <
		    (int)sizeof(text));
	return judge(text, fields);
}

void judge_document_refused(const char *text, enum detect_outcome outcome, const char *part)
{
	struct detect_set *set = judge_load(text);
	const struct detect_note *note = detect_note(set, detect_notes(set) - 1);

	if (note->outcome != outcome || !strstr(note->reason, part))
		print_message("%d %u: %s, not: %s\n", (int)note->outcome, note->line, note->reason,
			      part);
	assert_int_equal(note->outcome, outcome);
	assert_non_null(strstr(note->reason, part));
	assert_string_equal(note->info.file, "test.yml");
	assert_true(note->line > 0);
	detect_free(set);
}

void judge_refused(const char *detection, enum detect_outcome outcome, const char *part)
{
	char *text = judge_text(detection);

	judge_document_refused(text, outcome, part);
	free(text);
}
