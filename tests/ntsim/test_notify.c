/* SPDX-License-Identifier: MIT */
/* test_notify.c - the simulated notify routines behave as documented. */
#include "test.h"

static unsigned calls;
static HANDLE seen_parent, seen_creator, seen_actor;
static bool seen_command;
static NTSTATUS verdict;

static VOID on_process(PEPROCESS process, HANDLE id, PPS_CREATE_NOTIFY_INFO info)
{
	UNREFERENCED_PARAMETER(process);
	UNREFERENCED_PARAMETER(id);
	calls++;
	assert_true(KeAreApcsDisabled());
	assert_false(KeAreAllApcsDisabled());
	assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
	seen_actor = PsGetCurrentThreadId();
	if (!info)
		return;
	seen_parent = info->ParentProcessId;
	seen_creator = info->CreatingThreadId.UniqueProcess;
	seen_command = info->CommandLine != NULL;
	info->CreationStatus = verdict;
}

static void test_process_callback(void **state)
{
	struct ntsim_process spec = { .no_command = true };
	HANDLE parent, old, creator_thread, tid;

	(void)state;
	start();
	calls = 0;
	verdict = STATUS_SUCCESS;
	parent = ntsim_process_new(NULL);
	creator_thread = ntsim_self();
	assert_int_equal(PsSetCreateProcessNotifyRoutineEx(on_process, FALSE), STATUS_SUCCESS);
	assert_int_equal(PsSetCreateProcessNotifyRoutineEx(on_process, FALSE),
			 STATUS_INVALID_PARAMETER);
	spec.parent = parent;
	spec.pid = UlongToHandle(5000);
	assert_ptr_equal(ntsim_process(&spec), spec.pid);
	assert_ptr_equal(seen_parent, parent);
	assert_ptr_equal(seen_creator, ntsim_self_pid());
	assert_ptr_equal(seen_actor, creator_thread);
	assert_false(seen_command);
	tid = ntsim_first_thread(spec.pid);
	ntsim_process_exit(spec.pid, 7);
	assert_ptr_equal(seen_actor, tid); /* the last thread's context */
	assert_int_equal(calls, 2);
	spec.pid = UlongToHandle(5000); /* reused */
	assert_ptr_equal(ntsim_process(&spec), spec.pid);
	verdict = STATUS_ACCESS_DENIED;
	spec.pid = NULL;
	assert_null(ntsim_process(&spec));
	assert_int_equal(spec.status, STATUS_ACCESS_DENIED);
	verdict = STATUS_SUCCESS;
	spec = (struct ntsim_process){ .pico = true };
	calls = 0;
	old = ntsim_process(&spec);
	assert_non_null(old);
	assert_int_equal(calls, 0); /* subsystem processes need Ex2 */
	PsSetCreateProcessNotifyRoutineEx(on_process, TRUE);
	assert_int_equal(PsSetCreateProcessNotifyRoutineEx(on_process, TRUE),
			 STATUS_PROCEDURE_NOT_FOUND);
	finish();
}

static void test_integrity_is_needed(void **state)
{
	struct ntsim_config config = { .no_force_integrity = true };

	(void)state;
	ntsim_boot(&config);
	assert_int_equal(PsSetCreateProcessNotifyRoutineEx(on_process, FALSE),
			 STATUS_ACCESS_DENIED);
	ntsim_shutdown();
}

/* 64 of each kind; 8 for images before Windows 8.1. None of these is ever called. */
static unsigned how_many_images(enum ntsim_version version)
{
	struct ntsim_config config = { .version = version };
	uintptr_t count = 0;

	ntsim_boot(&config);
	while (count < 100 &&
	       NT_SUCCESS(PsSetLoadImageNotifyRoutine((PLOAD_IMAGE_NOTIFY_ROUTINE)(count + 1))))
		count++;
	ntsim_shutdown();
	return (unsigned)count;
}

static void test_limits_of_notify_routines(void **state)
{
	uintptr_t count = 0;

	(void)state;
	assert_int_equal(how_many_images(NTSIM_WIN11), 64);
	assert_int_equal(how_many_images(NTSIM_WIN7), 8);
	start();
	while (NT_SUCCESS(
	    PsSetCreateProcessNotifyRoutine((PCREATE_PROCESS_NOTIFY_ROUTINE)(count + 1), FALSE)))
		count++;
	assert_int_equal(count, 64);
	finish();
}

static volatile LONG inside, removed;

static void slow_callback(HANDLE process, HANDLE thread, BOOLEAN create)
{
	UNREFERENCED_PARAMETER(process);
	UNREFERENCED_PARAMETER(thread);
	UNREFERENCED_PARAMETER(create);
	WriteRelease(&inside, 1);
	for (int i = 0; i < 20; i++)
		ntsim_yield();
	assert_int_equal(ReadAcquire(&removed), 0);
	WriteRelease(&inside, 0);
}

static void fire(void *argument)
{
	(void)argument;
	ntsim_thread(ntsim_self_pid(), NULL);
}

static void test_removal_waits_for_calls(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct ntsim_go *go;

		start();
		inside = removed = 0;
		PsSetCreateThreadNotifyRoutine(slow_callback);
		ntsim_seed(seed);
		go = ntsim_go(fire, NULL, NULL);
		PsRemoveCreateThreadNotifyRoutine(slow_callback);
		WriteRelease(&removed, 1);
		assert_int_equal(ReadAcquire(&inside), 0);
		ntsim_join(go);
		ntsim_seed_end();
		finish();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process_callback),
		cmocka_unit_test(test_integrity_is_needed),
		cmocka_unit_test(test_limits_of_notify_routines),
		cmocka_unit_test(test_removal_waits_for_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
