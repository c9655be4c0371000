/* SPDX-License-Identifier: MIT */
/*
 * Sigma rules of any bytes, then an event. The input: rules, a NUL, values parted by newlines.
 * The search that selects rules must not change what a rule evaluates to.
 */
#include <stdlib.h>
#include <string.h>

#include "detect/correlate.h"
#include "detect/detect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VALUES_MAX 8

struct values {
	struct detect_value value[VALUES_MAX];
	uint32_t count;
};

static const char *number_field(void *user, unsigned source, const char *field, uint32_t *id)
{
	(void)user;
	if (field && *field == 'N')
		return "unknown";
	*id = field ? ((unsigned char)*field + source) % VALUES_MAX : VALUES_MAX;
	return NULL;
}

static void get_value(void *user, uint32_t id, struct detect_value *value)
{
	const struct values *values = user;

	if (id == VALUES_MAX)
		*value = (struct detect_value){ .kind = DETECT_LIST,
						.length = values->count,
						.item = values->value };
	else if (id < values->count)
		*value = values->value[id];
}

/* "#12" is a number, "~" unknown, "@x" the beginning of a string. */
static struct detect_value parse_value(const char *text, size_t length)
{
	struct detect_value value = { .kind = DETECT_STRING,
				      .length = (uint32_t)length,
				      .string = text };

	if (length > 1 && *text == '#')
		return (struct detect_value){ .kind = DETECT_NUMBER,
					      .number = (signed char)text[1] };
	if (length == 1 && *text == '~')
		value.kind = DETECT_UNKNOWN;
	value.cut = length > 0 && *text == '@';
	return value;
}

static void split_values(struct values *values, const char *text, size_t length)
{
	while (length > 0 && values->count < VALUES_MAX) {
		const char *end = memchr(text, '\n', length);
		size_t used = end ? (size_t)(end - text) : length;

		values->value[values->count++] = parse_value(text, used);
		text += used + (end != NULL);
		length -= used + (end != NULL);
	}
}

static void ignore_step(void *user, const struct detect_step *step)
{
	(void)user;
	if (!step->selection)
		abort();
}

/* What a rule evaluated to in the last evaluation. */
static enum detect_truth result_of(const struct detect_state *state, const struct detect_hit *hit,
				   uint32_t hits, uint32_t rule)
{
	const uint32_t *undecided;
	uint32_t count = detect_undecided(state, &undecided);

	for (uint32_t i = 0; i < hits; i++)
		if (hit[i].rule->number == rule)
			return DETECT_TRUE;
	for (uint32_t i = 0; i < count; i++)
		if (undecided[i] == rule)
			return DETECT_UNDECIDED;
	return DETECT_FALSE;
}

static void evaluate_source(const struct detect_set *set, struct values *values, unsigned source)
{
	const struct detect_event event = { .source = source, .get = get_value, .user = values };
	struct detect_state *state = detect_state_new(set);

	for (uint32_t i = 0; state && i < detect_rules(set) && i < 16; i++) {
		const struct detect_hit *hit;
		uint32_t hits = detect_eval(state, &event, &hit);
		enum detect_truth truth = result_of(state, hit, hits, i);

		if (detect_rule(set, i)->sources & (1u << source) &&
		    detect_explain(state, i, &event, ignore_step, NULL) != truth)
			abort();
	}
	detect_state_free(state);
}

/* Few groups and hits, so that limits are reached. */
static void correlate_events(const struct detect_set *set, struct values *values)
{
	const struct correlate_limits limits = { 2, 3, 4096 };
	struct detect_state *state = detect_state_new(set);
	struct correlate *correlate = correlate_new(set, &limits);

	for (uint32_t i = 0; state && correlate && i < 4 * DETECT_SOURCES; i++) {
		const struct detect_event event = { .source = i % DETECT_SOURCES,
						    .time = (i + 1) * UINT64_C(1000000000),
						    .get = get_value,
						    .user = values };
		const struct correlate_match *match;
		const struct detect_hit *hit;
		uint32_t hits = detect_eval(state, &event, &hit);
		uint32_t matches = correlate_event(correlate, state, &event, hit, hits, &match);

		for (uint32_t m = 0; m < matches; m++)
			if (!match[m].correlation->info.title || match[m].first > match[m].last)
				abort();
	}
	correlate_free(correlate);
	detect_state_free(state);
}

static const char *check_text(void *user, const struct detect_text *text)
{
	(void)user;
	if (!text->bytes || text->shape > DETECT_TEXT_GLOB)
		abort();
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const empty = "";
	const char *text = size ? (const char *)data : empty;
	size_t rules = strnlen(text, size);
	const struct detect_options options = { .resolver = { NULL, number_field } };
	struct values values = { 0 };
	struct vigil_error error;
	struct detect_set *set;

	if (rules < size)
		split_values(&values, text + rules + 1, size - rules - 1);
	if (detect_load_text(&set, "fuzz", text, rules, &options, &error) != VIGIL_OK)
		abort();
	for (uint32_t i = 0; i < detect_notes(set); i++)
		if (!detect_note(set, i)->info.file || !detect_note(set, i)->reason)
			abort();
	for (unsigned source = 0; source < DETECT_SOURCES; source++)
		if (detect_sources(set) & (1u << source))
			evaluate_source(set, &values, source);
	for (uint32_t i = 0; i < detect_rules(set); i++)
		detect_any_of(set, i, check_text, NULL);
	if (detect_correlations(set) > 0)
		correlate_events(set, &values);
	detect_free(set);
	return 0;
}
