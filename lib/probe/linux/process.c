/* SPDX-License-Identifier: MIT */
/* process.c - what this process may do, and where it is. */
#include "probe/probe.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/magic.h>

#include "sensor/linux/sensor.h"

#define USER_NS_INITIAL 0xeffffffdu /* PROC_USER_INIT_INO */

void probe_add_word(char *list, size_t size, const char *word)
{
	size_t length = strlen(list);

	snprintf(list + length, size - length, "%s%s", length ? " " : "", word);
}

static const struct {
	unsigned number;
	const char *name;
} capabilities[] = {
	{ CAP_BPF, "CAP_BPF" },
	{ CAP_PERFMON, "CAP_PERFMON" },
	{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
	{ CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH" },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	{ CAP_IPC_LOCK, "CAP_IPC_LOCK" },
	{ CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE" },
	{ CAP_SYS_NICE, "CAP_SYS_NICE" },
};

/* By the system call: /proc may not be there. */
static uint64_t effective(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

static bool has(unsigned capability)
{
	return effective() >> capability & 1;
}

bool probe_has_proc(void)
{
	return access("/proc/self/ns/pid", F_OK) == 0;
}

#define NO_PROC "unknown without /proc"

static bool in_initial(const char *namespace, unsigned inode)
{
	struct stat st;

	return stat(namespace, &st) == 0 && st.st_ino == inode;
}

void probe_find_rights(struct probing *p)
{
	bool initial = !probe_has_proc() || in_initial("/proc/self/ns/user", USER_NS_INITIAL);

	p->admin = initial && has(CAP_SYS_ADMIN);
	p->may = p->admin || (initial && has(CAP_BPF) && has(CAP_PERFMON));
}

void probe_proc(struct probing *p, struct vigil_check *f)
{
	(void)p;
	if (probe_has_proc()) {
		probe_found(f, VIGIL_CHECK_OK, "mounted");
		return;
	}
	probe_found(f, VIGIL_CHECK_MISSING, "not mounted here");
	probe_advise(f, "Mount it: mount -t proc proc /proc");
}

void probe_capabilities(struct probing *p, struct vigil_check *f)
{
	char had[160] = "", lacked[160] = "";

	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
		probe_add_word(has(capabilities[i].number) ? had : lacked, sizeof(had),
			       capabilities[i].name + strlen("CAP_"));
	}
	probe_found(f, p->may ? VIGIL_CHECK_OK : VIGIL_CHECK_DENIED, "%s%s%s%s%s",
		    *had ? "has " : "", had, *had && *lacked ? "; " : "", *lacked ? "lacks " : "",
		    lacked);
	if (!p->may)
		probe_advise(f, PROBE_AS_ROOT);
}

void probe_user_namespace(struct probing *p, struct vigil_check *f)
{
	(void)p;
	if (!probe_has_proc()) {
		probe_found(f, VIGIL_CHECK_MISSING, "uid %u; the namespace is " NO_PROC,
			    (unsigned)geteuid());
		return;
	}
	if (in_initial("/proc/self/ns/user", USER_NS_INITIAL)) {
		probe_found(f, VIGIL_CHECK_OK, "uid %u, in the initial user namespace",
			    (unsigned)geteuid());
		return;
	}
	probe_found(f, VIGIL_CHECK_DENIED, "uid %u of another user namespace", (unsigned)geteuid());
	probe_advise(f, "Being root counts only in the initial one: start vigil on the host.");
}

void probe_pid_namespace(struct probing *p, struct vigil_check *f)
{
	(void)p;
	if (!probe_has_proc()) {
		probe_found(f, VIGIL_CHECK_MISSING, NO_PROC);
		return;
	}
	if (in_initial("/proc/self/ns/pid", SENSOR_PID_NAMESPACE)) {
		probe_found(f, VIGIL_CHECK_OK, "the initial one: PIDs are the kernel's");
		return;
	}
	probe_found(f, VIGIL_CHECK_MISSING,
		    "not the initial one: the kernel's PIDs are not the ones seen here");
	probe_advise(f, "Start vigil on the host, or the container with the host's PIDs "
			"(docker run --pid=host).");
}

/* Whether this process sees the files that the system's first process sees: 1, 0, or -1 where
 * it may not look. */
static int shares_root_with_init(void)
{
	struct stat init, own;

	if (stat("/proc/1/ns/mnt", &init) < 0 || stat("/proc/self/ns/mnt", &own) < 0)
		return -1;
	return init.st_ino == own.st_ino;
}

/* What engines leave in a container may also be in the file system of a machine that was made
 * of one: in the first PID namespace, with the files of its first process, this is none. */
void probe_container(struct probing *p, struct vigil_check *f)
{
	static const char *const marks[][2] = {
		{ "/.dockerenv", "Docker" },
		{ "/run/.containerenv", "Podman" },
		{ "/run/systemd/container", "systemd-nspawn or alike" },
	};
	bool foreign = probe_has_proc() && !in_initial("/proc/self/ns/pid", SENSOR_PID_NAMESPACE);
	int shares = foreign ? 0 : shares_root_with_init();

	(void)p;
	probe_found(f, VIGIL_CHECK_OK, "no sign of one");
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (access(marks[i][0], F_OK) == 0)
			probe_found(f, VIGIL_CHECK_OK,
				    shares > 0   ? "none; %s%s is a remnant"
				    : shares < 0 ? "perhaps %s (%s is there)"
						 : "%s (%s is there)",
				    shares > 0 ? "" : marks[i][1], marks[i][0]);
}

void probe_cgroups(struct probing *p, struct vigil_check *f)
{
	struct statfs st;

	(void)p;
	if (statfs("/sys/fs/cgroup", &st) < 0)
		probe_found(f, VIGIL_CHECK_LIMITED, "none mounted on /sys/fs/cgroup");
	else if ((long)st.f_type == CGROUP2_SUPER_MAGIC)
		probe_found(f, VIGIL_CHECK_OK, "version 2");
	else
		probe_found(f, VIGIL_CHECK_OK, "version 1%s",
			    access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0
				? ", version 2 at unified/"
				: "");
}

void probe_memlock(struct probing *p, struct vigil_check *f)
{
	struct rlimit limit = { 0, 0 };
	char text[32] = "unlimited";

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur != RLIM_INFINITY)
		snprintf(text, sizeof(text), "%ju KiB", (uintmax_t)limit.rlim_cur >> 10);
	probe_found(f, VIGIL_CHECK_OK, "%s%s", text,
		    p->release >= PROBE_RELEASE_MEMCG ? " (BPF needs none since Linux 5.11)" : "");
	if (p->release < PROBE_RELEASE_MEMCG && limit.rlim_max < SENSOR_BUFFER_DEFAULT &&
	    !has(CAP_SYS_RESOURCE)) {
		f->state = VIGIL_CHECK_LIMITED;
		probe_advise(f,
			     "BPF memory counts as locked on this kernel: `ulimit -l unlimited`.");
	}
}

/* The soft limit has been raised when this program began. */
void probe_descriptors(struct probing *p, struct vigil_check *f)
{
	unsigned needed = SENSOR_FILES_NEEDED + (unsigned)sysconf(_SC_NPROCESSORS_CONF);
	struct rlimit limit = { 0, 0 };

	(void)p;
	getrlimit(RLIMIT_NOFILE, &limit);
	probe_found(f, limit.rlim_cur >= needed ? VIGIL_CHECK_OK : VIGIL_CHECK_MISSING,
		    "%ju may be open; up to %u are needed", (uintmax_t)limit.rlim_cur, needed);
	if (limit.rlim_cur < needed)
		probe_advise(f, "Raise `ulimit -n`, or LimitNOFILE= of the service.");
}

/* What the threads that empty queues ask for (os_set_realtime). */
void probe_priority(struct probing *p, struct vigil_check *f)
{
	struct sched_param before = { 0 }, lowest = { sched_get_priority_min(SCHED_RR) };
	int policy = sched_getscheduler(0);

	(void)p;
	sched_getparam(0, &before);
	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) == 0) {
		sched_setscheduler(0, policy, &before);
		probe_found(f, VIGIL_CHECK_OK, "queues are emptied before ordinary threads run");
		return;
	}
	probe_found(f, VIGIL_CHECK_LIMITED,
		    "ordinary: a machine that is busy with starting programs may lose events");
	probe_advise(f, "Grant CAP_SYS_NICE, or raise `ulimit -r` to 1.");
}
