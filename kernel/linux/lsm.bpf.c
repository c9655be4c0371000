/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * lsm.bpf.c - judges each program before it starts, with BPF LSM. It is a separate object, so
 * that the sensor loads on kernels without BPF LSM too.
 *
 * The hook is bprm_check_security. The kernel calls it for each file of an exec in turn, first
 * for a script and then for its interpreter (search_binary_handler() in fs/exec.c), before
 * anything of the program runs. bprm_creds_for_exec is called once only, for the first file. A
 * file that a rule names by its path is also judged by mmap_file, when anything other than exec
 * maps it as executable: the dynamic loader starts a program that way. Both hooks are the same
 * on all supported kernels (5.17 and later, for bpf_loop).
 *
 * These programs may be preempted, and another task may then run them on the same CPU, so a
 * start is judged in memory that belongs to the task. Nothing here waits.
 */
#include "parts.h"
#include "judge.h"
#include "denied.h"
#include <bpf/bpf_tracing.h>

#define USER_NS_INITIAL 0xeffffffdu /* PROC_USER_INIT_INO, include/linux/proc_ns.h */
#define PROT_EXEC       4
#define WALK_STEPS      (JUDGE_DEPTH + 64)

/* Set by the loader before load. */
const volatile uint64_t hash_key[2] = { 0 };

/* The loader tests with these whether the hook is called. */
uint32_t trial, trial_starts;

struct judge_set {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct judge_key)); /* libbpf would not find the types */
	__uint(value_size, sizeof(struct judge_value));
};

/* The set in force, if any. It is replaced as a whole. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__array(values, struct judge_set);
} sets SEC(".maps");

/* Hits of rules, by judge_value.counter. They are kept when the set is replaced. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, JUDGE_COUNTERS);
	__type(key, uint32_t);
	__type(value, uint64_t);
} hits SEC(".maps");

/* A start while it is being judged. */
struct judge_work {
	uint64_t component[JUDGE_DEPTH]; /* hashes of a path's components, the last first */
	uint64_t parent[JUDGE_PARENTS];
	uint64_t words[32];     /* a name, padded with zeros */
	uint64_t hash;          /* of the part of a path walked so far */
	uint64_t dentry, mount; /* position of a walk */
	uint32_t count;         /* elements of component in use */
	uint32_t whole;         /* the path is known up to its root */
	uint32_t best;          /* the deciding rule so far */
	uint32_t user;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct judge_work);
} work SEC(".maps");

/* ---- names of a file ---- */

/* Returns the hash of a name in kernel memory; 0: it cannot be read. */
static __noinline uint64_t hash_component(struct judge_work *w, const unsigned char *name,
					  uint32_t length)
{
	if (length == 0 || length > JUDGE_NAME_MAX)
		return 0;
	__builtin_memset(w->words, 0, sizeof(w->words));
	barrier_var(length);
	if (bpf_probe_read_kernel(w->words, length & 0xff, name) < 0)
		return 0;
	return judge_hash_name(w->words, length, hash_key[0], hash_key[1]);
}

__noinline uint64_t hash_two(uint64_t first, uint64_t second)
{
	return judge_hash_two(first, second, hash_key[0], hash_key[1]);
}

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)((char *)mnt - bpf_core_field_offset(struct mount, mnt));
}

static __always_inline bool is_error(const void *pointer)
{
	return (long)pointer >= -4095 && (long)pointer < 0;
}

/* One step of a walk from a file towards the root. */
static int walk_step(uint32_t index, struct judge_work **work)
{
	struct judge_work *w = *work;
	struct dentry *dentry = (void *)w->dentry;
	struct mount *mount = (void *)w->mount;
	uint32_t count = w->count;
	struct dentry *parent;
	uint64_t hash;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		struct mount *up = BPF_CORE_READ(mount, mnt_parent);

		if (up == mount || !up) {
			w->whole = 1;
			return 1;
		}
		w->dentry = (uint64_t)BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = (uint64_t)up;
		return 0;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	hash = hash_component(w, BPF_CORE_READ(dentry, d_name.name),
			      BPF_CORE_READ(dentry, d_name.len));
	if (!hash || count >= JUDGE_DEPTH)
		return 1;
	w->component[count & (JUDGE_DEPTH - 1)] = hash;
	w->count = count + 1;
	w->dentry = (uint64_t)parent;
	if (parent != dentry)
		return 0;
	w->whole = 1; /* a file of an internal mount, such as a memfd */
	return 1;
}

/*
 * Stores the hashes of a path's components in the work, up to the root of its mount namespace,
 * as walk_path (parts.h) walks. If folders are renamed meanwhile, each step of the path was true
 * at its time, but perhaps never all at once. That gives a process that can rename them nothing
 * new: it could have started the program from the resulting path.
 */
static __noinline int walk_components(struct judge_work *w, struct file *file)
{
	w->dentry = (uint64_t)BPF_CORE_READ(file, f_path.dentry);
	w->mount = (uint64_t)mount_of(BPF_CORE_READ(file, f_path.mnt));
	w->count = w->whole = 0;
	bpf_loop(WALK_STEPS, walk_step, &w, 0);
	return 0;
}

/* Returns the component that is `index` steps below the root. */
static __always_inline uint64_t component_at(const struct judge_work *w, uint32_t index)
{
	return w->component[(w->count - 1 - index) & (JUDGE_DEPTH - 1)];
}

static int hash_step(uint32_t index, struct judge_work **work)
{
	struct judge_work *w = *work;

	w->hash = hash_two(w->hash, component_at(w, index));
	return 0;
}

/* Returns the hash of the file's name in its folder, regardless of mounts. */
static __always_inline uint64_t own_name(struct judge_work *w, struct file *file)
{
	return hash_component(w, BPF_CORE_READ(file, f_path.dentry, d_name.name),
			      BPF_CORE_READ(file, f_path.dentry, d_name.len));
}

/* Returns whether only root can have arranged the mounts through which a file was opened. If
 * another user can, that user decides what the path is. */
static __always_inline bool is_trusted(struct file *file)
{
	struct mount *mount = mount_of(BPF_CORE_READ(file, f_path.mnt));
	struct mnt_namespace *ns = BPF_CORE_READ(mount, mnt_ns);

	return ns && !is_error(ns) && BPF_CORE_READ(ns, user_ns, ns.inum) == USER_NS_INITIAL;
}

/* ---- the caller ---- */

static __always_inline void fill_parent(struct judge_work *w, uint32_t at, struct file *file)
{
	w->parent[at] = w->parent[at + 1] = w->parent[at + 2] = 0;
	if (!file)
		return;
	w->parent[at + 1] = hash_two(JUDGE_NAME, own_name(w, file));
	walk_components(w, file);
	if (w->whole) {
		w->hash = JUDGE_ROOT;
		bpf_loop(w->count, hash_step, &w, 0);
		w->parent[at] =
		    hash_two(is_trusted(file) ? JUDGE_PATH : JUDGE_STRICT_PATH, w->hash);
	}
	w->parent[at + 2] = hash_two(JUDGE_FILE, hash_two(BPF_CORE_READ(file, f_inode, i_sb, s_dev),
							  BPF_CORE_READ(file, f_inode, i_ino)));
}

/* ---- the rule that decides ---- */

/* A search of a set for the rules that match a start. */
struct judge_search {
	void *set;
	struct judge_work *work;
	uint64_t trusted; /* is_trusted() */
};

static __always_inline void take_better(struct judge_work *w, const struct judge_value *value,
					bool trusted)
{
	uint32_t rule = trusted ? value->first : value->first_strict;

	if (rule < w->best)
		w->best = rule;
}

/* Considers the rules with this key that require a user or a parent. */
static __noinline int consider_conditions(void *set, struct judge_work *w, struct judge_key *key,
					  uint32_t conditions, bool trusted)
{
	const struct judge_value *value;

	if (conditions & JUDGE_BY_USER) {
		key->user = w->user;
		value = bpf_map_lookup_elem(set, key);
		if (value)
			take_better(w, value, trusted);
	}
	if (!(conditions & (JUDGE_BY_PARENT | JUDGE_BY_BOTH)))
		return 0;
	for (uint32_t i = 0; i < JUDGE_PARENTS; i++) {
		key->parent = w->parent[i];
		key->user = JUDGE_ANY;
		value = bpf_map_lookup_elem(set, key);
		if (value)
			take_better(w, value, trusted);
		key->user = w->user;
		value = bpf_map_lookup_elem(set, key);
		if (value)
			take_better(w, value, trusted);
	}
	return 0;
}

static __always_inline void consider(void *set, struct judge_work *w, uint32_t kind, uint64_t what,
				     uint64_t device, bool trusted)
{
	struct judge_key key = { .what = what, .device = device, .user = JUDGE_ANY, .kind = kind };
	const struct judge_value *value = bpf_map_lookup_elem(set, &key);

	if (!value)
		return;
	take_better(w, value, trusted);
	if (value->conditions)
		consider_conditions(set, w, &key, value->conditions, trusted);
}

static int path_step(uint32_t index, struct judge_search *search)
{
	struct judge_work *w = search->work;

	consider(search->set, w, JUDGE_FOLDER, w->hash, 0, search->trusted);
	w->hash = hash_two(w->hash, component_at(w, index));
	return 0;
}

/* Considers the next folder above the file, regardless of mounts. */
static int directory_step(uint32_t index, struct judge_search *search)
{
	struct judge_work *w = search->work;
	struct dentry *dentry = (void *)w->dentry, *parent = BPF_CORE_READ(dentry, d_parent);

	if (!parent || parent == dentry)
		return 1;
	consider(search->set, w, JUDGE_DIRECTORY, BPF_CORE_READ(parent, d_inode, i_ino),
		 BPF_CORE_READ(parent, d_inode, i_sb, s_dev), true);
	w->dentry = (uint64_t)parent;
	return 0;
}

/* Returns the number of the rule that decides; JUDGE_NONE: none. *unknown: an earlier rule may
 * match, but the path is not fully known. */
static __always_inline uint32_t judge(void *set, const struct judge_value *about,
				      struct judge_work *w, struct task_struct *me,
				      struct file *file, bool *unknown)
{
	struct judge_search search = { set, w, is_trusted(file) };

	w->best = JUDGE_NONE;
	w->user = BPF_CORE_READ(me, cred, euid.val);
	if (about->conditions & (JUDGE_BY_PARENT | JUDGE_BY_BOTH)) {
		fill_parent(w, 0, BPF_CORE_READ(me, mm, exe_file));
		fill_parent(w, 3, BPF_CORE_READ(me, real_parent, mm, exe_file));
	}
	consider(set, w, JUDGE_FILE, BPF_CORE_READ(file, f_inode, i_ino),
		 BPF_CORE_READ(file, f_inode, i_sb, s_dev), true);
	w->dentry = (uint64_t)BPF_CORE_READ(file, f_path.dentry);
	if (about->directories)
		bpf_loop(WALK_STEPS, directory_step, &search, 0);
	walk_components(w, file);
	if (w->count) /* a file may be mounted under another name */
		consider(set, w, JUDGE_NAME, w->component[0], 0, search.trusted);
	consider(set, w, JUDGE_NAME, own_name(w, file), 0, true);
	if (w->whole) {
		w->hash = JUDGE_ROOT;
		bpf_loop(w->count, path_step, &search, 0);
		consider(set, w, JUDGE_PATH, w->hash, 0, search.trusted);
	}
	*unknown = !w->whole;
	return w->best;
}

/* ---- verdict ---- */

/* Counts a hit of a rule, reports it, and returns what the hook is to return. */
static __always_inline int carry_out(struct task_struct *me, const char *filename,
				     struct file *file, const struct judge_value *rule)
{
	uint32_t counter = rule->counter;
	uint64_t *count = bpf_map_lookup_elem(&hits, &counter), hit = 0;

	if (count)
		hit = __sync_fetch_and_add(count, 1) + 1;
	if (rule->verdict == VIGIL_VERDICT_ALLOW)
		return 0;
	report_denied(me, filename, file, rule, hit);
	return rule->verdict == VIGIL_VERDICT_DENY ? -EPERM : 0;
}

/* Orders verdicts: a known refusal is not weakened by what is unknown. */
static __always_inline uint32_t strength(uint32_t verdict)
{
	return verdict == VIGIL_VERDICT_DENY ? 2 : verdict == VIGIL_VERDICT_AUDIT;
}

/* Judges a start by a set. Returns what the hook is to return. */
static __always_inline int judge_start(void *set, const struct judge_value *about,
				       const char *filename, struct file *file)
{
	struct judge_key key = { .user = JUDGE_ANY, .kind = JUDGE_RULE };
	struct task_struct *me = bpf_get_current_task_btf();
	const struct judge_value *rule = 0;
	struct judge_work *w;
	bool unknown = true;

	key.what = JUDGE_NONE;
	w = bpf_task_storage_get(&work, me, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (w) {
		key.what = judge(set, about, w, me, file, &unknown);
		bpf_task_storage_delete(&work, me);
	}
	if (key.what != JUDGE_NONE)
		rule = bpf_map_lookup_elem(set, &key);
	/* An earlier rule may depend on what is unknown. */
	if ((!w || (unknown && about->paths)) &&
	    (!rule || strength(about->verdict) > strength(rule->verdict)))
		rule = about;
	return rule ? carry_out(me, filename, file, rule) : 0;
}

static __always_inline void *set_in_force(void)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(&sets, &zero);
}

SEC("lsm/bprm_check_security")
int BPF_PROG(check_start, struct linux_binprm *bprm)
{
	struct judge_key key = { .user = JUDGE_ANY, .kind = JUDGE_SET, .what = JUDGE_SET_NUMBER };
	const struct judge_value *about;
	void *set = set_in_force();

	if (trial)
		trial_starts++;
	if (!set)
		return 0;
	about = bpf_map_lookup_elem(set, &key);
	return about ? judge_start(set, about, bprm->filename, bprm->file) : 0;
}

SEC("lsm/mmap_file")
int BPF_PROG(check_mapping, struct file *file, unsigned long reqprot, unsigned long prot)
{
	struct judge_key key = { .user = JUDGE_ANY, .kind = JUDGE_FILE };
	struct task_struct *me = bpf_get_current_task_btf();
	const struct judge_value *about;
	void *set;

	if (!file || !(prot & PROT_EXEC))
		return 0;
	set = set_in_force();
	if (!set)
		return 0;
	key.what = BPF_CORE_READ(file, f_inode, i_ino);
	key.device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	if (!bpf_map_lookup_elem(set, &key))
		return 0;
	/* exec has already judged the program's own file. */
	if (BPF_CORE_READ(me, mm, exe_file, f_inode) == BPF_CORE_READ(file, f_inode))
		return 0;
	key = (struct judge_key){ .user = JUDGE_ANY, .kind = JUDGE_SET, .what = JUDGE_SET_NUMBER };
	about = bpf_map_lookup_elem(set, &key);
	return about ? judge_start(set, about, 0, file) : 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
