/* SPDX-License-Identifier: MIT */
#include "hooks.h"

#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#if defined(__aarch64__)
#define NATIVE "__arm64_"
#define COMPAT "__arm64_compat_"
#else
#define NATIVE "__x64_"
#define COMPAT "__ia32_compat_"
#endif

#define PTRACE       NATIVE "sys_ptrace"
#define COMMIT_CREDS "commit_creds"

static bool has_tracepoint(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
}

static int function_id(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
}

/* Whether a program may be attached there: tried, because neither the kernel's
 * version nor its type information says so. */
static bool is_attachable(const struct btf *btf, const char *name, enum bpf_attach_type where)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = where);
	int id = function_id(btf, name), fd, link;

	if (id < 0)
		return false;
	options.attach_btf_id = (uint32_t)id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "vigil_try", "Dual MIT/GPL", program,
			   sizeof program / sizeof program[0], &options);
	if (fd < 0)
		return false;
	link = bpf_raw_tracepoint_open(NULL, fd);
	close(fd);
	if (link >= 0)
		close(link);
	return link >= 0;
}

/* To the first of two functions that this kernel has; to none, if it has neither. */
static void attach_to(struct bpf_program *program, const struct btf *btf, const char *name,
		      const char *other)
{
	if (function_id(btf, name) < 0)
		name = other;
	if (name && function_id(btf, name) >= 0 &&
	    bpf_program__set_attach_target(program, 0, name) == 0)
		bpf_program__set_autoload(program, true);
}

enum hooks hooks_choose(struct vigil_bpf *bpf, const struct btf *btf,
			const struct vigil_options *options)
{
	struct bpf_program *const all[] = {
		bpf->progs.on_ptrace,        bpf->progs.on_ptrace_compat, bpf->progs.on_writev,
		bpf->progs.on_writev_compat, bpf->progs.on_mem_write,     bpf->progs.on_sys_exit,
	};
	enum hooks hooks = HOOKS_NONE;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		bpf_program__set_autoload(all[i], false);
	if (options->types & HOOKS_TYPES && is_attachable(btf, PTRACE, BPF_TRACE_FEXIT))
		hooks = HOOKS_FEXIT;
	else if (options->types & options->at_any_cost & HOOKS_TYPES)
		hooks = HOOKS_SYSCALLS;
	else if (options->types & HOOKS_TYPES && has_tracepoint(btf, "btf_trace_signal_generate"))
		hooks = HOOKS_TRACEPOINTS;
	if (hooks == HOOKS_FEXIT) {
		attach_to(bpf->progs.on_ptrace, btf, PTRACE, NULL);
		attach_to(bpf->progs.on_ptrace_compat, btf, COMPAT "sys_ptrace", NULL);
		attach_to(bpf->progs.on_writev, btf, NATIVE "sys_process_vm_writev", NULL);
		attach_to(bpf->progs.on_writev_compat, btf, "__ia32_sys_process_vm_writev",
			  COMPAT "sys_process_vm_writev");
		attach_to(bpf->progs.on_mem_write, btf, "mem_write", NULL);
	}
	bpf_program__set_autoload(bpf->progs.on_sys_exit, hooks == HOOKS_SYSCALLS);
	bpf_program__set_autoload(bpf->progs.on_signal, hooks == HOOKS_TRACEPOINTS);
	/* The registers of a task: since Linux 5.15. */
	bpf_program__set_autoload(bpf->progs.on_wait_task,
				  hooks == HOOKS_TRACEPOINTS &&
				      has_tracepoint(btf, "btf_trace_sched_wait_task") &&
				      function_id(btf, "bpf_task_pt_regs") >= 0);
	bpf->rodata->accesses_seen = hooks != HOOKS_NONE;
	if (hooks == HOOKS_NONE)
		bpf_map__set_max_entries(bpf->maps.accesses, 1);
	return hooks;
}

enum hooks hooks_choose_credentials(struct vigil_bpf *bpf, const struct btf *btf,
				    const struct vigil_options *options, bool may_trace)
{
	enum hooks hooks = HOOKS_NONE;

	if (may_trace && is_attachable(btf, COMMIT_CREDS, BPF_TRACE_FENTRY))
		hooks = HOOKS_FEXIT;
	else if (options->types & options->at_any_cost & VIGIL_TYPE_BIT(VIGIL_CREDENTIALS))
		hooks = HOOKS_SYSCALLS;
	bpf_program__set_autoload(bpf->progs.on_commit_creds, false);
	if (hooks == HOOKS_FEXIT)
		attach_to(bpf->progs.on_commit_creds, btf, COMMIT_CREDS, NULL);
	bpf_program__set_autoload(bpf->progs.on_enter_credentials, hooks == HOOKS_SYSCALLS);
	bpf_program__set_autoload(bpf->progs.on_exit_credentials, hooks == HOOKS_SYSCALLS);
	if (hooks != HOOKS_SYSCALLS)
		bpf_map__set_max_entries(bpf->maps.credentials_before, 1);
	return hooks;
}

const char *hooks_name(enum hooks hooks)
{
	static const char *const names[] = {
		[HOOKS_NONE] = "",
		[HOOKS_FEXIT] = "+fexit",
		[HOOKS_TRACEPOINTS] = "+tracepoints",
		[HOOKS_SYSCALLS] = "+syscalls",
	};

	return names[hooks];
}
