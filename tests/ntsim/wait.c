/* SPDX-License-Identifier: MIT */
/* wait.c - dispatcher objects: events, semaphores, mutexes, and waiting for them. */
#include "sim.h"

struct wait {
	PVOID *objects;
	ULONG count;
	WAIT_TYPE type;
	struct host *host; /* who waits: others ask on its behalf */
};

void dispatcher_init(DISPATCHER_HEADER *header, UCHAR type, LONG state)
{
	memset(header, 0, sizeof(*header));
	header->Type = type;
	header->SignalState = state;
}

static DISPATCHER_HEADER *check(const char *routine, PVOID object, UCHAR least, UCHAR most)
{
	DISPATCHER_HEADER *header = object;

	if (header->Type < least || header->Type > most)
		ntsim_bugcheck(NTSIM_LOCK_UNINITIALIZED, "%s: object %p is not initialized",
			       routine, object);
	return header;
}

void dispatcher_signal(DISPATCHER_HEADER *header)
{
	sync_release(header);
	klock();
	header->SignalState = 1;
	kwake();
	kunlock();
}

/* ---- events ---- */

VOID KeInitializeEvent(PRKEVENT event, EVENT_TYPE type, BOOLEAN state)
{
	dispatcher_init(&event->Header,
			type == SynchronizationEvent ? DISPATCHER_SYNC_EVENT : DISPATCHER_EVENT,
			state != 0);
}

static LONG set_event(const char *routine, PRKEVENT event, LONG state)
{
	LONG old;

	need_irql(routine, PASSIVE_LEVEL, DISPATCH_LEVEL);
	sync_release(event);
	klock();
	check(routine, event, DISPATCHER_EVENT, DISPATCHER_SYNC_EVENT);
	old = event->Header.SignalState;
	event->Header.SignalState = state;
	kwake();
	kunlock();
	return old;
}

LONG KeSetEvent(PRKEVENT event, KPRIORITY increment, BOOLEAN wait)
{
	LONG old;

	(void)increment;
	if (wait)
		need_irql("KeSetEvent with Wait", PASSIVE_LEVEL, APC_LEVEL);
	old = set_event("KeSetEvent", event, 1);
	ntsim_point();
	return old;
}

LONG KeResetEvent(PRKEVENT event)
{
	return set_event("KeResetEvent", event, 0);
}

VOID KeClearEvent(PRKEVENT event)
{
	set_event("KeClearEvent", event, 0);
}

LONG KeReadStateEvent(PRKEVENT event)
{
	LONG state;

	need_irql("KeReadStateEvent", PASSIVE_LEVEL, DISPATCH_LEVEL);
	klock();
	check("KeReadStateEvent", event, DISPATCHER_EVENT, DISPATCHER_SYNC_EVENT);
	state = event->Header.SignalState;
	kunlock();
	return state;
}

/* ---- semaphores and mutexes ---- */

VOID KeInitializeSemaphore(PRKSEMAPHORE semaphore, LONG count, LONG limit)
{
	dispatcher_init(&semaphore->Header, DISPATCHER_SEMAPHORE, count);
	semaphore->Limit = limit;
}

LONG KeReleaseSemaphore(PRKSEMAPHORE semaphore, KPRIORITY increment, LONG adjustment, BOOLEAN wait)
{
	LONG old;

	(void)increment, (void)wait;
	need_irql("KeReleaseSemaphore", PASSIVE_LEVEL, DISPATCH_LEVEL);
	sync_release(semaphore);
	klock();
	check("KeReleaseSemaphore", semaphore, DISPATCHER_SEMAPHORE, DISPATCHER_SEMAPHORE);
	old = semaphore->Header.SignalState;
	if (adjustment <= 0 || old > semaphore->Limit - adjustment)
		ntsim_bugcheck(NTSIM_MISUSE, "KeReleaseSemaphore over its limit");
	semaphore->Header.SignalState += adjustment;
	kwake();
	kunlock();
	return old;
}

LONG KeReadStateSemaphore(PRKSEMAPHORE semaphore)
{
	LONG state;

	klock();
	state = semaphore->Header.SignalState;
	kunlock();
	return state;
}

VOID KeInitializeMutex(PRKMUTEX mutex, ULONG level)
{
	(void)level;
	memset(mutex, 0, sizeof(*mutex));
	dispatcher_init(&mutex->Header, DISPATCHER_MUTEX, 1);
}

LONG KeReleaseMutex(PRKMUTEX mutex, BOOLEAN wait)
{
	LONG old;

	(void)wait;
	need_irql("KeReleaseMutex", PASSIVE_LEVEL, DISPATCH_LEVEL);
	sync_release(mutex);
	klock();
	check("KeReleaseMutex", mutex, DISPATCHER_MUTEX, DISPATCHER_MUTEX);
	if (mutex->OwnerThread != self())
		ntsim_bugcheck(NTSIM_LOCK_OWNER,
			       "mutex %p released by a thread that does not "
			       "hold it",
			       (void *)mutex);
	old = -mutex->Recursion;
	if (--mutex->Recursion == 0) {
		mutex->OwnerThread = NULL;
		mutex->Header.SignalState = 1;
		self()->critical--; /* owning one disables normal kernel APCs */
		kwake();
	}
	kunlock();
	return old;
}

/* ---- waits ---- */

static bool is_signaled(DISPATCHER_HEADER *header, const struct host *host)
{
	if (header->Type == DISPATCHER_MUTEX &&
	    CONTAINING_RECORD(header, KMUTEX, Header)->OwnerThread == host)
		return true;
	return header->SignalState > 0;
}

static void consume(DISPATCHER_HEADER *header)
{
	KMUTEX *mutex;

	switch (header->Type) {
	case DISPATCHER_SYNC_EVENT:
	case DISPATCHER_SYNC_TIMER:
		header->SignalState = 0;
		break;
	case DISPATCHER_SEMAPHORE:
		header->SignalState--;
		break;
	case DISPATCHER_MUTEX:
		mutex = CONTAINING_RECORD(header, KMUTEX, Header);
		if (mutex->Recursion++ == 0)
			self()->critical++;
		mutex->OwnerThread = self();
		header->SignalState = 0;
		break;
	default:
		break;
	}
}

static ULONG first_signaled(const struct wait *wait)
{
	ULONG i;

	for (i = 0; i < wait->count && !is_signaled(wait->objects[i], wait->host); i++)
		;
	return i;
}

static bool satisfied(void *argument)
{
	struct wait *wait = argument;

	if (wait->type == WaitAny)
		return first_signaled(wait) < wait->count;
	for (ULONG i = 0; i < wait->count; i++) {
		if (!is_signaled(wait->objects[i], wait->host))
			return false;
	}
	return true;
}

static LONGLONG deadline(const LARGE_INTEGER *timeout)
{
	if (!timeout)
		return FOREVER;
	if (timeout->QuadPart <= 0)
		return interrupt_time() - timeout->QuadPart;
	return timeout->QuadPart - ntsim_now() + interrupt_time();
}

static NTSTATUS wait_for(struct wait *wait, PLARGE_INTEGER timeout)
{
	NTSTATUS status = STATUS_TIMEOUT;
	ULONG first = 0, end = wait->count;

	klock();
	if (kwait(satisfied, wait, deadline(timeout))) {
		if (wait->type == WaitAny) {
			first = first_signaled(wait);
			end = first + 1;
		}
		status = (NTSTATUS)first;
		for (ULONG i = first; i < end; i++)
			consume(wait->objects[i]);
	}
	kunlock();
	for (ULONG i = first; status != STATUS_TIMEOUT && i < end; i++)
		sync_acquire(wait->objects[i]);
	return status;
}

static void check_wait(const char *routine, const LARGE_INTEGER *timeout)
{
	bool poll = timeout && timeout->QuadPart == 0;

	need_irql(routine, PASSIVE_LEVEL, poll ? DISPATCH_LEVEL : APC_LEVEL);
}

NTSTATUS KeWaitForSingleObject(PVOID object, KWAIT_REASON reason, KPROCESSOR_MODE mode,
			       BOOLEAN alertable, PLARGE_INTEGER timeout)
{
	struct wait wait = { &object, 1, WaitAny, self() };

	(void)reason, (void)mode, (void)alertable;
	check_wait("KeWaitForSingleObject", timeout);
	check("KeWaitForSingleObject", object, DISPATCHER_EVENT, DISPATCHER_THREAD);
	return wait_for(&wait, timeout);
}

NTSTATUS KeWaitForMultipleObjects(ULONG count, PVOID objects[], WAIT_TYPE type, KWAIT_REASON reason,
				  KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER timeout,
				  PKWAIT_BLOCK blocks)
{
	struct wait wait = { objects, count, type, self() };

	(void)reason, (void)mode, (void)alertable;
	check_wait("KeWaitForMultipleObjects", timeout);
	if (count > (blocks ? MAXIMUM_WAIT_OBJECTS : THREAD_WAIT_OBJECTS))
		ntsim_bugcheck(NTSIM_MISUSE, "KeWaitForMultipleObjects: %u objects", count);
	for (ULONG i = 0; i < count; i++)
		check("KeWaitForMultipleObjects", objects[i], DISPATCHER_EVENT, DISPATCHER_THREAD);
	return wait_for(&wait, timeout);
}

static bool never(void *argument)
{
	(void)argument;
	return false;
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER interval)
{
	(void)mode, (void)alertable;
	need_irql("KeDelayExecutionThread", PASSIVE_LEVEL, APC_LEVEL);
	klock();
	kwait(never, NULL, deadline(interval));
	kunlock();
	return STATUS_SUCCESS;
}
