/* SPDX-License-Identifier: MIT */
/*
 * losses.h - counts what the live sensor has lost, and reports it in LOST records.
 *
 * The BPF programs count the records that the BPF ring refused, by cgroup
 * (kernel/linux/queue.h). Every refused record is counted in exactly one slot, so the sum over
 * the slots is the number of refused records of a type. perf counts the image loads that did not
 * fit in its rings, and the kernel counts the runs of programs that it skipped.
 *
 * All functions are for the reader's thread, except where stated otherwise.
 */
#ifndef VIGIL_SENSOR_LINUX_LOSSES_H
#define VIGIL_SENSOR_LINUX_LOSSES_H

#include <vigil/vigil.h>

#include "core/statistics.h"

#include "shared.h"
#include "vigil.skel.h"

struct linux_source;

#define LOSSES_PROGRAMS (sizeof((struct vigil_bpf *)0)->progs / sizeof(struct bpf_program *))

struct losses {
	const struct vigil_loss_slot *slot;   /* mapped */
	const uint64_t *taken;                /* the highest slot ever used */
	uint64_t (*reported)[VIGIL_TYPE_MAX]; /* by slot */
	uint64_t *seen; /* by slot, of the type of the last losses_unreported() */
};

/* Refused records of one type that the stream has not reported. */
struct losses_gap {
	uint64_t count;
	const struct vigil_loss_slot *most; /* the cgroup that lost most of them */
	uint64_t of_most;                   /* how many it lost */
};

/* map_fd: the map `losses`; free_fd: the map `free_slots`, which this fills; taken:
 * bss->slots_taken. Returns 0 or -errno. */
int losses_open(struct losses *losses, int map_fd, int free_fd, const uint64_t *taken);
void losses_close(struct losses *losses);

/* The number of refused records of a type since losses_open(). */
uint64_t losses_of_type(const struct losses *losses, uint32_t type);

/* The refused records of a type that were not reported yet; count 0: none. */
struct losses_gap losses_unreported(struct losses *losses, uint32_t type);

/* Marks the result of the last losses_unreported() as reported. */
void losses_mark_reported(struct losses *losses, uint32_t type);

/* The path of a slot's cgroup, without a NUL; *length 0: unknown. */
const char *losses_path(const struct vigil_loss_slot *slot, uint32_t *length);

/* Adds a LOST record with the time `mono` (ns since boot) to the batch. queue: see records.h.
 * Returns false if that queue's part of the batch is full. */
bool losses_report(struct linux_source *s, uint32_t queue, uint16_t type, uint16_t reason,
		   uint64_t count, uint64_t mono);

/* Reports what the BPF ring has refused since the last call, with a time just before `mono`.
 * Returns false if not all of it fits in the batch. */
bool losses_report_refused(struct linux_source *s, uint64_t mono);

/* Reports the image loads that did not fit in the perf rings since the last call, with the time
 * `mono`. */
void losses_report_images(struct linux_source *s, uint64_t mono);

/* Reports losses that no record in a queue announces: skipped runs of programs, the last image
 * loads that did not fit in perf rings, CPUs that came online. whole: all queues were read up
 * to `now`. */
void losses_check(struct linux_source *s, uint64_t now, bool whole);

/* Adds the losses so far to `dropped` and `produced`. Must be called before the counters of
 * produced records are read, because a record is counted as produced before it is counted as
 * refused. */
void losses_add_statistics(struct linux_source *s, struct vigil_statistics *out);

/* Implements vigil_losses_by_cgroup(). */
size_t losses_by_cgroup(const struct losses *losses, struct cgroup_loss *out, size_t max);

#endif /* VIGIL_SENSOR_LINUX_LOSSES_H */
