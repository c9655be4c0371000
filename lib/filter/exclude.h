/* SPDX-License-Identifier: MIT */
/* exclude.h - the exclusions of a filter: named filters whose events are removed, and counted. */
#ifndef VIGIL_FILTER_EXCLUDE_H
#define VIGIL_FILTER_EXCLUDE_H

#include <vigil/vigil.h>

struct exclusion {
	struct exclusion *next; /* in the order in which they were added */
	struct vigil_filter *filter;
	uint64_t count;
	char name[];
};

/* As vigil_filter_exclude(). */
enum vigil_code exclusions_add(struct exclusion **list, const char *name, const char *expression,
			       struct vigil_error *error);

/* Returns whether any exclusion matches, and counts the event for the first one that does if it is
 * `wanted` otherwise. Must be called with every event, as vigil_filter_match(). */
bool exclusions_match(struct exclusion *list, const struct vigil_event *event, bool wanted);

/* Returns bits of the types that the exclusions must see. */
uint32_t exclusions_types(const struct exclusion *list);

/* Returns bits of the types that a filter must see even if they do not match; filter.c. */
uint32_t filter_needs(const struct vigil_filter *filter);

void exclusions_free(struct exclusion *list);

#endif /* VIGIL_FILTER_EXCLUDE_H */
