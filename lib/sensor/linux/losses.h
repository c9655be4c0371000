/* SPDX-License-Identifier: MIT */
/*
 * losses.h - what the live sensor has lost, and LOST records about it.
 *
 * Records that the BPF ring refused are counted in the kernel, by cgroup
 * (kernel/linux/queue.h). Every refused record is counted in exactly one slot, so the sum
 * over the slots is the number of refused records of a type. Image loads that did not fit
 * into a ring of perf, and runs of programs that the kernel skipped, are counted there.
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
	const struct vigil_loss_slot *slot; /* mapped */
	const uint64_t *taken;              /* no slot above this was ever taken */
	uint64_t (*reported)[VIGIL_TYPE_MAX];
	uint64_t *seen; /* of the type that losses_unreported was asked for last */
};

/* Refused records of one type that the stream has not reported. */
struct losses_gap {
	uint64_t count;
	const struct vigil_loss_slot *most; /* whose processes lost most of them */
	uint64_t of_most;
};

/* map_fd: the map `losses`; free_fd: `free_slots`, which is filled; taken:
 * bss->slots_taken. 0 or -errno. */
int losses_open(struct losses *losses, int map_fd, int free_fd, const uint64_t *taken);
void losses_close(struct losses *losses);

/* Since losses_open. */
uint64_t losses_of_type(const struct losses *losses, uint32_t type);

struct losses_gap losses_unreported(struct losses *losses, uint32_t type);

/* Marks what losses_unreported returned last as reported. */
void losses_mark_reported(struct losses *losses, uint32_t type);

/* The path of a slot's cgroup, not terminated; *length 0: not known. */
const char *losses_path(const struct vigil_loss_slot *slot, uint32_t *length);

/* Adds a LOST record at `mono`; queue: as in records.h. False: no memory now. */
bool losses_report(struct linux_source *s, uint32_t queue, uint16_t type, uint16_t reason,
		   uint64_t count, uint64_t mono);

/* Reports what the ring has refused since the last call, just before `mono`. False: no memory
 * for all of it now. */
bool losses_report_refused(struct linux_source *s, uint64_t mono);

/* Reports the image loads that the rings of perf have refused since the last call, at `mono`. */
void losses_report_images(struct linux_source *s, uint64_t mono);

/* Reports what is counted where no record says so: skipped runs, image loads that the rings of
 * perf refused last, CPUs that came online. whole: all queues were read up to `now`. */
void losses_check(struct linux_source *s, uint64_t now, bool whole);

/* Adds what was lost so far to dropped and produced. To be called before the counts of what
 * was produced are read: a refused record is counted after it was produced. */
void losses_add_statistics(struct linux_source *s, struct vigil_statistics *out);

/* vigil_losses_by_cgroup. */
size_t losses_by_cgroup(const struct losses *losses, struct cgroup_loss *out, size_t max);

#endif /* VIGIL_SENSOR_LINUX_LOSSES_H */
