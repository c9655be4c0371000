/* SPDX-License-Identifier: MIT */
/*
 * correlate.h - correlation rules: hits of rules, counted over time.
 *
 * A struct correlate follows one stream of events: the caller passes each event after
 * detect_eval(). Time is that of the events, so a recording gives the same matches as the live
 * stream. It only moves forward: "now" is the latest time that an event had.
 *
 * How the specification is read where it leaves a choice:
 *   - Hits are counted for each group apart; the values of `group-by` are compared as texts, with
 *     case. A hit whose event lacks one of them is in no group and is not counted. Without
 *     `group-by` all hits are one group.
 *   - Two hits are within the timespan if their times differ by the timespan or less.
 *   - Conditions that only need enough hits (gt and gte of event_count, value_count, value_sum,
 *     and the temporal types) are decided at each hit, over the hits not older than the timespan.
 *     A match uses up the hits of its group: the next match needs new ones.
 *   - All other conditions (lt, lte, eq, neq, ranges, value_avg, value_percentile) may be undone
 *     by the next hit. Their frame begins with the first hit of a group, and is decided when an
 *     event is later than its end. What is undecided when the events end is no match.
 *   - An event that several of the rules match counts once in event_count, value_sum, value_avg
 *     and value_percentile.
 *   - temporal counts the rules with a hit; without a condition all of them are needed.
 *     temporal_ordered counts the longest chain of hits in the order of `rules`, each later than
 *     the one before: hits of the same event, or at the same time and in the wrong order of
 *     events, form no chain.
 *   - value_count counts different texts, by their case and their first 4 KiB; of several
 *     fields, different combinations.
 *   - value_percentile: the share in percent that the hits with one value have in all hits of the
 *     group. It matches if this is true for one of the values.
 *   - A match of a correlation is a hit of those that refer to it, at the time of its last hit or
 *     the end of its frame, and has the fields of the event that was counted last.
 *   - A hit that is older than "now" by more than the timespan is too late to be counted.
 *
 * Memory is limited. What is forgotten before its time is counted (correlate_count).
 */
#ifndef VIGIL_DETECT_CORRELATE_H
#define VIGIL_DETECT_CORRELATE_H

#include "detect/detect.h"

struct correlate;

struct correlate_limits {
	uint32_t groups; /* of a correlation; at least 1 */
	uint32_t hits;   /* that are kept of a group; at least 2 */
	size_t memory;   /* bytes of all groups and hits; each correlation has an equal share */
};

/* groups, hits, memory. hits is LIMIT_HITS: conditions that need more are refused at load. */
#define CORRELATE_LIMITS ((struct correlate_limits){ 4096u, 4096u, (size_t)32 << 20 })

/* Prepares the correlations of a set, which must stay valid; limits NULL: CORRELATE_LIMITS.
 * Returns NULL if out of memory. Not thread-safe. A new set needs a new one: what was counted is
 * forgotten with the old set. */
struct correlate *correlate_new(const struct detect_set *set,
				const struct correlate_limits *limits);
void correlate_free(struct correlate *correlate);

struct correlate_match {
	const struct detect_correlation *correlation; /* with `silent`: not an alert */
	uint64_t time;        /* ns since 1970 UTC: of the last hit, or the end of the frame */
	uint64_t first, last; /* times of the first and the last hit that is counted */
	bool of_event;        /* it is due to the event of this call, not to the end of a frame */
	double value;         /* what the condition was compared with */
	/* Values of correlation->group_by in its order, each with a NUL at the end. Of a text of
	 * more than 4 KiB the beginning and the length. NULL: none, or out of memory. */
	const char *const *group;
	const char *value_text; /* VALUE_PERCENTILE: the (first) value; otherwise NULL */
};

/* Passes an event and the result of its detect_eval(), which is still valid; with hits NULL and
 * count 0, an event that was not evaluated: time moves on. Returns the number of matches and sets
 * *matches to them, silent ones too, in the order in which they occurred; they are valid until
 * the next call. */
uint32_t correlate_event(struct correlate *correlate, struct detect_state *state,
			 const struct detect_event *event, const struct detect_hit *hits,
			 uint32_t count, const struct correlate_match **matches);

/* The counts of a correlation. Each hit of its rules is in one of the first six. */
struct correlate_count {
	uint64_t hits;          /* counted */
	uint64_t repeated;      /* of an event that another of its rules matched as well */
	uint64_t late;          /* hits that came after their timespan */
	uint64_t without_group; /* hits that lack a value to group by, or have one not known */
	uint64_t without_value; /* hits that lack the condition's field, or where it is no number */
	uint64_t no_memory;     /* hits or matches that could not be stored: out of memory */
	uint64_t matches;
	uint64_t evicted_groups; /* groups forgotten before their time, for a limit */
	uint64_t evicted_hits;   /* hits forgotten before their time, with their group or alone */
	uint32_t groups;         /* that exist now; with a frame: that are undecided */
	uint64_t decisions;      /* times that the condition was compared with a value */
	double least, most;      /* of these values; 0 without a decision */
	uint64_t measured, ns;   /* events that were measured (detect_count), and their time */
};

/* Returns the counts of a correlation by its number. */
struct correlate_count correlate_count(const struct correlate *correlate, uint32_t number);

/* Measures from now on how long each correlation takes, as detect_measure() does for rules. */
void correlate_measure(struct correlate *correlate, uint64_t (*clock)(void));

#endif /* VIGIL_DETECT_CORRELATE_H */
