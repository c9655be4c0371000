/* SPDX-License-Identifier: MIT */
/*
 * waiter.h - lets a source that wraps another one wait for the inner source, for a time, and
 * for work that is done in parallel: by processes on Linux, by a thread on Windows, whose lock
 * and condition variable are here too.
 */
#ifndef VIGIL_ENRICH_WAITER_H
#define VIGIL_ENRICH_WAITER_H

#include "record/source.h"

struct waiter;

/* inner: records from it end a wait. Returns NULL on failure, and fills error. */
struct waiter *waiter_open(struct source *inner, struct vigil_error *error);

/* Linux: a wait also ends while this descriptor is readable. */
enum vigil_code waiter_add_fd(struct waiter *waiter, int fd, struct vigil_error *error);

/* Windows: starts the thread, at low priority. */
enum vigil_code waiter_start_thread(struct waiter *waiter, void (*run)(void *context),
				    void *context, struct vigil_error *error);

void waiter_lock(struct waiter *waiter);
void waiter_unlock(struct waiter *waiter);

/* For the thread, with the lock held: waits for waiter_wake. */
void waiter_sleep(struct waiter *waiter);
void waiter_wake(struct waiter *waiter);

/* Ends a wait, or the next one at once, until waiter_clear. Thread-safe. */
void waiter_signal(struct waiter *waiter);

/* Waits up to two seconds for the thread, which was asked to end. Returns false if it hangs and
 * still uses the waiter and its memory. */
bool waiter_join_thread(struct waiter *waiter);

/* ---- on both ---- */

void waiter_clear(struct waiter *waiter);

/* Ends a wait in `ms` milliseconds, at least 1; 0: disables that. Replaces the last call. */
void waiter_set_timer(struct waiter *waiter, int64_t ms);

/* For source_ops.wait and .fd. */
int waiter_wait(struct waiter *waiter, int timeout_ms, struct vigil_error *error);
int waiter_fd(struct waiter *waiter);

/* waiter may be NULL; its thread has ended, or was never started. */
void waiter_close(struct waiter *waiter);

#endif /* VIGIL_ENRICH_WAITER_H */
