/* SPDX-License-Identifier: MIT */
/*
 * enforcer_status.h - the status file of an enforcer on Linux, from which `vigil rules` reads
 * the rules in force and how often each has matched. It is in /run/vigil, or
 * /run/vigil-service if the enforcer does not run as root.
 */
#ifndef VIGIL_ENFORCE_LINUX_ENFORCER_STATUS_H
#define VIGIL_ENFORCE_LINUX_ENFORCER_STATUS_H

#include "enforce/enforce.h"

/* Replaces the file. path: of the rules file; loads: how often it has been read. On an error
 * the status of this enforcer stays unknown; enforcement is not affected. */
void enforcer_status_write(const char *path, const struct vigil_rules *rules, unsigned loads);
void enforcer_status_remove(void);

#endif /* VIGIL_ENFORCE_LINUX_ENFORCER_STATUS_H */
