/* SPDX-License-Identifier: MIT */
/* lock.h - the table of locks, for the routines that acquire them (spinlock.c, mutex.c). */
#ifndef NTSIM_LOCK_H
#define NTSIM_LOCK_H

#include "sim.h"

enum lock_kind {
	LOCK_SPIN,
	LOCK_EX_SPIN,
	LOCK_FAST,
	LOCK_GUARDED,
	LOCK_RESOURCE,
	LOCK_PUSH,
	LOCK_FLT_PUSH
};

extern KSPIN_LOCK lock_cancel;
extern const bool lock_exclusive, lock_shared; /* how a release says what it releases */

void lock_init(const void *address, enum lock_kind kind);
void lock_delete(const void *address, enum lock_kind kind);
/* False: not at once, and the caller would not wait. `old` comes back from lock_drop(). */
bool lock_take(const void *address, enum lock_kind kind, bool exclusive, bool wait, KIRQL old);
/* `exclusive` NULL: the routine releases either. */
KIRQL lock_drop(const void *address, enum lock_kind kind, const bool *exclusive);
bool lock_holds(const void *address, enum lock_kind kind, bool exclusive_only);
bool lock_is_free(const void *address, enum lock_kind kind); /* under klock() */
void lock_share(const void *address, enum lock_kind kind);   /* from exclusive to shared */

#endif
