/* SPDX-License-Identifier: MIT */
/* visible.h - bytes of an event as text that harms nobody who shows it. */
#ifndef VIGIL_FORMAT_VISIBLE_H
#define VIGIL_FORMAT_VISIBLE_H

#include <vigil/vigil.h>

#include "core/bytes.h"

/* Appends s (list: an argument list) as line.h shows it, at most `columns` long.
 * windows: a backslash is a separator. Returns false where it was shortened. */
bool visible_put(struct vigil_buffer *out, struct vigil_string s, bool list, bool windows,
		 unsigned columns);

/* The last part of a path; of an argument list, of the first argument. */
struct vigil_string visible_base(struct vigil_string path, bool windows);

/* Appends visible text as a string of JSON. What HTML could take for its own is
 * escaped too, so that no name ends the element it stands in. */
void visible_quote(struct vigil_buffer *out, const char *text, size_t length);

#endif /* VIGIL_FORMAT_VISIBLE_H */
