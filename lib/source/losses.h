/* SPDX-License-Identifier: MIT */
/*
 * losses.h - the records that the BPF ring refused, by cgroup: how many there are, and
 * how many of them the stream has not reported yet. kernel/linux/queue.h counts them.
 *
 * Every refused record is counted in exactly one slot, so the sum over the slots is the
 * number of refused records of a type.
 */
#ifndef VIGIL_LOSSES_H
#define VIGIL_LOSSES_H

#include "shared.h"

struct vigil_cgroup_loss;

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

/* vigil_losses_by_cgroup. */
size_t losses_by_cgroup(const struct losses *losses, struct vigil_cgroup_loss *out, size_t max);

#endif /* VIGIL_LOSSES_H */
