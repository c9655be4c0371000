/* SPDX-License-Identifier: MIT */
/* rig_parts.h - what the files of rig.sys know of one another. */
#ifndef VIGIL_TEST_RIG_PARTS_H
#define VIGIL_TEST_RIG_PARTS_H

#include <ntifs.h>

#include "rig.h"

/* -- rig_loader.c: drivers that are loaded after the rig use its routines ---- */

NTSTATUS LoaderStart(VOID);
VOID LoaderStop(VOID);
VOID LoaderCount(struct rig_counts *counts);

/* Whether the code at this address is of an image linked with FORCE_INTEGRITY. */
BOOLEAN LoaderIntegrity(PVOID address);

/* -- rig_supply.c: the routines that the rig puts in the place of Wine's ----- */

VOID SupplyStart(VOID);
VOID SupplyCount(struct rig_counts *counts);

/* NULL: Wine's own is meant. */
PVOID SupplyFind(const char *name);

/* Lends a file object to the routines, with the name that the stand-in of the
 * filter manager has for it. */
struct rig_file {
	LIST_ENTRY link;
	FILE_OBJECT object;
	UNICODE_STRING device;
};
VOID SupplyFile(struct rig_file *file, const UNICODE_STRING *opened, const UNICODE_STRING *device);
VOID SupplyFileEnd(struct rig_file *file);

/* -- rig_notify.c: who is registered, and the calls ------------------------- */

enum notify_kind {
	NOTIFY_PROCESS,
	NOTIFY_THREAD,
	NOTIFY_IMAGE,
	NOTIFY_KINDS
};

VOID NotifyStart(VOID);
VOID NotifyStop(VOID);
VOID NotifyCount(struct rig_counts *counts);

NTSTATUS NotifyAdd(enum notify_kind kind, PVOID routine);
/* Returns when no call of the routine is running any more. */
NTSTATUS NotifyRemove(enum notify_kind kind, PVOID routine);

/* `text` holds the three strings of the request, checked; pid and tid are the
 * caller's. */
NTSTATUS NotifyFire(const struct rig_fire *fire, PWCH text, HANDLE pid, HANDLE tid,
		    struct rig_answer *answer);

/* In whose context the current thread calls a routine; FALSE: in its own. */
BOOLEAN NotifyActor(CLIENT_ID *actor);

#endif /* VIGIL_TEST_RIG_PARTS_H */
