/* SPDX-License-Identifier: MIT */
/* refused.h - the file of the items that an engine refused: one JSON object a line. It is bounded:
 * a full file replaces the one before it. */
#ifndef VIGIL_SHIP_REFUSED_H
#define VIGIL_SHIP_REFUSED_H

#include <stdbool.h>

#include "outlet.h"

#define REFUSED_FILE      "refused.jsonl"
#define REFUSED_PREVIOUS  "refused.jsonl.1"
#define REFUSED_BYTES_MAX (16u << 20)

/* Appends an item with the reason. folder: of the spool. Returns false and sets errno on failure. */
bool refused_add(int folder, const struct ship_item *item, const char *reason);

#endif /* VIGIL_SHIP_REFUSED_H */
