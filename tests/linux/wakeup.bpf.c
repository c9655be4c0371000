/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* wakeup.bpf.c - puts records into the ring (kernel/linux/queue.h): see test_wakeup.c. */
#include "queue.h"

SEC("raw_tp/sys_enter")
int output_record(void *ctx)
{
	struct vigil_header record;

	__builtin_memset(&record, 0, sizeof(record));
	record.size = sizeof(record);
	ring_output(VIGIL_EVENT_PROCESS_EXEC, &record, sizeof(record));
	return 0;
}

SEC("raw_tp/sys_enter")
int submit_record(void *ctx)
{
	struct vigil_header *record = ring_reserve(VIGIL_EVENT_PROCESS_EXIT, sizeof(*record));

	if (!record)
		return 0;
	__builtin_memset(record, 0, sizeof(*record));
	record->size = sizeof(*record);
	ring_submit(record);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
