/* SPDX-License-Identifier: MIT */
#include "alert/alerts.h"

#include <stdlib.h>
#include <string.h>

#include "alert/make.h"
#include "core/bytes.h"
#include "core/error.h"

#define MATCHED_MAX 1024u /* bytes of a value that a correlation groups by, in an alert */

/* A set of rules, the fields that it asks for, and its counts. */
struct loaded {
	struct detect_set *set;
	struct alert_fields *fields;
	struct detect_state *state;
	struct correlate *correlate;
};

struct alerts {
	struct alert_options options;
	struct loaded loaded;
	struct alert_record record;
	/* Of the last event: */
	const struct vigil_event *event;
	const struct detect_hit *hit;
	const struct correlate_match *match;
	uint32_t hits, next, matches, next_match;
	struct vigil_buffer matched; /* of a match, as alert_subject has it */
	uint64_t lost;
};

/* ---- which rules ---- */

static bool is_word(const char *word, const char *text)
{
	return text && strcmp(word, text) == 0;
}

/* The author of a rule is a list of names in one string. */
static bool is_author(const char *word, const char *authors)
{
	return authors && strstr(authors, word);
}

static bool names_rule(const struct alert_words *words, const struct detect_info *info)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->word[i];

		if (is_word(word, info->id) || is_word(word, detect_status_name(info->status)) ||
		    is_author(word, info->author))
			return true;
		for (uint32_t t = 0; t < info->tags.count; t++)
			if (is_word(word, info->tags.text[t]))
				return true;
	}
	return false;
}

static bool is_rule_wanted(void *user, const struct detect_info *info)
{
	const struct alert_options *options = user;

	if (info->level < options->level)
		return false;
	if (options->include.count > 0 && !names_rule(&options->include, info))
		return false;
	return !names_rule(&options->exclude, info);
}

/* ---- loading ---- */

static void unload(struct loaded *loaded)
{
	correlate_free(loaded->correlate);
	detect_state_free(loaded->state);
	detect_free(loaded->set);
	alert_fields_free(loaded->fields);
	*loaded = (struct loaded){ 0 };
}

static enum vigil_code load_rules(struct loaded *loaded, const struct alert_options *options,
				  struct vigil_error *error)
{
	struct detect_options how = { .wanted = is_rule_wanted,
				      .wanted_user = (void *)(uintptr_t)options,
				      .placeholders = options->placeholders,
				      .cased = options->cased };
	enum vigil_code code;

	*loaded = (struct loaded){ .fields = alert_fields_new(&options->origin) };
	if (!loaded->fields)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the detection rules");
	how.resolver =
	    (struct detect_resolver){ .user = loaded->fields, .resolve = alert_fields_resolve };
	code = detect_load(&loaded->set, options->paths, options->count, &how, error);
	if (code == VIGIL_OK)
		loaded->state = detect_state_new(loaded->set);
	if (code == VIGIL_OK)
		loaded->correlate = correlate_new(loaded->set, NULL);
	if (code == VIGIL_OK &&
	    (!loaded->state || !loaded->correlate || !alert_fields_ready(loaded->fields)))
		code = vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the detection rules");
	if (code < 0)
		unload(loaded);
	return code;
}

enum vigil_code alerts_open(struct alerts **out, const struct alert_options *options,
			    struct vigil_error *error)
{
	struct alerts *alerts = calloc(1, sizeof(*alerts));
	enum vigil_code code = VIGIL_ERROR_MEMORY;

	*out = NULL;
	if (alerts)
		alerts->options = *options;
	if (!alerts || !alert_record_open(&alerts->record))
		vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the detection rules");
	else
		code = load_rules(&alerts->loaded, &alerts->options, error);
	if (code < 0) {
		alerts_free(alerts);
		return code;
	}
	*out = alerts;
	return VIGIL_OK;
}

void alerts_free(struct alerts *alerts)
{
	if (!alerts)
		return;
	unload(&alerts->loaded);
	alert_record_close(&alerts->record);
	vigil_buffer_free(&alerts->matched);
	free(alerts);
}

uint32_t alerts_types(const struct alerts *alerts)
{
	return alert_types(detect_sources(alerts->loaded.set)) |
	       alert_fields_types(alerts->loaded.fields);
}

/* ---- events ---- */

bool alerts_begin(struct alerts *alerts, const struct vigil_event *event, struct detect_event *out)
{
	return alert_fields_begin(alerts->loaded.fields, event, out);
}

void alerts_apply(struct alerts *alerts, const struct vigil_event *event)
{
	struct detect_event begun = { .time = event->record->time };

	alerts->hits = alerts->next = alerts->matches = alerts->next_match = 0;
	alerts->event = event;
	if (alerts_begin(alerts, event, &begun))
		alerts->hits = detect_eval(alerts->loaded.state, &begun, &alerts->hit);
	if (event->record->type != VIGIL_EVENT_ALERT)
		alerts->matches =
		    correlate_event(alerts->loaded.correlate, alerts->loaded.state, &begun,
				    alerts->hit, alerts->hits, &alerts->match);
}

static const struct vigil_event *make_hit(struct alerts *alerts, const struct detect_hit *hit)
{
	const struct detect_info *info = &hit->rule->info;
	struct alert_subject subject = {
		.info = info,
		.hits = detect_count(alerts->loaded.state, hit->rule->number).hits,
		.match = hit->match,
		.matches = hit->matches,
		.id = info->id ? info->id : info->title,
		.matched = { "", 0, 0 },
	};

	return alert_make(&alerts->record, &subject, alerts->event);
}

static void put_named(struct vigil_buffer *text, const char *name, const char *value)
{
	vigil_put_text(text, name);
	vigil_put_char(text, '=');
	vigil_put(text, value, strnlen(value, MATCHED_MAX));
	vigil_put_char(text, '\0');
}

/* What the condition was compared with: a whole number, or one with two digits of a fraction. */
static void put_amount(struct vigil_buffer *text, const struct correlate_match *match)
{
	static const char *const names[] = { "count", "values",  "rules",  "rules",
					     "sum",   "average", "percent" };
	double size = match->value < 0 ? -match->value : match->value;
	uint64_t hundredths = size < 1e15 ? (uint64_t)(size * 100 + 0.5) : (uint64_t)1e17;

	vigil_put_text(text, names[match->correlation->type]);
	vigil_put_text(text, match->value < 0 ? "=-" : "=");
	vigil_put_unsigned(text, hundredths / 100);
	if (hundredths % 100 > 0) {
		char digits[2];

		vigil_format_padded(digits, hundredths % 100, 2);
		vigil_put_char(text, '.');
		vigil_put(text, digits, 2);
	}
	vigil_put_char(text, '\0');
}

static const struct vigil_event *make_match(struct alerts *alerts,
					    const struct correlate_match *match)
{
	const struct detect_correlation *correlation = match->correlation;
	const struct detect_info *info = &correlation->info;
	struct vigil_buffer *text = &alerts->matched;
	struct alert_subject subject = {
		.info = info,
		.hits = correlate_count(alerts->loaded.correlate, correlation->number).matches,
		.id = info->id ? info->id : info->title,
		.apart = !match->of_event,
	};

	text->length = 0;
	for (uint32_t i = 0; match->group && i < correlation->group_by.count; i++)
		put_named(text, correlation->group_by.text[i], match->group[i]);
	put_amount(text, match);
	if (match->value_text)
		put_named(text, "value", match->value_text);
	if (text->failed) {
		text->failed = false;
		return NULL;
	}
	subject.matched.data = text->data;
	subject.matched.length = (uint32_t)text->length;
	return alert_make(&alerts->record, &subject, alerts->event);
}

const struct vigil_event *alerts_next(struct alerts *alerts)
{
	while (alerts->next < alerts->hits) {
		const struct detect_hit *hit = &alerts->hit[alerts->next++];
		const struct vigil_event *alert = hit->rule->silent ? NULL : make_hit(alerts, hit);

		if (alert)
			return alert;
		alerts->lost += !hit->rule->silent;
	}
	while (alerts->next_match < alerts->matches) {
		const struct correlate_match *match = &alerts->match[alerts->next_match++];
		bool silent = match->correlation->silent;
		const struct vigil_event *alert = silent ? NULL : make_match(alerts, match);

		if (alert)
			return alert;
		alerts->lost += !silent;
	}
	return NULL;
}

uint64_t alerts_lost(const struct alerts *alerts)
{
	const struct loaded *loaded = &alerts->loaded;
	uint64_t sum =
	    alerts->lost + detect_no_memory(loaded->state) + alert_fields_no_memory(loaded->fields);

	for (uint32_t i = 0; i < detect_correlations(loaded->set); i++)
		sum += correlate_count(loaded->correlate, i).no_memory;
	return sum;
}

uint64_t alerts_uncounted(const struct alerts *alerts)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < detect_correlations(alerts->loaded.set); i++) {
		struct correlate_count count = correlate_count(alerts->loaded.correlate, i);

		sum += count.late + count.evicted_hits;
	}
	return sum;
}

struct alerts_loaded alerts_loaded(const struct alerts *alerts)
{
	const struct detect_set *set = alerts->loaded.set;
	struct alerts_loaded out = { .rules = detect_rules(set) + detect_correlations(set) };

	for (uint32_t i = 0; i < detect_notes(set); i++) {
		enum detect_outcome outcome = detect_note(set, i)->outcome;

		out.not_evaluable += outcome == DETECT_NOT_EVALUABLE;
		out.bad += outcome == DETECT_INVALID || outcome == DETECT_REFUSED;
	}
	return out;
}

const struct detect_set *alerts_set(const struct alerts *alerts)
{
	return alerts->loaded.set;
}

struct detect_state *alerts_state(struct alerts *alerts)
{
	return alerts->loaded.state;
}

struct correlate *alerts_correlate(struct alerts *alerts)
{
	return alerts->loaded.correlate;
}

uint32_t alerts_matches(const struct alerts *alerts, const struct correlate_match **match)
{
	*match = alerts->match;
	return alerts->matches;
}
