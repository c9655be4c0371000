/* SPDX-License-Identifier: MIT */
#include "os/rdonly_cast.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "os/kernel_types.h"
#include "shared.h"

/* r2 = VIGIL_RDONLY_CAST_MARK, r0 = r1  ->  r2 = the type, r0 = bpf_rdonly_cast(r1, r2) */
static void replace_marks(struct bpf_insn *code, size_t count, int type, int cast)
{
	for (size_t i = 0; i + 1 < count; i++) {
		if (code[i].code != (BPF_ALU64 | BPF_MOV | BPF_K) ||
		    code[i].imm != VIGIL_RDONLY_CAST_MARK)
			continue;
		code[i].imm = type;
		code[i + 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
						 .src_reg = BPF_PSEUDO_KFUNC_CALL,
						 .imm = cast };
	}
}

int rdonly_cast_insert(const struct bpf_object *object, const struct kernel_types *kernel)
{
	int type = (int)kernel_types_find(kernel, "task_struct", BTF_KIND_STRUCT);
	int cast = (int)kernel_types_find(kernel, "bpf_rdonly_cast", BTF_KIND_FUNC);
	struct bpf_program *program;
	int result = 0;

	if (type == 0 || cast == 0)
		return 0;
	bpf_object__for_each_program(program, object)
	{
		size_t count = bpf_program__insn_cnt(program);
		struct bpf_insn *code = malloc(count * sizeof(*code));

		if (!code)
			return -ENOMEM;
		memcpy(code, bpf_program__insns(program), count * sizeof(*code));
		replace_marks(code, count, type, cast);
		result = bpf_program__set_insns(program, code, count);
		free(code);
		if (result < 0)
			return result;
	}
	return 0;
}
