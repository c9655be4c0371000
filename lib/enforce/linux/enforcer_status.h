/* SPDX-License-Identifier: MIT */
/*
 * enforcer_status.h - what an enforcer of Linux says of itself to `vigil rules`: a file in
 * /run/vigil with the rules it has in force and how often each has matched.
 */
#ifndef VIGIL_ENFORCE_LINUX_ENFORCER_STATUS_H
#define VIGIL_ENFORCE_LINUX_ENFORCER_STATUS_H

#include "enforce/enforce.h"

/* Writes it anew; loads: how often the file of rules was read so far. Failing is no
 * harm: then nothing is known of this enforcer. */
void inforce_tell(const char *path, const struct vigil_rules *rules, unsigned loads);
void inforce_forget(void);

#endif /* VIGIL_ENFORCE_LINUX_ENFORCER_STATUS_H */
