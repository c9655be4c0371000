/* SPDX-License-Identifier: MIT */
/*
 * nt.c - the routines of an NT kernel that the capture path calls, at realistic cost.
 *
 * Spin locks spin, a thread that waits for a fast mutex sleeps, the pool is malloc
 * (which favors the design that allocates: malloc has a cache for each thread, a
 * kernel pool one for all above 512 bytes), clocks are read from the processor's
 * counter as on Windows. Nothing is checked; tests/ntsim does that.
 */
#define _GNU_SOURCE
#include "nt.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bench.h"
#include "identity.h"

static UINT64 base_ticks, base_time;
static double scale;    /* 100 ns per tick */
static sem_t contended; /* of the only fast mutex */

static UINT64 now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (UINT64)ts.tv_sec * 1000000000u + (UINT64)ts.tv_nsec;
}

void bench_clock_start(void)
{
	UINT64 ns = now_ns(CLOCK_MONOTONIC), ticks = __rdtsc();

	usleep(50000);
	scale = (double)(now_ns(CLOCK_MONOTONIC) - ns) / 100.0 / (double)(__rdtsc() - ticks);
	base_ticks = __rdtsc();
	base_time = now_ns(CLOCK_REALTIME) / 100 + 116444736000000000u;
}

static UINT64 since_start(UINT64 ticks)
{
	return (UINT64)((double)(ticks - base_ticks) * scale);
}

VOID bench_system_time(PLARGE_INTEGER time)
{
	time->QuadPart = (LONGLONG)(base_time + since_start(__rdtsc()));
}

ULONG64 bench_interrupt_time(PULONG64 raw)
{
	*raw = __rdtsc();
	return since_start(*raw);
}

ULONG bench_processor(PVOID number)
{
	UNREFERENCED_PARAMETER(number);
	return (ULONG)sched_getcpu();
}

static PVOID pool2(ULONG64 flags, SIZE_T bytes, ULONG tag)
{
	UNREFERENCED_PARAMETER(flags);
	UNREFERENCED_PARAMETER(tag);
	return calloc(1, bytes);
}

PVOID MmGetSystemRoutineAddress(PUNICODE_STRING name)
{
	static const struct {
		PCWSTR name;
		PVOID routine;
	} table[] = {
		{ L"KeQueryInterruptTimePrecise", (PVOID)bench_interrupt_time },
		{ L"KeGetCurrentProcessorNumberEx", (PVOID)bench_processor },
		{ L"ExAllocatePool2", (PVOID)pool2 },
	};
	size_t i;

	for (i = 0; i < RTL_NUMBER_OF(table); i++) {
		UNICODE_STRING known;

		RtlInitUnicodeString(&known, table[i].name);
		if (known.Length == name->Length &&
		    memcmp(known.Buffer, name->Buffer, name->Length) == 0)
			return table[i].routine;
	}
	return NULL;
}

VOID RtlInitUnicodeString(PUNICODE_STRING string, PCWSTR text)
{
	USHORT length = 0;

	while (text[length] != 0)
		length++;
	string->Length = (USHORT)(length * sizeof(WCHAR));
	string->MaximumLength = (USHORT)(string->Length + sizeof(WCHAR));
	string->Buffer = (PWCH)(ULONG_PTR)text;
}

NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW version)
{
	version->dwMajorVersion = 10;
	return STATUS_SUCCESS;
}

PVOID ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T bytes, ULONG tag)
{
	UNREFERENCED_PARAMETER(type);
	UNREFERENCED_PARAMETER(tag);
	return malloc(bytes);
}

VOID ExFreePoolWithTag(PVOID memory, ULONG tag)
{
	UNREFERENCED_PARAMETER(tag);
	free(memory);
}

VOID KeInitializeSpinLock(PKSPIN_LOCK lock)
{
	*lock = 0;
}

/* A plain lock: the queue of a queued one costs a store and a load besides. */
VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE held)
{
	unsigned spins = 0;

	/* A kernel's holder cannot be preempted; one here can, and then it is given
	 * the processor instead of being waited for through a whole time slice. */
	held->LockQueue.Lock = lock;
	while (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0)
		while (__atomic_load_n(lock, __ATOMIC_RELAXED) != 0)
			if (++spins % 256 == 0)
				sched_yield();
			else
				_mm_pause();
}

VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE held)
{
	__atomic_store_n(held->LockQueue.Lock, 0, __ATOMIC_RELEASE);
}

VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE held)
{
	KeAcquireInStackQueuedSpinLockAtDpcLevel(lock, held);
}

VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE held)
{
	KeReleaseInStackQueuedSpinLockFromDpcLevel(held);
}

/* The level is a register's; there is none here. */
static _Thread_local KIRQL level;

KIRQL KeGetCurrentIrql(VOID)
{
	return level;
}

VOID KeRaiseIrql(KIRQL irql, PKIRQL old)
{
	*old = level;
	level = irql;
}

VOID KeLowerIrql(KIRQL irql)
{
	level = irql;
}

/*
 * A fast mutex is what its struct in wdm.h says: a count, and an event on which to
 * wait when it is taken. Whoever lets go with others waiting hands it to one of
 * them, so no one else can have it until that one has been scheduled.
 */
VOID ExInitializeFastMutex(PFAST_MUTEX mutex)
{
	mutex->Count = 1;
	sem_init(&contended, 0, 0);
}

VOID ExAcquireFastMutex(PFAST_MUTEX mutex)
{
	if (__atomic_sub_fetch(&mutex->Count, 1, __ATOMIC_ACQUIRE) < 0)
		while (sem_wait(&contended) != 0)
			;
}

VOID ExReleaseFastMutex(PFAST_MUTEX mutex)
{
	if (__atomic_add_fetch(&mutex->Count, 1, __ATOMIC_RELEASE) <= 0)
		sem_post(&contended);
}

/* Not needed: the process is always in the table. */
VOID IdentityLookUp(UINT32 pid, UINT64 *start_key, UINT64 *create_time)
{
	UNREFERENCED_PARAMETER(pid);
	*start_key = *create_time = 0;
}

/* What the simulator's headers call for their checks. */
int ntsim_seeded;

void ntsim_preempt(void)
{
}

void ntsim_paged_code(const char *file, int line)
{
	UNREFERENCED_PARAMETER(file);
	UNREFERENCED_PARAMETER(line);
}

void ntsim_assert(const char *expression, const char *file, int line)
{
	UNREFERENCED_PARAMETER(expression);
	UNREFERENCED_PARAMETER(file);
	UNREFERENCED_PARAMETER(line);
	abort();
}

VOID KeBugCheckEx(ULONG code, ULONG_PTR a, ULONG_PTR b, ULONG_PTR c, ULONG_PTR d)
{
	UNREFERENCED_PARAMETER(code);
	UNREFERENCED_PARAMETER(a);
	UNREFERENCED_PARAMETER(b);
	UNREFERENCED_PARAMETER(c);
	UNREFERENCED_PARAMETER(d);
	abort();
}

VOID KeEnterCriticalRegion(VOID)
{
}

VOID KeLeaveCriticalRegion(VOID)
{
}

HANDLE PsGetCurrentProcessId(VOID)
{
	return (HANDLE)(ULONG_PTR)BENCH_PID;
}

HANDLE PsGetCurrentThreadId(VOID)
{
	return (HANDLE)(ULONG_PTR)(BENCH_PID + 4);
}

/* The shared page's clocks, of the last tick: plain loads. */
static volatile LONGLONG tick_system;
static volatile ULONGLONG tick_interrupt;

VOID KeQuerySystemTime(PLARGE_INTEGER time)
{
	time->QuadPart = tick_system;
}

ULONGLONG KeQueryInterruptTime(VOID)
{
	return tick_interrupt;
}

/* The registry is empty: every setting has its default. */
NTSTATUS ZwOpenKey(PHANDLE key, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
	UNREFERENCED_PARAMETER(access);
	UNREFERENCED_PARAMETER(attributes);
	*key = NULL;
	return STATUS_SUCCESS;
}

NTSTATUS ZwCreateKey(PHANDLE key, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, ULONG index,
		     PUNICODE_STRING class_name, ULONG options, PULONG disposition)
{
	UNREFERENCED_PARAMETER(index);
	UNREFERENCED_PARAMETER(class_name);
	UNREFERENCED_PARAMETER(options);
	UNREFERENCED_PARAMETER(disposition);
	return ZwOpenKey(key, access, attributes);
}

NTSTATUS ZwQueryValueKey(HANDLE key, PUNICODE_STRING name, KEY_VALUE_INFORMATION_CLASS type,
			 PVOID information, ULONG length, PULONG used)
{
	UNREFERENCED_PARAMETER(key);
	UNREFERENCED_PARAMETER(name);
	UNREFERENCED_PARAMETER(type);
	UNREFERENCED_PARAMETER(information);
	UNREFERENCED_PARAMETER(length);
	*used = 0;
	return STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS ZwClose(HANDLE handle)
{
	UNREFERENCED_PARAMETER(handle);
	return STATUS_SUCCESS;
}
