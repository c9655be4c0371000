/* SPDX-License-Identifier: MIT */
/*
 * def.h - the basic types of the NT kernel, with their Windows sizes on a Linux
 * of 64 bits: ULONG has 32 bits, WCHAR 16 (-fshort-wchar), pointers 64.
 */
#ifndef NTSIM_DEF_H
#define NTSIM_DEF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sal.h"

#ifdef __cplusplus
#define NTSIM_BEGIN extern "C" {
#define NTSIM_END   }
#define C_ASSERT(e) static_assert(e, #e)
#else
#define NTSIM_BEGIN
#define NTSIM_END
#define C_ASSERT(e) _Static_assert(e, #e)
#endif

C_ASSERT(sizeof(wchar_t) == 2); /* compile with -fshort-wchar */

#define __declspec(x)
#define __cdecl
#define __stdcall
#define __fastcall
#define __forceinline static inline __attribute__((always_inline))
#define FORCEINLINE  static inline
#define CFORCEINLINE static inline
#define NTAPI
#define FASTCALL
#define NTSYSAPI
#define NTSYSCALLAPI
#define NTKERNELAPI
#define NTHALAPI
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_ALIGN(x) __attribute__((aligned(x)))
#define DECLSPEC_IMPORT
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long
#define CONST const
#define OPTIONAL
#define UNALIGNED
#define EXTERN_C_START NTSIM_BEGIN
#define EXTERN_C_END   NTSIM_END
#ifdef __cplusplus
#define EXTERN_C extern "C"
#else
#define EXTERN_C extern
#endif

#define VOID void
typedef void *PVOID, *LPVOID;
typedef const void *PCVOID, *LPCVOID;
typedef char CHAR, CCHAR, *PCHAR, *PSTR, *PCH;
typedef const char *PCSTR, *PCSZ, *PCCH;
typedef unsigned char UCHAR, *PUCHAR, BYTE, *PBYTE, BOOLEAN, *PBOOLEAN;
typedef int16_t SHORT, *PSHORT, CSHORT;
typedef uint16_t USHORT, *PUSHORT, WORD;
typedef int32_t LONG, *PLONG, INT, *PINT, BOOL, LONG32, INT32;
typedef uint32_t ULONG, *PULONG, UINT, *PUINT, DWORD, *PDWORD, ULONG32, UINT32, LOGICAL;
typedef int64_t LONGLONG, *PLONGLONG, LONG64, *PLONG64, INT64, LONG_PTR, *PLONG_PTR, INT_PTR;
typedef int64_t SSIZE_T, *PSSIZE_T;
typedef uint64_t ULONGLONG, *PULONGLONG, ULONG64, *PULONG64, UINT64, *PUINT64, DWORD64;
typedef uint64_t ULONG_PTR, *PULONG_PTR, UINT_PTR, DWORD_PTR;
typedef size_t SIZE_T, *PSIZE_T;
typedef int8_t INT8;
typedef uint8_t UINT8;
typedef int16_t INT16;
typedef uint16_t UINT16;
typedef wchar_t WCHAR, *PWCHAR, *PWCH, *PWSTR, *LPWSTR;
typedef const wchar_t *PCWSTR, *PCWCH, *LPCWSTR, *PCWCHAR;
typedef PVOID HANDLE, *PHANDLE;
typedef LONG NTSTATUS, *PNTSTATUS;
typedef ULONG ACCESS_MASK, *PACCESS_MASK;
typedef LONG KPRIORITY;
typedef UCHAR KIRQL, *PKIRQL;
typedef CCHAR KPROCESSOR_MODE;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;

#ifndef TRUE
#define TRUE  1
#define FALSE 0
#endif
#define MAXUSHORT                   0xffff
#define MAXULONG                    0xffffffffu
#define MAXLONG                     0x7fffffff
#define MAXLONGLONG                 INT64_MAX
#define MAXULONGLONG                UINT64_MAX
#define MAXULONG_PTR                UINT64_MAX
#define USHORT_MAX                  0xffffu
#define ULONG_MAX_NT                0xffffffffu
#define ANYSIZE_ARRAY               1
#define MAX_PATH                    260
#define UNICODE_NULL                ((WCHAR)0)
#define ANSI_NULL                   ((CHAR)0)
#define PAGE_SIZE                   0x1000
#define PAGE_SHIFT                  12
#define MEMORY_ALLOCATION_ALIGNMENT 16
#define SYSTEM_CACHE_LINE_SIZE      64

#define UNREFERENCED_PARAMETER(x)      ((void)(x))
#define DBG_UNREFERENCED_PARAMETER(x)  ((void)(x))
#define UNREFERENCED_LOCAL_VARIABLE(x) ((void)(x))
#define CONTAINING_RECORD(address, type, field) \
	((type *)(void *)((char *)(void *)(address)-offsetof(type, field)))
#define FIELD_OFFSET(type, field)             ((LONG)offsetof(type, field))
#define UFIELD_OFFSET(type, field)            ((ULONG)offsetof(type, field))
#define RTL_FIELD_SIZE(type, field)           (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define RTL_CONTAINS_FIELD(record, size, field) \
	((((char *)&(record)->field) + sizeof((record)->field)) <= (((char *)(record)) + (size)))
#define RTL_NUMBER_OF(a)          (sizeof(a) / sizeof((a)[0]))
#define ARRAYSIZE(a)              RTL_NUMBER_OF(a)
#define ARGUMENT_PRESENT(x)       ((x) != NULL)
#define Add2Ptr(p, n)             ((PVOID)((PUCHAR)(p) + (n)))
#define PTR_DIFF(a, b)            ((ULONG)((PUCHAR)(a) - (PUCHAR)(b)))
#define ALIGN_DOWN_BY(n, a)       ((ULONG_PTR)(n) & ~((ULONG_PTR)(a)-1))
#define ALIGN_UP_BY(n, a)         (ALIGN_DOWN_BY((ULONG_PTR)(n) + (a)-1, a))
#define ALIGN_DOWN(n, type)       ALIGN_DOWN_BY(n, sizeof(type))
#define ALIGN_UP(n, type)         ALIGN_UP_BY(n, sizeof(type))
#define ALIGN_UP_POINTER_BY(p, a) ((PVOID)ALIGN_UP_BY(p, a))
#define IS_ALIGNED(p, a)          ((((ULONG_PTR)(p)) & ((ULONG_PTR)(a)-1)) == 0)
#define ROUND_TO_PAGES(n)         ALIGN_UP_BY(n, PAGE_SIZE)
#define BYTES_TO_PAGES(n)         (((n) >> PAGE_SHIFT) + (((n) & (PAGE_SIZE - 1)) != 0))
#define PAGE_ALIGN(p)             ((PVOID)ALIGN_DOWN_BY(p, PAGE_SIZE))
#define BYTE_OFFSET(p)            ((ULONG)((ULONG_PTR)(p) & (PAGE_SIZE - 1)))
#define HandleToUlong(h)          ((ULONG)(ULONG_PTR)(h))
#define HandleToULong(h)          HandleToUlong(h)
#define HandleToLong(h)           ((LONG)(LONG_PTR)(h))
#define UlongToHandle(u)          ((HANDLE)(ULONG_PTR)(u))
#define ULongToHandle(u)          UlongToHandle(u)
#define UlongToPtr(u)             ((PVOID)(ULONG_PTR)(u))
#define ULongToPtr(u)             UlongToPtr(u)
#define PtrToUlong(p)             ((ULONG)(ULONG_PTR)(p))
#define FlagOn(f, s)              ((f) & (s))
#define BooleanFlagOn(f, s)       ((BOOLEAN)(((f) & (s)) != 0))
#define SetFlag(f, s)             ((f) |= (s))
#define ClearFlag(f, s)           ((f) &= ~(s))
#define DEFINE_ENUM_FLAG_OPERATORS(t)
#define DECLARE_CONST_UNICODE_STRING(name, text) \
	const WCHAR name##_buffer[] = text; \
	const UNICODE_STRING name = { sizeof(text) - sizeof(WCHAR), sizeof(text), \
				      (PWCH)name##_buffer }
#define RTL_CONSTANT_STRING(s) \
	{ \
		sizeof(s) - sizeof((s)[0]), sizeof(s), (void *)(uintptr_t)(s) \
	}
#ifdef __cplusplus
#undef RTL_CONSTANT_STRING
#define RTL_CONSTANT_STRING(s) \
	{ \
		sizeof(s) - sizeof((s)[0]), sizeof(s), (PWCH)(uintptr_t)(s) \
	}
#else
#ifndef min
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#endif
#endif

typedef union _LARGE_INTEGER {
	struct {
		ULONG LowPart;
		LONG HighPart;
	};
	struct {
		ULONG LowPart;
		LONG HighPart;
	} u;
	LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
	struct {
		ULONG LowPart;
		ULONG HighPart;
	};
	struct {
		ULONG LowPart;
		ULONG HighPart;
	} u;
	ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS;

typedef struct _LUID {
	ULONG LowPart;
	LONG HighPart;
} LUID, *PLUID;

typedef struct _GUID {
	ULONG Data1;
	USHORT Data2;
	USHORT Data3;
	UCHAR Data4[8];
} GUID;
typedef const GUID *LPCGUID;
#ifdef INITGUID
#define DEFINE_GUID(n, a, b, c, d0, d1, d2, d3, d4, d5, d6, d7) \
	EXTERN_C const GUID n; \
	const GUID n = { a, b, c, { d0, d1, d2, d3, d4, d5, d6, d7 } }
#else
#define DEFINE_GUID(n, a, b, c, d0, d1, d2, d3, d4, d5, d6, d7) EXTERN_C const GUID n
#endif

typedef struct _STRING {
	USHORT Length;
	USHORT MaximumLength;
	PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, UTF8_STRING, *PUTF8_STRING;
typedef const STRING *PCANSI_STRING;

typedef struct _UNICODE_STRING {
	USHORT Length;        /* bytes, without a terminator */
	USHORT MaximumLength; /* bytes */
	PWCH Buffer;          /* not necessarily terminated */
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

typedef struct _LIST_ENTRY {
	struct _LIST_ENTRY *Flink;
	struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
	struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct _CLIENT_ID {
	HANDLE UniqueProcess;
	HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

typedef struct _OBJECT_ATTRIBUTES {
	ULONG Length;
	HANDLE RootDirectory;
	PUNICODE_STRING ObjectName;
	ULONG Attributes;
	PVOID SecurityDescriptor;
	PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;

#define OBJ_INHERIT          0x00000002
#define OBJ_CASE_INSENSITIVE 0x00000040
#define OBJ_OPENIF           0x00000080
#define OBJ_KERNEL_HANDLE    0x00000200

#define InitializeObjectAttributes(p, name, attributes, root, descriptor) \
	do { \
		(p)->Length = sizeof(OBJECT_ATTRIBUTES); \
		(p)->RootDirectory = (root); \
		(p)->ObjectName = (name); \
		(p)->Attributes = (attributes); \
		(p)->SecurityDescriptor = (descriptor); \
		(p)->SecurityQualityOfService = NULL; \
	} while (0)

/* Objects that only the simulator looks into. */
typedef struct _KTHREAD *PKTHREAD, *PETHREAD, *PRKTHREAD;
typedef struct _KPROCESS *PEPROCESS, *PKPROCESS, *PRKPROCESS;
typedef struct _OBJECT_TYPE *POBJECT_TYPE;
typedef struct _DEVICE_OBJECT *PDEVICE_OBJECT;
typedef struct _DRIVER_OBJECT *PDRIVER_OBJECT;
typedef struct _FILE_OBJECT *PFILE_OBJECT;
typedef struct _IRP *PIRP;
typedef struct _MDL *PMDL;

typedef enum _MODE {
	KernelMode,
	UserMode,
	MaximumMode
} MODE;

NTSIM_BEGIN
/* Every call into the simulator is a place where a seeded run may switch
 * threads; the inlined ones pass through here. */
extern int ntsim_seeded;
void ntsim_preempt(void);
NTSIM_END
static inline void ntsim_point(void)
{
	if (ntsim_seeded)
		ntsim_preempt();
}

#define ASSERT(e)          ((e) ? (void)0 : ntsim_assert(#e, __FILE__, __LINE__))
#define NT_ASSERT(e)       ASSERT(e)
#define NT_VERIFY(e)       ASSERT(e)
#define ASSERTMSG(m, e)    ASSERT((m) && (e))
#define NT_ASSERTMSG(m, e) ASSERT((m) && (e))
#define PAGED_CODE()       ntsim_paged_code(__FILE__, __LINE__)
#define PAGED_ASSERT(e)    ASSERT(e)
#define KeBugCheck(code)   KeBugCheckEx(code, 0, 0, 0, 0)

NTSIM_BEGIN
void ntsim_assert(const char *expression, const char *file, int line) DECLSPEC_NORETURN;
void ntsim_paged_code(const char *file, int line);
void KeBugCheckEx(ULONG code, ULONG_PTR a, ULONG_PTR b, ULONG_PTR c, ULONG_PTR d) DECLSPEC_NORETURN;
NTSIM_END

#include "status.h"

#endif
