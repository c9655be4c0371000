/* SPDX-License-Identifier: MIT */
/*
 * compat.h - the names of libvigil 0.1, for one release.
 *
 * Include it after all other headers. A program that was written for 0.1 then compiles, except
 * where it uses vigil_printer_options or vigil_start without a `size`, or the arrays of struct
 * vigil_cgroup_loss.
 */
#ifndef VIGIL_COMPAT_H
#define VIGIL_COMPAT_H

#include <vigil/vigil.h>

/* Functions. */
#define vigil_error_of         vigil_last_error
#define vigil_find             vigil_lookup_process
#define vigil_stop             vigil_drain
#define vigil_recorder_failing vigil_recorder_status

/* Members of struct vigil_options. */
#define at_any_cost    full_access_types
#define look           inspect
#define look_bytes_max inspect_bytes_max
#define look_wait_ms   inspect_wait_ms
#define unread         resume

/* Constants. */
#define VIGIL_ERROR_PEER     VIGIL_ERROR_PIPE
#define VIGIL_LOOK_HASH      VIGIL_INSPECT_HASH
#define VIGIL_LOOK_VERSION   VIGIL_INSPECT_VERSION
#define VIGIL_LOOK_SIGNATURE VIGIL_INSPECT_SIGNATURE
#define VIGIL_LOOK_CONTAINER VIGIL_INSPECT_CONTAINER

/* Statistics were one struct with an array by type. */
struct vigil_statistics_0_1 {
	struct {
		uint64_t produced, delivered, withheld;
		uint64_t dropped[VIGIL_LOSS_MAX];
		uint64_t queued;
	} type[VIGIL_TYPE_MAX];
	uint64_t unreadable, late, processes, remembered, waiting;
};

static inline void vigil_statistics_0_1(struct vigil *v, struct vigil_statistics_0_1 *out)
{
	const struct vigil_statistics *s = vigil_get_statistics(v);

	for (uint32_t i = 0; i < VIGIL_TYPE_MAX; i++) {
		out->type[i].produced = vigil_statistics_count(s, VIGIL_COUNT_PRODUCED, i);
		out->type[i].delivered = vigil_statistics_count(s, VIGIL_COUNT_DELIVERED, i);
		out->type[i].withheld = vigil_statistics_count(s, VIGIL_COUNT_FILTERED, i);
		out->type[i].queued = vigil_statistics_count(s, VIGIL_COUNT_QUEUED, i);
		for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++)
			out->type[i].dropped[reason] = vigil_statistics_dropped(s, i, reason);
	}
	out->unreadable = vigil_statistics_count(s, VIGIL_COUNT_UNREADABLE, VIGIL_ANY_TYPE);
	out->late = vigil_statistics_count(s, VIGIL_COUNT_LATE, VIGIL_ANY_TYPE);
	out->processes = vigil_statistics_count(s, VIGIL_COUNT_PROCESSES, VIGIL_ANY_TYPE);
	out->remembered = vigil_statistics_count(s, VIGIL_COUNT_REMEMBERED, VIGIL_ANY_TYPE);
	out->waiting = vigil_statistics_count(s, VIGIL_COUNT_WAITING, VIGIL_ANY_TYPE);
}
#define vigil_statistics vigil_statistics_0_1

#endif /* VIGIL_COMPAT_H */
