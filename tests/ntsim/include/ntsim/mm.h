/* SPDX-License-Identifier: MIT */
/* mm.h - memory: memory descriptor lists, probing, routines resolved at run time. */
#ifndef NTSIM_MM_H
#define NTSIM_MM_H

#include "ke.h"

typedef struct _MDL {
	struct _MDL *Next;
	CSHORT Size;
	CSHORT MdlFlags;
	PEPROCESS Process;
	PVOID MappedSystemVa;
	PVOID StartVa;
	ULONG ByteCount;
	ULONG ByteOffset;
} MDL;

#define MDL_MAPPED_TO_SYSTEM_VA     0x0001
#define MDL_PAGES_LOCKED            0x0002
#define MDL_SOURCE_IS_NONPAGED_POOL 0x0004

typedef enum _MM_PAGE_PRIORITY {
	LowPagePriority = 0,
	NormalPagePriority = 16,
	HighPagePriority = 32
} MM_PAGE_PRIORITY;
#define MdlMappingNoWrite   0x80000000u
#define MdlMappingNoExecute 0x40000000u

typedef enum _LOCK_OPERATION {
	IoReadAccess,
	IoWriteAccess,
	IoModifyAccess
} LOCK_OPERATION;
typedef enum _MEMORY_CACHING_TYPE {
	MmNonCached,
	MmCached,
	MmWriteCombined
} MEMORY_CACHING_TYPE;

#define MmGetMdlVirtualAddress(mdl) ((PVOID)((PCHAR)((mdl)->StartVa) + (mdl)->ByteOffset))
#define MmGetMdlByteCount(mdl)      ((mdl)->ByteCount)
#define MmGetMdlByteOffset(mdl)     ((mdl)->ByteOffset)

NTSIM_BEGIN
PMDL IoAllocateMdl(PVOID address, ULONG length, BOOLEAN secondary, BOOLEAN quota, PIRP irp);
VOID IoFreeMdl(PMDL mdl);
VOID MmBuildMdlForNonPagedPool(PMDL mdl);
VOID MmProbeAndLockPages(PMDL mdl, KPROCESSOR_MODE mode, LOCK_OPERATION operation);
VOID MmUnlockPages(PMDL mdl);
PVOID MmMapLockedPagesSpecifyCache(PMDL mdl, KPROCESSOR_MODE mode, MEMORY_CACHING_TYPE cache,
				   PVOID address, ULONG bugcheck, ULONG priority);
VOID MmUnmapLockedPages(PVOID address, PMDL mdl);
PVOID MmGetSystemAddressForMdlSafe(PMDL mdl, ULONG priority);
PVOID MmGetSystemRoutineAddress(PUNICODE_STRING name);
BOOLEAN MmIsAddressValid(PVOID address);
VOID ProbeForRead(const volatile VOID *address, SIZE_T length, ULONG alignment);
VOID ProbeForWrite(volatile VOID *address, SIZE_T length, ULONG alignment);
PVOID MmLockPagableDataSection(PVOID address);
VOID MmUnlockPagableImageSection(PVOID handle);
PVOID MmPageEntireDriver(PVOID address);
#define MmLockPagableCodeSection(address) MmLockPagableDataSection(address)

typedef struct _MM_COPY_ADDRESS {
	union {
		PVOID VirtualAddress;
		PHYSICAL_ADDRESS PhysicalAddress;
	};
} MM_COPY_ADDRESS, *PMM_COPY_ADDRESS;
#define MM_COPY_MEMORY_PHYSICAL 1
#define MM_COPY_MEMORY_VIRTUAL  2
NTSTATUS MmCopyMemory(PVOID target, MM_COPY_ADDRESS source, SIZE_T size, ULONG flags,
		      PSIZE_T copied);
NTSIM_END

#endif
