/* SPDX-License-Identifier: MIT */
/*
 * interlocked.h - interlocked operations: full barriers, as on Windows. Each one
 * is a place where a seeded run may switch threads, so lock-free code is tried
 * in many orders.
 */
#ifndef NTSIM_INTERLOCKED_H
#define NTSIM_INTERLOCKED_H

#include "def.h"

/* name, type, the value returned */
#define NTSIM_INTERLOCKED(suffix, type) \
	FORCEINLINE type InterlockedIncrement##suffix(volatile type *p) \
	{ \
		ntsim_point(); \
		return __atomic_add_fetch(p, 1, __ATOMIC_SEQ_CST); \
	} \
	FORCEINLINE type InterlockedDecrement##suffix(volatile type *p) \
	{ \
		ntsim_point(); \
		return __atomic_sub_fetch(p, 1, __ATOMIC_SEQ_CST); \
	} \
	FORCEINLINE type InterlockedExchange##suffix(volatile type *p, type v) \
	{ \
		ntsim_point(); \
		return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST); \
	} \
	FORCEINLINE type InterlockedExchangeAdd##suffix(volatile type *p, type v) \
	{ \
		ntsim_point(); \
		return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST); \
	} \
	FORCEINLINE type InterlockedAdd##suffix(volatile type *p, type v) \
	{ \
		ntsim_point(); \
		return __atomic_add_fetch(p, v, __ATOMIC_SEQ_CST); \
	} \
	FORCEINLINE type InterlockedAnd##suffix(volatile type *p, type v) \
	{ \
		ntsim_point(); \
		return __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST); \
	} \
	FORCEINLINE type InterlockedOr##suffix(volatile type *p, type v) \
	{ \
		ntsim_point(); \
		return __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST); \
	} \
	FORCEINLINE type InterlockedXor##suffix(volatile type *p, type v) \
	{ \
		ntsim_point(); \
		return __atomic_fetch_xor(p, v, __ATOMIC_SEQ_CST); \
	} \
	FORCEINLINE type InterlockedCompareExchange##suffix(volatile type *p, type v, type old) \
	{ \
		ntsim_point(); \
		__atomic_compare_exchange_n(p, &old, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		return old; \
	}

/* InterlockedIncrement(), InterlockedIncrement64(), ... */
NTSIM_INTERLOCKED(, LONG)
NTSIM_INTERLOCKED(16, SHORT)
NTSIM_INTERLOCKED(64, LONG64)

FORCEINLINE PVOID ntsim_exchange_pointer(PVOID volatile *p, PVOID v)
{
	ntsim_point();
	return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);
}

FORCEINLINE PVOID ntsim_compare_exchange_pointer(PVOID volatile *p, PVOID v, PVOID old)
{
	ntsim_point();
	__atomic_compare_exchange_n(p, &old, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return old;
}

#define InterlockedExchangePointer(p, v) ntsim_exchange_pointer((PVOID volatile *)(p), (PVOID)(v))
#define InterlockedCompareExchangePointer(p, v, old) \
	ntsim_compare_exchange_pointer((PVOID volatile *)(p), (PVOID)(v), (PVOID)(old))

FORCEINLINE UCHAR InterlockedBitTestAndSet(volatile LONG *p, LONG bit)
{
	ntsim_point();
	return (UCHAR)(((ULONG)__atomic_fetch_or(p, (LONG)(1u << bit), __ATOMIC_SEQ_CST) >> bit) &
		       1);
}

FORCEINLINE UCHAR InterlockedBitTestAndReset(volatile LONG *p, LONG bit)
{
	ntsim_point();
	return (
	    UCHAR)(((ULONG)__atomic_fetch_and(p, (LONG) ~(1u << bit), __ATOMIC_SEQ_CST) >> bit) &
		   1);
}

/* ReadAcquire(), WriteRelease64(), ... */
#define NTSIM_ACCESS(suffix, type) \
	FORCEINLINE type Read##suffix##Acquire(const volatile type *p) \
	{ \
		ntsim_point(); \
		return __atomic_load_n(p, __ATOMIC_ACQUIRE); \
	} \
	FORCEINLINE type Read##suffix##NoFence(const volatile type *p) \
	{ \
		ntsim_point(); \
		return __atomic_load_n(p, __ATOMIC_RELAXED); \
	} \
	FORCEINLINE type Read##suffix##Raw(const volatile type *p) \
	{ \
		return __atomic_load_n(p, __ATOMIC_RELAXED); \
	} \
	FORCEINLINE VOID Write##suffix##Release(volatile type *p, type v) \
	{ \
		ntsim_point(); \
		__atomic_store_n(p, v, __ATOMIC_RELEASE); \
	} \
	FORCEINLINE VOID Write##suffix##NoFence(volatile type *p, type v) \
	{ \
		ntsim_point(); \
		__atomic_store_n(p, v, __ATOMIC_RELAXED); \
	} \
	FORCEINLINE VOID Write##suffix##Raw(volatile type *p, type v) \
	{ \
		__atomic_store_n(p, v, __ATOMIC_RELAXED); \
	}

NTSIM_ACCESS(, LONG)
NTSIM_ACCESS(64, LONG64)
NTSIM_ACCESS(ULong, ULONG)
NTSIM_ACCESS(ULong64, ULONG64)
NTSIM_ACCESS(Boolean, BOOLEAN)
NTSIM_ACCESS(Pointer, PVOID)

#define InterlockedIncrementAcquire         InterlockedIncrement
#define InterlockedIncrementRelease         InterlockedIncrement
#define InterlockedIncrementNoFence         InterlockedIncrement
#define InterlockedDecrementAcquire         InterlockedDecrement
#define InterlockedDecrementRelease         InterlockedDecrement
#define InterlockedDecrementNoFence         InterlockedDecrement
#define InterlockedExchangeAcquire          InterlockedExchange
#define InterlockedExchangeRelease          InterlockedExchange
#define InterlockedExchangeNoFence          InterlockedExchange
#define InterlockedExchangeAddAcquire       InterlockedExchangeAdd
#define InterlockedExchangeAddRelease       InterlockedExchangeAdd
#define InterlockedExchangeAddNoFence       InterlockedExchangeAdd
#define InterlockedAndAcquire               InterlockedAnd
#define InterlockedAndRelease               InterlockedAnd
#define InterlockedAndNoFence               InterlockedAnd
#define InterlockedOrAcquire                InterlockedOr
#define InterlockedOrRelease                InterlockedOr
#define InterlockedOrNoFence                InterlockedOr
#define InterlockedCompareExchangeAcquire   InterlockedCompareExchange
#define InterlockedCompareExchangeRelease   InterlockedCompareExchange
#define InterlockedCompareExchangeNoFence   InterlockedCompareExchange
#define InterlockedIncrementAcquire64       InterlockedIncrement64
#define InterlockedIncrementRelease64       InterlockedIncrement64
#define InterlockedIncrementNoFence64       InterlockedIncrement64
#define InterlockedDecrementAcquire64       InterlockedDecrement64
#define InterlockedDecrementRelease64       InterlockedDecrement64
#define InterlockedDecrementNoFence64       InterlockedDecrement64
#define InterlockedExchangeAcquire64        InterlockedExchange64
#define InterlockedExchangeRelease64        InterlockedExchange64
#define InterlockedExchangeNoFence64        InterlockedExchange64
#define InterlockedExchangeAddAcquire64     InterlockedExchangeAdd64
#define InterlockedExchangeAddRelease64     InterlockedExchangeAdd64
#define InterlockedExchangeAddNoFence64     InterlockedExchangeAdd64
#define InterlockedAndAcquire64             InterlockedAnd64
#define InterlockedAndRelease64             InterlockedAnd64
#define InterlockedAndNoFence64             InterlockedAnd64
#define InterlockedOrAcquire64              InterlockedOr64
#define InterlockedOrRelease64              InterlockedOr64
#define InterlockedOrNoFence64              InterlockedOr64
#define InterlockedCompareExchangeAcquire64 InterlockedCompareExchange64
#define InterlockedCompareExchangeRelease64 InterlockedCompareExchange64
#define InterlockedCompareExchangeNoFence64 InterlockedCompareExchange64
#define InterlockedIncrementAcquire16       InterlockedIncrement16
#define InterlockedIncrementRelease16       InterlockedIncrement16
#define InterlockedIncrementNoFence16       InterlockedIncrement16
#define InterlockedDecrementAcquire16       InterlockedDecrement16
#define InterlockedDecrementRelease16       InterlockedDecrement16
#define InterlockedDecrementNoFence16       InterlockedDecrement16
#define InterlockedIncrementSizeT(p)        ((SIZE_T)InterlockedIncrement64((volatile LONG64 *)(p)))
#define InterlockedDecrementSizeT(p)        ((SIZE_T)InterlockedDecrement64((volatile LONG64 *)(p)))
#define InterlockedExchangeAddSizeT(p, v) \
	((SIZE_T)InterlockedExchangeAdd64((volatile LONG64 *)(p), (LONG64)(v)))

#endif
