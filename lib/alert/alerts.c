/* SPDX-License-Identifier: MIT */
#include "alert/alerts.h"

#include <stdlib.h>
#include <string.h>

#include "alert/make.h"
#include "core/error.h"

/* A set of rules, the fields that it asks for, and its counts. */
struct loaded {
	struct detect_set *set;
	struct alert_fields *fields;
	struct detect_state *state;
};

struct alerts {
	struct alert_options options;
	struct loaded loaded;
	struct alert_record record;
	/* Of the last event: */
	const struct vigil_event *event;
	const struct detect_hit *hit;
	uint32_t hits, next;
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
				      .jit = options->jit };
	enum vigil_code code;

	*loaded = (struct loaded){ .fields = alert_fields_new(&options->origin) };
	if (!loaded->fields)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the detection rules");
	how.resolver =
	    (struct detect_resolver){ .user = loaded->fields, .resolve = alert_fields_resolve };
	code = detect_load(&loaded->set, options->paths, options->count, &how, error);
	if (code == VIGIL_OK)
		loaded->state = detect_state_new(loaded->set);
	if (code == VIGIL_OK && (!loaded->state || !alert_fields_ready(loaded->fields)))
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
	struct detect_event begun;

	alerts->hits = alerts->next = 0;
	alerts->event = event;
	if (alerts_begin(alerts, event, &begun))
		alerts->hits = detect_eval(alerts->loaded.state, &begun, &alerts->hit);
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

const struct vigil_event *alerts_next(struct alerts *alerts)
{
	while (alerts->next < alerts->hits) {
		const struct detect_hit *hit = &alerts->hit[alerts->next++];
		const struct vigil_event *alert = hit->rule->silent ? NULL : make_hit(alerts, hit);

		if (alert)
			return alert;
		alerts->lost += !hit->rule->silent;
	}
	return NULL;
}

uint64_t alerts_lost(const struct alerts *alerts)
{
	return alerts->lost;
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
