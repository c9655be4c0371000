/* SPDX-License-Identifier: MIT */
/* sample_bad.h - the sample driver's state, and where it does something wrong on demand. */
#ifndef NTSIM_SAMPLE_BAD_H
#define NTSIM_SAMPLE_BAD_H

#include "sample.h"

struct sample {
	PDEVICE_OBJECT device;
	KSPIN_LOCK lock; /* all below */
	struct sample_event *ring;
	ULONG first, count, produced, dropped;
	LIST_ENTRY readers;
	EX_RUNDOWN_REF rundown;
	ULONG unguarded;
	FAST_MUTEX mutex; /* below: used by planted faults only */
	ERESOURCE resource;
	EX_PUSH_LOCK push;
	KSPIN_LOCK second;
	KTIMER timer;
	KDPC dpc;
	KEVENT event;
};
extern struct sample sample;

#define bad(which) (sample_fault == (which))

NTSTATUS sample_complete(PIRP irp, NTSTATUS status, ULONG_PTR information);
NTSTATUS sample_create_device(PDRIVER_OBJECT driver, PUNICODE_STRING name, PDEVICE_OBJECT *device);
VOID sample_plant_in_callback(PEPROCESS process, PPS_CREATE_NOTIFY_INFO info);
VOID sample_plant_in_image(PIMAGE_INFO info);
VOID sample_plant_at_unload(PDRIVER_OBJECT driver);
NTSTATUS sample_bad_read(PIRP irp);
NTSTATUS sample_bad_mdl(PIRP irp);
NTSTATUS sample_bad_names(PIRP irp);

#endif
