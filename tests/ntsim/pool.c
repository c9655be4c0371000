/* SPDX-License-Identifier: MIT */
/* pool.c - pool and lookaside lists. Bug check 0xC4's pool checks, one block per allocation. */
#include "sim.h"

static uint64_t allocations;
static unsigned lookasides;

struct total {
	size_t bytes, blocks;
};

static void check_request(const char *routine, size_t size, ULONG tag, bool paged)
{
	need_irql(routine, PASSIVE_LEVEL, paged ? APC_LEVEL : DISPATCH_LEVEL);
	if (size == 0)
		ntsim_bugcheck(NTSIM_POOL_PARAMETER, "%s of 0 bytes", routine);
	if (tag == 0 || tag == 0x20202020)
		ntsim_bugcheck(NTSIM_POOL_PARAMETER, "%s without a tag", routine);
}

static PVOID allocate(const char *routine, size_t size, ULONG tag, bool paged, bool zero)
{
	struct block *b;

	check_request(routine, size, tag, paged);
	if (fault(routine) || size > (1u << 31))
		return NULL;
	b = block_new_of(BLOCK_POOL, size, paged ? "paged pool" : "nonpaged pool",
			 zero ? 0 : memory_fill());
	b->tag = tag;
	if (paged)
		block_make_paged(b);
	b->driver = true;
	klock();
	allocations++;
	kunlock();
	return b->data;
}

static bool pool_type_ok(const char *routine, POOL_TYPE type)
{
	switch ((int)type) {
	case NonPagedPool:
	case PagedPool:
	case NonPagedPoolCacheAligned:
	case PagedPoolCacheAligned:
	case NonPagedPoolNx:
	case NonPagedPoolNxCacheAligned:
		return true;
	default:
		ntsim_bugcheck(NTSIM_POOL_PARAMETER, "%s: pool type %d", routine, (int)type);
	}
}

PVOID ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T size, ULONG tag)
{
	pool_type_ok("ExAllocatePoolWithTag", type);
	return allocate("ExAllocatePoolWithTag", size, tag, type & PagedPool, false);
}

PVOID ExAllocatePool(POOL_TYPE type, SIZE_T size)
{
	return ExAllocatePoolWithTag(type, size, 0x656e6f4e); /* "None" */
}

/* Inline in wdm.h: allocates and clears, on every Windows. */
PVOID ExAllocatePoolZero(POOL_TYPE type, SIZE_T size, ULONG tag)
{
	pool_type_ok("ExAllocatePoolZero", type);
	return allocate("ExAllocatePoolZero", size, tag, type & PagedPool, true);
}

PVOID ExAllocatePoolQuotaZero(POOL_TYPE type, SIZE_T size, ULONG tag)
{
	return ExAllocatePoolZero(type, size, tag);
}

PVOID ExAllocatePoolUninitialized(POOL_TYPE type, SIZE_T size, ULONG tag)
{
	return ExAllocatePoolWithTag(type, size, tag);
}

PVOID ExAllocatePool2(POOL_FLAGS flags, SIZE_T size, ULONG tag)
{
	POOL_FLAGS kind =
	    flags & (POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED);

	need_version("ExAllocatePool2", NTSIM_WIN10_2004);
	if (kind == 0 || (kind & (kind - 1)) || (flags & POOL_FLAG_RAISE_ON_FAILURE))
		ntsim_bugcheck(NTSIM_POOL_PARAMETER, "ExAllocatePool2: flags %#llx",
			       (unsigned long long)flags);
	return allocate("ExAllocatePool2", size, tag, kind == POOL_FLAG_PAGED,
			!(flags & POOL_FLAG_UNINITIALIZED));
}

void *pool_special(size_t size, bool paged, ULONG tag, const char *what)
{
	struct block *b = block_new(BLOCK_POOL, size, what);

	b->tag = tag;
	if (paged)
		block_make_paged(b);
	b->driver = b->special = true;
	return b->data;
}

static void refuse_free(const struct block *b, const void *data)
{
	char text[1024] = "not a block";

	if (b)
		block_describe(b, data, text, sizeof(text));
	ntsim_bugcheck(NTSIM_POOL_FREE, "%s freed at %p: %s",
		       b && b->freed ? "twice" : "something else", data, text);
}

static void release(PVOID data, bool with_tag, ULONG tag)
{
	struct block *b = block_at(data);
	char text[1024];

	if (!b || b->freed || b->kind != BLOCK_POOL)
		refuse_free(b ? b : block_around(data), data);
	need_irql("ExFreePool", PASSIVE_LEVEL, b->paged ? APC_LEVEL : DISPATCH_LEVEL);
	if (with_tag && tag && b->tag != tag && !b->special) {
		block_describe(b, NULL, text, sizeof(text));
		ntsim_bugcheck(NTSIM_POOL_TAG, "freed with the tag %#x: %s", tag, text);
	}
	lock_purge(b->data, b->size);
	timer_purge(b->data, b->size);
	block_free(b);
}

VOID ExFreePoolWithTag(PVOID block, ULONG tag)
{
	release(block, true, tag);
}

VOID ExFreePool(PVOID block)
{
	release(block, false, 0);
}

/* ---- accounts ---- */

static void count_block(struct block *b, void *argument)
{
	struct total *total = argument;

	if (b->kind == BLOCK_POOL && b->driver) {
		total->bytes += b->size;
		total->blocks++;
	}
}

size_t ntsim_pool_bytes(void)
{
	struct total total = { 0, 0 };

	block_each(count_block, &total);
	return total.bytes;
}

size_t ntsim_pool_blocks(void)
{
	struct total total = { 0, 0 };

	block_each(count_block, &total);
	return total.blocks;
}

uint64_t ntsim_pool_allocations(void)
{
	return allocations;
}

static void report_leak(struct block *b, void *argument)
{
	char text[1024];

	if (b->kind == BLOCK_POOL && b->driver) {
		block_describe(b, NULL, text, sizeof(text));
		ntsim_bugcheck(NTSIM_POOL_LEAK, "%zu blocks left at unload; the first: %s",
			       *(size_t *)argument, text);
	}
}

void pool_unload(void)
{
	size_t left = ntsim_pool_blocks();

	if (lookasides)
		ntsim_bugcheck(NTSIM_LEAK, "%u lookaside lists not deleted", lookasides);
	block_each(report_leak, &left);
}

/* ---- lookaside lists: nothing is cached, so that every misuse is seen ---- */

NTSTATUS ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX list, PALLOCATE_FUNCTION_EX allocate_ex,
				     PFREE_FUNCTION_EX free_ex, POOL_TYPE type, ULONG flags,
				     SIZE_T size, ULONG tag, USHORT depth)
{
	(void)flags;
	need_irql("ExInitializeLookasideListEx", PASSIVE_LEVEL, DISPATCH_LEVEL);
	pool_type_ok("ExInitializeLookasideListEx", type);
	if (depth != 0 || size < 8)
		ntsim_bugcheck(NTSIM_POOL_PARAMETER, "lookaside list: depth %u, size %zu", depth,
			       size);
	if (fault("ExInitializeLookasideListEx"))
		return STATUS_INSUFFICIENT_RESOURCES;
	*list = (LOOKASIDE_LIST_EX){
		.Type = type, .Tag = tag, .Size = size, .AllocateEx = allocate_ex, .FreeEx = free_ex
	};
	list->Reserved[0] = list;
	klock();
	lookasides++;
	kunlock();
	return STATUS_SUCCESS;
}

static void check_list(PLOOKASIDE_LIST_EX list)
{
	if (list->Reserved[0] != list)
		ntsim_bugcheck(NTSIM_LOCK_UNINITIALIZED, "lookaside list %p is not initialized",
			       (void *)list);
}

PVOID ExAllocateFromLookasideListEx(PLOOKASIDE_LIST_EX list)
{
	check_list(list);
	if (list->AllocateEx)
		return list->AllocateEx(list->Type, list->Size, list->Tag, list);
	if (list->Allocate)
		return list->Allocate(list->Type, list->Size, list->Tag);
	return allocate("ExAllocateFromLookasideList", list->Size, list->Tag,
			list->Type & PagedPool, false);
}

VOID ExFreeToLookasideListEx(PLOOKASIDE_LIST_EX list, PVOID block)
{
	check_list(list);
	if (list->FreeEx)
		list->FreeEx(block, list);
	else if (list->Free)
		list->Free(block);
	else
		release(block, true, list->Tag);
}

VOID ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX list)
{
	check_list(list);
	list->Reserved[0] = NULL;
	klock();
	lookasides--;
	kunlock();
}

VOID ExFlushLookasideListEx(PLOOKASIDE_LIST_EX list)
{
	check_list(list);
}

static void init_old(PLOOKASIDE_LIST_EX list, PALLOCATE_FUNCTION take, PFREE_FUNCTION give,
		     POOL_TYPE type, SIZE_T size, ULONG tag)
{
	*list = (LOOKASIDE_LIST_EX){
		.Type = type, .Tag = tag, .Size = size, .Allocate = take, .Free = give
	};
	list->Reserved[0] = list;
	klock();
	lookasides++;
	kunlock();
}

VOID ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION take,
				     PFREE_FUNCTION give, ULONG flags, SIZE_T size, ULONG tag,
				     USHORT depth)
{
	(void)flags, (void)depth;
	need_irql("ExInitializeNPagedLookasideList", PASSIVE_LEVEL, DISPATCH_LEVEL);
	init_old(list, take, give, NonPagedPoolNx, size, tag);
}

VOID ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION take,
				    PFREE_FUNCTION give, ULONG flags, SIZE_T size, ULONG tag,
				    USHORT depth)
{
	(void)flags, (void)depth;
	need_irql("ExInitializePagedLookasideList", PASSIVE_LEVEL, APC_LEVEL);
	init_old(list, take, give, PagedPool, size, tag);
}

PVOID ExAllocateFromNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list)
{
	return ExAllocateFromLookasideListEx(list);
}

PVOID ExAllocateFromPagedLookasideList(PPAGED_LOOKASIDE_LIST list)
{
	return ExAllocateFromLookasideListEx(list);
}

VOID ExFreeToNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PVOID block)
{
	ExFreeToLookasideListEx(list, block);
}

VOID ExFreeToPagedLookasideList(PPAGED_LOOKASIDE_LIST list, PVOID block)
{
	ExFreeToLookasideListEx(list, block);
}

VOID ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list)
{
	ExDeleteLookasideListEx(list);
}

VOID ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST list)
{
	ExDeleteLookasideListEx(list);
}
