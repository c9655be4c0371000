/* SPDX-License-Identifier: MIT */
/*
 * correlate_step.c - passes hits to the correlations that count them.
 *
 * One pass over the correlations, each after those that it refers to, is a step: of an event,
 * or of the end of a frame. Matches are kept for the length of a call, and are hits for the
 * correlations that come later in the step.
 */
#include <stdlib.h>
#include <string.h>

#include "detect/correlate_state.h"
#include "detect/correlate_texts.h"
#include "detect/correlate_value.h"

/* Where the fields of a hit come from: an event, or the texts that a match carries. */
struct origin {
	struct detect_state *state;
	const struct detect_event *event;      /* NULL: a match */
	const struct correlate_counter *inner; /* of which it is a match */
	struct correlate_texts carried;        /* of the match */
	uint64_t time, key;
};

static void origin_value(const struct origin *origin, uint32_t field, struct detect_value *value)
{
	uint32_t index = 0;

	if (origin->event) {
		detect_field_value(origin->state, origin->event, field, value);
		return;
	}
	*value = (struct detect_value){ .kind = DETECT_STRING };
	while (index < origin->inner->carries && origin->inner->carried[index] != field)
		index++;
	value->string = origin->carried.length == 0 || index == origin->inner->carries
			    ? NULL
			    : texts_get(&origin->carried, index, &value->length);
	if (!value->string)
		value->kind = DETECT_ABSENT;
}

static enum texts_result origin_texts(const struct origin *origin, const uint32_t *field,
				      uint32_t count, struct correlate_texts *texts)
{
	enum texts_result result = TEXTS_OK;

	for (uint32_t i = 0; i < count && result == TEXTS_OK; i++) {
		struct detect_value value;

		origin_value(origin, field[i], &value);
		result = texts_add(texts, &value);
	}
	return result;
}

/* Reads what other correlations need. A field without a value is carried as such. */
static struct correlate_texts origin_carried(const struct origin *origin,
					     const struct correlate_counter *counter)
{
	struct correlate_texts texts = { 0 };

	for (uint32_t i = 0; i < counter->carries; i++) {
		enum texts_result result = origin_texts(origin, &counter->carried[i], 1, &texts);

		if (result == TEXTS_NO_VALUE)
			result = texts_add_none(&texts);
		if (result == TEXTS_NO_MEMORY) {
			free(texts.data);
			return (struct correlate_texts){ 0 };
		}
	}
	return texts;
}

/* ---- matches ---- */

void correlate_forget_matches(struct correlate *c)
{
	for (uint32_t i = 0; i < c->matches; i++) {
		free(c->made[i].group.data);
		free(c->made[i].carried.data);
		free(c->made[i].texts);
		free(c->made[i].value_text);
	}
	c->matches = 0;
}

static bool matches_grow(struct correlate *c)
{
	uint32_t capacity = c->capacity ? 2 * c->capacity : 4;
	struct correlate_match *match = realloc(c->match, capacity * sizeof(*match));
	struct correlate_made *made;

	if (!match)
		return false;
	c->match = match;
	made = realloc(c->made, capacity * sizeof(*made));
	if (!made)
		return false;
	c->made = made;
	c->capacity = capacity;
	return true;
}

/* Sets the values of group_by, unless there are none or memory is out. */
static void match_name_group(struct correlate_match *match, struct correlate_made *made,
			     const struct correlate_texts *key)
{
	uint32_t count = match->correlation->group_by.count, length;

	if (count == 0 || !texts_copy(&made->group, key))
		return;
	made->texts = calloc(count, sizeof(*made->texts));
	for (uint32_t i = 0; made->texts && i < count; i++)
		made->texts[i] = texts_get(&made->group, i, &length);
	match->group = made->texts;
}

/* Adds a match of a group, whose carried texts it takes over. */
static void match_add(struct correlate *c, struct correlate_counter *counter,
		      const struct correlate_group *group, struct correlate_match *match,
		      struct correlate_texts *carried)
{
	struct correlate_made *made;

	counter->groups.count.matches++;
	if (c->matches == c->capacity && !matches_grow(c)) {
		counter->groups.count.no_memory++;
		return;
	}
	made = &c->made[c->matches];
	*made = (struct correlate_made){ .carried = *carried, .key = ++c->unique };
	*carried = (struct correlate_texts){ 0 };
	match->correlation = counter->correlation;
	match->of_event = c->of_event;
	match->group = NULL;
	match_name_group(match, made, &group->key);
	made->value_text = match->value_text ? strdup(match->value_text) : NULL;
	match->value_text = made->value_text;
	c->match[c->matches++] = *match;
}

/* ---- hits ---- */

/* Returns the number of the hit with the same key and text; count: there is none. */
static uint32_t group_same(const struct correlate_group *group, const struct correlate_hit *hit)
{
	uint32_t i = 0;

	while (i < group->count &&
	       (group->hit[i].key != hit->key || group->hit[i].text.length != hit->text.length ||
		(hit->text.length > 0 &&
		 memcmp(group->hit[i].text.data, hit->text.data, hit->text.length) != 0)))
		i++;
	return i;
}

/* Whether equal hits are one, and the latest of them counts. */
static bool counts_different(const struct correlate_counter *counter)
{
	enum detect_correlation_type type = counter->correlation->type;

	return type == DETECT_VALUE_COUNT || type == DETECT_VALUE_PERCENTILE ||
	       type == DETECT_TEMPORAL;
}

static bool has_texts(const struct correlate_counter *counter)
{
	enum detect_correlation_type type = counter->correlation->type;

	return type == DETECT_VALUE_COUNT || type == DETECT_VALUE_PERCENTILE;
}

/* Reads the value that a correlation counts or adds up. */
static enum texts_result hit_value(const struct correlate_counter *counter,
				   const struct origin *origin, struct correlate_hit *hit)
{
	const struct detect_correlation *correlation = counter->correlation;
	const uint32_t *field = correlation->reference[hit->reference].field;
	struct detect_value value;
	enum texts_result result;

	if (has_texts(counter)) {
		result = origin_texts(origin, field, correlation->fields.count, &hit->text);
		hit->key = texts_hash(hit->text.data, hit->text.length);
		hit->number = 1;
		return result;
	}
	if (correlation->type == DETECT_TEMPORAL)
		hit->key = hit->reference;
	if (correlation->type != DETECT_VALUE_SUM && correlation->type != DETECT_VALUE_AVG)
		return TEXTS_OK;
	origin_value(origin, field[0], &value);
	return texts_number(&value, &hit->number) ? TEXTS_OK : TEXTS_NO_VALUE;
}

/* Adds a hit to a group of a correlation that is decided at each hit. */
static bool hit_store(struct correlate_counter *counter, struct correlate_group *group,
		      struct correlate_hit *hit)
{
	if (counts_different(counter)) {
		uint32_t same = group_same(group, hit);

		if (same < group->count && group->hit[same].time > hit->time)
			hit->time = group->hit[same].time;
		if (same < group->count)
			groups_drop(&counter->groups, group, same);
	}
	return groups_insert(&counter->groups, group, hit);
}

/* Adds a hit to a frame. Of most types only sums are kept. */
static bool hit_sum_up(struct correlate_counter *counter, struct correlate_group *group,
		       const struct correlate_hit *hit)
{
	uint32_t same;

	group->total++;
	group->sum += hit->number;
	if (counter->correlation->type == DETECT_TEMPORAL_ORDERED)
		return groups_insert(&counter->groups, group, hit);
	if (!counts_different(counter))
		return true;
	same = group_same(group, hit);
	if (same == group->count)
		return groups_insert(&counter->groups, group, hit);
	group->hit[same].number += 1;
	free(hit->text.data);
	return true;
}

static uint64_t oldest_of(const struct correlate *c, const struct correlate_counter *counter)
{
	uint64_t span = counter->correlation->timespan;

	return c->now > span ? c->now - span : 0;
}

static uint64_t end_of(const struct correlate_counter *counter, uint64_t begin)
{
	uint64_t span = counter->correlation->timespan;

	return begin > UINT64_MAX - span ? UINT64_MAX : begin + span;
}

/* Removes up to two groups without a hit that still counts: more than are added. */
static void groups_clean(struct correlate_groups *groups, uint64_t oldest)
{
	for (unsigned i = 0; i < 2; i++)
		if (groups->head && groups->head->last < oldest)
			groups_remove(groups, groups->head);
}

/* Whether the condition holds for a group. Notes the value that it was compared with. */
static bool group_holds(struct correlate_counter *counter, const struct correlate_group *group,
			struct correlate_match *match)
{
	struct correlate_count *count = &counter->groups.count;
	bool holds = correlate_holds(counter->correlation, group, match);

	if (count->decisions == 0 || match->value < count->least)
		count->least = match->value;
	if (count->decisions == 0 || match->value > count->most)
		count->most = match->value;
	count->decisions++;
	return holds;
}

/* Decides a group at a hit. */
static void group_decide(struct correlate *c, struct correlate_counter *counter,
			 struct correlate_group *group, const struct origin *origin)
{
	struct correlate_match match;
	struct correlate_texts carried;

	if (!group_holds(counter, group, &match))
		return;
	match.first = group->hit[0].time;
	match.last = match.time = group->hit[group->count - 1].time;
	carried = origin_carried(origin, counter);
	match_add(c, counter, group, &match, &carried);
	free(carried.data);
	groups_expire(&counter->groups, group, UINT64_MAX);
}

/* Adds a hit to the group with a key. Takes over hit->text. */
static bool group_take(struct correlate *c, struct correlate_counter *counter,
		       struct correlate_group *group, const struct origin *origin,
		       struct correlate_hit *hit)
{
	group->first = hit->time < group->first ? hit->time : group->first;
	group->last = hit->time > group->last ? hit->time : group->last;
	if (counter->at_once) {
		groups_touch(&counter->groups, group);
		groups_expire(&counter->groups, group, oldest_of(c, counter));
		if (!hit_store(counter, group, hit))
			return false;
		counter->groups.count.hits++;
		group_decide(c, counter, group, origin);
		return true;
	}
	if (counter->carries > 0) {
		struct correlate_texts carried = origin_carried(origin, counter);

		groups_carry(&counter->groups, group, &carried);
		free(carried.data);
	}
	if (!hit_sum_up(counter, group, hit))
		return false;
	counter->groups.count.hits++;
	return true;
}

/* Finds or adds the group of a hit. NULL: out of memory. */
static struct correlate_group *group_of(struct correlate *c, struct correlate_counter *counter,
					struct correlate_texts *key, uint64_t time)
{
	uint64_t hash = texts_hash(key->data, key->length);
	struct correlate_group *group = groups_find(&counter->groups, key, hash);
	uint64_t end = end_of(counter, time);

	if (group)
		return group;
	if (counter->at_once)
		groups_clean(&counter->groups, oldest_of(c, counter));
	else if (end < c->next_end)
		c->next_end = end;
	return groups_add(&counter->groups, key, hash, counter->at_once ? 0 : time);
}

/* Whether the event of a hit was counted for another rule that it matches. */
static bool is_repeated(const struct correlate_counter *counter, struct correlate_group *group,
			const struct origin *origin)
{
	enum detect_correlation_type type = counter->correlation->type;
	bool same = group->last_event == origin->key;

	if (!origin->event || type == DETECT_TEMPORAL || type == DETECT_TEMPORAL_ORDERED)
		return false;
	group->last_event = origin->key;
	return same;
}

static void hit_add(struct correlate *c, struct correlate_counter *counter, uint32_t number,
		    const struct origin *origin)
{
	const struct detect_correlation *correlation = counter->correlation;
	struct correlate_count *count = &counter->groups.count;
	struct correlate_hit hit = {
		.time = origin->time, .step = c->step, .key = origin->key, .reference = number
	};
	struct correlate_texts key = { 0 };
	struct correlate_group *group = NULL;
	enum texts_result grouped, valued = TEXTS_OK;

	if (origin->time < oldest_of(c, counter)) {
		count->late++;
		return;
	}
	grouped = origin_texts(origin, correlation->reference[number].group,
			       correlation->group_by.count, &key);
	if (grouped == TEXTS_OK)
		valued = hit_value(counter, origin, &hit);
	if (grouped == TEXTS_NO_VALUE)
		count->without_group++;
	else if (valued == TEXTS_NO_VALUE)
		count->without_value++;
	else if (grouped == TEXTS_OK && valued == TEXTS_OK)
		group = group_of(c, counter, &key, origin->time);
	if (group && is_repeated(counter, group, origin)) {
		count->repeated++;
		free(hit.text.data);
	} else if (group) {
		if (!group_take(c, counter, group, origin, &hit))
			count->no_memory++;
	} else {
		count->no_memory += grouped != TEXTS_NO_VALUE && valued != TEXTS_NO_VALUE;
		free(hit.text.data);
	}
	free(key.data);
}

/* ---- steps ---- */

/* Passes the matches of this step that correlation `inner` made. */
static void pass_matches(struct correlate *c, struct correlate_counter *counter, uint32_t number,
			 uint32_t inner)
{
	const struct correlate_counter *from = &c->counter[inner];

	for (uint32_t i = c->step_begin; i < c->matches; i++) {
		struct origin origin = { .inner = from,
					 .carried = c->made[i].carried,
					 .time = c->match[i].time,
					 .key = c->made[i].key };

		if (c->match[i].correlation == from->correlation)
			hit_add(c, counter, number, &origin);
	}
}

/* Passes the hits of an event, if any, and the matches of this step to a correlation. */
static void counter_pass(struct correlate *c, struct correlate_counter *counter,
			 const struct origin *event)
{
	const struct detect_correlation *correlation = counter->correlation;

	for (uint32_t n = 0; n < correlation->references; n++) {
		uint32_t number = correlation->reference[n].number;

		if (correlation->reference[n].correlation)
			pass_matches(c, counter, n, number);
		else if (event && c->hit[number])
			hit_add(c, counter, n, event);
	}
}

/* Passes the hits of an event, if any, and the matches that they make. */
static void step_pass(struct correlate *c, const struct origin *event)
{
	for (uint32_t i = 0; i < c->counters; i++) {
		struct correlate_count *count = &c->counter[i].groups.count;
		uint64_t before = c->clock ? c->clock() : 0, hits = count->hits;

		counter_pass(c, &c->counter[i], event);
		if (c->clock && count->hits > hits) {
			count->measured += count->hits - hits;
			count->ns += c->clock() - before;
		}
	}
}

static void step_begin(struct correlate *c, uint64_t time)
{
	c->now = time > c->now ? time : c->now;
	c->step++;
	c->step_begin = c->matches;
}

/* Returns the counter whose frame ends first, in the order of correlations, and sets next_end;
 * NULL: there is no frame. */
static struct correlate_counter *first_to_end(struct correlate *c)
{
	struct correlate_counter *first = NULL;

	c->next_end = UINT64_MAX;
	for (uint32_t i = 0; i < c->counters; i++) {
		struct correlate_counter *counter = &c->counter[i];
		uint64_t end;

		if (counter->at_once || !counter->groups.head)
			continue;
		end = end_of(counter, counter->groups.head->begin);
		if (!first || end < c->next_end) {
			first = counter;
			c->next_end = end;
		}
	}
	return first;
}

static void frame_close(struct correlate *c, struct correlate_counter *counter)
{
	struct correlate_group *group = counter->groups.head;
	struct correlate_match match = { .time = c->next_end,
					 .first = group->first,
					 .last = group->last };
	struct correlate_texts carried = { 0 };

	step_begin(c, c->next_end);
	c->of_event = false;
	if (group_holds(counter, group, &match)) {
		groups_carry(&counter->groups, group, &carried);
		match_add(c, counter, group, &match, &carried);
		free(carried.data);
	}
	groups_remove(&counter->groups, group);
	if (c->matches > c->step_begin)
		step_pass(c, NULL);
}

/* Decides the frames that end before a time, in the order of their ends. */
static void frames_end(struct correlate *c, uint64_t time)
{
	while (c->next_end < time) {
		struct correlate_counter *counter = first_to_end(c);

		if (!counter || c->next_end >= time)
			return;
		frame_close(c, counter);
		c->next_end = 0; /* look again */
	}
}

uint32_t correlate_event(struct correlate *c, struct detect_state *state,
			 const struct detect_event *event, const struct detect_hit *hits,
			 uint32_t count, const struct correlate_match **matches)
{
	struct origin origin = { .state = state, .event = event, .time = event->time };
	bool used = false;

	correlate_forget_matches(c);
	frames_end(c, event->time);
	step_begin(c, event->time);
	c->of_event = true;
	origin.key = ++c->unique;
	for (uint32_t i = 0; i < count; i++) {
		c->hit[hits[i].rule->number] = c->used[hits[i].rule->number];
		used = used || c->used[hits[i].rule->number];
	}
	if (used)
		step_pass(c, &origin);
	for (uint32_t i = 0; i < count; i++)
		c->hit[hits[i].rule->number] = false;
	*matches = c->match;
	return c->matches;
}
