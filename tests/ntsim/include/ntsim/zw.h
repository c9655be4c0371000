/* SPDX-License-Identifier: MIT */
/* zw.h - system services as a driver calls them: registry, queries, handles. */
#ifndef NTSIM_ZW_H
#define NTSIM_ZW_H

#include "ps.h"

#define REG_NONE                0
#define REG_SZ                  1
#define REG_EXPAND_SZ           2
#define REG_BINARY              3
#define REG_DWORD               4
#define REG_MULTI_SZ            7
#define REG_QWORD               11
#define KEY_QUERY_VALUE         0x0001u
#define KEY_SET_VALUE           0x0002u
#define KEY_CREATE_SUB_KEY      0x0004u
#define KEY_ENUMERATE_SUB_KEYS  0x0008u
#define KEY_READ                0x20019u
#define KEY_WRITE               0x20006u
#define KEY_ALL_ACCESS          0xf003fu
#define REG_OPTION_NON_VOLATILE 0
#define REG_OPTION_VOLATILE     1
#define REG_CREATED_NEW_KEY     1
#define REG_OPENED_EXISTING_KEY 2

typedef enum _KEY_VALUE_INFORMATION_CLASS {
	KeyValueBasicInformation,
	KeyValueFullInformation,
	KeyValuePartialInformation
} KEY_VALUE_INFORMATION_CLASS;
typedef enum _KEY_INFORMATION_CLASS {
	KeyBasicInformation,
	KeyNodeInformation,
	KeyFullInformation
} KEY_INFORMATION_CLASS;

typedef struct _KEY_BASIC_INFORMATION {
	LARGE_INTEGER LastWriteTime;
	ULONG TitleIndex;
	ULONG NameLength;
	WCHAR Name[1];
} KEY_BASIC_INFORMATION, *PKEY_BASIC_INFORMATION;
typedef struct _KEY_FULL_INFORMATION {
	LARGE_INTEGER LastWriteTime;
	ULONG TitleIndex, ClassOffset, ClassLength, SubKeys, MaxNameLen, MaxClassLen, Values,
	    MaxValueNameLen, MaxValueDataLen;
	WCHAR Class[1];
} KEY_FULL_INFORMATION, *PKEY_FULL_INFORMATION;
typedef struct _KEY_VALUE_BASIC_INFORMATION {
	ULONG TitleIndex;
	ULONG Type;
	ULONG NameLength;
	WCHAR Name[1];
} KEY_VALUE_BASIC_INFORMATION, *PKEY_VALUE_BASIC_INFORMATION;
typedef struct _KEY_VALUE_FULL_INFORMATION {
	ULONG TitleIndex;
	ULONG Type;
	ULONG DataOffset;
	ULONG DataLength;
	ULONG NameLength;
	WCHAR Name[1];
} KEY_VALUE_FULL_INFORMATION, *PKEY_VALUE_FULL_INFORMATION;
typedef struct _KEY_VALUE_PARTIAL_INFORMATION {
	ULONG TitleIndex;
	ULONG Type;
	ULONG DataLength;
	UCHAR Data[1];
} KEY_VALUE_PARTIAL_INFORMATION, *PKEY_VALUE_PARTIAL_INFORMATION;

typedef NTSTATUS RTL_QUERY_REGISTRY_ROUTINE(PWSTR name, ULONG type, PVOID data, ULONG length,
					    PVOID context, PVOID entry);
typedef RTL_QUERY_REGISTRY_ROUTINE *PRTL_QUERY_REGISTRY_ROUTINE;
typedef struct _RTL_QUERY_REGISTRY_TABLE {
	PRTL_QUERY_REGISTRY_ROUTINE QueryRoutine;
	ULONG Flags;
	PWSTR Name;
	PVOID EntryContext;
	ULONG DefaultType;
	PVOID DefaultData;
	ULONG DefaultLength;
} RTL_QUERY_REGISTRY_TABLE, *PRTL_QUERY_REGISTRY_TABLE;
#define RTL_QUERY_REGISTRY_SUBKEY          0x00000001
#define RTL_QUERY_REGISTRY_REQUIRED        0x00000004
#define RTL_QUERY_REGISTRY_NOEXPAND        0x00000010
#define RTL_QUERY_REGISTRY_DIRECT          0x00000020
#define RTL_QUERY_REGISTRY_TYPECHECK       0x00000100
#define RTL_QUERY_REGISTRY_TYPECHECK_SHIFT 24
#define RTL_REGISTRY_ABSOLUTE              0
#define RTL_REGISTRY_SERVICES              1
#define RTL_REGISTRY_OPTIONAL              0x80000000u

typedef enum _PROCESSINFOCLASS {
	ProcessBasicInformation = 0,
	ProcessTimes = 4,
	ProcessDebugPort = 7,
	ProcessSessionInformation = 24,
	ProcessWow64Information = 26,
	ProcessImageFileName = 27,
	ProcessImageFileNameWin32 = 43,
	ProcessCommandLineInformation = 60,
	ProcessProtectionInformation = 61,
	ProcessSubsystemInformation = 75
} PROCESSINFOCLASS;
typedef enum _THREADINFOCLASS {
	ThreadBasicInformation = 0,
	ThreadTimes = 1,
	ThreadQuerySetWin32StartAddress = 9
} THREADINFOCLASS;
typedef enum _SYSTEM_INFORMATION_CLASS {
	SystemTimeOfDayInformation = 3,
	SystemProcessInformation = 5,
	SystemExtendedProcessInformation = 57, /* Windows Vista */
	SystemModuleInformation = 11
} SYSTEM_INFORMATION_CLASS;

typedef struct _PROCESS_BASIC_INFORMATION {
	NTSTATUS ExitStatus;
	PVOID PebBaseAddress;
	ULONG_PTR AffinityMask;
	KPRIORITY BasePriority;
	ULONG_PTR UniqueProcessId;
	ULONG_PTR InheritedFromUniqueProcessId;
} PROCESS_BASIC_INFORMATION, *PPROCESS_BASIC_INFORMATION;
typedef struct _THREAD_BASIC_INFORMATION {
	NTSTATUS ExitStatus;
	PVOID TebBaseAddress;
	CLIENT_ID ClientId;
	ULONG_PTR AffinityMask;
	KPRIORITY Priority;
	LONG BasePriority;
} THREAD_BASIC_INFORMATION, *PTHREAD_BASIC_INFORMATION;
typedef struct _KERNEL_USER_TIMES {
	LARGE_INTEGER CreateTime, ExitTime, KernelTime, UserTime;
} KERNEL_USER_TIMES, *PKERNEL_USER_TIMES;
typedef struct _PROCESS_SESSION_INFORMATION {
	ULONG SessionId;
} PROCESS_SESSION_INFORMATION, *PPROCESS_SESSION_INFORMATION;

typedef struct _SYSTEM_THREAD_INFORMATION {
	LARGE_INTEGER KernelTime, UserTime, CreateTime;
	ULONG WaitTime;
	PVOID StartAddress;
	CLIENT_ID ClientId;
	KPRIORITY Priority;
	LONG BasePriority;
	ULONG ContextSwitches;
	ULONG ThreadState;
	ULONG WaitReason;
} SYSTEM_THREAD_INFORMATION, *PSYSTEM_THREAD_INFORMATION;

typedef struct _SYSTEM_EXTENDED_THREAD_INFORMATION {
	SYSTEM_THREAD_INFORMATION ThreadInfo;
	PVOID StackBase, StackLimit;
	PVOID Win32StartAddress;
	PVOID TebBase;
	ULONG_PTR Reserved2, Reserved3, Reserved4;
} SYSTEM_EXTENDED_THREAD_INFORMATION, *PSYSTEM_EXTENDED_THREAD_INFORMATION;

typedef struct _SYSTEM_TIMEOFDAY_INFORMATION {
	LARGE_INTEGER BootTime, CurrentTime, TimeZoneBias;
	ULONG TimeZoneId, Reserved;
	ULONGLONG BootTimeBias, SleepTimeBias;
} SYSTEM_TIMEOFDAY_INFORMATION, *PSYSTEM_TIMEOFDAY_INFORMATION;

typedef struct _SYSTEM_PROCESS_INFORMATION {
	ULONG NextEntryOffset;
	ULONG NumberOfThreads;
	LARGE_INTEGER WorkingSetPrivateSize;
	ULONG HardFaultCount;
	ULONG NumberOfThreadsHighWatermark;
	ULONGLONG CycleTime;
	LARGE_INTEGER CreateTime, UserTime, KernelTime;
	UNICODE_STRING ImageName;
	KPRIORITY BasePriority;
	HANDLE UniqueProcessId;
	HANDLE InheritedFromUniqueProcessId;
	ULONG HandleCount;
	ULONG SessionId;
	ULONG_PTR UniqueProcessKey;
	SIZE_T PeakVirtualSize, VirtualSize;
	ULONG PageFaultCount;
	SIZE_T PeakWorkingSetSize, WorkingSetSize;
	SIZE_T QuotaPeakPagedPoolUsage, QuotaPagedPoolUsage;
	SIZE_T QuotaPeakNonPagedPoolUsage, QuotaNonPagedPoolUsage;
	SIZE_T PagefileUsage, PeakPagefileUsage, PrivatePageCount;
	LARGE_INTEGER ReadOperationCount, WriteOperationCount, OtherOperationCount;
	LARGE_INTEGER ReadTransferCount, WriteTransferCount, OtherTransferCount;
	SYSTEM_THREAD_INFORMATION Threads[1];
} SYSTEM_PROCESS_INFORMATION, *PSYSTEM_PROCESS_INFORMATION;
C_ASSERT(offsetof(SYSTEM_PROCESS_INFORMATION, Threads) == 0x100);
C_ASSERT(sizeof(SYSTEM_THREAD_INFORMATION) == 0x50);
C_ASSERT(sizeof(SYSTEM_EXTENDED_THREAD_INFORMATION) == 0x88);

#define NtCurrentProcess() ((HANDLE)(LONG_PTR)-1)
#define ZwCurrentProcess() NtCurrentProcess()
#define NtCurrentThread()  ((HANDLE)(LONG_PTR)-2)
#define ZwCurrentThread()  NtCurrentThread()

NTSIM_BEGIN
NTSTATUS ZwClose(HANDLE handle);
NTSTATUS ZwOpenKey(PHANDLE key, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes);
NTSTATUS ZwCreateKey(PHANDLE key, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes, ULONG index,
		     PUNICODE_STRING type, ULONG options, PULONG disposition);
NTSTATUS ZwDeleteKey(HANDLE key);
NTSTATUS ZwFlushKey(HANDLE key);
NTSTATUS ZwQueryKey(HANDLE key, KEY_INFORMATION_CLASS type, PVOID information, ULONG length,
		    PULONG needed);
NTSTATUS ZwEnumerateKey(HANDLE key, ULONG index, KEY_INFORMATION_CLASS type, PVOID information,
			ULONG length, PULONG needed);
NTSTATUS ZwQueryValueKey(HANDLE key, PUNICODE_STRING name, KEY_VALUE_INFORMATION_CLASS type,
			 PVOID information, ULONG length, PULONG needed);
NTSTATUS ZwEnumerateValueKey(HANDLE key, ULONG index, KEY_VALUE_INFORMATION_CLASS type,
			     PVOID information, ULONG length, PULONG needed);
NTSTATUS ZwSetValueKey(HANDLE key, PUNICODE_STRING name, ULONG index, ULONG type, PVOID data,
		       ULONG size);
NTSTATUS ZwDeleteValueKey(HANDLE key, PUNICODE_STRING name);
NTSTATUS RtlQueryRegistryValues(ULONG relative, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table,
				PVOID context, PVOID environment);
#define RtlQueryRegistryValuesEx RtlQueryRegistryValues
NTSTATUS RtlWriteRegistryValue(ULONG relative, PCWSTR path, PCWSTR name, ULONG type, PVOID data,
			       ULONG length);
NTSTATUS IoOpenDriverRegistryKey(PDRIVER_OBJECT driver, ULONG type, ACCESS_MASK access, ULONG flags,
				 PHANDLE key);
NTSTATUS ZwQueryInformationProcess(HANDLE process, PROCESSINFOCLASS type, PVOID information,
				   ULONG length, PULONG needed);
NTSTATUS ZwQueryInformationThread(HANDLE thread, THREADINFOCLASS type, PVOID information,
				  ULONG length, PULONG needed);
NTSTATUS ZwQuerySystemInformation(SYSTEM_INFORMATION_CLASS type, PVOID information, ULONG length,
				  PULONG needed);
NTSTATUS ZwSetSecurityObject(HANDLE object, SECURITY_INFORMATION information,
			     PSECURITY_DESCRIPTOR descriptor);
NTSTATUS ZwWaitForSingleObject(HANDLE object, BOOLEAN alertable, PLARGE_INTEGER timeout);
NTSIM_END

#define NtClose                   ZwClose
#define NtQuerySystemInformation  ZwQuerySystemInformation
#define NtQueryInformationProcess ZwQueryInformationProcess

#endif
