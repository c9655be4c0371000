/* SPDX-License-Identifier: MIT */
/* filter.h - selects events by conditions. */
#ifndef VIGIL_PUBLIC_FILTER_H
#define VIGIL_PUBLIC_FILTER_H

#include <vigil/sensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A set of conditions. One thread at a time may use it. */
struct vigil_filter;

/* Creates an empty filter, which matches every event.
 *
 * Returns NULL if there is no memory. The caller frees it with vigil_filter_free(). */
VIGIL_API struct vigil_filter *vigil_filter_new(void);

/* Frees a filter.
 *
 * filter may be NULL. */
VIGIL_API void vigil_filter_free(struct vigil_filter *filter);

/* Adds a condition to a filter.
 *
 * Conditions with the same key are alternatives; those with different keys must all hold. Keys:
 *
 *   type         names, as for vigil_types_parse()
 *   pid          this process
 *   children-of  this process and all its descendants
 *   user         name or number of the effective user
 *   image        path of the executable, symbolic links in its folders followed when the condition
 *                is added; without '/' its base name, its short name, or the base name of the path
 *                that was passed to exec; * ? [..] are wildcards
 *   command      part of the command line; * ? [..] are wildcards
 *   container    container id (its beginning is enough), name of a container or machine; "any" for
 *                any container
 *
 * STATUS and SNAPSHOT_END events pass every condition but type. So do LOST events, which pass a
 * condition on type if they count events of that type: what is missing could have been any of them.
 *
 * Returns VIGIL_OK, or a negative code with the reason in *error (error may be NULL).
 * VIGIL_ERROR_USAGE: there is no such key, or no program can match the value. */
VIGIL_API enum vigil_code vigil_filter_add(struct vigil_filter *filter, const char *key,
					   const char *value, struct vigil_error *error);

/* Adds an exclusion to a filter: events that match it do not match the filter.
 *
 * expression has conditions of vigil_filter_add(), each key=value, separated by blanks; quotes (" or
 * ') around a value may contain blanks: image=/bin/sh command="-c true". Conditions with the same
 * key are alternatives; those with different keys must all hold. STATUS, SNAPSHOT_END and LOST
 * events are never excluded. An event that matches the conditions of the filter is counted for the
 * first exclusion that it matches. name identifies the exclusion; it is copied.
 *
 * Returns VIGIL_OK, or a negative code with the reason in *error (error may be NULL). */
VIGIL_API enum vigil_code vigil_filter_exclude(struct vigil_filter *filter, const char *name,
					       const char *expression, struct vigil_error *error);

/* Returns the number of events that an exclusion removed.
 *
 * index counts the exclusions from 0, in the order in which they were added. *name is set to the
 * name of the exclusion, which belongs to the filter, or to NULL if there is none with this index. */
VIGIL_API uint64_t vigil_filter_excluded(const struct vigil_filter *filter, size_t index,
					 const char **name);

/* Returns whether a filter matches an event.
 *
 * It must be called with every event of a stream, in order: it follows the descendants of
 * children-of as they start, and counts what exclusions remove. */
VIGIL_API bool vigil_filter_match(struct vigil_filter *filter, const struct vigil_event *event);

/* Returns the types that a filter can match, for vigil_options.types.
 *
 * Returns VIGIL_TYPE_BIT() bits. */
VIGIL_API uint32_t vigil_filter_types(const struct vigil_filter *filter);

/* Returns the processes of a filter's children-of conditions, for vigil_options.children_of.
 *
 * *pids: the PIDs, valid until a condition is added or the filter is freed; NULL if there are none.
 *
 * Returns their number. 0: events of any process can match. */
VIGIL_API uint32_t vigil_filter_roots(const struct vigil_filter *filter, const uint32_t **pids);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_FILTER_H */
