/* SPDX-License-Identifier: MIT */
/*
 * nt.h - the kernel's headers, and declarations that some toolchains lack.
 *
 * The driver is built by Visual Studio with the WDK, by mingw-w64, whose DDK
 * headers date from Windows 7, and natively for its tests. Only this file
 * distinguishes between them.
 */
#ifndef VIGIL_NT_H
#define VIGIL_NT_H

#include <ntifs.h>

#include <vigil/event.h>

/* clang as MSVC's dialect with mingw-w64's headers (mingw-clang.cmake), which lack these. */
#if defined(_MSC_VER) && defined(__MINGW64_VERSION_MAJOR)
LONG ReadAcquire(LONG const volatile *address);
LONG64 ReadAcquire64(LONG64 const volatile *address);
VOID WriteRelease(LONG volatile *address, LONG value);
VOID WriteRelease64(LONG64 volatile *address, LONG64 value);
#endif

/* mingw-w64 has SAL as empty macros, but not all of them. */
#ifndef _IRQL_requires_
#define _IRQL_requires_(irql)
#endif
#ifndef _IRQL_requires_max_
#define _IRQL_requires_max_(irql)
#endif
#ifndef _IRQL_requires_same_
#define _IRQL_requires_same_
#endif
#ifndef _Use_decl_annotations_
#define _Use_decl_annotations_
#endif
#ifndef _Function_class_
#define _Function_class_(name)
#endif
#ifndef _Dispatch_type_
#define _Dispatch_type_(type)
#endif
#ifndef _Requires_lock_held_
#define _Requires_lock_held_(lock)
#endif
#ifndef _Acquires_lock_
#define _Acquires_lock_(lock)
#endif
#ifndef _Releases_lock_
#define _Releases_lock_(lock)
#endif
#ifndef _When_
#define _When_(condition, annotations)
#endif
#ifndef _Guarded_by_
#define _Guarded_by_(lock)
#endif
#ifndef _Must_inspect_result_
#define _Must_inspect_result_
#endif
#ifndef _In_reads_bytes_
#define _In_reads_bytes_(size)
#endif
#ifndef _In_reads_bytes_opt_
#define _In_reads_bytes_opt_(size)
#endif
#ifndef _In_reads_
#define _In_reads_(count)
#endif
#ifndef _Out_writes_bytes_
#define _Out_writes_bytes_(size)
#endif
#ifndef _Out_writes_bytes_to_
#define _Out_writes_bytes_to_(size, count)
#endif
#ifndef _Out_writes_
#define _Out_writes_(count)
#endif
#ifndef _Inout_updates_bytes_
#define _Inout_updates_bytes_(size)
#endif
#ifndef _Outptr_result_maybenull_
#define _Outptr_result_maybenull_
#endif
#ifndef _Inout_opt_
#define _Inout_opt_
#endif

/*
 * Sections. INIT is discarded after DriverEntry, PAGE may be paged out: only
 * code that never runs at DISPATCH_LEVEL and never holds a spin lock is there.
 * (WDK: "Making Drivers Pageable".)
 */
#if defined(_MSC_VER)
#define VIGIL_INIT __declspec(code_seg("INIT"))
#define VIGIL_PAGE __declspec(code_seg("PAGE"))
#elif defined(_WIN32)
#define VIGIL_INIT __attribute__((section("INIT")))
#define VIGIL_PAGE __attribute__((section("PAGE")))
#else
#define VIGIL_INIT
#define VIGIL_PAGE
#endif

/* A function that holds a spin lock and is called from PAGE in the same file: if inlined
 * there, it could be paged out under the lock. sections.py finds the other cases. */
#if defined(_MSC_VER)
#define VIGIL_RESIDENT __declspec(noinline)
#else
#define VIGIL_RESIDENT __attribute__((noinline))
#endif

/* A load with acquire semantics. */
#if defined(_MSC_VER)
#define LoadAcquire(address)           ReadAcquire(address)
#define LoadAcquire64(address)         ReadAcquire64(address)
#define StoreRelease(address, value)   WriteRelease(address, value)
#define StoreRelease64(address, value) WriteRelease64(address, value)
#else
#define LoadAcquire(address)           __atomic_load_n(address, __ATOMIC_ACQUIRE)
#define LoadAcquire64(address)         __atomic_load_n(address, __ATOMIC_ACQUIRE)
#define StoreRelease(address, value)   __atomic_store_n(address, value, __ATOMIC_RELEASE)
#define StoreRelease64(address, value) __atomic_store_n(address, value, __ATOMIC_RELEASE)
#endif

#define VIGIL_STATIC_ASSERT(name, condition) typedef char assert_##name[(condition) ? 1 : -1]

#ifndef OBJ_KERNEL_HANDLE
#define OBJ_KERNEL_HANDLE 0x00000200L
#endif
#ifndef STATUS_FILE_CLOSED
#define STATUS_FILE_CLOSED ((NTSTATUS)0xC0000128L)
#endif
#ifndef STATUS_REVISION_MISMATCH
#define STATUS_REVISION_MISMATCH ((NTSTATUS)0xC0000059L)
#endif
#ifndef STATUS_DEVICE_BUSY
#define STATUS_DEVICE_BUSY ((NTSTATUS)0x80000011L)
#endif

#ifndef PROCESS_QUERY_INFORMATION
#define PROCESS_QUERY_INFORMATION 0x0400
#endif
#ifndef THREAD_QUERY_INFORMATION
#define THREAD_QUERY_INFORMATION 0x0040
#endif
#ifndef TOKEN_QUERY
#define TOKEN_QUERY 0x0008
#endif

/* Bits of PS_CREATE_NOTIFY_INFO.Flags and IMAGE_INFO.Properties: the structs'
 * bit fields have grown with the WDK, but existing bits keep their positions. */
#define CREATE_FILE_OPEN_NAME 0x1u /* ImageFileName is the name used to open the file */
#define CREATE_SUBSYSTEM      0x2u /* pico process */

#define IMAGE_SYSTEM_MODE(properties)     (((properties) >> 8) & 1u)
#define IMAGE_ALL_PIDS(properties)        (((properties) >> 9) & 1u)
#define IMAGE_EXTENDED(properties)        (((properties) >> 10) & 1u)
#define IMAGE_OTHER_MACHINE(properties)   (((properties) >> 11) & 1u)
#define IMAGE_SIGNATURE_LEVEL(properties) (((properties) >> 12) & 0xfu)
#define IMAGE_SIGNATURE_TYPE(properties)  (((properties) >> 16) & 0x7u)
#define IMAGE_PARTIAL_MAP(properties)     (((properties) >> 19) & 1u)

/* The kernel's process ids are handles by type only. */
#define IdOf(handle) ((UINT32)(ULONG_PTR)(handle))

#endif /* VIGIL_NT_H */
