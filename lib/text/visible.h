/* SPDX-License-Identifier: MIT */
/* visible.h - bytes of an event as text that is safe to display. */
#ifndef VIGIL_TEXT_VISIBLE_H
#define VIGIL_TEXT_VISIBLE_H

#include <vigil/vigil.h>

#include "core/bytes.h"

/* Appends s (list: an argument list) as line.h shows it, at most `columns` wide. windows: a
 * backslash is a separator. Returns false if it was shortened. */
bool visible_put(struct vigil_buffer *out, struct vigil_string s, bool list, bool windows,
		 unsigned columns);

/* Returns the last element of a path; for an argument list, that of the first argument. */
struct vigil_string visible_base(struct vigil_string path, bool windows);

/* Appends visible text as a JSON string. Characters with a meaning in HTML are escaped too, so that
 * no name can end the element that contains it. */
void visible_quote(struct vigil_buffer *out, const char *text, size_t length);

#endif /* VIGIL_TEXT_VISIBLE_H */
