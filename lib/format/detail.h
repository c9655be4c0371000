/* SPDX-License-Identifier: MIT */
/* detail.h - the important facts of an event in a few words: the end of its line. */
#ifndef VIGIL_FORMAT_DETAIL_H
#define VIGIL_FORMAT_DETAIL_H

#include "text/line.h"

/* Adds marks such as "[deleted] ", which a reader must not overlook. They precede the text that may
 * be shortened. attributes: VIGIL_PROCESS_... */
void vigil_detail_marks(struct vigil_line *line, uint32_t attributes);

/* Adds the level of an alert in its color; nothing if it has none. level: enum vigil_level. */
void vigil_detail_level(struct vigil_line *line, uint32_t level);

void vigil_detail(struct vigil_line *line, const struct vigil_event *event);

#endif /* VIGIL_FORMAT_DETAIL_H */
