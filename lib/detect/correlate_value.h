/* SPDX-License-Identifier: MIT */
/* correlate_value.h - what the hits of a group amount to, and whether a condition holds. */
#ifndef VIGIL_DETECT_CORRELATE_VALUE_H
#define VIGIL_DETECT_CORRELATE_VALUE_H

#include "detect/correlate_group.h"

/* Whether a correlation is decided at each hit, not at the end of a frame: whether more hits
 * can only make its condition true. */
bool correlate_at_once(const struct detect_correlation *correlation);

/* Whether the condition is true. Sets the match's value, and value_text, which belongs to the
 * group. */
bool correlate_holds(const struct detect_correlation *correlation,
		     const struct correlate_group *group, struct correlate_match *match);

#endif /* VIGIL_DETECT_CORRELATE_VALUE_H */
