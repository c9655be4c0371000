/* SPDX-License-Identifier: MIT */
/* fltKernel.h - the part of the filter manager that a driver which is no filter may use. */
#ifndef NTSIM_FLTKERNEL_H
#define NTSIM_FLTKERNEL_H

#include "ntifs.h"

typedef ULONG FLT_FILE_NAME_OPTIONS;
#define FLT_FILE_NAME_NORMALIZED                      0x01
#define FLT_FILE_NAME_OPENED                          0x02
#define FLT_FILE_NAME_SHORT                           0x03
#define FLT_VALID_FILE_NAME_FORMATS                   0xff
#define FLT_FILE_NAME_QUERY_DEFAULT                   0x0100
#define FLT_FILE_NAME_QUERY_CACHE_ONLY                0x0200
#define FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY           0x0300
#define FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP 0x0400
#define FLT_VALID_FILE_NAME_QUERY_METHODS             0xff00

typedef struct _FLT_INSTANCE *PFLT_INSTANCE;
typedef struct _FLT_FILTER *PFLT_FILTER;

typedef struct _FLT_FILE_NAME_INFORMATION {
	USHORT Size;
	USHORT NamesParsed;
	FLT_FILE_NAME_OPTIONS Format;
	UNICODE_STRING Name;
	UNICODE_STRING Volume;
	UNICODE_STRING Share;
	UNICODE_STRING Extension;
	UNICODE_STRING Stream;
	UNICODE_STRING FinalComponent;
	UNICODE_STRING ParentDir;
} FLT_FILE_NAME_INFORMATION, *PFLT_FILE_NAME_INFORMATION;

NTSIM_BEGIN
/* Deadlocks when it must ask the file system while the thread is in I/O already:
 * the simulator refuses such calls (DDI FltGetFileNameInformationUnsafe). */
NTSTATUS FltGetFileNameInformationUnsafe(PFILE_OBJECT file, PFLT_INSTANCE instance,
					 FLT_FILE_NAME_OPTIONS options,
					 PFLT_FILE_NAME_INFORMATION *information);
VOID FltReferenceFileNameInformation(PFLT_FILE_NAME_INFORMATION information);
VOID FltReleaseFileNameInformation(PFLT_FILE_NAME_INFORMATION information);
NTSTATUS FltParseFileNameInformation(PFLT_FILE_NAME_INFORMATION information);
PVOID FltGetRoutineAddress(PCSTR name);

VOID FltInitializePushLock(PEX_PUSH_LOCK lock);
VOID FltDeletePushLock(PEX_PUSH_LOCK lock);
VOID FltAcquirePushLockExclusive(PEX_PUSH_LOCK lock);
VOID FltAcquirePushLockShared(PEX_PUSH_LOCK lock);
VOID FltReleasePushLock(PEX_PUSH_LOCK lock);
NTSIM_END

#endif
