/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * outsiders.h - tasks that a watch of some processes and their descendants need not report.
 *
 * An outsider is a task that is none of the roots and does not descend from one. The snapshot marks
 * those that exist. When it is complete, the loader sets `hiding`: from then on, processes that
 * outsiders start are hidden, and no record of them is written. Outsiders that the snapshot has
 * reported are known to the reader: their execs and ends are still written, because ancestors and
 * leaders of the roots are among them.
 *
 * Only outsiders are marked. A task whose mark could not be stored or read counts as a descendant,
 * so it is reported and the reader decides.
 */
#ifndef VIGIL_BPF_OUTSIDERS_H
#define VIGIL_BPF_OUTSIDERS_H

#include "record.h"

#define ANCESTORS_EXAMINED 64

/* PIDs, set by the loader; root_count 0: everything is reported, and the map does not exist. */
const volatile uint32_t roots[VIGIL_ROOTS_MAX];
const volatile uint32_t root_count;
uint32_t hiding;

enum outsider {
	OUTSIDER_KNOWN = 1, /* the reader has its start, or its snapshot */
	OUTSIDER_HIDDEN
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, uint32_t);
} outsiders SEC(".maps");

static __always_inline bool is_root(uint32_t pid)
{
	for (uint32_t i = 0; i < VIGIL_ROOTS_MAX; i++)
		if (i < root_count && roots[i] == pid)
			return true;
	return false;
}

/* Returns the mark of a task; 0: it has none. task: as the kernel passed it. */
static __always_inline uint32_t outsider_mark(struct task_struct *task)
{
	uint32_t *mark = root_count ? bpf_task_storage_get(&outsiders, task, 0, 0) : 0;

	return mark ? *mark : 0;
}

static __always_inline bool is_hidden(struct task_struct *task)
{
	return outsider_mark(task) == OUTSIDER_HIDDEN;
}

/* Whether no name depends on what only the task itself does: its threads, its failed execs. */
static __always_inline bool is_outsider(struct task_struct *task)
{
	return hiding && outsider_mark(task);
}

static __always_inline bool set_mark(struct task_struct *task, uint32_t value)
{
	uint32_t *mark = bpf_task_storage_get(&outsiders, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (mark)
		*mark = value;
	return mark;
}

/* Marks a new task like its creator. Returns whether it is not to be reported. Each thread has its
 * own mark, because an exec by any of them makes it the first one. */
static __always_inline bool hides_new_task(struct task_struct *task, uint32_t pid, bool is_thread)
{
	uint32_t mark = root_count ? outsider_mark(bpf_get_current_task_btf()) : 0;
	bool hides = hiding;

	if (!mark || (!is_thread && is_root(pid)))
		return false;
	if (hides && !is_thread)
		mark = OUTSIDER_HIDDEN;
	return set_mark(task, mark) && hides;
}

enum {
	CLIMB_TOP,
	CLIMB_ROOT
};

/* Returns the parent of a task, or CLIMB_TOP if the first process, CLIMB_ROOT if a root is reached.
 * A global function is verified once instead of in each iteration. */
__noinline uint64_t climb(uint64_t at)
{
	struct task_struct *t = (struct task_struct *)at;
	uint32_t pid = (uint32_t)BPF_CORE_READ(t, tgid);

	if (is_root(pid))
		return CLIMB_ROOT;
	return pid > 1 ? (uint64_t)BPF_CORE_READ(t, real_parent) : CLIMB_TOP;
}

/* Marks a task that exists, for the snapshot. One with more ancestors than are examined stays
 * unmarked. */
static __always_inline void mark_existing(struct task_struct *task)
{
	uint64_t at;

	if (!root_count)
		return;
	at = (uint64_t)BPF_CORE_READ(task, group_leader); /* as a number */
	for (int i = 0; i < ANCESTORS_EXAMINED && at > CLIMB_ROOT; i++)
		at = climb(at);
	if (at == CLIMB_TOP)
		set_mark(task, OUTSIDER_KNOWN);
}

#endif /* VIGIL_BPF_OUTSIDERS_H */
