/* SPDX-License-Identifier: MIT */
/*
 * test_kernel.c - the simulated kernel behaves as documented: what a driver
 * relies on, called directly from tests that pose as one.
 */
#include "test.h"

#include <ntstrsafe.h>
#include <fltKernel.h>

static NTSTATUS empty_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
	UNREFERENCED_PARAMETER(driver);
	UNREFERENCED_PARAMETER(path);
	return STATUS_SUCCESS;
}

/* ---- types ---- */

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(ULONG), 4);
	assert_int_equal(sizeof(WCHAR), 2);
	assert_int_equal(sizeof(HANDLE), 8);
	assert_int_equal(sizeof(NTSTATUS), 4);
	assert_int_equal(sizeof(UNICODE_STRING), 16);
	assert_int_equal(sizeof(LARGE_INTEGER), 8);
	assert_int_equal(sizeof(CLIENT_ID), 16);
	assert_int_equal(CTL_CODE(0x22, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS), 0x222000);
}

/* ---- text ---- */

static void test_debug_print(void **state)
{
	UNICODE_STRING s = { 6, 6, (PWCH)(uintptr_t)L"abcdef" };

	(void)state;
	start();
	DbgPrint("%wZ|%S|%ws|%5d|%-4x|%ld|%I64u|%p|%s|%%", &s, L"wide", L"w", -3, 0xabu, 7,
		 (ULONG64)1 << 40, NULL, "n");
	assert_string_equal(ntsim_log(),
			    "abc|wide|w|   -3|ab  |7|1099511627776|0000000000000000|n|%");
	ntsim_log_clear();
	DbgPrint("| %8d |", UlongToHandle(12)); /* handles as %d, as the samples do */
	assert_string_equal(ntsim_log(), "|       12 |");
	finish();
}

static void test_one_debug_print_has_512_bytes(void **state)
{
	char text[1000];

	(void)state;
	start();
	memset(text, 'x', sizeof(text));
	text[999] = 0;
	DbgPrint("%s", text);
	assert_int_equal(strlen(ntsim_log()), 512);
	finish();
}

static void test_strings(void **state)
{
	UNICODE_STRING a = RTL_CONSTANT_STRING(L"\\Windows\\A.exe");
	UNICODE_STRING b = RTL_CONSTANT_STRING(L"\\WINDOWS\\a.EXE");
	UNICODE_STRING prefix = RTL_CONSTANT_STRING(L"\\windows\\");
	UNICODE_STRING wild = RTL_CONSTANT_STRING(L"*\\?.EXE");
	WCHAR buffer[8];

	(void)state;
	start();
	assert_true(RtlEqualUnicodeString(&a, &b, TRUE));
	assert_false(RtlEqualUnicodeString(&a, &b, FALSE));
	assert_true(RtlPrefixUnicodeString(&prefix, &a, TRUE));
	assert_true(FsRtlIsNameInExpression(&wild, &a, TRUE, NULL));
	assert_false(FsRtlIsNameInExpression(&wild, &prefix, TRUE, NULL));
	assert_int_equal(RtlStringCbPrintfW(buffer, sizeof(buffer), L"%s-%d", L"ab", 5), 0);
	assert_int_equal(wcscmp(buffer, L"ab-5"), 0);
	assert_int_equal(RtlStringCbPrintfW(buffer, sizeof(buffer), L"%d", 123456789),
			 STATUS_BUFFER_OVERFLOW);
	assert_int_equal(RtlStringCbCopyW(buffer, sizeof(buffer), L"12345678"),
			 STATUS_BUFFER_OVERFLOW);
	assert_int_equal(RtlUpcaseUnicodeChar(0xe4), 0xc4);
	finish();
}

/* ---- versions ---- */

static PVOID resolve(PCWSTR name)
{
	UNICODE_STRING s;

	RtlInitUnicodeString(&s, name);
	return MmGetSystemRoutineAddress(&s);
}

static void test_routines_by_version(void **state)
{
	struct ntsim_config old = { .version = NTSIM_WIN7 };
	struct ntsim_config middle = { .version = NTSIM_WIN10_1703 };

	(void)state;
	ntsim_boot(&old);
	assert_null(resolve(L"ExAllocatePool2"));
	assert_null(resolve(L"PsSetCreateProcessNotifyRoutineEx2"));
	assert_non_null(resolve(L"PsSetCreateProcessNotifyRoutineEx"));
	ntsim_shutdown();
	ntsim_boot(&middle);
	assert_null(resolve(L"ExAllocatePool2"));
	assert_non_null(resolve(L"PsGetProcessStartKey"));
	ntsim_shutdown();
	start();
	assert_non_null(resolve(L"ExAllocatePool2"));
	assert_null(resolve(L"NoSuchRoutine"));
	finish();
}

/* ---- objects, names, tokens ---- */

static void test_process_queries(void **state)
{
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\Device\\HarddiskVolume1\\d\\p.exe"),
				      .sid = "S-1-5-21-9-8-7-500",
				      .session = 3,
				      .user = true };
	PEPROCESS process = NULL;
	PACCESS_TOKEN token;
	PTOKEN_USER user;
	PVOID level = NULL;
	PUNICODE_STRING name;
	HANDLE pid;

	(void)state;
	start();
	pid = ntsim_process(&spec);
	assert_int_equal(PsLookupProcessByProcessId(pid, &process), STATUS_SUCCESS);
	assert_int_equal(PsGetProcessSessionId(process), 3);
	assert_int_not_equal(PsGetProcessStartKey(process), 0);
	assert_int_equal(PsGetProcessExitStatus(process), STATUS_PENDING);
	assert_int_equal(SeLocateProcessImageName(process, &name), STATUS_SUCCESS);
	assert_true(RtlEqualUnicodeString(name, spec.image, FALSE));
	ExFreePool(name);
	token = PsReferencePrimaryToken(process);
	assert_int_equal(SeQueryInformationToken(token, TokenUser, (PVOID *)&user), STATUS_SUCCESS);
	assert_int_equal(*RtlSubAuthoritySid(user->User.Sid, 4), 500);
	ExFreePool(user);
	assert_int_equal(SeQueryInformationToken(token, TokenIntegrityLevel, (PVOID *)&level), 0);
	assert_int_equal((ULONG_PTR)level, SECURITY_MANDATORY_MEDIUM_RID);
	PsDereferencePrimaryToken(token);
	ntsim_process_exit(pid, 42);
	assert_int_equal(PsGetProcessExitStatus(process), 42); /* as long as it is referenced */
	ObDereferenceObject(process);
	assert_int_equal(PsLookupProcessByProcessId(pid, &process), STATUS_INVALID_PARAMETER);
	finish();
}

/* The entry of a process in a list of that class, which fits the buffer. */
static PSYSTEM_PROCESS_INFORMATION list_entry(SYSTEM_INFORMATION_CLASS type, HANDLE pid,
					      UCHAR buffer[8192])
{
	PSYSTEM_PROCESS_INFORMATION p = (PVOID)buffer;
	ULONG needed = 0;

	assert_int_equal(ZwQuerySystemInformation(type, buffer, 8, &needed),
			 STATUS_INFO_LENGTH_MISMATCH);
	assert_int_equal(ZwQuerySystemInformation(type, buffer, needed, NULL), STATUS_SUCCESS);
	while (p->UniqueProcessId != pid) {
		assert_int_not_equal(p->NextEntryOffset, 0);
		p = (PVOID)((PUCHAR)p + p->NextEntryOffset);
	}
	return p;
}

static void test_process_list(void **state)
{
	UCHAR buffer[8192];
	PSYSTEM_EXTENDED_THREAD_INFORMATION extended;
	PSYSTEM_PROCESS_INFORMATION p;
	HANDLE pid;

	(void)state;
	start();
	pid = ntsim_process_new(NTSIM_STR(L"\\Device\\HarddiskVolume1\\list.exe"));
	ntsim_thread(pid, (PVOID)0x1234);
	p = list_entry(SystemProcessInformation, pid, buffer);
	assert_int_equal(p->NumberOfThreads, 2);
	assert_int_equal(p->ImageName.Length, 16);
	/* The plain list has the kernel's view: one routine for all threads of user mode. */
	assert_ptr_equal(p->Threads[0].StartAddress, p->Threads[1].StartAddress);
	assert_ptr_not_equal(p->Threads[1].StartAddress, (PVOID)0x1234);
	p = list_entry(SystemExtendedProcessInformation, pid, buffer);
	extended = (PVOID)p->Threads;
	assert_int_equal(p->NumberOfThreads, 2);
	assert_int_equal(p->ImageName.Length, 16);
	assert_ptr_equal(extended[1].Win32StartAddress, (PVOID)0x1234);
	finish();
}

static void test_time_of_day(void **state)
{
	SYSTEM_TIMEOFDAY_INFORMATION before, after;

	(void)state;
	start();
	assert_int_equal(ZwQuerySystemInformation(SystemTimeOfDayInformation, &before,
						  sizeof(before), NULL),
			 STATUS_SUCCESS);
	ntsim_set_clock(ntsim_now() + 36000000000);
	assert_int_equal(ZwQuerySystemInformation(SystemTimeOfDayInformation, &after, sizeof(after),
						  NULL),
			 STATUS_SUCCESS);
	assert_int_equal(after.BootTime.QuadPart - before.BootTime.QuadPart, 36000000000);
	assert_int_equal(after.BootTimeBias - before.BootTimeBias, 36000000000);
	finish();
}

/* ---- registry ---- */

static void test_registry(void **state)
{
	UNICODE_STRING path =
	    RTL_CONSTANT_STRING(L"\\registry\\machine\\SYSTEM\\CurrentControlSet\\Services\\vigil");
	UNICODE_STRING name = RTL_CONSTANT_STRING(L"queuebytes");
	UCHAR buffer[64];
	PKEY_VALUE_PARTIAL_INFORMATION value = (PVOID)buffer;
	OBJECT_ATTRIBUTES attributes;
	ULONG needed, number = 5;
	HANDLE key;

	(void)state;
	start();
	ntsim_registry_dword(NULL, L"QueueBytes", 77);
	InitializeObjectAttributes(&attributes, &path, OBJ_KERNEL_HANDLE, NULL, NULL);
	assert_int_equal(ZwOpenKey(&key, KEY_READ | KEY_WRITE, &attributes), STATUS_SUCCESS);
	assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer,
					 sizeof(buffer), &needed),
			 STATUS_SUCCESS);
	assert_int_equal(value->Type, REG_DWORD);
	assert_int_equal(*(PULONG)(PVOID)value->Data, 77);
	assert_int_equal(ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, 4,
					 &needed),
			 STATUS_BUFFER_TOO_SMALL);
	assert_int_equal(needed, 16);
	ZwSetValueKey(key, &name, 0, REG_DWORD, &number, sizeof(number));
	assert_int_equal(ntsim_registry_get(NULL, L"QUEUEBYTES", NULL, &needed, 4), 4);
	assert_int_equal(needed, 5);
	ZwDeleteValueKey(key, &name);
	assert_int_equal(ntsim_registry_get(NULL, L"QueueBytes", NULL, &needed, 4), -1);
	ZwClose(key);
	finish();
}

/* ---- time ---- */

static volatile LONG ticks;

static VOID on_tick(PKDPC dpc, PVOID context, PVOID a, PVOID b)
{
	UNREFERENCED_PARAMETER(dpc);
	UNREFERENCED_PARAMETER(context);
	UNREFERENCED_PARAMETER(a);
	UNREFERENCED_PARAMETER(b);
	assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
	InterlockedIncrement(&ticks);
}

static void test_timers_follow_the_clock(void **state)
{
	static KTIMER timer;
	static KDPC dpc;
	LARGE_INTEGER due = { .QuadPart = -50000 };
	ULONGLONG up;
	LONGLONG now;

	(void)state;
	start();
	ticks = 0;
	KeInitializeTimer(&timer);
	KeInitializeDpc(&dpc, on_tick, NULL);
	KeSetTimerEx(&timer, due, 1, &dpc);
	ntsim_advance(49999);
	assert_int_equal(ReadAcquire(&ticks), 0);
	ntsim_advance(1);
	assert_int_equal(ReadAcquire(&ticks), 1);
	ntsim_advance(20000);
	assert_int_equal(ReadAcquire(&ticks), 3);
	assert_true(KeCancelTimer(&timer));
	now = ntsim_now();
	up = KeQueryInterruptTime();
	ntsim_set_clock(now - 36000000000);
	assert_int_equal(ntsim_now(), now - 36000000000);
	assert_int_equal(KeQueryInterruptTime(), up); /* monotonic */
	due.QuadPart = -10000000;
	KeDelayExecutionThread(KernelMode, FALSE, &due); /* no other thread: the clock jumps */
	assert_true(KeQueryInterruptTime() > up);
	finish();
}

static void test_wait_times_out(void **state)
{
	LARGE_INTEGER second = { .QuadPart = -10000000 };
	KEVENT event;

	(void)state;
	start();
	KeInitializeEvent(&event, SynchronizationEvent, FALSE);
	assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &second),
			 STATUS_TIMEOUT);
	KeSetEvent(&event, 0, FALSE);
	assert_int_equal(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &second),
			 STATUS_SUCCESS);
	assert_int_equal(KeReadStateEvent(&event), 0);
	finish();
}

/* ---- scheduler ---- */

static char order[256];

static void write_order(void *argument)
{
	for (int i = 0; i < 20; i++) {
		strncat(order, argument, sizeof(order) - strlen(order) - 1);
		ntsim_yield();
	}
}

static void run_order(uint64_t seed, char *result)
{
	struct ntsim_go *a, *b;

	start();
	order[0] = 0;
	ntsim_seed(seed);
	a = ntsim_go(write_order, (void *)(uintptr_t) "a", NULL);
	b = ntsim_go(write_order, (void *)(uintptr_t) "b", NULL);
	ntsim_join(a);
	ntsim_join(b);
	ntsim_seed_end();
	strcpy(result, order);
	finish();
}

static void test_a_seed_replays(void **state)
{
	char first[256], again[256], other[256];

	(void)state;
	run_order(1, first);
	run_order(1, again);
	run_order(2, other);
	assert_int_equal(strlen(first), 40);
	assert_string_equal(first, again);
	assert_string_not_equal(first, other);
}

/* ---- work ---- */

static KEVENT done;

static VOID at_work(PVOID context)
{
	assert_ptr_equal(context, &done);
	assert_true(PsIsSystemThread(PsGetCurrentThread()));
	KeSetEvent(&done, 0, FALSE);
}

static VOID in_thread(PVOID context)
{
	*(ULONG *)context = 9;
	PsTerminateSystemThread(STATUS_SUCCESS);
}

static void test_work_items_and_threads(void **state)
{
	OBJECT_ATTRIBUTES attributes;
	WORK_QUEUE_ITEM item;
	ULONG value = 0;
	PVOID thread;
	HANDLE handle;

	(void)state;
	start();
	ntsim_load(empty_entry);
	KeInitializeEvent(&done, NotificationEvent, FALSE);
	ExInitializeWorkItem(&item, at_work, &done);
	ExQueueWorkItem(&item, DelayedWorkQueue);
	KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
	InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
	assert_int_equal(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, &attributes, NULL, NULL,
					      in_thread, &value),
			 STATUS_SUCCESS);
	ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &thread,
				  NULL);
	ZwClose(handle);
	KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
	ObDereferenceObject(thread);
	assert_int_equal(value, 9);
	ntsim_unload();
	finish();
}

static VOID wait_and_set(PVOID context)
{
	LARGE_INTEGER due = { .QuadPart = -50000 };

	KeDelayExecutionThread(KernelMode, FALSE, &due);
	WriteNoFence(context, 1);
}

/* When ntsim_advance() returns, what the driver's threads do about it is done. */
static void test_advance_lets_threads_settle(void **state)
{
	OBJECT_ATTRIBUTES attributes;
	ULONG value = 0;
	HANDLE handle;

	(void)state;
	start();
	ntsim_load(empty_entry);
	InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
	PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, &attributes, NULL, NULL, wait_and_set,
			     &value);
	ntsim_settle();
	ntsim_advance(49999);
	assert_int_equal(ReadNoFence((LONG *)&value), 0);
	ntsim_advance(1);
	assert_int_equal(ReadNoFence((LONG *)&value), 1);
	ZwWaitForSingleObject(handle, FALSE, NULL);
	ZwClose(handle);
	ntsim_unload();
	finish();
}

/* ---- a driver in C++ (test_cxx.cc) ---- */

DRIVER_INITIALIZE cxx_entry;

static void test_cxx_driver(void **state)
{
	(void)state;
	start();
	assert_int_equal(ntsim_load(cxx_entry), STATUS_SUCCESS);
	assert_string_equal(ntsim_log(), "\\Device\\Cxx 1\nabcd 1-2 ef ij\n");
	ntsim_unload();
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_debug_print),
		cmocka_unit_test(test_one_debug_print_has_512_bytes),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_routines_by_version),
		cmocka_unit_test(test_process_queries),
		cmocka_unit_test(test_process_list),
		cmocka_unit_test(test_time_of_day),
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_timers_follow_the_clock),
		cmocka_unit_test(test_wait_times_out),
		cmocka_unit_test(test_a_seed_replays),
		cmocka_unit_test(test_work_items_and_threads),
		cmocka_unit_test(test_advance_lets_threads_settle),
		cmocka_unit_test(test_cxx_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
