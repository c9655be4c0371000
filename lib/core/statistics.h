/* SPDX-License-Identifier: MIT */
/* statistics.h - what vigil_get_statistics and vigil_losses_by_cgroup return. */
#ifndef VIGIL_STATISTICS_H
#define VIGIL_STATISTICS_H

#include <vigil/vigil.h>

struct vigil_statistics {
	struct {
		uint64_t produced, delivered, filtered;
		uint64_t dropped[VIGIL_LOSS_MAX];
		uint64_t queued;
	} type[VIGIL_TYPE_MAX];
	uint64_t waiting, unreadable, late, processes, remembered;
};

struct cgroup_loss {
	struct vigil_cgroup_loss loss; /* first: vigil_cgroup_loss_dropped */
	uint64_t dropped[VIGIL_TYPE_MAX];
};

#endif /* VIGIL_STATISTICS_H */
