/* SPDX-License-Identifier: MIT */
#include "enrich/waiter.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "os/os.h"
#include "os/os_windows.h"

#define PATIENCE_MS 2000 /* a read that hangs may delay the thread longer */

struct waiter {
	struct source *inner;
	struct os_thread thread;
	HANDLE event;
	SRWLOCK lock;
	CONDITION_VARIABLE wanted;
	int64_t timer_at; /* in os_now_ms; 0: not set */
	void (*run)(void *context);
	void *context;
};

struct waiter *waiter_open(struct source *inner, struct vigil_error *error)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (w)
		w->event = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (!w || !w->event) {
		vigil_fail(error, VIGIL_ERROR_MEMORY, "cannot set up waiting: out of memory");
		waiter_close(w);
		return NULL;
	}
	w->inner = inner;
	InitializeSRWLock(&w->lock);
	InitializeConditionVariable(&w->wanted);
	return w;
}

/* Without this error mode, a drive without a disk would open a dialog. */
static void run_thread(void *context)
{
	struct waiter *w = context;

	SetThreadErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX, NULL);
	w->run(w->context);
}

enum vigil_code waiter_start_thread(struct waiter *w, void (*run)(void *context), void *context,
				    struct vigil_error *error)
{
	int result;

	w->run = run;
	w->context = context;
	result = os_thread_start(&w->thread, "vigil-inspect", OS_PRIORITY_LOW, run_thread, w);
	if (result == 0)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot start a thread: %s", strerror(result));
}

void waiter_lock(struct waiter *w)
{
	AcquireSRWLockExclusive(&w->lock);
}

void waiter_unlock(struct waiter *w)
{
	ReleaseSRWLockExclusive(&w->lock);
}

void waiter_sleep(struct waiter *w)
{
	SleepConditionVariableSRW(&w->wanted, &w->lock, INFINITE, 0);
}

void waiter_wake(struct waiter *w)
{
	WakeConditionVariable(&w->wanted);
}

void waiter_signal(struct waiter *w)
{
	SetEvent(w->event);
}

void waiter_clear(struct waiter *w)
{
	ResetEvent(w->event);
}

void waiter_set_timer(struct waiter *w, int64_t ms)
{
	w->timer_at = ms ? os_now_ms() + ms : 0;
}

int waiter_wait(struct waiter *w, int timeout_ms, struct vigil_error *error)
{
	HANDLE both[] = { w->event, w->inner->ops->event(w->inner) };
	DWORD most = timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms;
	int64_t left = w->timer_at ? w->timer_at - os_now_ms() : INT64_MAX;
	char words[300];

	if (left < 0)
		left = 0;
	if (left < (int64_t)most)
		most = (DWORD)left;
	if (WaitForMultipleObjects(2, both, FALSE, most) != WAIT_FAILED)
		return 1;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot wait: %s",
			  os_error_text(GetLastError(), words, sizeof(words)));
}

int waiter_fd(struct waiter *w)
{
	(void)w;
	return -1;
}

bool waiter_join_thread(struct waiter *w)
{
	HANDLE thread = (HANDLE)w->thread.handle;
	bool ended = !thread || WaitForSingleObject(thread, PATIENCE_MS) == WAIT_OBJECT_0;

	if (thread)
		CloseHandle(thread);
	w->thread.handle = 0;
	return ended;
}

void waiter_close(struct waiter *w)
{
	if (!w)
		return;
	if (w->event)
		CloseHandle(w->event);
	free(w);
}
