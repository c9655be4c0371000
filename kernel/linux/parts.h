/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * parts.h - the parts of a record: paths, arguments and names, written one after the other into
 * scratch memory.
 */
#ifndef VIGIL_BPF_PARTS_H
#define VIGIL_BPF_PARTS_H

#include "record.h"

#define TMPFS_MAGIC     0x01021994 /* include/uapi/linux/magic.h */
#define HUGETLBFS_MAGIC 0x958458f6
#define PATH_DEPTH      128 /* components and mount points of a path */
#define PATH_STEPS      16  /* of these, per call of path_walk_steps */
#define CGROUP_DEPTH    16
#define ROOT_HASH       1 /* hash of the root of a hierarchy */

struct writer {
	struct vigil_scratch *s;
	uint32_t which; /* index of s in scratch */
};

static __always_inline struct vigil_part *part_begin(struct writer *w, uint16_t kind,
						     uint32_t length)
{
	uint32_t at = w->s->end & 0x7ff8;
	uint32_t last = (at + (uint32_t)sizeof(struct vigil_part) + length - 1) & ~7u;
	struct vigil_part *part = (void *)&w->s->record[at];

	if (last > sizeof(w->s->record) - 8)
		return 0;
	*(uint64_t *)&w->s->record[last] = 0; /* the padding */
	part->kind = kind;
	part->source = VIGIL_PART_ORIGIN_KERNEL;
	part->flags = 0;
	part->length = length;
	part->original = length;
	w->s->end = last + 8;
	return part;
}

static __always_inline void *part_value(struct vigil_part *part)
{
	return part + 1;
}

/*
 * Writes a slash and `length` bytes from `name` before the existing contents of s->path. Returns
 * false if there is no space.
 */
static __always_inline bool prepend(struct vigil_scratch *s, const void *name, uint32_t length)
{
	uint32_t at = s->at, to;

	if (length > 255 || at > VIGIL_PATH_MAX || length + 1 > at)
		return false;
	to = at - length - 1;
	barrier_var(to);
	if (to >= VIGIL_PATH_MAX)
		return false;
	s->path[to] = '/';
	barrier_var(length);
	if (length <= 255)
		bpf_probe_read_kernel(&s->path[to + 1], length, name);
	s->at = to;
	return true;
}

static __always_inline bool prepend_nul(struct vigil_scratch *s)
{
	uint32_t at = s->at;

	if (at == 0 || at > VIGIL_PATH_MAX)
		return false;
	at--;
	barrier_var(at);
	if (at >= VIGIL_PATH_MAX)
		return false;
	s->path[at] = '\0';
	s->at = at;
	return true;
}

/* Result of a step of a walk. */
enum {
	WALK_ON,
	WALK_WHOLE, /* the path is in s->path */
	WALK_CUT    /* there is no space for its beginning */
};

/*
 * Takes one step of walk_path from s->walk towards the root. Returns WALK_... A global function
 * is verified once, however often it is called. On some kernels such a function can take only
 * numbers.
 */
__noinline int path_walk_step(uint32_t which)
{
	uint64_t to_mount = bpf_core_field_offset(struct mount, mnt);
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	struct dentry *dentry, *parent;
	struct mount *mount, *up;

	if (!s)
		return WALK_WHOLE;
	dentry = (void *)s->walk.dentry;
	mount = (void *)s->walk.mount;
	if ((uint64_t)dentry == s->walk.root_dentry &&
	    (uint64_t)mount + to_mount == s->walk.root_mount)
		return WALK_WHOLE;
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		up = BPF_CORE_READ(mount, mnt_parent);
		if (up == mount || !up)
			return WALK_WHOLE;
		s->walk.dentry = (uint64_t)BPF_CORE_READ(mount, mnt_mountpoint);
		s->walk.mount = (uint64_t)up;
		return WALK_ON;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (!prepend(s, BPF_CORE_READ(dentry, d_name.name), BPF_CORE_READ(dentry, d_name.len)))
		return WALK_CUT;
	s->walk.dentry = (uint64_t)parent;
	return parent == dentry ? WALK_WHOLE : WALK_ON; /* WHOLE: internal mount (memfd) */
}

__noinline int path_walk_steps(uint32_t which)
{
	for (int i = 0; i < PATH_STEPS; i++) {
		int said = path_walk_step(which);

		if (said != WALK_ON)
			return said;
	}
	return WALK_ON;
}

/*
 * Writes the path of (dentry, vfsmount) into the scratch memory `which`, from its end towards
 * its beginning, as d_path() in fs/d_path.c walks, up to (root_dentry, root_mount) or the top of
 * the mounts. s->at is then where the path begins; VIGIL_PATH_MAX: it is the root itself.
 * Returns 1 if there was no space for the beginning. Global for the same reason as
 * path_walk_step.
 */
__noinline int walk_path(uint32_t which, uint64_t of_dentry, uint64_t of_mount,
			 uint64_t root_dentry, uint64_t root_mount)
{
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);

	if (!s)
		return 0;
	s->at = VIGIL_PATH_MAX;
	if (!of_dentry || !of_mount)
		return 0;
	s->walk.dentry = of_dentry;
	s->walk.mount = of_mount - bpf_core_field_offset(struct mount, mnt);
	s->walk.root_dentry = root_dentry;
	s->walk.root_mount = root_mount;
	for (int i = 0; i < PATH_DEPTH / PATH_STEPS; i++) {
		int said = path_walk_steps(which);

		if (said != WALK_ON)
			return said == WALK_CUT;
	}
	return 1;
}

/* Adds s->path, from s->at on, to the record. */
static __always_inline void put_path(struct writer *w, uint16_t kind, int cut)
{
	uint32_t at = w->s->at, length;
	struct vigil_part *part;

	if (at >= VIGIL_PATH_MAX) { /* the root */
		at = VIGIL_PATH_MAX - 1;
		w->s->path[at] = '/';
	}
	length = VIGIL_PATH_MAX - at;
	part = part_begin(w, kind, length);
	if (!part)
		return;
	bpf_probe_read_kernel(part_value(part), length, &w->s->path[at]);
	if (cut) {
		part->flags = VIGIL_PART_FLAG_CUT_HEAD;
		part->original = VIGIL_UNKNOWN;
	}
}

static __always_inline void put_dentry(struct writer *w, uint16_t kind, struct path *path,
				       struct path *root)
{
	put_path(w, kind,
		 walk_path(w->which, (uint64_t)BPF_CORE_READ(path, dentry),
			   (uint64_t)BPF_CORE_READ(path, mnt),
			   (uint64_t)BPF_CORE_READ(root, dentry),
			   (uint64_t)BPF_CORE_READ(root, mnt)));
}

static __always_inline void put_string(struct writer *w, uint16_t kind, const char *string)
{
	uint32_t at = w->s->end & 0x7ff8;
	long n = bpf_probe_read_kernel_str(&w->s->record[at + sizeof(struct vigil_part)],
					   VIGIL_PATH_MAX, string);
	struct vigil_part *part;
	uint32_t length;

	if (n <= 0 || n > VIGIL_PATH_MAX)
		return;
	/* part_begin clears the last word, so the string is read again after it. */
	length = (uint32_t)n - 1;
	part = part_begin(w, kind, length);
	barrier_var(length);
	if (part && length <= VIGIL_PATH_MAX)
		bpf_probe_read_kernel(part_value(part), length, string);
}

/* Writes the name of a cgroup before the existing contents of s->path. Returns false if there is
 * no space. */
__noinline int prepend_cgroup(uint32_t which, uint64_t node)
{
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	long n;

	if (!s)
		return false;
	n = bpf_probe_read_kernel_str(s->name, sizeof(s->name),
				      BPF_CORE_READ((struct kernfs_node *)node, name));
	return n > 0 && prepend(s, s->name, (uint32_t)n - 1);
}

/* Writes the path of a cgroup as walk_path does. With `behind` set, writes it before the
 * existing contents of s->path, terminated by a NUL. */
__noinline int walk_cgroup(uint32_t which, uint64_t node, int behind)
{
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);

	if (!s)
		return 0;
	if (!behind)
		s->at = VIGIL_PATH_MAX;
	else if (!prepend_nul(s))
		return 1;
	for (int i = 0; i < CGROUP_DEPTH; i++) {
		uint64_t parent = parent_cgroup(node);

		if (!parent)
			return 0;
		if (!prepend_cgroup(which, node))
			return 1;
		node = parent;
	}
	return 1;
}

__noinline uint64_t hash_cgroup_name(uint64_t node)
{
	return BPF_CORE_READ((struct kernfs_node *)node, hash);
}

/* Returns a hash of the path of a cgroup. It is the same in hierarchies in which the task has
 * the same path. */
__noinline uint64_t hash_cgroup(uint64_t node)
{
	uint64_t hash = ROOT_HASH;

	for (int i = 0; i < CGROUP_DEPTH; i++) {
		uint64_t parent = parent_cgroup(node);

		if (!parent)
			return hash;
		hash = hash * 0x9e3779b97f4a7c15 + hash_cgroup_name(node);
		node = parent;
	}
	return hash;
}

/* Returns whether the path with this hash need not be written: it was written already, or it is
 * the root. */
static __always_inline bool is_seen(struct vigil_scratch *s, uint64_t hash)
{
	const volatile uint64_t *seen = s->seen;

	return hash == ROOT_HASH || hash == seen[0] || hash == seen[1] || hash == seen[2] ||
	       hash == seen[3];
}

/* Returns false if there are three already. */
static __always_inline bool add_seen(struct vigil_scratch *s, uint64_t hash)
{
	volatile uint64_t *seen = s->seen;

	if (seen[3])
		return false;
	seen[3] = seen[2];
	seen[2] = seen[1];
	seen[1] = hash;
	return true;
}

/* Writes the path of a cgroup before the existing contents of s->path, if it is not there yet.
 * Returns false if there is no space. */
__noinline int walk_other_cgroup(uint32_t which, uint64_t node)
{
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	uint64_t hash = hash_cgroup(node);

	if (!s)
		return false;
	return is_seen(s, hash) || (add_seen(s, hash) && !walk_cgroup(which, node, 1));
}

/*
 * Writes the paths of a task's cgroups in the other hierarchies, up to three that differ from
 * each other and from `own`. A container may have a name in a v1 hierarchy only. Returns 1 if
 * there are more.
 */
__noinline int walk_other_cgroups(uint32_t which, uint64_t of_set, uint64_t own)
{
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	uint64_t list = hierarchies_of(of_set), link = list, node;

	if (!s)
		return 0;
	s->at = VIGIL_PATH_MAX;
	link = next_link(list);
	if (link == (uint64_t)BPF_CORE_READ((struct list_head *)list, prev))
		return 0; /* there is one hierarchy, cgroup v2 */
	s->seen[0] = hash_cgroup(own);
	s->seen[1] = s->seen[2] = s->seen[3] = 0;
	for (int i = 0; i < HIERARCHIES; i++) {
		if (!link || link == list)
			return 0;
		node = linked_cgroup(link);
		if (node && !walk_other_cgroup(which, node))
			return 1;
		link = next_link(link);
	}
	return 1;
}

static __always_inline void put_cgroups(struct writer *w, struct task_struct *t)
{
	uint64_t own = (uint64_t)cgroup_node(t);
	int cut;

	put_path(w, VIGIL_PART_CGROUP, walk_cgroup(w->which, own, 0));
	cut = walk_other_cgroups(w->which, (uint64_t)BPF_CORE_READ(t, cgroups), own);
	if (w->s->at < VIGIL_PATH_MAX)
		put_path(w, VIGIL_PART_CGROUP_OTHERS, cut);
}

/* Adds the paths of a process: image, working directory, root, cgroups; and fills in the members
 * of p that describe the image file. */
static __always_inline void put_paths(struct writer *w, struct vigil_process_body *p,
				      struct task_struct *t)
{
	struct mm_struct *mm = t->mm;
	struct fs_struct *fs = t->fs;
	int cut;

	if (mm && mm->exe_file) {
		struct file *file = mm->exe_file;
		struct inode *inode = file->f_inode;
		struct dentry *dentry = file->f_path.dentry;
		struct mount *mount =
		    (void *)((char *)file->f_path.mnt - bpf_core_field_offset(struct mount, mnt));
		long ns = (long)BPF_CORE_READ(mount, mnt_ns);
		unsigned long magic = inode->i_sb->s_magic;

		p->device = inode->i_sb->s_dev; /* the kernel's dev_t: major << 20 | minor */
		p->inode = inode->i_ino;
		/* A mount without a namespace is internal to the kernel (MNT_NS_INTERNAL). */
		if ((ns == 0 || (ns < 0 && ns >= -4095)) &&
		    (magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC))
			p->attributes |= VIGIL_PROCESS_MEMORY_ONLY;
		else if (!inode->i_nlink || !dentry->d_hash.pprev)
			p->attributes |= VIGIL_PROCESS_DELETED;
		put_dentry(w, VIGIL_PART_IMAGE, &file->f_path, &fs->root);
	}
	put_dentry(w, VIGIL_PART_DIRECTORY, &fs->pwd, &fs->root);
	cut = walk_path(w->which, (uint64_t)BPF_CORE_READ(fs, root.dentry),
			(uint64_t)BPF_CORE_READ(fs, root.mnt), 0, 0);
	if (w->s->at != VIGIL_PATH_MAX)
		put_path(w, VIGIL_PART_ROOT, cut);
	put_cgroups(w, t);
}

#define PAGE_BYTES 4096 /* no page is smaller */

/* Reads `length` bytes of a page of user memory to record[to + s->at] and adds them to s->at. If
 * they are not in memory, terminates the preceding bytes with a NUL. Returns false if there is
 * nothing to read, or no space. */
__noinline int read_page(uint32_t which, uint32_t to, uint64_t from, uint32_t length)
{
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	uint32_t written;
	uint64_t before;

	if (!s)
		return false;
	written = s->at;
	before = (uint64_t)to + written - 1; /* offset of the last byte written */
	/* The compiler must not drop a bound that the verifier has to see. */
	barrier_var(length);
	barrier_var(before);
	if (length == 0 || length > PAGE_BYTES || before >= sizeof(s->record) - PAGE_BYTES)
		return false;
	if (bpf_probe_read_user(&s->record[before + 1], length, (void *)from) == 0)
		written += length;
	else if (written && s->record[before]) /* a failed read leaves zeros: one is the NUL */
		written++;
	s->at = written;
	return true;
}

/*
 * Reads user memory into the scratch memory `which`, at record[to], page by page. Skips pages
 * that are not in memory and terminates the bytes before them with a NUL. Returns the number of
 * bytes written, at most `length`.
 */
__noinline int read_pages(uint32_t which, uint32_t to, uint64_t from, uint32_t length)
{
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	uint64_t end = from + length, n;

	if (!s)
		return 0;
	s->at = 0;
	for (int i = 0; i <= VIGIL_ARGS_MAX / PAGE_BYTES; i++) {
		n = PAGE_BYTES - (from & (PAGE_BYTES - 1));
		if (n > end - from)
			n = end - from;
		if (!read_page(which, to, from, (uint32_t)n))
			break;
		from += n;
	}
	return (int)s->at;
}

/* Adds the arguments that are in memory, if some of their pages are not. */
static __always_inline void put_present_args(struct writer *w, struct vigil_part *part, uint32_t at,
					     uint64_t start)
{
	uint32_t to = (at & 0x7ff8) + (uint32_t)sizeof(*part);
	uint32_t length = (uint32_t)read_pages(w->which, to, start, part->length);

	barrier_var(length);
	if (length > VIGIL_ARGS_MAX)
		return;
	*(uint32_t *)&w->s->record[to + length] = 0; /* the padding */
	*(uint32_t *)&w->s->record[to + length + 4] = 0;
	part->length = length;
	part->flags |= VIGIL_PART_FLAG_UNREADABLE;
	w->s->end = (to + length + 7) & ~7u;
}

/* Adds the arguments from the new stack, where exec has just written them. At the entry of
 * execve their page may not be in memory. */
static __always_inline void put_args(struct writer *w, struct vigil_header *h,
				     struct task_struct *t)
{
	unsigned long start = t->mm->arg_start;
	uint64_t n = t->mm->arg_end - start;
	uint32_t length = n > VIGIL_ARGS_MAX ? VIGIL_ARGS_MAX : (uint32_t)n;
	uint32_t at = w->s->end;
	struct vigil_part *part;

	barrier_var(length); /* the verifier must see the bound here */
	if (length > VIGIL_ARGS_MAX)
		return;
	part = part_begin(w, VIGIL_PART_ARGS, length);
	if (!part)
		return;
	part->original = n > VIGIL_UNKNOWN ? VIGIL_UNKNOWN : (uint32_t)n;
	if (n > VIGIL_ARGS_MAX)
		part->flags = VIGIL_PART_FLAG_CUT;
	barrier_var(length); /* the verifier must see the bound here */
	if (length <= VIGIL_ARGS_MAX &&
	    bpf_probe_read_user(part_value(part), length, (void *)start) == 0)
		return;
	put_present_args(w, part, at, start);
	h->flags |= VIGIL_RECORD_INCOMPLETE;
	count_unreadable();
}

static __always_inline void put_ids(struct writer *w, struct task_struct *t)
{
	struct vigil_part *part = part_begin(w, VIGIL_PART_IDS, sizeof(struct vigil_ids));

	if (part)
		fill_ids(part_value(part), t);
}

static __always_inline void put_comm(struct writer *w, struct task_struct *t)
{
	uint32_t at = w->s->end;
	struct vigil_part *part = part_begin(w, VIGIL_PART_NAME, 20);

	if (part)
		w->s->end = at + fill_comm(part, part_value(part), t);
}

static __always_inline void put_leaders(struct writer *w, struct task_struct *t)
{
	struct vigil_part *part = part_begin(w, VIGIL_PART_LEADERS, sizeof(struct vigil_leaders));

	if (part)
		fill_leaders((struct leaders_part *)part, t);
}

#define PROCESS_FIXED (sizeof(struct vigil_header) + sizeof(struct vigil_process_body))

#endif /* VIGIL_BPF_PARTS_H */
