/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* args.bpf.c - what an exec does about arguments (kernel/linux/parts.h), for the process that
 * runs it: see test_args.c. */
#include "parts.h"
#include <bpf/bpf_tracing.h>

/* As in an exec, the compiler does not know where the part begins. */
const volatile uint32_t begin = sizeof(struct vigil_header);

SEC("raw_tp/sys_enter")
int put_own_args(void *ctx)
{
	uint32_t which = 0;
	struct vigil_scratch *s = bpf_map_lookup_elem(&scratch, &which);
	struct writer w = { s, which };

	if (!s)
		return 0;
	s->end = begin;
	__builtin_memset(s->record, 0, sizeof(struct vigil_header));
	put_args(&w, (void *)s, bpf_get_current_task_btf());
	((struct vigil_header *)s)->size = s->end;
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
