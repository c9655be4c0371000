/* SPDX-License-Identifier: MIT */
/* test_load.c - what loading says, and what a process's records cost. */
#include "harness.h"

#include "overrun.h"

extern ULONG_PTR __stack_chk_guard;

/* A load that fails says at which step, whatever the settings are. */
static void failures_name_the_step(void **state)
{
	static const struct {
		const char *routine, *says;
	} cases[] = {
		{ "ZwCreateKey", "the settings failed: 0xC000009A" },
		{ "PsCreateSystemThread", "the readers failed: 0xC000009A" },
		{ "IoCreateDevice", "the devices failed: 0xC000009A" },
		{ "PsSetCreateProcessNotifyRoutineEx2",
		  "the process notifications failed: 0xC000000D" },
		{ "PsSetLoadImageNotifyRoutineEx", "the image notifications failed: 0xC000009A" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		machine(NULL);
		ntsim_fault_name(cases[i].routine, 0);
		assert_false(NT_SUCCESS(ntsim_load(DriverEntry)));
		ntsim_fault_reset();
		if (strstr(ntsim_log(), cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].routine, ntsim_log());
		ntsim_shutdown();
	}
}

/* In trace mode, the lines of the two small drivers that it stands for. */
static void trace_says_loaded(void **state)
{
	(void)state;
	machine(NULL);
	ntsim_registry_dword(PARAMETERS, L"Trace", 1);
	load();
	assert_non_null(
	    strstr(ntsim_log(), "Driver loaded and process notify routine registered\n"));
	assert_non_null(
	    strstr(ntsim_log(), "Driver loaded and thread notify routine registered\n"));
	ntsim_unload();
	assert_non_null(strstr(ntsim_log(), "Driver unloaded\n"));
	ntsim_log_clear();
	ntsim_fault_name("PsSetCreateProcessNotifyRoutineEx2", 0);
	assert_false(NT_SUCCESS(ntsim_load(DriverEntry)));
	ntsim_fault_reset();
	assert_non_null(
	    strstr(ntsim_log(), "Failed to register process notify routine: 0xC000000D\n"));
	ntsim_shutdown();
}

static HANDLE without_threads(void)
{
	HANDLE file;

	machine(NULL);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", 0);
	ntsim_registry_dword(PARAMETERS, L"Events",
			     VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) |
				 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT));
	load();
	file = device();
	(void)drain(file);
	return file;
}

/* No handle is opened to a process whose start and end are recorded in full: each
 * would run the object callbacks of other drivers. */
static void no_handles(void **state)
{
	struct ntsim_process spec = { .sid = "S-1-5-18", .session = 2, .integrity = 0x4000 };
	HANDLE file = without_threads(), pid;
	const struct vigil_process_body *body;
	const struct vigil_exit_body *end;
	struct stream_records *all;

	(void)state;
	ntsim_fault_name("ObOpenObjectByPointer", 0);
	pid = ntsim_process(&spec);
	ntsim_process_exit(pid, 3);
	assert_null(ntsim_fault_hit());
	ntsim_fault_reset();
	all = drain(file);
	body = BODY(find(all, VIGIL_EVENT_PROCESS_CREATE, 0), vigil_process_body);
	end = BODY(find(all, VIGIL_EVENT_PROCESS_EXIT, 0), vigil_exit_body);
	assert_int_equal(body->session, 2);
	assert_int_equal(body->integrity, 0x4000);
	assert_true(body->start != 0 && body->start == end->start);
	assert_int_equal(part(find(all, VIGIL_EVENT_PROCESS_CREATE, 0), VIGIL_PART_USER)->length,
			 12);
	assert_int_equal(end->code, 3);
	finish(file);
}

/* Memory is taken for an end only while a snapshot runs. */
static void an_end_allocates_nothing(void **state)
{
	HANDLE file = without_threads(), pid = ntsim_process_new(NULL);
	uint64_t before = ntsim_pool_allocations();

	(void)state;
	ntsim_process_exit(pid, 0);
	assert_int_equal(ntsim_pool_allocations(), before);
	finish(file);
}

/* Strings that no memory is found for on their way to the queue are cut, and say so. */
static void long_strings_without_memory(void **state)
{
	static WCHAR line[20000];
	const UNICODE_STRING command = { sizeof(line), sizeof(line), line };
	struct ntsim_process spec = { .command = &command };
	HANDLE file = without_threads(), pid;
	const struct vigil_header *record;
	const struct vigil_part *cut;

	(void)state;
	for (size_t i = 0; i < 20000; i++)
		line[i] = (WCHAR)(L'a' + i % 26);
	ntsim_fault_name("ExAllocatePool2", 0);
	pid = ntsim_process(&spec);
	ntsim_fault_reset();
	ntsim_process_exit(pid, 0);
	record = find(drain(file), VIGIL_EVENT_PROCESS_CREATE, 0);
	cut = part(record, VIGIL_PART_COMMAND_LINE);
	assert_int_equal(cut->original, sizeof(line));
	assert_true(cut->length > 600 && cut->length < 1024);
	assert_true(cut->flags & VIGIL_PART_FLAG_CUT);
	assert_memory_equal(cut + 1, line, cut->length);
	assert_non_null(part(record, VIGIL_PART_IMAGE));
	assert_int_equal(part(record, VIGIL_PART_IMAGE)->flags, 0);
	finish(file);
}

/* A record that is made in the middle of the timer's tick has its right time. */
static void time_within_a_tick(void **state)
{
	const struct ntsim_image image = { .name = NTSIM_STR(L"\\x.dll") };
	const LONGLONG epoch = 116444736000000000;
	HANDLE file, pid;
	LONGLONG now;

	(void)state;
	machine(NULL);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", 0);
	load();
	file = device();
	pid = ntsim_process_new(NULL);
	ntsim_tick_late(1);
	ntsim_image_load(pid, &image);
	now = ntsim_now(); /* draining lets time pass */
	assert_int_equal(find(drain(file), VIGIL_EVENT_IMAGE_LOAD, 0)->time, (now - epoch) * 100);
	ntsim_process_exit(pid, 0);
	finish(file);
}

static void overrun_with(void *size)
{
	machine(NULL);
	load();
	(void)overrun(*(const size_t *)size);
	unload();
}

/* A buffer on the stack that is overrun ends the machine, before the function returns. */
static void an_overrun_ends_the_machine(void **state)
{
	static const size_t fits = OVERRUN_BUFFER, too_long = OVERRUN_BUFFER + 64;
	size_t size = fits;
	char text[200];

	(void)state;
	assert_int_equal(ntsim_catch(overrun_with, &size, NULL, 0), NTSIM_CLEAN);
	size = too_long;
	assert_int_equal(ntsim_catch(overrun_with, &size, text, sizeof(text)),
			 NTSIM_DRIVER_BUGCHECK);
	assert_non_null(strstr(text, "KeBugCheckEx(0xf7,"));
}

/* Each load has another guard, whose lowest byte is 0. */
static void guards_differ(void **state)
{
	ULONG_PTR first;

	(void)state;
	machine(NULL);
	load();
	first = __stack_chk_guard;
	unload();
	machine(NULL);
	load();
	assert_int_not_equal(first, __stack_chk_guard);
	assert_int_equal(first & 0xff, 0);
	assert_int_not_equal(first, 0);
	unload();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_name_the_step),
		cmocka_unit_test(trace_says_loaded),
		cmocka_unit_test(no_handles),
		cmocka_unit_test(an_end_allocates_nothing),
		cmocka_unit_test(long_strings_without_memory),
		cmocka_unit_test(time_within_a_tick),
		cmocka_unit_test(an_overrun_ends_the_machine),
		cmocka_unit_test(guards_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
