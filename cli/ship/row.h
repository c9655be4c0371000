/* SPDX-License-Identifier: MIT */
/* row.h - an event in JSON with its id as one more member, for engines that know items only by what
 * is in them. */
#ifndef VIGIL_SHIP_ROW_H
#define VIGIL_SHIP_ROW_H

#include <string.h>

#include "core/json_string.h"
#include "outlet.h"

/* Appends a line: the item's body is an object. */
static inline void ship_put_row(struct vigil_buffer *to, const struct ship_item *item)
{
	vigil_put_text(to, "{\"id\":");
	vigil_put_json(to, item->id, strlen(item->id));
	vigil_put_char(to, ',');
	vigil_put(to, item->body + 1, item->length - 1); /* what follows its brace */
	vigil_put_char(to, '\n');
}

#endif /* VIGIL_SHIP_ROW_H */
