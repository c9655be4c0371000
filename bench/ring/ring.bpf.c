/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* ring.bpf.c - one record into a ring as kernel/linux/queue.h writes it, or nothing. */
#include "kernel.h"
#include <bpf/bpf_helpers.h>

#define RECORD 208 /* bytes: between a record of a thread and one of an exec */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 20);
} ring SEC(".maps");

uint64_t refused;

SEC("tc")
int write_record(void *context)
{
	uint64_t *record;

	(void)context;
	if (bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) > 60 << 20 ||
	    !(record = bpf_ringbuf_reserve(&ring, RECORD, 0))) {
		__sync_fetch_and_add(&refused, 1);
		return 0;
	}
	for (int i = 0; i < RECORD / 8; i++)
		record[i] = (uint64_t)i;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("tc")
int write_nothing(void *context)
{
	(void)context;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
