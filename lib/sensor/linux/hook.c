/* SPDX-License-Identifier: MIT */
#include "sensor/linux/hook.h"

#include <unistd.h>

#include <bpf/bpf.h>

int hook_attach(enum bpf_attach_type where, uint32_t id, const char **what)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = where,
		    .attach_btf_id = id);
	int fd, link;

	*what = "loading a program";
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "vigil_try", "Dual MIT/GPL", program,
			   sizeof(program) / sizeof(program[0]), &options);
	if (fd < 0)
		return fd;
	*what = "attaching a program";
	link = where == BPF_TRACE_ITER ? bpf_link_create(fd, 0, BPF_TRACE_ITER, NULL)
				       : bpf_raw_tracepoint_open(NULL, fd);
	close(fd);
	return link;
}
