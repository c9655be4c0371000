/* SPDX-License-Identifier: MIT */
/* pack.h - converts a set of rules to the driver's format (include/vigil/control.h). */
#ifndef VIGIL_RULES_PACK_H
#define VIGIL_RULES_PACK_H

#include "rules/set.h"

/* Makes the request of RULES_SET, except `keep` in its head. The caller frees *request. An error
 * names the rule that cannot be sent, or states that the rules are too large. */
enum vigil_code rules_pack(const struct vigil_rules *rules, uint8_t **request, size_t *bytes,
			   struct vigil_error *error);

/* Reads the hits from a reply of RULES, and assigns them to the rules by id. */
void rules_take_hits(struct vigil_rules *rules, const uint8_t *reply, size_t bytes);

#endif /* VIGIL_RULES_PACK_H */
