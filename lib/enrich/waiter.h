/* SPDX-License-Identifier: MIT */
/*
 * waiter.h - the waiting of a source that is put around another one: for the inner
 * source, for a time, and for what works beside both: on Linux processes, on Windows a
 * thread with its lock, its sleep and its bell.
 */
#ifndef VIGIL_ENRICH_WAITER_H
#define VIGIL_ENRICH_WAITER_H

#include "record/source.h"

struct worker;

/* inner: whose news end a wait, too. NULL: error says why. */
struct worker *worker_open(struct source *inner, struct vigil_error *error);

/* On Linux: a wait ends while this descriptor is readable, too. */
enum vigil_code worker_watch(struct worker *worker, int fd, struct vigil_error *error);

/* On Windows: starts the thread, which gives way to others. */
enum vigil_code worker_begin(struct worker *worker, void (*run)(void *context), void *context,
			     struct vigil_error *error);

void worker_lock(struct worker *worker);
void worker_unlock(struct worker *worker);

/* The thread, under the lock: waits for worker_wake. */
void worker_sleep(struct worker *worker);
void worker_wake(struct worker *worker);

/* From any thread: ends a wait, and the next one at once until worker_quiet. */
void worker_ring(struct worker *worker);

/* Waits a little for the thread, which was told to end. False: it hangs, and keeps the
 * worker and what it uses. */
bool worker_end(struct worker *worker);

/* ---- on both ---- */

void worker_quiet(struct worker *worker);

/* A wait ends in so many milliseconds, from 1; 0: not. The latest one counts. */
void worker_ring_in(struct worker *worker, int64_t ms);

/* As source_ops.wait and .fd. */
int worker_wait(struct worker *worker, int timeout_ms, struct vigil_error *error);
int worker_fd(struct worker *worker);

/* worker may be NULL; its thread has ended, or never began. */
void worker_close(struct worker *worker);

#endif /* VIGIL_ENRICH_WAITER_H */
