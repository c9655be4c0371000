/* SPDX-License-Identifier: MIT */
/* detail.h - what matters of an event, in a few words: the end of its line. */
#ifndef VIGIL_DETAIL_H
#define VIGIL_DETAIL_H

#include "sink/line.h"

void vigil_detail(struct vigil_line *line, const struct vigil_event *event);

#endif /* VIGIL_DETAIL_H */
