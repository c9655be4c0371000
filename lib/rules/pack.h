/* SPDX-License-Identifier: MIT */
/* pack.h - a set of rules as the driver takes it (include/vigil/control.h). */
#ifndef VIGIL_RULES_PACK_H
#define VIGIL_RULES_PACK_H

#include "rules/set.h"

/* Makes the request of RULES_SET but for its head's `keep`. *request is to be freed. An
 * error says which rule cannot be told, or that there are too many. */
enum vigil_code rules_pack(const struct vigil_rules *rules, uint8_t **request, size_t *bytes,
			   struct vigil_error *error);

/* Takes the hits out of a reply of RULES, by the rules' ids. */
void rules_take_hits(struct vigil_rules *rules, const uint8_t *reply, size_t bytes);

#endif /* VIGIL_RULES_PACK_H */
