/* SPDX-License-Identifier: MIT */
#include "losses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include <vigil/vigil.h>

static size_t mapped_size(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (VIGIL_LOSS_SLOTS * sizeof(struct vigil_loss_slot) + page - 1) / page * page;
}

int losses_open(struct losses *losses, int map_fd, int free_fd, const uint64_t *taken)
{
	void *mapped;

	*losses = (struct losses){ .taken = taken };
	losses->reported = calloc(VIGIL_LOSS_SLOTS, sizeof *losses->reported);
	losses->seen = calloc(VIGIL_LOSS_SLOTS, sizeof *losses->seen);
	if (!losses->reported || !losses->seen)
		return -ENOMEM;
	mapped = mmap(NULL, mapped_size(), PROT_READ, MAP_SHARED, map_fd, 0);
	if (mapped == MAP_FAILED)
		return -errno;
	losses->slot = mapped;
	for (uint32_t i = 1; i < VIGIL_LOSS_SLOTS; i++) {
		int result = bpf_map_update_elem(free_fd, NULL, &i, BPF_ANY);

		if (result < 0)
			return result;
	}
	return 0;
}

void losses_close(struct losses *losses)
{
	if (losses->slot)
		munmap((void *)(uintptr_t)losses->slot, mapped_size());
	free(losses->reported);
	free(losses->seen);
	*losses = (struct losses){ 0 };
}

/* Slots are taken in their order. Counted before a slot is used. */
static uint32_t used_slots(const struct losses *losses)
{
	uint64_t taken = __atomic_load_n(losses->taken, __ATOMIC_ACQUIRE);

	return taken < VIGIL_LOSS_SLOTS ? (uint32_t)taken + 1 : VIGIL_LOSS_SLOTS;
}

static uint64_t refused(const struct losses *losses, uint32_t slot, uint32_t type)
{
	return __atomic_load_n(&losses->slot[slot].refused[type], __ATOMIC_ACQUIRE);
}

uint64_t losses_of_type(const struct losses *losses, uint32_t type)
{
	uint32_t used = used_slots(losses);
	uint64_t count = 0;

	for (uint32_t slot = 0; slot < used; slot++)
		count += refused(losses, slot, type);
	return count;
}

struct losses_gap losses_unreported(struct losses *losses, uint32_t type)
{
	uint32_t used = used_slots(losses);
	struct losses_gap gap = { 0 };

	for (uint32_t slot = 0; slot < VIGIL_LOSS_SLOTS; slot++) {
		uint64_t more;

		losses->seen[slot] =
		    slot < used ? refused(losses, slot, type) : losses->reported[slot][type];
		more = losses->seen[slot] - losses->reported[slot][type];
		gap.count += more;
		if (more > gap.of_most) {
			gap.of_most = more;
			gap.most = &losses->slot[slot];
		}
	}
	return gap;
}

void losses_mark_reported(struct losses *losses, uint32_t type)
{
	uint32_t used = used_slots(losses);

	for (uint32_t slot = 0; slot < used; slot++)
		losses->reported[slot][type] = losses->seen[slot];
}

const char *losses_path(const struct vigil_loss_slot *slot, uint32_t *length)
{
	uint32_t known = slot->cgroup ? slot->path_length : 0;

	*length = known <= VIGIL_LOSS_PATH_MAX ? known : 0;
	return &slot->path[VIGIL_LOSS_PATH_MAX - *length];
}

static int by_total(const void *left, const void *right)
{
	const struct vigil_cgroup_loss *a = left, *b = right;

	return a->total > b->total ? -1 : a->total < b->total;
}

static struct vigil_cgroup_loss describe(const struct losses *losses, uint32_t slot)
{
	struct vigil_cgroup_loss loss = { .cgroup = losses->slot[slot].cgroup };
	uint32_t length;

	loss.path.data = losses_path(&losses->slot[slot], &length);
	loss.path.length = length;
	loss.path.original = losses->slot[slot].path_cut ? VIGIL_UNKNOWN : length;
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		loss.dropped[type] = refused(losses, slot, type);
		loss.total += loss.dropped[type];
	}
	return loss;
}

size_t losses_by_cgroup(const struct losses *losses, struct vigil_cgroup_loss *out, size_t max)
{
	uint32_t used = used_slots(losses);
	size_t count = 0, kept = 0;

	for (uint32_t slot = 0; slot < used; slot++) {
		struct vigil_cgroup_loss loss = describe(losses, slot);

		if (!loss.total)
			continue;
		count++;
		if (kept < max)
			out[kept++] = loss;
		else if (max && loss.total > out[max - 1].total)
			out[max - 1] = loss;
		else
			continue;
		qsort(out, kept, sizeof *out, by_total);
	}
	return count;
}
