/* SPDX-License-Identifier: MIT */
/*
 * inforce.h - what an enforcer of Linux says of itself to `vigil block`: a file in
 * /run/vigil with the rules it has in force and how often each has matched.
 */
#ifndef VIGIL_INFORCE_H
#define VIGIL_INFORCE_H

#include "rules/rules.h"

/* Writes it anew; loads: how often the file of rules was read so far. Failing is no
 * harm: then nothing is known of this enforcer. */
void inforce_tell(const char *path, const struct vigil_rules *rules, unsigned loads);
void inforce_forget(void);

#endif /* VIGIL_INFORCE_H */
