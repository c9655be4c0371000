/* SPDX-License-Identifier: MIT */
/*
 * mdl.c - memory descriptor lists. The pages of a user buffer are mapped for
 * the driver as a separate guarded block: memory beyond the buffer is
 * inaccessible, and so is all of it after the request is completed.
 */
#include "sim.h"

static MDL *mdl_new(void *address, ULONG length)
{
	struct block *b = block_new(BLOCK_BUFFER, sizeof(MDL), "MDL");
	MDL *mdl = (void *)b->data;

	*mdl = (MDL){ .Size = sizeof(*mdl),
		      .StartVa = PAGE_ALIGN(address),
		      .ByteCount = length,
		      .ByteOffset = BYTE_OFFSET(address) };
	return mdl;
}

MDL *mdl_for_user(struct ntsim_io *io, void *user, ULONG length)
{
	io->mapping = block_new(BLOCK_BUFFER, length, "direct I/O buffer");
	memcpy(io->mapping->data, user, length);
	io->mdl = mdl_new(user, length);
	io->mdl->MdlFlags = MDL_PAGES_LOCKED;
	io->mdl->Process = io->mapping->data ? (PEPROCESS)(void *)io->mapping->data : NULL;
	return io->mdl;
}

void mdl_release(struct ntsim_io *io)
{
	if (!io->mdl)
		return;
	if (io->mdl->Next)
		ntsim_bugcheck(NTSIM_MDL, "the IRP's MDL was chained to another");
	if (io->out)
		memcpy(io->out, io->mapping->data, io->out_length);
	block_free(io->mapping);
	block_free(block_at(io->mdl));
}

static void check(PMDL mdl, const char *routine)
{
	struct block *b = mdl ? block_at(mdl) : NULL;

	if (!b || b->freed || strcmp(b->what, "MDL") != 0)
		ntsim_bugcheck(NTSIM_MDL, "%s: %p is no MDL%s", routine, (void *)mdl,
			       mdl ? "" : " (a transfer of no bytes has none)");
}

PVOID MmGetSystemAddressForMdlSafe(PMDL mdl, ULONG priority)
{
	(void)priority;
	need_irql("MmGetSystemAddressForMdlSafe", PASSIVE_LEVEL, DISPATCH_LEVEL);
	check(mdl, "MmGetSystemAddressForMdlSafe");
	if (mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
		return mdl->MappedSystemVa;
	if (!(mdl->MdlFlags & MDL_PAGES_LOCKED))
		ntsim_bugcheck(NTSIM_MDL, "MmGetSystemAddressForMdlSafe: pages are not locked");
	if (fault("MmGetSystemAddressForMdlSafe"))
		return NULL;
	mdl->MappedSystemVa = mdl->Process;
	mdl->MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA;
	return mdl->MappedSystemVa;
}

PVOID MmMapLockedPagesSpecifyCache(PMDL mdl, KPROCESSOR_MODE mode, MEMORY_CACHING_TYPE cache,
				   PVOID address, ULONG bugcheck, ULONG priority)
{
	(void)cache, (void)address, (void)bugcheck;
	if (mode != KernelMode)
		ntsim_bugcheck(NTSIM_MDL, "mapping into user mode is not simulated");
	return MmGetSystemAddressForMdlSafe(mdl, priority);
}

VOID MmUnmapLockedPages(PVOID address, PMDL mdl)
{
	check(mdl, "MmUnmapLockedPages");
	if (!(mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) || address != mdl->MappedSystemVa)
		ntsim_bugcheck(NTSIM_MDL, "MmUnmapLockedPages of pages that are not mapped");
	mdl->MdlFlags = (CSHORT)(mdl->MdlFlags & ~MDL_MAPPED_TO_SYSTEM_VA);
}

/* ---- a driver's own, over its nonpaged pool ---- */

PMDL IoAllocateMdl(PVOID address, ULONG length, BOOLEAN secondary, BOOLEAN quota, PIRP irp)
{
	PMDL mdl;
	struct block *b;

	(void)quota;
	need_irql("IoAllocateMdl", PASSIVE_LEVEL, DISPATCH_LEVEL);
	if (secondary || irp)
		ntsim_bugcheck(NTSIM_MDL, "IoAllocateMdl into an IRP is not simulated");
	if (fault("IoAllocateMdl"))
		return NULL;
	mdl = mdl_new(address, length);
	b = block_at(mdl);
	b->kind = BLOCK_POOL; /* counts as the driver's until IoFreeMdl */
	b->driver = b->special = true;
	b->tag = 0x206c644d;
	return mdl;
}

VOID IoFreeMdl(PMDL mdl)
{
	check(mdl, "IoFreeMdl");
	if (!block_at(mdl)->driver)
		ntsim_bugcheck(NTSIM_MDL, "IoFreeMdl of the I/O manager's MDL");
	if ((mdl->MdlFlags & MDL_PAGES_LOCKED))
		ntsim_bugcheck(NTSIM_MDL, "IoFreeMdl of locked pages");
	block_free(block_at(mdl));
}

VOID MmBuildMdlForNonPagedPool(PMDL mdl)
{
	struct block *b;

	need_irql("MmBuildMdlForNonPagedPool", PASSIVE_LEVEL, DISPATCH_LEVEL);
	check(mdl, "MmBuildMdlForNonPagedPool");
	b = block_around(MmGetMdlVirtualAddress(mdl));
	if (!b || b->freed || b->paged)
		ntsim_bugcheck(NTSIM_MDL, "MmBuildMdlForNonPagedPool: not nonpaged pool");
	mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
	mdl->MappedSystemVa = MmGetMdlVirtualAddress(mdl);
}

VOID MmProbeAndLockPages(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation)
{
	(void)mode, (void)operation;
	check(mdl, "MmProbeAndLockPages");
	if (mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL))
		ntsim_bugcheck(NTSIM_MDL, "MmProbeAndLockPages of locked pages");
	mdl->MdlFlags |= MDL_PAGES_LOCKED;
	mdl->Process = (PEPROCESS)MmGetMdlVirtualAddress(mdl);
}

VOID MmUnlockPages(PMDL mdl)
{
	check(mdl, "MmUnlockPages");
	if (!(mdl->MdlFlags & MDL_PAGES_LOCKED) || !block_at(mdl)->driver)
		ntsim_bugcheck(NTSIM_MDL, "MmUnlockPages of pages the driver did not lock");
	mdl->MdlFlags = (CSHORT)(mdl->MdlFlags & ~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA));
}

/* ---- addresses ---- */

BOOLEAN MmIsAddressValid(PVOID address)
{
	struct block *b = block_around(address);

	return b && !b->freed && (UCHAR *)address >= b->data &&
	       (UCHAR *)address < b->data + b->size;
}

/* They raise exceptions, which C compiled here cannot catch. */
static void probe(const char *routine, const volatile VOID *address, SIZE_T length, ULONG align)
{
	need_irql(routine, PASSIVE_LEVEL, APC_LEVEL);
	if (length && (!address || (ULONG_PTR)address % align))
		ntsim_bugcheck(NTSIM_FAULT, "%s raised an exception: %p", routine,
			       (void *)(uintptr_t)address);
}

VOID ProbeForRead(const volatile VOID *address, SIZE_T length, ULONG alignment)
{
	probe("ProbeForRead", address, length, alignment);
}

VOID ProbeForWrite(volatile VOID *address, SIZE_T length, ULONG alignment)
{
	probe("ProbeForWrite", address, length, alignment);
}

NTSTATUS MmCopyMemory(PVOID target, MM_COPY_ADDRESS source, SIZE_T size, ULONG flags,
		      PSIZE_T copied)
{
	need_version("MmCopyMemory", NTSIM_WIN81);
	*copied = 0;
	if (flags != MM_COPY_MEMORY_VIRTUAL || !MmIsAddressValid(source.VirtualAddress))
		return STATUS_INVALID_PARAMETER;
	memcpy(target, source.VirtualAddress, size);
	*copied = size;
	return STATUS_SUCCESS;
}

PVOID MmLockPagableDataSection(PVOID address)
{
	return address;
}

VOID MmUnlockPagableImageSection(PVOID handle)
{
	(void)handle;
}

PVOID MmPageEntireDriver(PVOID address)
{
	return address;
}
