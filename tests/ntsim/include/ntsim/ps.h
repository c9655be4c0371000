/* SPDX-License-Identifier: MIT */
/* ps.h - processes, threads, images, notify routines, objects and handles. */
#ifndef NTSIM_PS_H
#define NTSIM_PS_H

#include "se.h"

typedef struct _PS_CREATE_NOTIFY_INFO {
	SIZE_T Size;
	union {
		ULONG Flags;
		struct {
			ULONG FileOpenNameAvailable : 1;
			ULONG IsSubsystemProcess : 1;
			ULONG Reserved : 30;
		};
	};
	HANDLE ParentProcessId;
	CLIENT_ID CreatingThreadId;
	PFILE_OBJECT FileObject;
	PCUNICODE_STRING ImageFileName;
	PCUNICODE_STRING CommandLine;
	NTSTATUS CreationStatus;
} PS_CREATE_NOTIFY_INFO, *PPS_CREATE_NOTIFY_INFO;

typedef struct _IMAGE_INFO {
	union {
		ULONG Properties;
		struct {
			ULONG ImageAddressingMode : 8;
			ULONG SystemModeImage : 1;
			ULONG ImageMappedToAllPids : 1;
			ULONG ExtendedInfoPresent : 1;
			ULONG MachineTypeMismatch : 1;
			ULONG ImageSignatureLevel : 4;
			ULONG ImageSignatureType : 3;
			ULONG ImagePartialMap : 1;
			ULONG Reserved : 12;
		};
	};
	PVOID ImageBase;
	ULONG ImageSelector;
	SIZE_T ImageSize;
	ULONG ImageSectionNumber;
} IMAGE_INFO, *PIMAGE_INFO;
#define IMAGE_ADDRESSING_MODE_32BIT 3

typedef struct _IMAGE_INFO_EX {
	SIZE_T Size;
	IMAGE_INFO ImageInfo;
	PFILE_OBJECT FileObject;
} IMAGE_INFO_EX, *PIMAGE_INFO_EX;

typedef VOID CREATE_PROCESS_NOTIFY_ROUTINE(HANDLE ParentId, HANDLE ProcessId, BOOLEAN Create);
typedef CREATE_PROCESS_NOTIFY_ROUTINE *PCREATE_PROCESS_NOTIFY_ROUTINE;
typedef VOID CREATE_PROCESS_NOTIFY_ROUTINE_EX(PEPROCESS Process, HANDLE ProcessId,
					      PPS_CREATE_NOTIFY_INFO CreateInfo);
typedef CREATE_PROCESS_NOTIFY_ROUTINE_EX *PCREATE_PROCESS_NOTIFY_ROUTINE_EX;
typedef VOID CREATE_THREAD_NOTIFY_ROUTINE(HANDLE ProcessId, HANDLE ThreadId, BOOLEAN Create);
typedef CREATE_THREAD_NOTIFY_ROUTINE *PCREATE_THREAD_NOTIFY_ROUTINE;
typedef VOID LOAD_IMAGE_NOTIFY_ROUTINE(PUNICODE_STRING FullImageName, HANDLE ProcessId,
				       PIMAGE_INFO ImageInfo);
typedef LOAD_IMAGE_NOTIFY_ROUTINE *PLOAD_IMAGE_NOTIFY_ROUTINE;
typedef VOID KSTART_ROUTINE(PVOID StartContext);
typedef KSTART_ROUTINE *PKSTART_ROUTINE;

typedef enum _PSCREATEPROCESSNOTIFYTYPE {
	PsCreateProcessNotifySubsystems = 0
} PSCREATEPROCESSNOTIFYTYPE;
typedef enum _PSCREATETHREADNOTIFYTYPE {
	PsCreateThreadNotifyNonSystem = 0,
	PsCreateThreadNotifySubsystems = 1
} PSCREATETHREADNOTIFYTYPE;
#define PS_IMAGE_NOTIFY_CONFLICTING_ARCHITECTURE 1

typedef struct _OBJECT_HANDLE_INFORMATION {
	ULONG HandleAttributes;
	ACCESS_MASK GrantedAccess;
} OBJECT_HANDLE_INFORMATION, *POBJECT_HANDLE_INFORMATION;

#define PROCESS_TERMINATE                 0x0001u
#define PROCESS_QUERY_INFORMATION         0x0400u
#define PROCESS_QUERY_LIMITED_INFORMATION 0x1000u
#define PROCESS_ALL_ACCESS                0x1fffffu
#define THREAD_QUERY_INFORMATION          0x0040u
#define THREAD_QUERY_LIMITED_INFORMATION  0x0800u
#define THREAD_ALL_ACCESS                 0x1fffffu

NTSIM_BEGIN
extern POBJECT_TYPE *PsProcessType, *PsThreadType, *IoFileObjectType, *SeTokenObjectType,
    *IoDeviceObjectType, *ExEventObjectType;
extern PEPROCESS PsInitialSystemProcess;

NTSTATUS PsSetCreateProcessNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE routine, BOOLEAN remove);
NTSTATUS PsSetCreateProcessNotifyRoutineEx(PCREATE_PROCESS_NOTIFY_ROUTINE_EX routine,
					   BOOLEAN remove);
NTSTATUS PsSetCreateProcessNotifyRoutineEx2(PSCREATEPROCESSNOTIFYTYPE type, PVOID information,
					    BOOLEAN remove);
NTSTATUS PsSetCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE routine);
NTSTATUS PsSetCreateThreadNotifyRoutineEx(PSCREATETHREADNOTIFYTYPE type, PVOID information);
NTSTATUS PsRemoveCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE routine);
NTSTATUS PsSetLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE routine);
NTSTATUS PsSetLoadImageNotifyRoutineEx(PLOAD_IMAGE_NOTIFY_ROUTINE routine, ULONG_PTR flags);
NTSTATUS PsRemoveLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE routine);

PEPROCESS PsGetCurrentProcess(VOID);
PETHREAD PsGetCurrentThread(VOID);
HANDLE PsGetCurrentProcessId(VOID);
HANDLE PsGetCurrentThreadId(VOID);
HANDLE PsGetProcessId(PEPROCESS process);
HANDLE PsGetThreadId(PETHREAD thread);
HANDLE PsGetThreadProcessId(PETHREAD thread);
PEPROCESS PsGetThreadProcess(PETHREAD thread);
PEPROCESS PsGetCurrentThreadProcess(VOID);
HANDLE PsGetCurrentThreadProcessId(VOID);
HANDLE PsGetProcessInheritedFromUniqueProcessId(PEPROCESS process);
NTSTATUS PsLookupProcessByProcessId(HANDLE id, PEPROCESS *process);
NTSTATUS PsLookupThreadByThreadId(HANDLE id, PETHREAD *thread);
ULONGLONG PsGetProcessStartKey(PEPROCESS process);
LONGLONG PsGetProcessCreateTimeQuadPart(PEPROCESS process);
LONGLONG PsGetThreadCreateTime(PETHREAD thread);
NTSTATUS PsGetProcessExitStatus(PEPROCESS process);
NTSTATUS PsGetThreadExitStatus(PETHREAD thread);
ULONG PsGetProcessSessionId(PEPROCESS process);
ULONG PsGetProcessSessionIdEx(PEPROCESS process);
PCHAR PsGetProcessImageFileName(PEPROCESS process);
PVOID PsGetProcessDebugPort(PEPROCESS process);
BOOLEAN PsIsProcessBeingDebugged(PEPROCESS process);
PVOID PsGetProcessWow64Process(PEPROCESS process);
PVOID PsGetProcessSectionBaseAddress(PEPROCESS process);
BOOLEAN PsIsProtectedProcess(PEPROCESS process);
BOOLEAN PsIsProtectedProcessLight(PEPROCESS process);
BOOLEAN PsIsSystemProcess(PEPROCESS process);
BOOLEAN PsIsSystemThread(PETHREAD thread);
BOOLEAN PsIsThreadTerminating(PETHREAD thread);
NTSTATUS PsAcquireProcessExitSynchronization(PEPROCESS process);
VOID PsReleaseProcessExitSynchronization(PEPROCESS process);
NTSTATUS PsReferenceProcessFilePointer(PEPROCESS process, PFILE_OBJECT *file);
NTSTATUS SeLocateProcessImageName(PEPROCESS process, PUNICODE_STRING *name);
NTSTATUS IoQueryFullDriverPath(PDRIVER_OBJECT driver, PUNICODE_STRING path);

NTSTATUS PsCreateSystemThread(PHANDLE handle, ULONG access, POBJECT_ATTRIBUTES attributes,
			      HANDLE process, PCLIENT_ID client, PKSTART_ROUTINE routine,
			      PVOID context);
NTSTATUS PsTerminateSystemThread(NTSTATUS status);

NTSTATUS ObReferenceObjectByHandle(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type,
				   KPROCESSOR_MODE mode, PVOID *object,
				   POBJECT_HANDLE_INFORMATION information);
NTSTATUS ObReferenceObjectByPointer(PVOID object, ACCESS_MASK access, POBJECT_TYPE type,
				    KPROCESSOR_MODE mode);
LONG_PTR ObReferenceObject(PVOID object);
BOOLEAN ObReferenceObjectSafe(PVOID object);
LONG_PTR ObDereferenceObject(PVOID object);
VOID ObDereferenceObjectDeferDelete(PVOID object);
#define ObfReferenceObject               ObReferenceObject
#define ObfDereferenceObject             ObDereferenceObject
#define ObReferenceObjectWithTag(o, t)   ObReferenceObject(o)
#define ObDereferenceObjectWithTag(o, t) ObDereferenceObject(o)
NTSTATUS ObOpenObjectByPointer(PVOID object, ULONG attributes, PACCESS_STATE state,
			       ACCESS_MASK access, POBJECT_TYPE type, KPROCESSOR_MODE mode,
			       PHANDLE handle);
NTSTATUS ObQueryNameString(PVOID object, PVOID information, ULONG length, PULONG needed);
NTSTATUS ObCloseHandle(HANDLE handle, KPROCESSOR_MODE mode);

typedef struct _OBJECT_NAME_INFORMATION {
	UNICODE_STRING Name;
} OBJECT_NAME_INFORMATION, *POBJECT_NAME_INFORMATION;
NTSTATUS IoQueryFileDosDeviceName(PFILE_OBJECT file, POBJECT_NAME_INFORMATION *name);

typedef struct _KAPC_STATE {
	PVOID Reserved[6];
} KAPC_STATE, *PKAPC_STATE, *PRKAPC_STATE;
VOID KeStackAttachProcess(PEPROCESS process, PRKAPC_STATE state);
VOID KeUnstackDetachProcess(PRKAPC_STATE state);
NTSIM_END

#endif
