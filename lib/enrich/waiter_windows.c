/* SPDX-License-Identifier: MIT */
#include "enrich/waiter.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "os/os.h"
#include "os/os_windows.h"

#define PATIENCE_MS 2000 /* a read that hangs may hold the thread longer */

struct worker {
	struct source *inner;
	struct os_thread thread;
	HANDLE bell;
	SRWLOCK lock;
	CONDITION_VARIABLE wanted;
	int64_t rings_at; /* by os_now_ms; 0: not */
	void (*run)(void *context);
	void *context;
};

struct worker *worker_open(struct source *inner, struct vigil_error *error)
{
	struct worker *w = calloc(1, sizeof *w);

	if (w)
		w->bell = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (!w || !w->bell) {
		vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
		worker_close(w);
		return NULL;
	}
	w->inner = inner;
	InitializeSRWLock(&w->lock);
	InitializeConditionVariable(&w->wanted);
	return w;
}

/* A drive without its disk must not ask for it in a window. */
static void run_quietly(void *context)
{
	struct worker *w = context;

	SetThreadErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX, NULL);
	w->run(w->context);
}

enum vigil_code worker_begin(struct worker *w, void (*run)(void *context), void *context,
			     struct vigil_error *error)
{
	int result;

	w->run = run;
	w->context = context;
	result = os_thread_start(&w->thread, "vigil-inspect", OS_PRIORITY_LOW, run_quietly, w);
	if (result == 0)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot start a thread: %s", strerror(result));
}

void worker_lock(struct worker *w)
{
	AcquireSRWLockExclusive(&w->lock);
}

void worker_unlock(struct worker *w)
{
	ReleaseSRWLockExclusive(&w->lock);
}

void worker_sleep(struct worker *w)
{
	SleepConditionVariableSRW(&w->wanted, &w->lock, INFINITE, 0);
}

void worker_wake(struct worker *w)
{
	WakeConditionVariable(&w->wanted);
}

void worker_ring(struct worker *w)
{
	SetEvent(w->bell);
}

void worker_quiet(struct worker *w)
{
	ResetEvent(w->bell);
}

void worker_ring_in(struct worker *w, int64_t ms)
{
	w->rings_at = ms ? os_now_ms() + ms : 0;
}

int worker_wait(struct worker *w, int timeout_ms, struct vigil_error *error)
{
	HANDLE both[] = { w->bell, w->inner->ops->event(w->inner) };
	DWORD most = timeout_ms < 0 ? INFINITE : (DWORD)timeout_ms;
	int64_t left = w->rings_at ? w->rings_at - os_now_ms() : INT64_MAX;
	char words[300];

	if (left < 0)
		left = 0;
	if (left < (int64_t)most)
		most = (DWORD)left;
	if (WaitForMultipleObjects(2, both, FALSE, most) != WAIT_FAILED)
		return 1;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot wait: %s",
			  os_error_text(GetLastError(), words, sizeof words));
}

int worker_fd(struct worker *w)
{
	(void)w;
	return -1;
}

bool worker_end(struct worker *w)
{
	HANDLE thread = (HANDLE)w->thread.handle;
	bool ended = !thread || WaitForSingleObject(thread, PATIENCE_MS) == WAIT_OBJECT_0;

	if (thread)
		CloseHandle(thread);
	w->thread.handle = 0;
	return ended;
}

void worker_close(struct worker *w)
{
	if (!w)
		return;
	if (w->bell)
		CloseHandle(w->bell);
	free(w);
}
