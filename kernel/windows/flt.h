/* SPDX-License-Identifier: MIT */
/*
 * flt.h - the two routines of the filter manager that are used.
 *
 * They are imported: fltmgr.sys is part of every Windows since Vista and is
 * loaded at boot, and its routines cannot be looked up at run time without an
 * import (MmGetSystemRoutineAddress covers ntoskrnl and hal only).
 * mingw-w64 has no fltKernel.h, so the declarations in use are here.
 */
#ifndef VIGIL_FLT_H
#define VIGIL_FLT_H

#include "nt.h"

#if defined(__MINGW64_VERSION_MAJOR)

typedef struct _FLT_FILE_NAME_INFORMATION {
	USHORT Size;
	USHORT NamesParsed;
	ULONG Format;
	UNICODE_STRING Name;
	UNICODE_STRING Volume;
	UNICODE_STRING Share;
	UNICODE_STRING Extension;
	UNICODE_STRING Stream;
	UNICODE_STRING FinalComponent;
	UNICODE_STRING ParentDir;
} FLT_FILE_NAME_INFORMATION, *PFLT_FILE_NAME_INFORMATION;

#define FLT_FILE_NAME_NORMALIZED       0x01
#define FLT_FILE_NAME_OPENED           0x02
#define FLT_FILE_NAME_QUERY_DEFAULT    0x0100
#define FLT_FILE_NAME_QUERY_CACHE_ONLY 0x0200

NTSYSAPI NTSTATUS NTAPI FltGetFileNameInformationUnsafe(PFILE_OBJECT file, PVOID instance,
							ULONG options,
							PFLT_FILE_NAME_INFORMATION *information);
NTSYSAPI VOID NTAPI FltReleaseFileNameInformation(PFLT_FILE_NAME_INFORMATION information);

#else
#include <fltKernel.h>
#endif

#endif /* VIGIL_FLT_H */
