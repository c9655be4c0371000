/* SPDX-License-Identifier: MIT */
/*
 * timer.c - time, timers and DPCs. The clock moves by ntsim_advance(), automatically
 * when every thread waits, or (real_time) with the machine's clock. DPCs run at
 * DISPATCH_LEVEL on a separate host, as on another processor.
 */
#include "sim.h"

#include <time.h>
#include <unistd.h>

#define EPOCH    133500000000000000 /* a day in 2024, as system time */
#define UPTIME   6000000000         /* ten minutes since boot, so that 0 stands out */
#define TICK     156250             /* KeQueryTimeIncrement */
#define DPC_TYPE 0x13

static LONGLONG now, clock_offset;
static LONGLONG first_offset; /* clock_offset at boot */
static bool real;
static LIST_ENTRY timers, dpcs; /* set timers; queued DPCs */
static PKDPC running;
static bool stopping, dpc_started;
static struct host *dpc_host;
static pthread_t ticker;
static bool ticking;

static LONGLONG machine_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 10000000LL + t.tv_nsec / 100;
}

bool time_is_real(void)
{
	return real;
}

LONGLONG interrupt_time(void)
{
	return real ? machine_time() : now;
}

LONGLONG ntsim_now(void)
{
	LONGLONG value;

	klock();
	value = interrupt_time() + clock_offset;
	kunlock();
	return value;
}

LONGLONG boot_time(void)
{
	return first_offset;
}

LONGLONG clock_steps(void)
{
	LONGLONG steps;

	klock();
	steps = clock_offset - first_offset;
	kunlock();
	return steps;
}

void ntsim_set_clock(LONGLONG time)
{
	klock();
	clock_offset = time - interrupt_time();
	kunlock();
}

/* ---- timers ---- */

static void queue_dpc(PKDPC dpc)
{
	if (dpc->DpcData)
		return;
	dpc->DpcData = &dpcs;
	InsertTailList(&dpcs, &dpc->DpcListEntry);
}

static void expire(PKTIMER timer)
{
	RemoveEntryList(&timer->TimerListEntry);
	timer->TimerListEntry.Flink = NULL;
	timer->Header.SignalState = 1;
	if (timer->Dpc)
		queue_dpc(timer->Dpc);
	if (timer->Period) {
		timer->DueTime.QuadPart += timer->Period * 10000ull;
		InsertTailList(&timers, &timer->TimerListEntry);
	}
}

/* The timer to expire next, or NULL. */
static PKTIMER first_timer(void)
{
	PKTIMER first = NULL;

	for (PLIST_ENTRY e = timers.Flink; e != &timers; e = e->Flink) {
		PKTIMER t = CONTAINING_RECORD(e, KTIMER, TimerListEntry);

		if (!first || t->DueTime.QuadPart < first->DueTime.QuadPart)
			first = t;
	}
	return first;
}

static void expire_due(void)
{
	PKTIMER timer;

	while ((timer = first_timer()) && (LONGLONG)timer->DueTime.QuadPart <= interrupt_time())
		expire(timer);
	kwake();
}

LONGLONG next_deadline(void)
{
	PKTIMER timer = first_timer();
	LONGLONG next = timer ? (LONGLONG)timer->DueTime.QuadPart : FOREVER;

	for (struct host *h = hosts; h; h = h->next) {
		if (h->blocked && !h->finished && h->deadline < next)
			next = h->deadline;
	}
	return next;
}

void time_move(LONGLONG to)
{
	if (to > now)
		now = to;
	expire_due();
}

static bool time_passed(void *argument)
{
	return interrupt_time() >= *(LONGLONG *)argument;
}

/* To the next deadline before `end`, if there is one. DPCs run at each. */
static bool step(LONGLONG end)
{
	LONGLONG next;

	klock();
	next = next_deadline();
	if (next > end || next <= now)
		next = end;
	time_move(next);
	kunlock();
	ntsim_settle();
	return next < end;
}

void ntsim_advance(LONGLONG interval)
{
	LONGLONG end;

	klock();
	end = interrupt_time() + interval;
	if (real)
		kwait(time_passed, &end, end);
	kunlock();
	while (!real && step(end))
		;
	ntsim_settle();
}

VOID KeInitializeTimerEx(PKTIMER timer, TIMER_TYPE type)
{
	memset(timer, 0, sizeof(*timer));
	dispatcher_init(&timer->Header,
			type == SynchronizationTimer ? DISPATCHER_SYNC_TIMER : DISPATCHER_TIMER, 0);
}

VOID KeInitializeTimer(PKTIMER timer)
{
	KeInitializeTimerEx(timer, NotificationTimer);
}

static void check_timer(PKTIMER timer)
{
	if (timer->Header.Type != DISPATCHER_TIMER && timer->Header.Type != DISPATCHER_SYNC_TIMER)
		ntsim_bugcheck(NTSIM_LOCK_UNINITIALIZED, "timer %p is not initialized",
			       (void *)timer);
}

static void check_dpc(PKDPC dpc)
{
	if (dpc->Type != DPC_TYPE)
		ntsim_bugcheck(NTSIM_LOCK_UNINITIALIZED, "DPC %p is not initialized", (void *)dpc);
}

BOOLEAN KeSetTimerEx(PKTIMER timer, LARGE_INTEGER due, LONG period, PKDPC dpc)
{
	BOOLEAN was_set;

	need_irql("KeSetTimerEx", PASSIVE_LEVEL, DISPATCH_LEVEL);
	check_timer(timer);
	if (dpc) {
		check_dpc(dpc);
		sync_release(dpc);
	}
	klock();
	was_set = timer->TimerListEntry.Flink != NULL;
	if (was_set)
		RemoveEntryList(&timer->TimerListEntry);
	timer->Header.SignalState = 0;
	timer->Dpc = dpc;
	timer->Period = (ULONG)period;
	timer->DueTime.QuadPart = (ULONGLONG)(due.QuadPart < 0 ? interrupt_time() - due.QuadPart
							       : due.QuadPart - clock_offset);
	InsertTailList(&timers, &timer->TimerListEntry);
	expire_due();
	kunlock();
	return was_set;
}

BOOLEAN KeSetTimer(PKTIMER timer, LARGE_INTEGER due, PKDPC dpc)
{
	return KeSetTimerEx(timer, due, 0, dpc);
}

BOOLEAN KeSetCoalescableTimer(PKTIMER timer, LARGE_INTEGER due, ULONG period, ULONG delay,
			      PKDPC dpc)
{
	(void)delay;
	return KeSetTimerEx(timer, due, (LONG)period, dpc);
}

BOOLEAN KeCancelTimer(PKTIMER timer)
{
	BOOLEAN was_set;

	need_irql("KeCancelTimer", PASSIVE_LEVEL, DISPATCH_LEVEL);
	check_timer(timer);
	klock();
	was_set = timer->TimerListEntry.Flink != NULL;
	if (was_set)
		RemoveEntryList(&timer->TimerListEntry);
	timer->TimerListEntry.Flink = NULL;
	kunlock();
	return was_set;
}

BOOLEAN KeReadStateTimer(PKTIMER timer)
{
	check_timer(timer);
	return timer->Header.SignalState != 0;
}

/* ---- DPCs ---- */

static bool dpc_waits(void *argument)
{
	(void)argument;
	return stopping || !IsListEmpty(&dpcs);
}

/* `copy` was taken under the kernel lock: the driver may queue it again meanwhile. */
static void run_dpc(PKDPC dpc, const KDPC *copy)
{
	struct call call;

	raise_irql(DISPATCH_LEVEL);
	sync_acquire(dpc);
	call_begin(&call, "a DPC");
	copy->DeferredRoutine(dpc, copy->DeferredContext, copy->SystemArgument1,
			      copy->SystemArgument2);
	call_end(&call);
	sync_release(&dpcs);
	lower_irql(PASSIVE_LEVEL);
}

static void dpc_body(void *argument)
{
	PKDPC dpc;
	KDPC copy;

	(void)argument;
	klock();
	dpc_started = true;
	kwake();
	while (!stopping) {
		kwait(dpc_waits, NULL, FOREVER);
		if (stopping || IsListEmpty(&dpcs))
			continue;
		running = dpc = CONTAINING_RECORD(RemoveHeadList(&dpcs), KDPC, DpcListEntry);
		dpc->DpcData = NULL;
		copy = *dpc;
		kunlock();
		run_dpc(dpc, &copy);
		klock();
		running = NULL;
		kwake();
	}
	kunlock();
}

VOID KeInitializeDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context)
{
	memset(dpc, 0, sizeof(*dpc));
	dpc->Type = DPC_TYPE;
	dpc->DeferredRoutine = routine;
	dpc->DeferredContext = context;
}

BOOLEAN KeInsertQueueDpc(PRKDPC dpc, PVOID argument1, PVOID argument2)
{
	BOOLEAN inserted;

	ntsim_point();
	check_dpc(dpc);
	sync_release(dpc);
	klock();
	inserted = dpc->DpcData == NULL;
	if (inserted) {
		dpc->SystemArgument1 = argument1;
		dpc->SystemArgument2 = argument2;
		queue_dpc(dpc);
		kwake();
	}
	kunlock();
	return inserted;
}

BOOLEAN KeRemoveQueueDpc(PRKDPC dpc)
{
	BOOLEAN removed;

	ntsim_point();
	check_dpc(dpc);
	klock();
	removed = dpc->DpcData != NULL;
	if (removed)
		RemoveEntryList(&dpc->DpcListEntry);
	dpc->DpcData = NULL;
	kunlock();
	return removed;
}

static bool dpcs_done(void *argument)
{
	(void)argument;
	return IsListEmpty(&dpcs) && !running;
}

VOID KeFlushQueuedDpcs(VOID)
{
	need_irql("KeFlushQueuedDpcs", PASSIVE_LEVEL, PASSIVE_LEVEL);
	klock();
	kwait(dpcs_done, NULL, FOREVER);
	kunlock();
	sync_acquire(&dpcs);
}

/* ---- life ---- */

static bool has_started(void *argument)
{
	(void)argument;
	return dpc_started;
}

static void *tick(void *argument)
{
	(void)argument;
	while (__atomic_load_n(&ticking, __ATOMIC_ACQUIRE)) {
		klock();
		expire_due();
		kunlock();
		usleep(1000);
	}
	return NULL;
}

void timer_boot(bool real_time)
{
	real = real_time;
	now = UPTIME;
	clock_offset = first_offset = EPOCH - interrupt_time();
	stopping = dpc_started = false;
	running = NULL;
	InitializeListHead(&timers);
	InitializeListHead(&dpcs);
	dpc_host = host_start("DPC", dpc_body, NULL, NULL, true);
	klock();
	kwait(has_started, NULL, FOREVER);
	kunlock();
	ticking = real;
	if (real && pthread_create(&ticker, NULL, tick, NULL) != 0)
		abort();
}

void timer_purge(const void *memory, size_t size)
{
	const char *from = memory, *to = from + size;

	klock();
	for (PLIST_ENTRY e = timers.Flink; e != &timers; e = e->Flink) {
		if ((const char *)e >= from && (const char *)e < to)
			ntsim_bugcheck(NTSIM_LEAK, "memory of a timer that is set was freed");
	}
	for (PLIST_ENTRY e = dpcs.Flink; e != &dpcs; e = e->Flink) {
		if ((const char *)e >= from && (const char *)e < to)
			ntsim_bugcheck(NTSIM_LEAK, "memory of a queued DPC was freed");
	}
	if ((const char *)running >= from && (const char *)running < to && running)
		ntsim_bugcheck(NTSIM_LEAK, "memory of a running DPC was freed");
	kunlock();
}

void timer_unload(void)
{
	klock();
	if (!IsListEmpty(&timers))
		ntsim_bugcheck(NTSIM_LEAK, "a timer is set at unload");
	if (!IsListEmpty(&dpcs) || running)
		ntsim_bugcheck(NTSIM_LEAK, "a DPC is queued or runs at unload");
	kunlock();
}

void timer_shutdown(void)
{
	if (ticking) {
		__atomic_store_n(&ticking, false, __ATOMIC_RELEASE);
		pthread_join(ticker, NULL);
	}
	klock();
	stopping = true;
	kwake();
	kunlock();
	host_join(dpc_host);
}

/* ---- what a driver asks the clock ---- */

static unsigned late_reads; /* of the system time, which still lack the newest tick */

void ntsim_tick_late(unsigned reads)
{
	klock();
	late_reads = reads;
	kunlock();
}

VOID KeQuerySystemTime(PLARGE_INTEGER time)
{
	ntsim_point();
	klock();
	time->QuadPart = ntsim_now() / TICK * TICK;
	if (late_reads > 0) {
		late_reads--;
		time->QuadPart -= TICK;
	}
	kunlock();
}

VOID KeQuerySystemTimePrecise(PLARGE_INTEGER time)
{
	need_version("KeQuerySystemTimePrecise", NTSIM_WIN81);
	ntsim_point();
	time->QuadPart = ntsim_now();
}

static ULONGLONG up(void)
{
	ULONGLONG value;

	ntsim_point();
	klock();
	value = (ULONGLONG)interrupt_time();
	kunlock();
	return value;
}

ULONGLONG KeQueryInterruptTime(VOID)
{
	return up() / TICK * TICK;
}

ULONGLONG KeQueryInterruptTimePrecise(PULONG64 qpc)
{
	ULONGLONG value = up();

	need_version("KeQueryInterruptTimePrecise", NTSIM_WIN81);
	*qpc = value;
	return value;
}

ULONGLONG KeQueryUnbiasedInterruptTime(VOID)
{
	return up() / TICK * TICK;
}

ULONGLONG KeQueryUnbiasedInterruptTimePrecise(PULONG64 qpc)
{
	need_version("KeQueryUnbiasedInterruptTimePrecise", NTSIM_WIN10_1703);
	*qpc = up();
	return *qpc;
}

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER frequency)
{
	LARGE_INTEGER value = { .QuadPart = (LONGLONG)up() };

	if (frequency)
		frequency->QuadPart = 10000000;
	return value;
}

VOID KeQueryTickCount(PLARGE_INTEGER count)
{
	count->QuadPart = (LONGLONG)(up() / TICK);
}

ULONG KeQueryTimeIncrement(VOID)
{
	return TICK;
}

VOID KeStallExecutionProcessor(ULONG microseconds)
{
	(void)microseconds;
	ntsim_yield();
}

VOID ExSystemTimeToLocalTime(PLARGE_INTEGER system, PLARGE_INTEGER local)
{
	*local = *system;
}
