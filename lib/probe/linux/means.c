/* SPDX-License-Identifier: MIT */
/* means.c - the means of the kernel, each tried out: BPF, perf, kprobes, fanotify. */
#include "probe/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/magic.h>
#include <linux/perf_event.h>

#include "enforce/linux/lsm.h"
#include "os/os.h"
#include "sensor/linux/hook.h"
#include "sensor/linux/sensor.h"

/* ---- BPF: programs of two instructions, loaded, attached, and gone ---- */

struct attempt {
	enum bpf_attach_type attach;
	uint32_t kind;      /* of target: BTF_KIND_... */
	const char *target; /* as BTF names it */
};

static const struct attempt tracepoint_attempt = { BPF_TRACE_RAW_TP, BTF_KIND_TYPEDEF,
						   "btf_trace_sched_process_exec" };
static const struct attempt iterator_attempt = { BPF_TRACE_ITER, BTF_KIND_FUNC, "bpf_iter_task" };
static const struct attempt fexit_attempt = { BPF_TRACE_FEXIT, BTF_KIND_FUNC,
#ifdef __aarch64__
					      "__arm64_sys_ptrace"
#else
					      "__x64_sys_ptrace"
#endif
};
static const struct attempt sys_exit_attempt = { BPF_TRACE_RAW_TP, BTF_KIND_TYPEDEF,
						 "btf_trace_sys_exit" };

/* Loads and attaches. The descriptor of the link, or a negative error number;
 * *what then says what failed. */
static int try_program(const struct probing *p, const struct attempt *a, const char **what)
{
	int id = p->btf ? btf__find_by_name_kind(p->btf, a->target, a->kind) : -ENOENT;

	*what = "type information of the hook";
	return id < 0 ? -ENOENT : hook_attach(a->attach, (uint32_t)id, what);
}

static bool probe_program(const struct probing *p, struct vigil_check *f, const struct attempt *a)
{
	const char *what;
	int link = try_program(p, a, &what);

	if (link < 0) {
		probe_refused(f, what, -link, p->may, PROBE_AS_ROOT);
		return false;
	}
	close(link);
	probe_found(f, VIGIL_CHECK_OK, "a program was loaded, attached, and removed");
	return true;
}

void probe_programs(struct probing *p, struct vigil_check *f)
{
	probe_program(p, f, &tracepoint_attempt);
}

void probe_ring(struct probing *p, struct vigil_check *f)
{
	int fd =
	    bpf_map_create(BPF_MAP_TYPE_RINGBUF, "vigil_doctor", 0, 0, SENSOR_BUFFER_DEFAULT, NULL);

	if (fd >= 0) {
		probe_found(f, VIGIL_CHECK_OK, "made one of %u MiB", SENSOR_BUFFER_DEFAULT >> 20);
		close(fd);
		return;
	}
	probe_refused(f, "making a ring buffer", -fd, p->may, PROBE_AS_ROOT);
	if (p->may && p->release < PROBE_RELEASE_MEMCG && fd == -EPERM)
		probe_advise(f, "This kernel counts it as locked memory: `ulimit -l unlimited`.");
}

void probe_iterator(struct probing *p, struct vigil_check *f)
{
	const char *what;
	int link = try_program(p, &iterator_attempt, &what), iterator;
	char byte;

	if (link < 0) {
		probe_refused(f, what, -link, p->may, PROBE_AS_ROOT);
		return;
	}
	iterator = bpf_iter_create(link);
	if (iterator < 0 || read(iterator, &byte, 1) < 0)
		probe_refused(f, "walking the tasks", errno, p->may, PROBE_AS_ROOT);
	else
		probe_found(f, VIGIL_CHECK_OK, "walked all tasks: what runs already is known");
	if (iterator >= 0)
		close(iterator);
	close(link);
}

void probe_fexit(struct probing *p, struct vigil_check *f)
{
	if (probe_program(p, f, &fexit_attempt))
		probe_found(f, VIGIL_CHECK_OK,
			    "ptrace, writes to others' memory: costs only who does such");
}

void probe_sys_exit(struct probing *p, struct vigil_check *f)
{
	if (probe_program(p, f, &sys_exit_attempt))
		probe_found(
		    f, VIGIL_CHECK_OK,
		    "the same, but slows every system call: where fexit is missing, and only if "
		    "access is asked for by name; else tracepoints report attaches, pokes, "
		    "registers");
}

void probe_lsm(struct probing *p, struct vigil_check *f)
{
	struct vigil_error error;
	struct lsm *lsm;
	enum vigil_code code = lsm_open(&lsm, &error);

	lsm_close(lsm);
	if (code == VIGIL_OK)
		probe_found(f, VIGIL_CHECK_OK,
			    "a program was loaded, attached, asked, and removed");
	else if (code == VIGIL_ERROR_PRIVILEGE && !p->may)
		probe_refused(f, "loading a program", EPERM, false, PROBE_AS_ROOT);
	else
		probe_found(f, VIGIL_CHECK_MISSING, "%s", error.text);
	if (access(LSM_PIN, F_OK) == 0)
		probe_advise(f, "Rules stay in force by " LSM_PIN ", whether or not Vigil runs; "
				"to end them: rm " LSM_PIN "*");
}

/* ---- perf, kprobes, fanotify ---- */

static int open_perf(struct perf_event_attr *attr, int cpu)
{
	attr->size = sizeof(*attr);
	return (int)syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/* A ring on each CPU, as the sensor has them: together they may be too much memory. */
static int map_rings(void **ring, int cpus, size_t bytes)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.use_clockid = 1,
		.clockid = CLOCK_BOOTTIME,
	};
	int mapped = 0;

	for (int cpu = 0; cpu < cpus; cpu++) {
		int fd = open_perf(&attr, cpu);

		if (fd < 0 && errno == ENODEV) /* offline */
			continue;
		if (fd < 0)
			return -1;
		ring[mapped] = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd); /* the mapping keeps it */
		if (ring[mapped] == MAP_FAILED)
			return mapped;
		mapped++;
	}
	return cpus;
}

static void read_setting(const char *path, char *value, size_t size)
{
	if (!os_read_line(AT_FDCWD, path, value, size))
		snprintf(value, size, "unknown");
}

void probe_perf(struct probing *p, struct vigil_check *f)
{
	char paranoid[16], locked[16];
	int cpus = libbpf_num_possible_cpus(), mapped, reason;
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE) +
		       perf_ring_bytes(SENSOR_BUFFER_DEFAULT, cpus > 0 ? cpus : 1);
	void **ring = calloc(cpus > 0 ? (size_t)cpus : 1, sizeof(*ring));

	mapped = ring ? map_rings(ring, cpus, bytes) : -1;
	reason = errno;
	read_setting("/proc/sys/kernel/perf_event_paranoid", paranoid, sizeof(paranoid));
	read_setting("/proc/sys/kernel/perf_event_mlock_kb", locked, sizeof(locked));
	if (mapped < 0) {
		probe_refused(f, "perf_event_open", reason, p->may, PROBE_AS_ROOT);
	} else if (mapped < cpus) {
		probe_found(f, VIGIL_CHECK_MISSING,
			    "ring number %d of %zu KiB cannot be mapped: %s", mapped + 1,
			    bytes >> 10, strerror(reason));
		probe_advise(f,
			     "Raise `ulimit -l` or /proc/sys/kernel/perf_event_mlock_kb (now %s), "
			     "or grant CAP_IPC_LOCK.",
			     locked);
	} else {
		probe_found(f, VIGIL_CHECK_OK,
			    "executable mappings (perf_event_paranoid %s, perf_event_mlock_kb %s)",
			    paranoid, locked);
	}
	for (int i = 0; ring && i < cpus; i++)
		if (ring[i] && ring[i] != MAP_FAILED)
			munmap(ring[i], bytes);
	free(ring);
}

void probe_kprobes(struct probing *p, struct vigil_check *f)
{
	static const char symbol[] = "wake_up_new_task";
	struct perf_event_attr attr = { .disabled = 1, .kprobe_func = (uintptr_t)symbol };
	char type[16];
	int fd;

	if (!os_read_line(AT_FDCWD, "/sys/bus/event_source/devices/kprobe/type", type,
			  sizeof(type))) {
		probe_found(f, VIGIL_CHECK_MISSING,
			    "not part of this kernel (nothing here needs them)");
		return;
	}
	attr.type = (uint32_t)strtoul(type, NULL, 10);
	fd = open_perf(&attr, 0);
	if (fd < 0) {
		probe_refused(f, "placing a probe", errno, p->admin, "");
		return;
	}
	probe_found(f, VIGIL_CHECK_OK, "placed one and removed it");
	close(fd);
}

void probe_fanotify(struct probing *p, struct vigil_check *f)
{
	char path[] = "/tmp/vigil-doctor-XXXXXX";
	int watched, fan = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);

	if (fan < 0) {
		probe_refused(f, "fanotify_init", errno, p->admin, PROBE_AS_ADMIN);
		return;
	}
	watched = mkostemp(path, O_CLOEXEC);
	if (watched < 0)
		probe_refused(f, "a file in /tmp to try it on", errno, p->admin, PROBE_AS_ADMIN);
	else if (fanotify_mark(fan, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, AT_FDCWD, path) < 0)
		probe_refused(f, "FAN_OPEN_EXEC_PERM", errno, p->admin, PROBE_AS_ADMIN);
	else
		probe_found(f, VIGIL_CHECK_OK, "marked a test file with FAN_OPEN_EXEC_PERM");
	close(fan); /* the mark goes with it */
	if (watched >= 0) {
		close(watched);
		unlink(path);
	}
}
