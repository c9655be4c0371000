/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * elevated.h - whether an exec raises the privileges of its process: because the program is
 * set-user-id or set-group-id, or has file capabilities.
 *
 * bprm->secureexec does not show that. It is also set for every program that a set-user-id
 * program starts, and when privileges are lowered.
 */
#ifndef VIGIL_BPF_ELEVATED_H
#define VIGIL_BPF_ELEVATED_H

#include "record.h"
#include <bpf/bpf_tracing.h>

#define PER_CLEAR_ON_SETID 0x740000 /* include/uapi/linux/personality.h */
#define CAP_SETGID         6
#define CAP_SETUID         7

/* By address of the task. The thread id would not do: an exec by a thread other than the first
 * changes it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, uint64_t);
	__type(value, uint32_t);
} raising_execs SEC(".maps");

/* Returns whether the kernel honors a set-id bit, regardless of the owner, or adds capabilities:
 * bprm_fill_uid() in fs/exec.c, cap_bprm_creds_from_file() in security/commoncap.c. */
static __always_inline bool may_raise(struct linux_binprm *bprm)
{
	return (bprm->per_clear & PER_CLEAR_ON_SETID) == PER_CLEAR_ON_SETID;
}

static __always_inline uint64_t capabilities(const struct capabilities *from)
{
	uint64_t set = 0;

	bpf_core_read(&set, 8, from);
	return set;
}

static __always_inline bool raises(const struct cred *old, const struct cred *new)
{
	uint64_t may = capabilities(&old->cap_effective);

	if (capabilities(&new->cap_permitted) & ~capabilities(&old->cap_permitted))
		return true;
	/* A process that could set any id gains no privilege by a new id. */
	return (BPF_CORE_READ(new, euid.val) != BPF_CORE_READ(old, euid.val) &&
		!(may & 1u << CAP_SETUID)) ||
	       (BPF_CORE_READ(new, egid.val) != BPF_CORE_READ(old, egid.val) &&
		!(may & 1u << CAP_SETGID));
}

/* Runs while both the old and the new credentials exist (Linux 6.10). */
SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(on_prepare_exec, struct task_struct *t, struct linux_binprm *bprm)
{
	uint64_t key = bpf_get_current_task();
	uint32_t raised;

	if (!may_raise(bprm))
		return 0;
	raised = raises(BPF_CORE_READ(t, cred), BPF_CORE_READ(bprm, cred));
	bpf_map_update_elem(&raising_execs, &key, &raised, BPF_ANY);
	return 0;
}

/*
 * Returns whether the exec that has just happened raised privileges. Without on_prepare_exec:
 * whether a set-id bit or file capabilities changed the ids of a user other than root. That is
 * wrong if a program that was started set-user-id starts another such program.
 */
static __always_inline bool is_elevated(struct task_struct *t, struct linux_binprm *bprm)
{
	uint64_t key = bpf_get_current_task();
	uint32_t *raised;

	if (!may_raise(bprm))
		return false;
	raised = bpf_map_lookup_elem(&raising_execs, &key);
	if (raised)
		return *raised;
	return BPF_CORE_READ_BITFIELD_PROBED(bprm, secureexec) &&
	       BPF_CORE_READ(t, cred, uid.val) != 0;
}

#endif /* VIGIL_BPF_ELEVATED_H */
