/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * credentials.h - changes of a thread's credentials without an exec.
 *
 * Every change goes through commit_creds() in kernel/cred.c. A program at its entry (fentry)
 * sees the old and the new credentials and runs only when they change. If the kernel has no
 * fentry and the caller asks for all changes, programs at the entry and the return of every
 * system call compare the credentials before and after the calls that can change them.
 */
#ifndef VIGIL_BPF_CREDENTIALS_H
#define VIGIL_BPF_CREDENTIALS_H

#include "access.h"
#include "outsiders.h"

struct credentials_record {
	struct vigil_header header;
	struct vigil_credentials_body body;
	struct vigil_part name;
	char comm[20];
};

/* Credentials before the call, of threads that are in one of these system calls, by thread id. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, uint64_t);
	__type(value, struct vigil_cred);
} credentials_before SEC(".maps");

static __always_inline void read_cred(struct vigil_cred *to, const struct cred *from)
{
	to->uid = (uint32_t)BPF_CORE_READ(from, uid.val);
	to->gid = (uint32_t)BPF_CORE_READ(from, gid.val);
	to->euid = (uint32_t)BPF_CORE_READ(from, euid.val);
	to->egid = (uint32_t)BPF_CORE_READ(from, egid.val);
	to->suid = (uint32_t)BPF_CORE_READ(from, suid.val);
	to->sgid = (uint32_t)BPF_CORE_READ(from, sgid.val);
	to->fsuid = (uint32_t)BPF_CORE_READ(from, fsuid.val);
	to->fsgid = (uint32_t)BPF_CORE_READ(from, fsgid.val);
	to->effective = to->permitted = 0;
	bpf_core_read(&to->effective, 8, &from->cap_effective);
	bpf_core_read(&to->permitted, 8, &from->cap_permitted);
	to->ns_user = (uint32_t)BPF_CORE_READ(from, user_ns, ns.inum);
	to->reserved = 0;
}

static __always_inline bool same_cred(const struct vigil_cred *a, const struct vigil_cred *b)
{
	const uint64_t *x = (const void *)a, *y = (const void *)b;
	uint64_t differ = 0;

#pragma unroll
	for (uint32_t i = 0; i < sizeof(*a) / sizeof(*x); i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}

static __always_inline void report_credentials(struct vigil_credentials_body *change,
					       const struct cred *after)
{
	struct task_struct *me = (void *)bpf_get_current_task();
	struct credentials_record *r;

	if (root_count && is_hidden(bpf_get_current_task_btf()))
		return;
	read_cred(&change->after, after);
	if (same_cred(&change->before, &change->after))
		return;
	r = ring_reserve(VIGIL_EVENT_CREDENTIALS, sizeof(*r));
	if (!r)
		return;
	fill_header(&r->header, VIGIL_EVENT_CREDENTIALS, sizeof(*r),
		    offsetof(struct credentials_record, name));
	fill_current(&r->header.actor);
	r->body = *change;
	r->header.size = r->header.fixed + fill_comm(&r->name, r->comm, me);
	ring_submit(r);
}

/* Skips changes by an exec: the PROCESS_EXEC record has them. */
SEC("fentry")
int BPF_PROG(on_commit_creds, struct cred *new)
{
	struct task_struct *me = (void *)bpf_get_current_task();
	struct vigil_credentials_body change;
	uint64_t after = 0;

	if (bpf_core_field_exists(me->in_execve) && BPF_CORE_READ_BITFIELD_PROBED(me, in_execve))
		return 0;
	read_arguments(ctx, &after, 1);
	read_cred(&change.before, BPF_CORE_READ(me, real_cred));
	report_credentials(&change, (const struct cred *)after);
	return 0;
}

/* ---- programs at the entry and the return of every system call ---- */

static __always_inline bool native_sets_credentials(uint32_t number)
{
	switch (number) {
#ifdef __TARGET_ARCH_x86
	case 105: /* setuid */
	case 106: /* setgid */
	case 113: /* setreuid */
	case 114: /* setregid */
	case 117: /* setresuid */
	case 119: /* setresgid */
	case 122: /* setfsuid */
	case 123: /* setfsgid */
	case 126: /* capset */
	case 272: /* unshare */
	case 308: /* setns */
#else
	case 91:  /* capset */
	case 97:  /* unshare */
	case 143: /* setregid, setgid, setreuid, setuid, setresuid */
	case 144:
	case 145:
	case 146:
	case 147:
	case 149: /* setresgid */
	case 151: /* setfsuid */
	case 152: /* setfsgid */
	case 268: /* setns */
#endif
		return true;
	default:
		return false;
	}
}

static __always_inline bool compat_sets_credentials(uint32_t number)
{
	switch (number) {
	case 23: /* with 16-bit ids: setuid, setgid, setreuid, setregid, setfsuid, setfsgid */
	case 46:
	case 70:
	case 71:
	case 138:
	case 139:
	case 164: /* setresuid, setresgid */
	case 170:
	case 185: /* capset */
	case 203: /* the same with 32-bit ids, from setreuid to setfsgid */
	case 204:
	case 208:
	case 210:
	case 213:
	case 214:
	case 215:
	case 216:
	case COMPAT_UNSHARE:
	case COMPAT_SETNS:
		return true;
	default:
		return false;
	}
}

static __always_inline bool sets_credentials(uint32_t number)
{
	bool native = native_sets_credentials(number), other = compat_sets_credentials(number);

	return native == other ? native : is_compat() ? other : native;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_enter_credentials, struct pt_regs *regs, long number)
{
	struct task_struct *me;
	struct vigil_cred before;
	uint64_t key;

	if (!sets_credentials((uint32_t)number))
		return 0;
	me = (void *)bpf_get_current_task();
	key = bpf_get_current_pid_tgid();
	read_cred(&before, BPF_CORE_READ(me, real_cred));
	bpf_map_update_elem(&credentials_before, &key, &before, BPF_ANY);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exit_credentials, struct pt_regs *regs, long result)
{
	struct vigil_credentials_body change;
	struct vigil_cred *before;
	struct task_struct *me;
	uint64_t key;

	if (!sets_credentials(call_number(regs)))
		return 0;
	me = (void *)bpf_get_current_task();
	key = bpf_get_current_pid_tgid();
	before = bpf_map_lookup_elem(&credentials_before, &key);
	if (!before)
		return 0;
	change.before = *before;
	bpf_map_delete_elem(&credentials_before, &key);
	report_credentials(&change, BPF_CORE_READ(me, real_cred));
	return 0;
}

#endif /* VIGIL_BPF_CREDENTIALS_H */
