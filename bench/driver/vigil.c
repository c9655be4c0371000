/* SPDX-License-Identifier: MIT */
/* vigil.c - the driver's own capture path: record.c, queue.c, stream.c as they are. */
#include "bench.h"

#include "processes.h"
#include "queue.h"
#include "record.h"
#include "routines.h"
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>

static struct stream stream;

static void NTAPI wake(VOID)
{
}

static void start(void)
{
	static UNICODE_STRING key;
	struct process_state self;

	RoutinesStart();
	if (!NT_SUCCESS(SettingsStart(&key)) || !NT_SUCCESS(QueueStart()))
		abort();
	QueueWakeCall(wake);
	ProcessesStart();
	RtlZeroMemory(&self, sizeof(self));
	self.id.pid = BENCH_PID;
	self.id.start_key = 1;
	(void)ProcessesAdd(&self);
	StreamStart(&stream);
}

static void capture(const UNICODE_STRING *path, UINT32 pid, UINT64 base)
{
	struct vigil_image_body body;
	struct record record;

	RtlZeroMemory(&body, sizeof(body));
	body.process.pid = pid;
	body.process.start_key = ProcessesStartKey(pid);
	body.base = base;
	body.size = 4096;
	RecordBegin(&record, VIGIL_EVENT_IMAGE_LOAD, &body, sizeof(body));
	RecordString(&record, VIGIL_PART_IMAGE, VIGIL_PART_ORIGIN_NOTIFY, path);
	RecordSend(&record);
}

static ULONG read_records(PUCHAR buffer, ULONG room)
{
	ULONG taken;

	if (!NT_SUCCESS(StreamTake(&stream, buffer, room, &taken)))
		abort();
	return taken;
}

static long delivered(void)
{
	static struct vigil_driver_statistics ledger;

	QueueLedger(&ledger);
	return (long)ledger.delivered;
}

static void stop(void)
{
	static struct vigil_driver_statistics ledger;

	QueueLedger(&ledger);
	if (ledger.produced != ledger.delivered + ledger.dropped + ledger.queued) {
		fprintf(stderr, "bench: the ledger does not balance\n");
		exit(1);
	}
	StreamStop(&stream);
	ProcessesStop();
	QueueStop();
	SettingsStop();
}

const struct design vigil_design = { "vigil", start, capture, read_records, delivered, stop };
