/* SPDX-License-Identifier: MIT */
#include "probe/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/seccomp.h>

#include "os/confine.h"
#include "os/os.h"
#include "sensor/linux/sensor.h"

#define RELEASE_MIN (5u << 16 | 8) /* the BPF ring buffer; the task iterator */

void probe_refused(struct vigil_check *f, const char *what, int error, bool may, const char *advice)
{
	if (error != EPERM && error != EACCES) {
		probe_found(f, VIGIL_CHECK_MISSING, "%s: %s", what, strerror(error));
		return;
	}
	probe_found(f, may ? VIGIL_CHECK_MISSING : VIGIL_CHECK_DENIED, "%s: not permitted%s", what,
		    may ? ", even to root" : "");
	if (!may)
		probe_advise(f, "%s", advice);
}

int probe_filesystem(const char *type, const char *path, long magic)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), context;
	struct statfs st;

	if (fd >= 0 && fstatfs(fd, &st) == 0 && (long)st.f_type == magic)
		return fd;
	if (fd >= 0)
		close(fd);
	fd = -1;
	context = fsopen(type, FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY);
	close(context);
	return fd;
}

/* ---- the kernel ---- */

static void probe_release(struct probing *p, struct vigil_check *f)
{
	struct utsname name;

	uname(&name);
	probe_found(f, VIGIL_CHECK_OK, "Linux %s %s (5.8 is needed)", name.release, name.machine);
	if (p->release < RELEASE_MIN) {
		f->state = VIGIL_CHECK_MISSING;
		probe_advise(f, "Boot a newer kernel: the BPF ring buffer came with 5.8.");
	}
}

static void probe_btf(struct probing *p, struct vigil_check *f)
{
	struct stat st;

	if (p->btf && stat(SENSOR_BTF_FILE, &st) == 0) {
		probe_found(f, VIGIL_CHECK_OK, SENSOR_BTF_FILE ", %jd KiB",
			    (intmax_t)st.st_size >> 10);
		return;
	}
	probe_refused(f, SENSOR_BTF_FILE, access(SENSOR_BTF_FILE, R_OK) < 0 ? errno : p->btf_error,
		      p->may, PROBE_AS_ROOT);
	probe_advise(f, "Mount /sys; or boot a kernel built with CONFIG_DEBUG_INFO_BTF "
			"(Debian's and Ubuntu's are).");
}

static void probe_tracepoints(struct probing *p, struct vigil_check *f)
{
	static const char *const names[] = { "task_newtask", "sched_process_exec",
					     "sched_process_exit" };
	char absent[120] = "";
	char type[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(type, sizeof(type), "btf_trace_%s", names[i]);
		if (p->btf && btf__find_by_name_kind(p->btf, type, BTF_KIND_TYPEDEF) > 0)
			continue;
		probe_add_word(absent, sizeof(absent), names[i]);
	}
	probe_found(f, *absent ? VIGIL_CHECK_MISSING : VIGIL_CHECK_OK, "%s%s",
		    *absent ? "not there: " : "new tasks, exec, exit", absent);
}

static bool has_modules(void)
{
	return !probe_has_proc() || access("/proc/modules", F_OK) == 0;
}

static void probe_modules(struct probing *p, struct vigil_check *f)
{
	if (p->btf && btf__find_by_name_kind(p->btf, "btf_trace_module_load", BTF_KIND_TYPEDEF) > 0)
		probe_found(f, VIGIL_CHECK_OK, "tracepoint module_load");
	else if (!has_modules())
		probe_found(f, VIGIL_CHECK_OK, "this kernel loads no modules: nothing to see");
	else
		probe_found(f, VIGIL_CHECK_MISSING, "tracepoint module_load is not there");
}

static void probe_lockdown(struct probing *p, struct vigil_check *f)
{
	int root = probe_filesystem("securityfs", "/sys/kernel/security", SECURITYFS_MAGIC);
	char line[80], *mode;

	(void)p;
	if (root < 0)
		probe_found(f, VIGIL_CHECK_DENIED, "unknown: securityfs is not mounted here");
	else if (!os_read_line(root, "lockdown", line, sizeof(line)))
		probe_found(f, errno == ENOENT ? VIGIL_CHECK_OK : VIGIL_CHECK_DENIED, "%s",
			    errno == ENOENT ? "not part of this kernel" : strerror(errno));
	else {
		mode = strchr(line, '[');
		mode = mode ? mode + 1 : line;
		mode[strcspn(mode, "]")] = '\0';
		probe_found(f, VIGIL_CHECK_OK, "%s", mode);
		if (strcmp(mode, "confidentiality") == 0) {
			f->state = VIGIL_CHECK_LIMITED;
			probe_advise(f,
				     "Confidentiality forbids BPF to read kernel memory: boot with "
				     "lockdown=integrity or without it.");
		}
	}
	if (root >= 0)
		close(root);
}

/* ---- the whole sensor, with a test process ---- */

/* Whether the end of a child that is started now comes out of the sensor. */
static bool round_trip(struct vigil *v)
{
	const struct vigil_event *event;
	time_t end = time(NULL) + 3;
	pid_t child = fork();
	int got;

	if (child == 0)
		_exit(0);
	if (child < 0)
		return false;
	waitpid(child, NULL, 0);
	while ((got = vigil_next(v, &event, 100)) >= 0 && time(NULL) < end)
		if (got > 0 && event->record->type == VIGIL_EVENT_PROCESS_EXIT &&
		    event->record->actor.pid == (uint32_t)child)
			return true;
	return false;
}

/* What the command gives up after it has opened everything (confinement.h), apart from
 * capabilities: those can always be given up. */
static void probe_seccomp(struct probing *p, struct vigil_check *f)
{
	(void)p;
	/* Without a filter: EFAULT where the kernel has them, EINVAL where not. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 && errno == EFAULT)
		probe_found(f, VIGIL_CHECK_OK, "system calls that are not needed are given up");
	else
		probe_found(f, VIGIL_CHECK_MISSING, "this kernel has no filters for system calls");
}

static void probe_landlock(struct probing *p, struct vigil_check *f)
{
	int version = confine_files_version();

	(void)p;
	if (version > 0) {
		probe_found(f, VIGIL_CHECK_OK,
			    "version %d; files change in the folders of outputs alone", version);
		return;
	}
	probe_found(f, VIGIL_CHECK_MISSING,
		    errno == EOPNOTSUPP ? "not in use: any file may be changed"
					: "needs Linux 5.13");
	if (errno == EOPNOTSUPP)
		probe_advise(f, "Boot with landlock in the list: lsm=landlock,...");
}

static void probe_sensor(struct probing *p, struct vigil_check *f)
{
	struct vigil_options options = { .size = sizeof(options) };
	enum vigil_code code, without = VIGIL_OK;
	struct vigil *v;

	code = vigil_open(&v, &options, &p->error);
	if (code < 0) {
		options.types = VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) |
				VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT);
		without = vigil_open(&v, &options, NULL);
	}
	if (without < 0) {
		probe_found(f,
			    code == VIGIL_ERROR_PRIVILEGE ? VIGIL_CHECK_DENIED
							  : VIGIL_CHECK_MISSING,
			    "cannot be opened");
		probe_advise(f, "%s", p->error.text);
		return;
	}
	snprintf(p->backend, sizeof(p->backend), "%s", vigil_backend(v));
	if (!round_trip(v))
		probe_found(f, VIGIL_CHECK_MISSING, "opened, but a test process was not reported");
	else
		probe_found(f, code < 0 ? VIGIL_CHECK_LIMITED : VIGIL_CHECK_OK,
			    "opened (%s), reported a test process%s", p->backend,
			    code < 0 ? ", no image loads" : "");
	if (code < 0)
		probe_advise(f, "%s", p->error.text);
	vigil_close(v);
}

const struct trial trials[] = {
	{ "Kernel", "release", "release", VIGIL_CHECK_NEEDED, probe_release },
	{ NULL, "btf", "type information", VIGIL_CHECK_NEEDED, probe_btf },
	{ NULL, "lockdown", "lockdown", VIGIL_CHECK_EXTRA, probe_lockdown },
	{ "This process", "proc", "/proc", VIGIL_CHECK_NEEDED, probe_proc },
	{ NULL, "user", "user", VIGIL_CHECK_NEEDED, probe_user_namespace },
	{ NULL, "capabilities", "capabilities", VIGIL_CHECK_NEEDED, probe_capabilities },
	{ NULL, "memlock", "locked memory", VIGIL_CHECK_WANTED, probe_memlock },
	{ NULL, "descriptors", "file descriptors", VIGIL_CHECK_NEEDED, probe_descriptors },
	{ NULL, "priority", "priority", VIGIL_CHECK_EXTRA, probe_priority },
	{ NULL, "pid-namespace", "PID namespace", VIGIL_CHECK_NEEDED, probe_pid_namespace },
	{ NULL, "container", "container", VIGIL_CHECK_EXTRA, probe_container },
	{ NULL, "cgroups", "cgroups", VIGIL_CHECK_EXTRA, probe_cgroups },
	{ "Processes and threads", "tracepoints", "tracepoints", VIGIL_CHECK_NEEDED,
	  probe_tracepoints },
	{ NULL, "programs", "BPF programs", VIGIL_CHECK_NEEDED, probe_programs },
	{ NULL, "ring", "ring buffer", VIGIL_CHECK_NEEDED, probe_ring },
	{ NULL, "iterator", "task iterator", VIGIL_CHECK_NEEDED, probe_iterator },
	{ "Image and module loads", "perf", "perf", VIGIL_CHECK_WANTED, probe_perf },
	{ NULL, "modules", "kernel modules", VIGIL_CHECK_WANTED, probe_modules },
	{ "Process access", "fexit", "fexit", VIGIL_CHECK_EXTRA, probe_fexit },
	{ NULL, "sys_exit", "sys_exit", VIGIL_CHECK_EXTRA, probe_sys_exit },
	{ "Programs that may not start", "fanotify", "fanotify", VIGIL_CHECK_EXTRA,
	  probe_fanotify },
	{ NULL, "lsm", "BPF LSM", VIGIL_CHECK_EXTRA, probe_lsm },
	{ "Confinement of vigil itself", "seccomp", "seccomp", VIGIL_CHECK_EXTRA, probe_seccomp },
	{ NULL, "landlock", "Landlock", VIGIL_CHECK_EXTRA, probe_landlock },
	{ "Not used", "kprobes", "kprobes", VIGIL_CHECK_EXTRA, probe_kprobes },
	{ "All together", "sensor", "the sensor", VIGIL_CHECK_NEEDED, probe_sensor },
};

const size_t trial_count = sizeof(trials) / sizeof(trials[0]);

const struct trial_use trial_uses[] = {
	{ "processes", { { "sensor", "ebpf" } }, true, NULL },
	{ "threads", { { "sensor", "ebpf" } }, true, NULL },
	{ "image loads", { { "perf", "perf" } }, true, NULL },
	{ "module loads", { { "modules", "ebpf" } }, true, has_modules },
	{ "blocking",
	  { { "lsm", "BPF LSM; rules that it cannot evaluate: fanotify" },
	    { "fanotify", "fanotify" } },
	  false,
	  NULL },
	{ "process access",
	  { { "fexit", "fexit" }, { "sys_exit", "tracepoints; with --type access: sys_exit" } },
	  true,
	  NULL },
	{ "failed execs",
	  { { "fexit", "fexit" }, { "sys_exit", "with --type exec-failed: sys_exit" } },
	  true,
	  NULL },
	{ "changes of credentials",
	  { { "fexit", "fentry" }, { "sys_exit", "with --type credentials: sys_enter, sys_exit" } },
	  true,
	  NULL },
};

const size_t trial_use_count = sizeof(trial_uses) / sizeof(trial_uses[0]);

void probing_open(struct probing *p)
{
	struct utsname name;
	unsigned major = 0, minor = 0;

	*p = (struct probing){ 0 };
	probe_find_rights(p);
	if (uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2)
		p->release = major << 16 | minor;
	p->print = (void (*)(void))libbpf_set_print(NULL); /* failures are expected here */
	p->btf = btf__load_vmlinux_btf();
	p->btf_error = p->btf ? 0 : errno;
}

void probing_close(struct probing *p)
{
	btf__free(p->btf);
	libbpf_set_print((libbpf_print_fn_t)p->print);
}
