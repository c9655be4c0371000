/* SPDX-License-Identifier: MIT */
/*
 * alerts.h - detection rules applied to events: for each event the alerts that it causes, which are
 * events as well.
 *
 * The rules are Sigma rules (detect/detect.h). A set is loaded as a whole; to replace it, open
 * another one.
 */
#ifndef VIGIL_ALERT_ALERTS_H
#define VIGIL_ALERT_ALERTS_H

#include <vigil/vigil.h>

#include "alert/fields.h"
#include "detect/correlate.h"
#include "detect/detect.h"

/* Words of which one must be equal to something of a rule. */
struct alert_words {
	const char *const *word;
	size_t count;
};

/* Which rules, and on which events. Strings and lists must stay valid as long as the alerts. */
struct alert_options {
	const char *const *paths; /* files and folders of rules and filters */
	size_t count;
	const char *placeholders; /* folder with the values of `expand`; NULL: none */
	struct alert_origin origin;
	enum detect_level level; /* rules of lower levels are not loaded */
	/* By id, tag, author or status. Not empty: only rules that one word of `include` names;
	 * none that a word of `exclude` names. */
	struct alert_words include, exclude;
	bool cased; /* detect_options.cased */
};

struct alerts;

/* Loads the rules. Returns VIGIL_OK and sets *out, to be freed with alerts_free(). Otherwise a
 * negative code: *out is NULL and *error has the reason. VIGIL_ERROR_USAGE: a path does not exist,
 * or no rule of it can be evaluated. VIGIL_ERROR_UNSUPPORTED: Vigil was built without detection. */
enum vigil_code alerts_open(struct alerts **out, const struct alert_options *options,
			    struct vigil_error *error);
void alerts_free(struct alerts *alerts);

/* The types of events that the rules need: VIGIL_TYPE_BITs. */
uint32_t alerts_types(const struct alerts *alerts);

/* Applies the rules to an event. A recorded alert causes none. */
void alerts_apply(struct alerts *alerts, const struct vigil_event *event);

/* Makes the next alert about the event of the last alerts_apply(). It is owned by alerts and valid
 * until the next call, and as long as that event. Returns NULL after the last one. */
const struct vigil_event *alerts_next(struct alerts *alerts);

/* Alerts that were not made because memory ran out, and what alerts may be missing for: values that
 * could not be compared, and hits that correlations could not count. */
uint64_t alerts_lost(const struct alerts *alerts);

/* Hits of rules that correlations did not count, or forgot before their time: they came too late, or
 * a limit was reached (detect/correlate.h). */
uint64_t alerts_uncounted(const struct alerts *alerts);

/* Counts of the documents of the rules files: rules and correlations that are in force, those that
 * cannot be evaluated here, and those that are invalid or exceed a limit. */
struct alerts_loaded {
	uint32_t rules, not_evaluable, bad;
};

struct alerts_loaded alerts_loaded(const struct alerts *alerts);

/* For reports about the set: what was loaded, and counts. */
const struct detect_set *alerts_set(const struct alerts *alerts);
struct detect_state *alerts_state(struct alerts *alerts);
struct correlate *alerts_correlate(struct alerts *alerts);

/* Sets *match to the matches of correlations of the last alerts_apply(), silent ones too, and
 * returns their number. */
uint32_t alerts_matches(const struct alerts *alerts, const struct correlate_match **match);

/* Begins an event for detect_explain(); false: it belongs to no log source. */
bool alerts_begin(struct alerts *alerts, const struct vigil_event *event, struct detect_event *out);

#endif /* VIGIL_ALERT_ALERTS_H */
