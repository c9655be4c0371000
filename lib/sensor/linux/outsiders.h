/* SPDX-License-Identifier: MIT */
/*
 * outsiders.h - decides whether the kernel leaves out processes that do not descend from
 * vigil_options.children_of (kernel/linux/outsiders.h).
 *
 * It does so only if no event that is shown then lacks the name of another process. A process that
 * accesses a descendant, or is accessed by one, may be any process, so with those types nothing is
 * left out. Image loads and denied starts do not contain a start key: they are assigned to the
 * latest process with their PID, which has to be known.
 */
#ifndef VIGIL_SENSOR_LINUX_OUTSIDERS_H
#define VIGIL_SENSOR_LINUX_OUTSIDERS_H

#include <stdbool.h>

#include <vigil/vigil.h>

#include "vigil.skel.h"

/* Prepares bpf, which is not loaded yet. Returns whether processes are to be left out when the
 * snapshot is complete. */
bool outsiders_choose(struct vigil_bpf *bpf, const struct vigil_options *options);

#endif /* VIGIL_SENSOR_LINUX_OUTSIDERS_H */
