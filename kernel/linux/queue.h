/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * queue.h - writes records to the ring: which records may use how much of it, and which control
 * group the refused ones are counted for.
 *
 * Up to `reserve_begins` bytes the ring takes every record. The rest is a reserve for the
 * records by which an attack is detected (execs, accesses, remote threads, kernel modules), so
 * forks, exits and threads are always refused first. Each group of processes may use `share`
 * bytes of the reserve, so a group that floods the ring with execs takes nothing from the
 * others.
 */
#ifndef VIGIL_BPF_QUEUE_H
#define VIGIL_BPF_QUEUE_H

#include "record.h"

#define RESERVED_TYPES \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) | VIGIL_TYPE_BIT(VIGIL_EVENT_DRIVER_LOAD) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS))
#define GROUP_DEPTH 32 /* nested cgroups or user namespaces */
#define NAME_DEPTH  16 /* components of a cgroup's path that are recorded */

/*
 * The group that a record in the reserve is charged to. cgroup: the one at the second level
 * (user-1000.slice, cron.service), because users may create cgroups below theirs. user: the real
 * user, or the creator of the outermost user namespace that the process is in, because one user
 * can have many ids in a user namespace.
 */
struct group {
	uint64_t cgroup; /* 0: deeper than GROUP_DEPTH */
	uint32_t user;
	uint32_t reserved;
};

struct group_use {
	uint64_t last; /* position in the ring of its latest record in the reserve */
	uint64_t used; /* bytes since all earlier records were read */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct group);
	__type(value, struct group_use);
} groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VIGIL_LOSS_SLOTS);
	__type(key, uint32_t);
	__type(value, struct vigil_loss_slot);
} losses SEC(".maps");

/* The slot of a cgroup, by its id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VIGIL_LOSS_SLOTS);
	__type(key, uint64_t);
	__type(value, uint32_t);
} loss_slots SEC(".maps");

/* Slots without a cgroup. The loader adds all but slot 0, in order. Removing one from a queue is
 * atomic, also on kernels whose BPF has no atomic fetch. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, VIGIL_LOSS_SLOTS);
	__uint(key_size, 0);
	__type(value, uint32_t);
} free_slots SEC(".maps");

/* Shared with the loader: no slot above this one has been taken. */
uint64_t slots_taken;

static __always_inline struct kernfs_node *my_cgroup(void)
{
	struct task_struct *t = (void *)bpf_get_current_task();

	return cgroup_node(t);
}

/* ---- the reserve ---- */

static __always_inline uint64_t second_level_cgroup(struct kernfs_node *node)
{
	uint64_t at = (uint64_t)node, child = 0, grandchild = 0, parent;

	for (int i = 0; i < GROUP_DEPTH; i++) {
		parent = parent_cgroup(at);
		if (!parent) {
			at = grandchild ? grandchild : child ? child : at;
			return BPF_CORE_READ((struct kernfs_node *)at, id);
		}
		grandchild = child;
		child = at;
		at = parent;
	}
	return 0;
}

static __always_inline uint32_t responsible_user(struct task_struct *t)
{
	struct user_namespace *ns = BPF_CORE_READ(t, cred, user_ns);
	int level = BPF_CORE_READ(ns, level);

	if (level <= 0)
		return (uint32_t)BPF_CORE_READ(t, cred, uid.val);
	for (int i = 1; i < GROUP_DEPTH && i < level; i++)
		ns = BPF_CORE_READ(ns, parent);
	return (uint32_t)BPF_CORE_READ(ns, owner.val);
}

/*
 * Charges `size` bytes of the reserve to the group of the current process. Returns false if its
 * share is used up. Its whole share is free again when the reader has passed its latest record
 * in the reserve. CPUs that do this at the same time may exceed the share by a record each. A
 * global function is verified once instead of at each call.
 */
__noinline int charge_group(uint32_t size)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	uint64_t end = bpf_ringbuf_query(&ring, BPF_RB_PROD_POS);
	struct group group = { .cgroup = second_level_cgroup(my_cgroup()),
			       .user = responsible_user(t) };
	struct group_use *use = bpf_map_lookup_elem(&groups, &group), first = { end, size };

	if (size > share)
		return false;
	if (!use) {
		bpf_map_update_elem(&groups, &group, &first, BPF_ANY);
		return true;
	}
	if (bpf_ringbuf_query(&ring, BPF_RB_CONS_POS) > use->last)
		use->used = 0;
	if (use->used + size > share)
		return false;
	__sync_fetch_and_add(&use->used, size);
	use->last = end;
	return true;
}

static __always_inline bool has_room(uint32_t type, uint32_t size)
{
	size = (size + BPF_RINGBUF_HDR_SZ + 7) & ~7u; /* size in the ring */
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) + size <= reserve_begins)
		return true;
	return RESERVED_TYPES & VIGIL_TYPE_BIT(type) && charge_group(size);
}

/* ---- losses by control group ---- */

/* Writes the name of a cgroup into its slot, before the existing contents of slot->path. Returns
 * false if there is no space. */
__noinline int name_cgroup(uint32_t index, uint64_t node)
{
	struct vigil_loss_slot *slot = bpf_map_lookup_elem(&losses, &index);
	uint32_t length, at;
	char *name;
	long n;

	if (!slot)
		return false;
	at = VIGIL_LOSS_PATH_MAX - slot->path_length;
	name = &slot->path[VIGIL_LOSS_PATH_MAX];
	n = bpf_probe_read_kernel_str(name, VIGIL_LOSS_PATH_MAX,
				      BPF_CORE_READ((struct kernfs_node *)node, name));
	if (n <= 1 || n > VIGIL_LOSS_PATH_MAX || n > at)
		return false;
	length = (uint32_t)n - 1;
	at = (at - length - 1) & (VIGIL_LOSS_PATH_MAX - 1);
	slot->path[at] = '/';
	barrier_var(length);
	if (length < VIGIL_LOSS_PATH_MAX)
		bpf_probe_read_kernel(&slot->path[at + 1], length, name);
	slot->path_length = VIGIL_LOSS_PATH_MAX - at;
	return true;
}

/* Writes the path of a cgroup into its slot, from the end to the beginning. */
static __always_inline void name_slot(struct vigil_loss_slot *slot, uint32_t index, uint64_t node)
{
	slot->path_length = 0;
	slot->path_cut = 1;
	for (int i = 0; i < NAME_DEPTH; i++) {
		uint64_t parent = parent_cgroup(node);

		if (!parent) {
			slot->path_cut = 0;
			break;
		}
		if (!name_cgroup(index, node))
			break;
		node = parent;
	}
	slot->path[VIGIL_LOSS_PATH_MAX] = 0; /* the path ends there */
}

/* Takes a slot for a cgroup without one. Returns 0 if all are taken. */
static __always_inline uint32_t take_slot(struct kernfs_node *node, uint64_t id)
{
	struct vigil_loss_slot *slot;
	uint32_t index = 0, *other;

	__sync_fetch_and_add(&slots_taken, 1);
	if (bpf_map_pop_elem(&free_slots, &index))
		return 0;
	if (bpf_map_update_elem(&loss_slots, &id, &index, BPF_NOEXIST)) {
		/* Another CPU was first; this slot remains empty. */
		other = bpf_map_lookup_elem(&loss_slots, &id);
		return other ? *other : 0;
	}
	slot = bpf_map_lookup_elem(&losses, &index);
	if (slot) {
		name_slot(slot, index, (uint64_t)node);
		barrier();
		slot->cgroup = id;
	}
	return index;
}

/* Counts one refused record. Global for the same reason as charge_group. */
__noinline int count_refused(uint32_t type)
{
	struct kernfs_node *node = my_cgroup();
	uint64_t id = BPF_CORE_READ(node, id);
	uint32_t *known = bpf_map_lookup_elem(&loss_slots, &id);
	uint32_t index = known ? *known : take_slot(node, id);
	struct vigil_loss_slot *slot = bpf_map_lookup_elem(&losses, &index);

	if (slot && type < VIGIL_TYPE_MAX)
		__sync_fetch_and_add(&slot->refused[type], 1);
	__sync_fetch_and_add(&refused, 1);
	return 0;
}

/* ---- writing to the ring ---- */

/* Reserves memory in the ring for a record of this type. Returns 0 if it was refused, and counts
 * that. */
static __always_inline void *ring_reserve(uint32_t type, const uint32_t size)
{
	void *record;

	count_produced(type);
	record = has_room(type, size) ? bpf_ringbuf_reserve(&ring, size, 0) : 0;
	if (!record)
		count_refused(type);
	return record;
}

/*
 * Wakes the reader if it sleeps. A wake-up costs more than writing a record, so only the first
 * record after the reader went to sleep wakes it; the reader then continues until the ring is
 * empty. `sleeping` is tested after the record is in the ring: a reader that went to sleep
 * earlier is seen, and one that goes to sleep later finds the ring not empty. The wake-up is
 * sent with a separate discarded record, which the reader skips.
 */
static __always_inline void wake_reader(void)
{
	void *nothing;

	if (!*(volatile uint32_t *)&sleeping)
		return;
	nothing = bpf_ringbuf_reserve(&ring, 8, 0);
	if (!nothing) /* the next record tries again */
		return;
	sleeping = 0;
	bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

/* Submits a record from ring_reserve. */
static __always_inline void ring_submit(void *record)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	wake_reader();
}

/* Copies a record that was counted as produced into the ring, or counts it as refused. */
static __always_inline void ring_output(uint32_t type, void *record, uint32_t size)
{
	if (!has_room(type, size) || bpf_ringbuf_output(&ring, record, size, BPF_RB_NO_WAKEUP))
		count_refused(type);
	else
		wake_reader();
}

#endif /* VIGIL_BPF_QUEUE_H */
