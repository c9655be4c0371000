/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * kernel.h - the kernel structures that the BPF programs read.
 *
 * Each has only the members that are read. With preserve_access_index libbpf inserts the running
 * kernel's offsets at load (CO-RE), so the order of members and the sizes of types do not
 * matter, and a build needs no vmlinux.h.
 */
#ifndef VIGIL_KERNEL_H
#define VIGIL_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

/* Types that <bpf/bpf_helpers.h> requires. */
typedef uint8_t __u8;
typedef int16_t __s16;
typedef uint16_t __u16;
typedef int32_t __s32;
typedef uint32_t __u32;
typedef int64_t __s64;
typedef uint64_t __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29
};
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1
};
enum {
	BPF_F_NO_PREALLOC = 1 << 0,
	BPF_F_MMAPABLE = 1 << 10
};
enum {
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1
};
#define BPF_F_CURRENT_CPU 0xffffffffULL
enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2
};
enum {
	BPF_RB_AVAIL_DATA = 0,
	BPF_RB_CONS_POS = 2,
	BPF_RB_PROD_POS = 3,
	BPF_RINGBUF_HDR_SZ = 8
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[1];
	struct upid numbers[1];
};

/* A node of the tree in which a PID namespace keeps its numbers. */
struct xa_node {
	unsigned char shift;
	void *slots[64];
};

struct xarray {
	void *xa_head;
};

struct idr {
	struct xarray idr_rt;
};

struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct idr idr;
	struct ns_common ns;
};
typedef struct {
	uint32_t val;
} kuid_t, kgid_t;

struct user_namespace {
	struct ns_common ns;
	struct user_namespace *parent;
	int level; /* 0: the initial one */
	kuid_t owner;
};
struct uts_namespace {
	struct ns_common ns;
};
struct ipc_namespace {
	struct ns_common ns;
};
struct mnt_namespace {
	struct ns_common ns;
	struct user_namespace *user_ns;
};
struct net {
	struct ns_common ns;
};
struct cgroup_namespace {
	struct ns_common ns;
};
struct time_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct time_namespace *time_ns;
	struct cgroup_namespace *cgroup_ns;
};

/* Two 32-bit words before Linux 6.3, one 64-bit word since: the same 8 bytes. */
struct capabilities {
	uint64_t val;
};

struct cred {
	kuid_t uid, euid, suid, fsuid;
	kgid_t gid, egid, sgid, fsgid;
	struct capabilities cap_effective, cap_permitted;
	struct user_namespace *user_ns;
};

struct super_block {
	uint32_t s_dev;
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct qstr {
	uint32_t len;
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	long long f_pos;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path root, pwd;
};

struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end;
	struct file *exe_file;
};

struct tty_driver {
	int major, minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

typedef struct {
	int counter;
} atomic_t;

/* A count of changes, then a lock. */
typedef struct {
	unsigned int count;
} seqlock_t;

/* The CPU time of a process that was last reported. */
struct prev_cputime {
	uint64_t utime, stime;
};

struct signal_struct {
	atomic_t live;
	struct list_head thread_head;
	seqlock_t stats_lock;
	struct prev_cputime prev_cputime;
	int group_exit_code;
	unsigned int flags;
	struct pid *pids[4];
	struct tty_struct *tty;
	uint64_t utime, stime;
	unsigned long long sum_sched_runtime;
	unsigned long maxrss;
};

struct kernfs_node {
	struct kernfs_node *parent;
	const char *name;
	unsigned int hash; /* of the name */
	uint64_t id;
};

/* `parent` has this name since Linux 6.15. */
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

/* The cgroups of its tasks: one in each hierarchy, named ones included. */
struct css_set {
	struct cgroup *dfl_cgrp;
	struct list_head cgrp_links;
};

struct cgrp_cset_link {
	struct cgroup *cgrp;
	struct list_head cgrp_link;
};

/* The threads that run on one CPU, or wait for it. */
struct rq {
	struct task_struct *curr;
	uint64_t clock, clock_task;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	uint64_t exec_start, sum_exec_runtime;
	struct cfs_rq *cfs_rq;
};

/* Each architecture has other bits here: calls.h. */
struct thread_info {
	unsigned long flags;
	unsigned int status; /* only on x86 */
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	unsigned int ptrace;
	struct sched_entity se;
	struct mm_struct *mm;
	int exit_state, exit_code;
	int pid, tgid;
	struct task_struct *real_parent, *parent, *group_leader;
	struct pid *thread_pid;
	struct hlist_node pid_links[1];
	uint64_t utime, stime;
	uint64_t start_boottime;
	const struct cred *real_cred, *cred; /* its own; those it uses temporarily */
	unsigned int in_execve : 1;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct list_head thread_node;
	struct css_set *cgroups;
};

/* Only where the kernel is built with CONFIG_AUDIT. */
struct task_struct___audit {
	kuid_t loginuid;
};

struct linux_binprm {
	unsigned int secureexec : 1;
	struct file *file;
	const char *filename, *interp;
	unsigned int per_clear;
	struct cred *cred;
};

/* Linux 6.4 replaced core_layout by an array of memory areas. */
struct module_memory {
	void *base;
	unsigned int size;
};

struct module {
	char name[56];
	unsigned long taints;
	struct module_memory mem[1];
};

struct module_layout___old {
	void *base;
	unsigned int size;
};

struct module___old {
	struct module_layout___old core_layout;
};

/* Registers at the entry of a system call, with its arguments. */
#ifdef __TARGET_ARCH_x86
struct pt_regs {
	unsigned long r10, r8, r9, bx, cx, dx, si, di, bp, orig_ax;
};
#else
struct pt_regs {
	uint64_t regs[8];
	uint64_t orig_x0;
	int32_t syscallno;
};
#endif

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif /* VIGIL_KERNEL_H */
