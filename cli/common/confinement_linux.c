/* SPDX-License-Identifier: MIT */
/* confinement_linux.c - the capabilities that a command keeps, by its task. */
#include "confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/capability.h>

#include "cli.h"
#include "confinement_linux.h"

/* Constants that kernel headers older than 5.9 lack. */
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

/* Needed by helper processes to read other users' files, /proc/PID/exe and mapped files in
 * /proc/PID/map_files, and by the threads that enforce rules. */
#define TO_READ_SUBJECTS \
	(CONFINE_CAP(CAP_SYS_PTRACE) | CONFINE_CAP(CAP_DAC_READ_SEARCH) | \
	 CONFINE_CAP(CAP_CHECKPOINT_RESTORE))

/* Needed to load BPF programs and open perf rings, to lock their memory, and to mark file systems
 * for rules. Debian's kernels require CAP_SYS_ADMIN to open perf rings. */
#define TO_OPEN \
	(CONFINE_CAP(CAP_BPF) | CONFINE_CAP(CAP_PERFMON) | CONFINE_CAP(CAP_SYS_RESOURCE) | \
	 CONFINE_CAP(CAP_IPC_LOCK) | CONFINE_CAP(CAP_SYS_ADMIN))

/* Needed to open the perf ring of a CPU that comes online, or returns after a suspend, and to lock
 * its memory. */
#define TO_REOPEN (CONFINE_CAP(CAP_PERFMON) | CONFINE_CAP(CAP_IPC_LOCK))

static void say_failure(const char *what)
{
	cli_say("cannot give up %s: %s. Vigil continues with more privileges than it needs.", what,
		strerror(errno));
}

/* Returns whether the file can be written and replaced without root's file capabilities. */
static bool is_writable(const char *path)
{
	char copy[PATH_MAX];
	const char *folder;

	if ((size_t)snprintf(copy, sizeof(copy), "%s", path) >= sizeof(copy))
		return false;
	folder = dirname(copy);
	return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 &&
	       (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 || errno == ENOENT);
}

/* Root can write where the user cannot, for example in another user's home. */
static uint64_t needed_for_outputs(const struct confinement *c)
{
	uint64_t files = confine_file_capabilities();
	bool writable = true;

	if (!confine_lower(files))
		return files;
	for (size_t i = 0; i < CONFINEMENT_OUTPUTS; i++)
		if (c->output[i] && !is_writable(c->output[i]))
			writable = false;
	confine_raise(files);
	return writable ? 0 : files;
}

/* Threads that drain queues use the lowest real-time priority (os_set_realtime). */
static bool may_go_first(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_RTPRIO, &limit) < 0)
		return false;
	if (limit.rlim_cur >= 1)
		return true;
	limit = (struct rlimit){ 1, limit.rlim_max < 1 ? 1 : limit.rlim_max };
	return setrlimit(RLIMIT_RTPRIO, &limit) == 0;
}

/* Copies the folder of an output to `to`. */
static const char *folder_of(const char *output, char to[PATH_MAX])
{
	snprintf(to, PATH_MAX, "%s", output);
	return dirname(to);
}

/* SQLite's temporary files are created in the allowed folders as well. */
static void keep_temporary_files(const struct confinement *c)
{
	char copy[PATH_MAX];

	for (size_t i = 0; i < CONFINEMENT_OUTPUTS; i++)
		if (c->output[i])
			setenv("SQLITE_TMPDIR", folder_of(c->output[i], copy), 1);
}

/* The folders where files are created and replaced. */
void confinement_files(struct confinement *c)
{
	char copy[CONFINEMENT_OUTPUTS][PATH_MAX];
	const char *folder[CONFINEMENT_OUTPUTS + 3];
	size_t count = 0;

	c->files_confined = true;
	if (!CONFINE_POSSIBLE)
		return;
	for (size_t i = 0; i < CONFINEMENT_OUTPUTS; i++)
		if (c->output[i])
			folder[count++] = folder_of(c->output[i], copy[i]);
	if (c->source->rules) { /* files of enforcer_status.c and lsm.c */
		folder[count++] = "/run/vigil";
		folder[count++] = "/run/vigil-service";
		folder[count++] = "/sys/fs/bpf";
	}
	if (!confine_files(folder, count) && errno != ENOSYS && errno != EOPNOTSUPP)
		say_failure("files");
}

void confinement_begin(struct confinement *c)
{
	uint64_t keep = TO_OPEN | TO_READ_SUBJECTS;

	if (!CONFINE_POSSIBLE)
		return;
	keep_temporary_files(c);
	c->for_outputs = needed_for_outputs(c);
	keep |= c->for_outputs;
	if (!may_go_first())
		keep |= CONFINE_CAP(CAP_SYS_NICE);
	if (c->ends_command)
		keep |= CONFINE_CAP(CAP_KILL);
	if (!confine_execution())
		say_failure("new privileges");
	if (!confine_capabilities(keep))
		say_failure("capabilities");
}

static bool watches_images(const struct confinement *c)
{
	return !c->source->types || c->source->types & VIGIL_TYPE_BIT(VIGIL_EVENT_IMAGE_LOAD);
}

static const struct confine_filter *choose_filter(const struct confinement *c)
{
	unsigned does = 0;

	for (size_t i = 0; i < CONFINEMENT_OUTPUTS; i++)
		if (c->output[i])
			does |= CONFINEMENT_WRITES;
	if (c->source->rules) /* it also writes the rules in force, for `vigil rules list` */
		does |= CONFINEMENT_ENFORCES | CONFINEMENT_WRITES;
	if (watches_images(c))
		does |= CONFINEMENT_REOPENS;
	if (c->ends_command)
		does |= CONFINEMENT_ENDS;
	return &confinement_filters[does];
}

/* Kernels before 5.19 require CAP_BPF to read how many runs of a BPF program were skipped, if
 * `kernel.unprivileged_bpf_disabled` is set. */
static bool bpf_needs_capability(void)
{
	union bpf_attr attr = { .info = { .bpf_fd = (uint32_t)-1 } };
	uint64_t bpf = CONFINE_CAP(CAP_BPF);
	bool needs;

	if (!confine_lower(bpf))
		return true;
	needs = syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) < 0 && errno == EPERM;
	confine_raise(bpf);
	return needs;
}

void confinement_complete(struct confinement *c)
{
	uint64_t keep = c->for_outputs;

	if (!CONFINE_POSSIBLE)
		return;
	if (!c->files_confined)
		confinement_files(c);
	if (watches_images(c))
		keep |= TO_REOPEN;
	if (bpf_needs_capability())
		keep |= CONFINE_CAP(CAP_BPF);
	if (c->ends_command)
		keep |= CONFINE_CAP(CAP_KILL);
	if (!confine_capabilities(keep))
		say_failure("capabilities");
	if (!confine_system_calls(choose_filter(c), true))
		say_failure("system calls");
}
