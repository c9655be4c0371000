/* SPDX-License-Identifier: MIT */
#include "sensor/linux/access_probes.h"

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "os/kernel_types.h"
#include "sensor/linux/hook.h"

#if defined(__aarch64__)
#define NATIVE "__arm64_"
#define COMPAT "__arm64_compat_"
#else
#define NATIVE "__x64_"
#define COMPAT "__ia32_compat_"
#endif

#define PTRACE NATIVE "sys_ptrace"
#define ACCESS_TYPES \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS) | VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD))
#define COMMIT_CREDS "commit_creds"
#define EXECVE       NATIVE "sys_execve"
#define ACCT_PROCESS "acct_process"

/* Returns whether a program can be attached to the function. It tries, because neither the kernel's
 * version nor its type information gives the answer. */
static bool is_attachable(const struct kernel_types *types, const char *name,
			  enum bpf_attach_type where)
{
	uint32_t id = kernel_types_find(types, name, BTF_KIND_FUNC);
	const char *what;
	int link = id == 0 ? -ENOENT : hook_attach(where, id, &what);

	if (link >= 0)
		close(link);
	return link >= 0;
}

/* Attaches to the first of two functions that this kernel has; to none if it has neither. */
static void attach_to(struct bpf_program *program, const struct kernel_types *types,
		      const char *name, const char *other)
{
	if (!kernel_types_has_function(types, name))
		name = other;
	if (name && kernel_types_has_function(types, name) &&
	    bpf_program__set_attach_target(program, 0, name) == 0)
		bpf_program__set_autoload(program, true);
}

static enum means choose_access(struct vigil_bpf *bpf, const struct kernel_types *types,
				const struct vigil_options *options, bool may_trace)
{
	struct bpf_program *const all[] = {
		bpf->progs.on_ptrace,        bpf->progs.on_ptrace_compat, bpf->progs.on_writev,
		bpf->progs.on_writev_compat, bpf->progs.on_mem_write,     bpf->progs.on_sys_exit,
	};
	enum means means = MEANS_NONE;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		bpf_program__set_autoload(all[i], false);
	if (may_trace && options->types & ACCESS_TYPES &&
	    is_attachable(types, PTRACE, BPF_TRACE_FEXIT))
		means = MEANS_TRACED;
	else if (options->types & options->full_access_types & ACCESS_TYPES)
		means = MEANS_SYSCALLS;
	else if (may_trace && options->types & ACCESS_TYPES &&
		 kernel_types_tracepoint(types, "signal_generate") > 0)
		means = MEANS_TRACEPOINTS;
	if (means == MEANS_TRACED) {
		attach_to(bpf->progs.on_ptrace, types, PTRACE, NULL);
		attach_to(bpf->progs.on_ptrace_compat, types, COMPAT "sys_ptrace", NULL);
		attach_to(bpf->progs.on_writev, types, NATIVE "sys_process_vm_writev", NULL);
		attach_to(bpf->progs.on_writev_compat, types, "__ia32_sys_process_vm_writev",
			  COMPAT "sys_process_vm_writev");
		attach_to(bpf->progs.on_mem_write, types, "mem_write", NULL);
	}
	bpf_program__set_autoload(bpf->progs.on_sys_exit, means == MEANS_SYSCALLS);
	bpf_program__set_autoload(bpf->progs.on_signal, means == MEANS_TRACEPOINTS);
	/* Registers of a task are available since Linux 5.15. */
	bpf_program__set_autoload(bpf->progs.on_wait_task,
				  means == MEANS_TRACEPOINTS &&
				      kernel_types_tracepoint(types, "sched_wait_task") > 0 &&
				      kernel_types_has_function(types, "bpf_task_pt_regs"));
	bpf->rodata->accesses_seen = means != MEANS_NONE;
	if (means == MEANS_NONE)
		bpf_map__set_max_entries(bpf->maps.accesses, 1);
	return means;
}

static enum means choose_credentials(struct vigil_bpf *bpf, const struct kernel_types *types,
				     const struct vigil_options *options, bool may_trace)
{
	enum means means = MEANS_NONE;

	if (may_trace && is_attachable(types, COMMIT_CREDS, BPF_TRACE_FENTRY))
		means = MEANS_TRACED;
	else if (options->types & options->full_access_types &
		 VIGIL_TYPE_BIT(VIGIL_EVENT_CREDENTIALS))
		means = MEANS_SYSCALLS;
	bpf_program__set_autoload(bpf->progs.on_commit_creds, false);
	if (means == MEANS_TRACED)
		attach_to(bpf->progs.on_commit_creds, types, COMMIT_CREDS, NULL);
	bpf_program__set_autoload(bpf->progs.on_enter_credentials, means == MEANS_SYSCALLS);
	bpf_program__set_autoload(bpf->progs.on_exit_credentials, means == MEANS_SYSCALLS);
	if (means != MEANS_SYSCALLS)
		bpf_map__set_max_entries(bpf->maps.credentials_before, 1);
	return means;
}

static enum means choose_exec_failed(struct vigil_bpf *bpf, const struct kernel_types *types,
				     const struct vigil_options *options, bool may_trace)
{
	const struct {
		struct bpf_program *program;
		const char *function;
	} all[] = {
		{ bpf->progs.on_execve, EXECVE },
		{ bpf->progs.on_execveat, NATIVE "sys_execveat" },
		{ bpf->progs.on_execve_compat, COMPAT "sys_execve" },
		{ bpf->progs.on_execveat_compat, COMPAT "sys_execveat" },
	};
	uint32_t wanted = options->types & VIGIL_TYPE_BIT(VIGIL_EVENT_EXEC_FAILED);
	enum means means = MEANS_NONE;

	if (may_trace && wanted && is_attachable(types, EXECVE, BPF_TRACE_FEXIT))
		means = MEANS_TRACED;
	else if (wanted & options->full_access_types)
		means = MEANS_SYSCALLS;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bpf_program__set_autoload(all[i].program, false);
		if (means == MEANS_TRACED)
			attach_to(all[i].program, types, all[i].function, NULL);
	}
	bpf_program__set_autoload(bpf->progs.on_exit_exec, means == MEANS_SYSCALLS);
	return means;
}

/* Chooses how the last thread of a process is recognized: kernel/linux/last_thread.h. */
static void choose_last_thread(struct vigil_bpf *bpf, const struct kernel_types *types,
			       bool may_trace)
{
	/* The first parameter is the tracing program's; group_dead is the third. */
	bool told = kernel_types_tracepoint(types, "sched_process_exit") >= 3;
	bool marked = !told && may_trace && is_attachable(types, ACCT_PROCESS, BPF_TRACE_FENTRY);

	bpf->rodata->exit_has_group_dead = told;
	bpf->rodata->exit_is_marked = marked;
	bpf_program__set_autoload(bpf->progs.on_last_thread, false);
	if (marked)
		attach_to(bpf->progs.on_last_thread, types, ACCT_PROCESS, NULL);
	else
		bpf_map__set_max_entries(bpf->maps.last_threads, 1);
}

void hooks_choose(struct hooks *hooks, struct vigil_bpf *bpf, const struct kernel_types *types,
		  const struct vigil_options *options, bool may_trace)
{
	hooks->access = choose_access(bpf, types, options, may_trace);
	hooks->credentials = choose_credentials(bpf, types, options, may_trace);
	hooks->exec_failed = choose_exec_failed(bpf, types, options, may_trace);
	choose_last_thread(bpf, types, may_trace);
}

uint32_t hooks_missing(const struct hooks *hooks)
{
	uint32_t types = 0;

	if (hooks->access == MEANS_NONE)
		types |= ACCESS_TYPES;
	if (hooks->credentials == MEANS_NONE)
		types |= VIGIL_TYPE_BIT(VIGIL_EVENT_CREDENTIALS);
	if (hooks->exec_failed == MEANS_NONE)
		types |= VIGIL_TYPE_BIT(VIGIL_EVENT_EXEC_FAILED);
	return types;
}

static const char *const NAMES[] = {
	[MEANS_NONE] = "",
	[MEANS_TRACED] = "+fexit",
	[MEANS_TRACEPOINTS] = "+tracepoints",
	[MEANS_SYSCALLS] = "+syscalls",
};

const char *hooks_name(const struct hooks *hooks)
{
	return NAMES[hooks->access];
}

const char *hooks_other_name(const struct hooks *hooks)
{
	bool other = hooks->credentials == MEANS_SYSCALLS || hooks->exec_failed == MEANS_SYSCALLS;

	return NAMES[other && hooks->access != MEANS_SYSCALLS ? MEANS_SYSCALLS : MEANS_NONE];
}
