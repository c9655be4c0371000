/* SPDX-License-Identifier: MIT */
#include "detect/correlate_value.h"

#include <string.h>

#include "detect/correlate_texts.h"
#include "detect/limits.h"

bool correlate_at_once(const struct detect_correlation *correlation)
{
	if (correlation->type == DETECT_VALUE_AVG || correlation->type == DETECT_VALUE_PERCENTILE)
		return false;
	for (uint32_t i = 0; i < correlation->criteria; i++)
		if (correlation->criterion[i].operator!= DETECT_GT && correlation->criterion[i].
		    operator!= DETECT_GTE)
			return false;
	return true;
}

static bool criterion_holds(const struct detect_criterion *criterion, double value)
{
	switch (criterion->operator) {
	case DETECT_GT:
		return value > criterion->value;
	case DETECT_GTE:
		return value >= criterion->value;
	case DETECT_LT:
		return value < criterion->value;
	case DETECT_LTE:
		return value <= criterion->value;
	case DETECT_EQ:
		return !(value < criterion->value) && !(value > criterion->value);
	default:
		return value < criterion->value || value > criterion->value;
	}
}

static bool criteria_hold(const struct detect_correlation *correlation, double value)
{
	for (uint32_t i = 0; i < correlation->criteria; i++)
		if (!criterion_holds(&correlation->criterion[i], value))
			return false;
	return correlation->criteria > 0 || value >= (double)correlation->references;
}

/* Returns the length of the longest chain of hits in the order of references, each of a later
 * event than the one before. best[r] is that of the chains that end with reference r or one
 * before it. */
static double longest_chain(const struct detect_correlation *correlation,
			    const struct correlate_group *group)
{
	uint32_t best[LIMIT_REFERENCES] = { 0 };
	uint32_t reached[LIMIT_REFERENCES];

	for (uint32_t i = 0; i < group->count;) {
		uint64_t time = group->hit[i].time, step = group->hit[i].step;

		memcpy(reached, best, sizeof(reached));
		for (; i < group->count && group->hit[i].time == time && group->hit[i].step == step;
		     i++) {
			uint32_t r = group->hit[i].reference, length = r > 0 ? best[r - 1] : 0;

			if (length + 1 > reached[r])
				reached[r] = length + 1;
		}
		for (uint32_t r = 0; r < correlation->references; r++)
			best[r] = r > 0 && best[r - 1] > reached[r] ? best[r - 1] : reached[r];
	}
	return best[correlation->references - 1];
}

static double sum_of_hits(const struct correlate_group *group)
{
	double sum = 0;

	for (uint32_t i = 0; i < group->count; i++)
		sum += group->hit[i].number;
	return sum;
}

/* Whether the share of one value fulfills the condition. */
static bool percentile_holds(const struct detect_correlation *correlation,
			     const struct correlate_group *group, struct correlate_match *match)
{
	uint32_t length;

	for (uint32_t i = 0; i < group->count; i++) {
		match->value = 100.0 * group->hit[i].number / (double)group->total;
		match->value_text = texts_get(&group->hit[i].text, 0, &length);
		if (criteria_hold(correlation, match->value))
			return true;
	}
	return false;
}

bool correlate_holds(const struct detect_correlation *correlation,
		     const struct correlate_group *group, struct correlate_match *match)
{
	bool at_once = correlate_at_once(correlation);

	match->value_text = NULL;
	switch (correlation->type) {
	case DETECT_EVENT_COUNT:
		match->value = (double)(at_once ? group->count : group->total);
		break;
	case DETECT_VALUE_SUM:
		match->value = at_once ? sum_of_hits(group) : group->sum;
		break;
	case DETECT_VALUE_AVG:
		match->value = group->sum / (double)group->total;
		break;
	case DETECT_VALUE_PERCENTILE:
		return percentile_holds(correlation, group, match);
	case DETECT_TEMPORAL_ORDERED:
		match->value = longest_chain(correlation, group);
		break;
	default:
		match->value = group->count;
	}
	return criteria_hold(correlation, match->value);
}
