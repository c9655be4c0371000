/* SPDX-License-Identifier: MIT */
/* test_bad.c - every check fires: one planted fault, one expected violation. */
#include "sample.h"
#include "test.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define NTSIM_TSAN 1
#else
#define NTSIM_TSAN 0
#endif

#define ANY_SEED 200 /* races are searched for in so many interleavings */

static struct {
	enum sample_fault fault;
	const char *name;
	int code;
	enum ntsim_version version;
} const faults[] = {
#define F(fault, code) \
	{ \
		fault, #fault, code, NTSIM_WIN11 \
	}
	F(SAMPLE_CORRECT, NTSIM_CLEAN),
	F(LEAK_POOL, NTSIM_POOL_LEAK),
	F(LEAK_DEVICE, NTSIM_LEAK),
	F(LEAK_LINK, NTSIM_LEAK),
	F(LEAK_CALLBACK, NTSIM_CALLBACK_LEFT),
	F(LEAK_TIMER, NTSIM_LEAK),
	F(LEAK_THREAD, NTSIM_LEAK),
	F(LEAK_WORK_ITEM, NTSIM_LEAK),
	F(LEAK_HANDLE, NTSIM_LEAK),
	F(LEAK_REFERENCE, NTSIM_LEAK),
	F(LEAK_TOKEN, NTSIM_LEAK),
	F(LEAK_RESOURCE, NTSIM_LEAK),
	F(LEAK_LOOKASIDE, NTSIM_LEAK),
	F(USE_AFTER_FREE, NTSIM_POOL_USE_AFTER_FREE),
	F(DOUBLE_FREE, NTSIM_POOL_FREE),
	F(WRONG_TAG, NTSIM_POOL_TAG),
	F(ZERO_TAG, NTSIM_POOL_PARAMETER),
	F(ZERO_SIZE, NTSIM_POOL_PARAMETER),
	F(OVERRUN, NTSIM_POOL_OVERRUN),
	F(UNDERRUN, NTSIM_POOL_OVERRUN),
	F(OVERRUN_READ, NTSIM_POOL_OVERRUN),
	F(PAGED_AT_DISPATCH, NTSIM_IRQL),
	F(PAGED_TOUCHED, NTSIM_PAGED),
	F(PAGED_CODE_AT_DISPATCH, NTSIM_PAGED),
	F(WAIT_AT_DISPATCH, NTSIM_IRQL),
	F(REGISTRY_AT_DISPATCH, NTSIM_IRQL),
	F(SPIN_LOCK_HELD, NTSIM_LOCK_HELD),
	F(SPIN_LOCK_RECURSION, NTSIM_LOCK_RECURSION),
	F(SPIN_LOCK_OWNER, NTSIM_LOCK_OWNER),
	F(SPIN_LOCK_WRONG_IRQL, NTSIM_IRQL),
	F(SPIN_LOCK_UNINITIALIZED, NTSIM_LOCK_UNINITIALIZED),
	F(FAST_MUTEX_RECURSION, NTSIM_LOCK_RECURSION),
	F(FAST_MUTEX_AT_DISPATCH, NTSIM_IRQL),
	F(FAST_MUTEX_HELD, NTSIM_LOCK_HELD),
	F(LOCK_ORDER, NTSIM_LOCK_ORDER),
	F(RESOURCE_WITHOUT_REGION, NTSIM_CRITICAL_REGION),
	F(PUSH_LOCK_WITHOUT_REGION, NTSIM_CRITICAL_REGION),
	F(REGION_UNBALANCED, NTSIM_CRITICAL_REGION),
	F(IRQL_LEFT_RAISED, NTSIM_IRQL_CHANGED),
	F(EVENT_UNINITIALIZED, NTSIM_LOCK_UNINITIALIZED),
	F(FREE_HELD_LOCK, NTSIM_LOCK_HELD),
	F(FREE_SET_TIMER, NTSIM_LEAK),
	F(OVER_DEREFERENCE, NTSIM_OBJECT),
	F(USER_HANDLE, NTSIM_HANDLE),
	F(CLOSE_TWICE, NTSIM_HANDLE),
	F(NAME_QUERY_IN_IO, NTSIM_NAME_QUERY),
	F(REMOVE_IN_CALLBACK, NTSIM_CALLBACK_REMOVE),
	F(STRING_OVERREAD, NTSIM_POOL_OVERRUN),
	F(UNICODE_PRINT_AT_DISPATCH, NTSIM_IRQL),
	{ TOO_NEW_ROUTINE, "TOO_NEW_ROUTINE", NTSIM_VERSION, NTSIM_WIN7 },
	F(BAD_LIST, NTSIM_LIST),
	F(RUNDOWN_TWICE, NTSIM_RUNDOWN),
	F(DEADLOCK, NTSIM_DEADLOCK),
	F(COMPLETE_TWICE, NTSIM_IRP_COMPLETED_TWICE),
	F(TOUCH_COMPLETED, NTSIM_IRP_TOUCHED),
	F(TOUCH_BUFFER, NTSIM_IRP_TOUCHED),
	F(TOUCH_MAPPING, NTSIM_IRP_TOUCHED),
	F(NOT_MARKED_PENDING, NTSIM_IRP_PENDING),
	F(MARKED_NOT_PENDING, NTSIM_IRP_PENDING),
	F(STATUS_MISMATCH, NTSIM_IRP_STATUS),
	F(COMPLETED_PENDING, NTSIM_IRP_STATUS),
	F(NOT_COMPLETED, NTSIM_IRP_LOST),
	F(TOO_MUCH_INFORMATION, NTSIM_IRP_INFORMATION),
	F(COMPLETED_WITH_CANCEL, NTSIM_IRP_CANCEL),
	F(DIRECT_OVERRUN, NTSIM_POOL_OVERRUN),
	F(LOST_ON_CLEANUP, NTSIM_DEADLOCK),
	F(REGISTERED_TWICE, NTSIM_NOTIFY),
#undef F
};

/* Everything a driver is asked to do, once. */
static void use_driver(void)
{
	struct sample_event event;
	struct ntsim_io *io, *more;
	UCHAR names[256];
	NTSTATUS status;
	HANDLE pid, file;

	if (!NT_SUCCESS(ntsim_load(sample_entry)))
		return;
	file = ntsim_open(SAMPLE_PATH, GENERIC_READ, &status);
	pid = ntsim_process_new(NTSIM_STR(L"\\Device\\HarddiskVolume1\\a.exe"));
	if (pid) {
		ntsim_image_load(pid, &(struct ntsim_image){ .name = NTSIM_STR(L"\\a\\b\\c"),
							     .no_apcs = true,
							     .size = 4096 });
		ntsim_process_exit(pid, 0);
	}
	ntsim_ioctl(file, IOCTL_NAMES, NULL, 0, names, sizeof(names), NULL);
	for (int i = 0; i < 5; i++) /* as many as there are events */
		ntsim_read(file, &event, sizeof(event), NULL);
	ntsim_close(file);
	file = ntsim_open(SAMPLE_PATH, GENERIC_READ, &status);
	io = ntsim_read_start(file, &event, sizeof(event));
	more = ntsim_read_start(file, &event, sizeof(event));
	ntsim_close(file);
	ntsim_io_wait(io, NULL);
	ntsim_io_wait(more, NULL);
	ntsim_unload();
}

static void one_fault(void *argument)
{
	struct ntsim_config config = { .version = faults[*(size_t *)argument].version };

	ntsim_boot(&config);
	use_driver();
	ntsim_shutdown();
}

static void test_each_fault_is_found(void **state)
{
	char report[1024];
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		int code;

		sample_fault = faults[i].fault;
		report[0] = 0;
		code = ntsim_catch(one_fault, &i, report, sizeof(report));
		if (code != faults[i].code) {
			print_error("%s: expected %s, was %s: %s\n", faults[i].name,
				    ntsim_code_name(faults[i].code), ntsim_code_name(code), report);
			wrong++;
		}
	}
	print_message("%zu planted faults\n", sizeof(faults) / sizeof(faults[0]) - 1);
	assert_int_equal(wrong, 0);
}

/* ---- faults that need an interleaving ---- */

static void make_events(void *argument)
{
	HANDLE pid = ntsim_self_pid();

	(void)argument;
	for (int i = 0; i < 4; i++)
		ntsim_thread_exit(ntsim_thread(pid, NULL), 0);
}

static void read_and_cancel(void *argument)
{
	struct sample_event event;
	HANDLE file = ntsim_open(SAMPLE_PATH, GENERIC_READ, NULL);
	struct ntsim_io *io;

	(void)argument;
	for (int i = 0; i < 4; i++) {
		io = ntsim_read_start(file, &event, sizeof(event));
		ntsim_io_cancel(io);
		ntsim_io_wait(io, NULL);
	}
	ntsim_close(file);
}

static void race(void *argument)
{
	struct ntsim_go *go[3];

	ntsim_boot(NULL);
	ntsim_load(sample_entry);
	ntsim_seed(*(uint64_t *)argument);
	go[0] = ntsim_go(make_events, NULL, NULL);
	go[1] = ntsim_go(make_events, NULL, NULL);
	go[2] = ntsim_go(read_and_cancel, NULL, NULL);
	for (int i = 0; i < 3; i++)
		ntsim_join(go[i]);
	ntsim_seed_end();
	ntsim_unload();
	ntsim_shutdown();
}

/* The first seed whose run is a violation; twice, so that it must replay. */
static uint64_t find_race(enum sample_fault fault, int *code)
{
	char first[1024], again[1024];

	sample_fault = fault;
	for (uint64_t seed = 1; seed <= ANY_SEED; seed++) {
		*code = ntsim_catch(race, &seed, first, sizeof(first));
		if (*code == NTSIM_CLEAN)
			continue;
		assert_int_equal(ntsim_catch(race, &seed, again, sizeof(again)), *code);
		return seed;
	}
	return 0;
}

static void test_races_are_found_and_replay(void **state)
{
	int code;
	uint64_t seed;

	(void)state;
	seed = find_race(CANCEL_RACE, &code);
	print_message("cancel race: seed %u, %s\n", (unsigned)seed, ntsim_code_name(code));
	assert_int_not_equal(seed, 0);
	seed = find_race(MARK_AFTER_INSERT, &code);
	print_message("touched after it was queued: seed %u, %s\n", (unsigned)seed,
		      ntsim_code_name(code));
	assert_int_not_equal(seed, 0);
	assert_true(code == NTSIM_IRP_TOUCHED || code == NTSIM_IRP_PENDING);
}

static void test_correct_driver_has_no_race(void **state)
{
	int code;

	(void)state;
	assert_int_equal(find_race(SAMPLE_CORRECT, &code), 0);
}

/* A plain data race: only ThreadSanitizer sees it, whatever the interleaving. */
static void test_data_race(void **state)
{
#if NTSIM_TSAN
	uint64_t seed = 1;
	char report[1024];

	sample_fault = RACE;
	assert_int_equal(ntsim_catch(race, &seed, report, sizeof(report)), NTSIM_SANITIZER);
#else
	skip();
#endif
	(void)state;
}

/* ---- what only a failed DriverEntry shows ---- */

static void fail_entry(void *argument)
{
	(void)argument;
	ntsim_boot(NULL);
	ntsim_fault_name("IoCreateSymbolicLink", 1);
	ntsim_load(sample_entry);
	ntsim_shutdown();
}

static void test_failed_entry_must_clean_up(void **state)
{
	(void)state;
	sample_fault = ENTRY_KEEPS_DEVICE;
	assert_int_equal(ntsim_catch(fail_entry, NULL, NULL, 0), NTSIM_LEAK);
	sample_fault = SAMPLE_CORRECT;
	assert_int_equal(ntsim_catch(fail_entry, NULL, NULL, 0), NTSIM_CLEAN);
}

static void zero_read(void *argument)
{
	HANDLE file;

	(void)argument;
	ntsim_boot(NULL);
	ntsim_load(sample_entry);
	file = ntsim_open(SAMPLE_PATH, GENERIC_READ, NULL);
	ntsim_read(file, NULL, 0, NULL);
	ntsim_close(file);
	ntsim_unload();
	ntsim_shutdown();
}

static void test_zero_length_read_has_no_mdl(void **state)
{
	(void)state;
	sample_fault = NO_MDL;
	assert_int_equal(ntsim_catch(zero_read, NULL, NULL, 0), NTSIM_MDL);
	sample_fault = SAMPLE_CORRECT;
	assert_int_equal(ntsim_catch(zero_read, NULL, NULL, 0), NTSIM_CLEAN);
}

/* ---- ways to end the system at once ---- */

static void fail_assertion(void *argument)
{
	ntsim_boot(NULL);
	ASSERT(argument != NULL);
}

static void bug_check(void *argument)
{
	(void)argument;
	ntsim_boot(NULL);
	KeBugCheckEx(0xdead, 1, 2, 3, 4);
}

static void follow_bad_pointer(void *argument)
{
	volatile char *p = (volatile char *)(uintptr_t)0x1234;

	(void)argument;
	ntsim_boot(NULL);
	*p = 1;
}

static void test_sudden_ends(void **state)
{
	(void)state;
	assert_int_equal(ntsim_catch(fail_assertion, NULL, NULL, 0), NTSIM_ASSERT);
	assert_int_equal(ntsim_catch(bug_check, NULL, NULL, 0), NTSIM_DRIVER_BUGCHECK);
	assert_int_equal(ntsim_catch(follow_bad_pointer, NULL, NULL, 0), NTSIM_FAULT);
}

/* ---- two drivers of one process ---- */

static VOID deny(PEPROCESS process, HANDLE id, PPS_CREATE_NOTIFY_INFO info)
{
	UNREFERENCED_PARAMETER(process);
	UNREFERENCED_PARAMETER(id);
	if (info)
		info->CreationStatus = STATUS_ACCESS_DENIED;
}

static void undo_denial(void *argument)
{
	struct ntsim_process spec = { 0 };

	(void)argument;
	ntsim_boot(NULL);
	PsSetCreateProcessNotifyRoutineEx(deny, FALSE); /* another driver's, loaded before */
	ntsim_load(sample_entry);
	ntsim_process(&spec);
}

static void test_denial_is_not_undone(void **state)
{
	(void)state;
	sample_fault = DENIAL_UNDONE;
	assert_int_equal(ntsim_catch(undo_denial, NULL, NULL, 0), NTSIM_NOTIFY);
}

/* ---- bytes never written ---- */

static void ask_names(void *argument)
{
	UCHAR names[256];
	HANDLE file;

	(void)argument;
	ntsim_boot(ntsim_twice_config());
	ntsim_load(sample_entry);
	file = ntsim_open(SAMPLE_PATH, GENERIC_READ, NULL);
	ntsim_ioctl(file, IOCTL_NAMES, NULL, 0, names, sizeof(names), NULL);
	ntsim_close(file);
	ntsim_unload();
	ntsim_shutdown();
}

static void test_unwritten_bytes_are_found(void **state)
{
	static const enum sample_fault each[] = { UNINITIALIZED_POOL, UNINITIALIZED_BUFFER,
						  UNINITIALIZED_STACK };
	char report[512];

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		sample_fault = each[i];
		assert_int_equal(ntsim_twice(ask_names, NULL, report, sizeof(report)),
				 NTSIM_UNINITIALIZED);
		print_message("%s\n", report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fault_is_found),
		cmocka_unit_test(test_races_are_found_and_replay),
		cmocka_unit_test(test_correct_driver_has_no_race),
		cmocka_unit_test(test_data_race),
		cmocka_unit_test(test_failed_entry_must_clean_up),
		cmocka_unit_test(test_zero_length_read_has_no_mdl),
		cmocka_unit_test(test_sudden_ends),
		cmocka_unit_test(test_denial_is_not_undone),
		cmocka_unit_test(test_unwritten_bytes_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
