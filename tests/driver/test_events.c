/* SPDX-License-Identifier: MIT */
/* test_events.c - records of processes, threads and images. */
#include "harness.h"

/* The machine, a driver that takes no snapshot, and a reader. */
static HANDLE begin(const struct ntsim_config *config)
{
	machine(config);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", 0);
	load();
	return device();
}

static void a_process_from_birth_to_death(void **state)
{
	HANDLE file = begin(NULL), pid;
	struct ntsim_process spec = {
		.image = NTSIM_STR(L"\\Device\\HarddiskVolume1\\Windows\\notepad.exe"),
		.command = NTSIM_STR(L"notepad.exe  \"a b.txt\""),
		.sid = "S-1-5-21-1-2-3-1001",
		.session = 2,
		.integrity = 0x2000,
	};
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	pid = ntsim_process(&spec);
	assert_non_null(pid);
	ntsim_process_exit(pid, 0xc0000005);
	all = drain(file);

	record = find(all, VIGIL_EVENT_STATUS, 0);
	assert_non_null(record);
	assert_int_equal(BODY(record, vigil_status_body)->state, VIGIL_STATUS_STARTED);

	record = find(all, VIGIL_EVENT_PROCESS_CREATE, 0);
	assert_non_null(record);
	assert_int_equal(BODY(record, vigil_process_body)->process.pid, ID(pid));
	assert_true(BODY(record, vigil_process_body)->process.start_key != 0);
	assert_int_equal(BODY(record, vigil_process_body)->parent.pid, ID(ntsim_self_pid()));
	assert_true(BODY(record, vigil_process_body)->parent.start_key != 0);
	assert_int_equal(BODY(record, vigil_process_body)->session, 2);
	assert_int_equal(BODY(record, vigil_process_body)->integrity, 0x2000);
	assert_int_equal(record->actor.pid, ID(ntsim_self_pid()));
	assert_int_equal(record->actor.tid, ID(ntsim_self()));
	assert_true(part_is(record, VIGIL_PART_IMAGE, spec.image));
	assert_int_equal(part(record, VIGIL_PART_IMAGE)->source, VIGIL_PART_ORIGIN_FILTER);
	assert_true(part_is(record, VIGIL_PART_COMMAND_LINE, spec.command));
	assert_non_null(part(record, VIGIL_PART_USER));
	assert_int_equal(part(record, VIGIL_PART_USER)->length, 28);

	record = find(all, VIGIL_EVENT_THREAD_CREATE, 0);
	assert_non_null(record);
	assert_int_equal(BODY(record, vigil_thread_body)->origin, VIGIL_ORIGIN_FIRST);

	record = find(all, VIGIL_EVENT_PROCESS_EXIT, 0);
	assert_non_null(record);
	assert_int_equal(BODY(record, vigil_exit_body)->process.pid, ID(pid));
	assert_int_equal(BODY(record, vigil_exit_body)->code, 0xc0000005);
	assert_int_equal(BODY(record, vigil_exit_body)->parent.pid, ID(ntsim_self_pid()));
	assert_true(BODY(record, vigil_exit_body)->start != 0);
	assert_int_equal(count(all, VIGIL_EVENT_REMOTE_THREAD), 0);
	assert_int_equal(count(all, VIGIL_EVENT_LOST), 0);
	finish(file);
}

/* Everything that the documentation allows to be missing. */
static void missing_names(void **state)
{
	HANDLE file = begin(NULL), pid;
	struct ntsim_process nothing = {
		.no_image = true, .no_command = true, .no_file = true, .nameless = true
	};
	struct ntsim_process empty = { .image = NTSIM_STR(L"\\x"), .command = NTSIM_STR(L"") };
	struct ntsim_process partial = { .spelled = NTSIM_STR(L"partial.exe"),
					 .partial_image = true,
					 .no_file = true,
					 .nameless = true };
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	pid = ntsim_process(&nothing);
	ntsim_process_exit(pid, 0);
	pid = ntsim_process(&empty);
	ntsim_process_exit(pid, 0);
	pid = ntsim_process(&partial);
	ntsim_process_exit(pid, 0);
	all = drain(file);
	record = find(all, VIGIL_EVENT_PROCESS_CREATE, 0);
	assert_null(part(record, VIGIL_PART_IMAGE));
	assert_null(part(record, VIGIL_PART_COMMAND_LINE));
	record = find(all, VIGIL_EVENT_PROCESS_CREATE, 1);
	assert_null(part(record, VIGIL_PART_COMMAND_LINE));
	record = find(all, VIGIL_EVENT_PROCESS_CREATE, 2);
	assert_true(part_is(record, VIGIL_PART_IMAGE, partial.spelled));
	assert_int_equal(part(record, VIGIL_PART_IMAGE)->source, VIGIL_PART_ORIGIN_NOTIFY);
	assert_true(record->flags & VIGIL_RECORD_INCOMPLETE);
	finish(file);
}

/* The longest command line there is, and with it the longest path: something is
 * cut, and says so. */
static void longest_strings(void **state)
{
	static WCHAR line[32767], path[32767];
	const UNICODE_STRING longest = { sizeof(line) - sizeof(WCHAR) + sizeof(WCHAR), sizeof(line),
					 line };
	UNICODE_STRING deep = { sizeof(path), sizeof(path), path };
	struct ntsim_process spec = { .command = &longest };
	HANDLE file = begin(NULL), pid;
	const struct vigil_header *record;
	struct stream_records *all;
	size_t i;

	(void)state;
	for (i = 0; i < 32767; i++) {
		line[i] = (WCHAR)(L'a' + i % 26);
		path[i] = i == 0 || i % 200 == 0 ? L'\\' : (WCHAR)(L'A' + i % 26);
	}
	pid = ntsim_process(&spec);
	ntsim_process_exit(pid, 0);
	spec.image = &deep;
	pid = ntsim_process(&spec);
	ntsim_process_exit(pid, 0);
	all = drain(file);
	record = find(all, VIGIL_EVENT_PROCESS_CREATE, 0);
	assert_true(part_is(record, VIGIL_PART_COMMAND_LINE, &longest));
	record = find(all, VIGIL_EVENT_PROCESS_CREATE, 1);
	assert_true(record->size <= VIGIL_RECORD_MAX);
	assert_int_equal(part(record, VIGIL_PART_COMMAND_LINE)->original, 65534);
	assert_int_equal(part(record, VIGIL_PART_IMAGE)->original, 65534);
	assert_true(part(record, VIGIL_PART_COMMAND_LINE)->length < 65534 ||
		    part(record, VIGIL_PART_IMAGE)->length < 65534);
	assert_int_equal(part(record, VIGIL_PART_IMAGE)->flags != 0,
			 part(record, VIGIL_PART_IMAGE)->length < 65534);
	finish(file);
}

/* A path that cannot be normalized is reported as it was opened, with its volume: a
 * rule for it still matches. */
static void not_normalized(void **state)
{
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\Device\\HarddiskVolume1\\a.exe") };
	HANDLE file = begin(NULL), pid;
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	ntsim_fault_name("FltGetFileNameInformationUnsafe", 1);
	pid = ntsim_process(&spec);
	ntsim_fault_reset();
	ntsim_process_exit(pid, 0);
	all = drain(file);
	record = find(all, VIGIL_EVENT_PROCESS_CREATE, 0);
	assert_true(part_is(record, VIGIL_PART_IMAGE, spec.image));
	assert_int_equal(part(record, VIGIL_PART_IMAGE)->source, VIGIL_PART_ORIGIN_FILTER);
	assert_int_equal(record->flags & VIGIL_RECORD_INCOMPLETE, 0);
	finish(file);
}

/* Without the filter manager the kernel's name for the process counts, not what the
 * creator called it. */
static void named_by_the_kernel(void **state)
{
	struct ntsim_process spec = {
		.image = NTSIM_STR(L"\\Device\\HarddiskVolume1\\a.exe"),
		.spelled = NTSIM_STR(L"\\??\\GLOBALROOT\\Device\\HarddiskVolume1\\A.exe"),
		.no_file = true,
	};
	HANDLE file = begin(NULL), pid = ntsim_process(&spec);
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	ntsim_process_exit(pid, 0);
	all = drain(file);
	record = find(all, VIGIL_EVENT_PROCESS_CREATE, 0);
	assert_true(part_is(record, VIGIL_PART_IMAGE, spec.image));
	assert_int_equal(part(record, VIGIL_PART_IMAGE)->source, VIGIL_PART_ORIGIN_QUERY);
	assert_int_equal(record->flags & VIGIL_RECORD_INCOMPLETE, 0);
	finish(file);
}

static void images(void **state)
{
	HANDLE file = begin(NULL), pid = ntsim_process_new(NTSIM_STR(L"\\Device\\a.exe"));
	const struct ntsim_image dll = { .name = NTSIM_STR(L"\\Windows\\x.dll"),
					 .file_name =
					     NTSIM_STR(L"\\Device\\Volume1\\Windows\\x.dll"),
					 .base = (PVOID)0x7ff812340000,
					 .size = 0x123456789a,
					 .signature_level = 12,
					 .signature_type = 3,
					 .partial = true,
					 .other_machine = true };
	const struct ntsim_image deadlock = { .name = NTSIM_STR(L"\\top"), .top_level = true };
	const struct ntsim_image no_apcs = { .name = NTSIM_STR(L"\\apc"), .no_apcs = true };
	const struct ntsim_image closed = { .name = NTSIM_STR(L"\\closed"), .cleaned_up = true };
	const struct ntsim_image nameless = { .no_name = true, .no_extended = true };
	const struct ntsim_image driver = { .name = NTSIM_STR(L"\\SystemRoot\\d.sys"),
					    .no_extended = true };
	uint64_t unnamed = statistics(file).unnamed;
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	ntsim_image_load(pid, &dll);
	ntsim_image_load(pid, &deadlock);
	ntsim_image_load(pid, &no_apcs);
	ntsim_image_load(pid, &closed);
	ntsim_image_load(pid, &nameless);
	ntsim_image_load(NULL, &driver);
	ntsim_process_exit(pid, 0);
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_IMAGE_LOAD), 5);
	record = find(all, VIGIL_EVENT_IMAGE_LOAD, 0);
	assert_int_equal(BODY(record, vigil_image_body)->base, 0x7ff812340000);
	assert_int_equal(BODY(record, vigil_image_body)->size, 0x123456789a);
	assert_int_equal(BODY(record, vigil_image_body)->signature_level, 12);
	assert_int_equal(BODY(record, vigil_image_body)->signature_type, 3);
	assert_int_equal(BODY(record, vigil_image_body)->attributes,
			 VIGIL_IMAGE_PARTIAL | VIGIL_IMAGE_OTHER_MACHINE);
	assert_true(part_is(record, VIGIL_PART_IMAGE, dll.file_name));
	assert_int_equal(part(record, VIGIL_PART_IMAGE)->source, VIGIL_PART_ORIGIN_FILTER);
	record = find(all, VIGIL_EVENT_IMAGE_LOAD, 1);
	assert_true(part(record, VIGIL_PART_IMAGE)->source == VIGIL_PART_ORIGIN_CACHE ||
		    part(record, VIGIL_PART_IMAGE)->source == VIGIL_PART_ORIGIN_NOTIFY);
	record = find(all, VIGIL_EVENT_IMAGE_LOAD, 3); /* the cache may be asked, nothing else */
	assert_true(part(record, VIGIL_PART_IMAGE)->source == VIGIL_PART_ORIGIN_CACHE ||
		    part(record, VIGIL_PART_IMAGE)->source == VIGIL_PART_ORIGIN_NOTIFY);
	record = find(all, VIGIL_EVENT_IMAGE_LOAD, 4);
	assert_null(part(record, VIGIL_PART_IMAGE));
	assert_true(record->flags & VIGIL_RECORD_INCOMPLETE);
	record = find(all, VIGIL_EVENT_DRIVER_LOAD, 0);
	assert_non_null(record);
	assert_int_equal(BODY(record, vigil_image_body)->process.pid, 0);
	assert_int_equal(statistics(file).unnamed, unnamed + 1);
	finish(file);
}

/* -- every Windows ------------------------------------------------------------ */

/* Before Windows 8.1 there are no signature levels: they are unknown. */
static void expect_signature(const struct stream_records *all, enum ntsim_version version)
{
	const struct vigil_image_body *image =
	    BODY(find(all, VIGIL_EVENT_IMAGE_LOAD, 0), vigil_image_body);

	assert_int_equal(image->signature_level, version <= NTSIM_WIN81 ? 12 : 0xff);
	assert_int_equal(image->signature_type, version <= NTSIM_WIN81 ? 3 : 0xff);
}

static void on_version(enum ntsim_version version)
{
	const struct ntsim_config config = { .version = version };
	HANDLE file = begin(&config), pid;
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\Device\\a.exe") };
	struct ntsim_process pico = {
		.pico = true, .no_image = true, .no_command = true, .no_file = true
	};
	const struct ntsim_image dll = { .name = NTSIM_STR(L"\\x.dll"),
					 .signature_level = 12,
					 .signature_type = 3 };
	struct stream_records *all;
	bool seen;

	pid = ntsim_process(&spec);
	ntsim_image_load(pid, &dll);
	ntsim_process_exit(pid, 7);
	pid = ntsim_process(&pico);
	ntsim_process_exit(pid, 8);
	all = drain(file);
	expect_signature(all, version);
	seen = version <= NTSIM_WIN10_1703;
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_CREATE), seen ? 2 : 1);
	assert_int_equal(BODY(find(all, VIGIL_EVENT_PROCESS_EXIT, 0), vigil_exit_body)->code, 7);
	if (seen)
		assert_int_equal(
		    BODY(find(all, VIGIL_EVENT_PROCESS_CREATE, 1), vigil_process_body)->attributes,
		    VIGIL_PROCESS_SUBSYSTEM);
	finish(file);
}

static void every_windows(void **state)
{
	(void)state;
	on_version(NTSIM_WIN11);
	on_version(NTSIM_WIN10_2004);
	on_version(NTSIM_WIN10_1703);
	on_version(NTSIM_WIN10_1607);
	on_version(NTSIM_WIN81);
	on_version(NTSIM_WIN7);
}

/* -- refused starts --------------------------------------------------------- */

/* Windows inserts and ends the first thread of a process that was refused, and ends
 * the process. None of them ran: PROCESS_DENIED is all that is reported. */
static void refused_start(HANDLE file, NTSTATUS before, uint32_t status)
{
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\evil.exe"), .refused_before = before };
	const struct vigil_header *record;
	struct stream_records *all;

	assert_null(ntsim_process(&spec));
	all = drain(file);
	record = find(all, VIGIL_EVENT_PROCESS_DENIED, 0);
	assert_non_null(record);
	assert_int_equal(all->count - count(all, VIGIL_EVENT_STATUS), 1);
	assert_int_equal(BODY(record, vigil_denied_body)->verdict, VIGIL_VERDICT_DENY);
	assert_int_equal(BODY(record, vigil_denied_body)->status, status);
	assert_true(part_is(record, VIGIL_PART_IMAGE, spec.image));
	assert_true((part(record, VIGIL_PART_RULE) != NULL) == (before == STATUS_SUCCESS));
}

static void refused_starts(void **state)
{
	const struct ntsim_config config = { .exit_after_denial = true };
	HANDLE file = begin(&config), pid;
	struct rules_request rules;
	struct stream_records *all;

	(void)state;
	(void)drain(file);
	refused_start(file, STATUS_VIRUS_INFECTED, (uint32_t)STATUS_VIRUS_INFECTED);
	rules_begin(&rules);
	rules_add(&rules, VIGIL_RULE_NAME, VIGIL_VERDICT_DENY, NTSIM_STR(L"r"),
		  NTSIM_STR(L"evil.exe"));
	assert_int_equal(rules_send(&rules, file, false), STATUS_SUCCESS);
	(void)drain(file);
	refused_start(file, STATUS_SUCCESS, (uint32_t)STATUS_ACCESS_DENIED);
	/* And what is not refused is reported as ever. */
	pid = ntsim_process_new(NTSIM_STR(L"\\good.exe"));
	ntsim_process_exit(pid, 0);
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_THREAD_CREATE), 1);
	assert_int_equal(count(all, VIGIL_EVENT_THREAD_EXIT), 1);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_EXIT), 1);
	finish(file);
}

/* -- the snapshot ------------------------------------------------------------- */

static void snapshot(void **state)
{
	struct ntsim_process before = { .image = NTSIM_STR(L"\\Device\\before.exe"),
					.command = NTSIM_STR(L"before /x"),
					.quiet = true };
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	const struct vigil_header *record;
	struct stream_records *all;
	HANDLE file, pid;
	size_t i, reported = 0;

	(void)state;
	machine(NULL);
	pid = ntsim_process(&before);
	load();
	file = device();
	all = drain(file);
	for (i = 0; (record = find(all, VIGIL_EVENT_PROCESS_SNAPSHOT, i)) != NULL; i++) {
		if (BODY(record, vigil_process_body)->process.pid != ID(pid))
			continue;
		reported++;
		assert_true(part_is(record, VIGIL_PART_IMAGE, before.image));
		assert_true(part_is(record, VIGIL_PART_COMMAND_LINE, before.command));
		assert_int_equal(part(record, VIGIL_PART_IMAGE)->source, VIGIL_PART_ORIGIN_QUERY);
	}
	assert_int_equal(reported, 1);
	assert_true(count(all, VIGIL_EVENT_PROCESS_SNAPSHOT) >=
		    3); /* System, the test, the process */
	assert_true(count(all, VIGIL_EVENT_THREAD_SNAPSHOT) >= 3);
	record = find(all, VIGIL_EVENT_SNAPSHOT_END, 0);
	assert_int_equal(BODY(record, vigil_snapshot_body)->processes,
			 count(all, VIGIL_EVENT_PROCESS_SNAPSHOT));
	assert_int_equal(BODY(record, vigil_snapshot_body)->threads,
			 count(all, VIGIL_EVENT_THREAD_SNAPSHOT));

	/* On request the same again. */
	assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_SNAPSHOT, &head, sizeof(head), NULL, 0,
				     NULL),
			 STATUS_SUCCESS);
	i = count(all, VIGIL_EVENT_PROCESS_SNAPSHOT);
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_SNAPSHOT), i);
	ntsim_process_exit(pid, 0);
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_SNAPSHOT), 0);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_EXIT), 1);
	finish(file);
}

/* Where a thread of the snapshot begins, as the driver reports it. */
static uint64_t reported_start(const struct stream_records *all, HANDLE tid)
{
	const struct vigil_header *record;

	for (size_t i = 0; (record = find(all, VIGIL_EVENT_THREAD_SNAPSHOT, i)) != NULL; i++)
		if (BODY(record, vigil_thread_body)->thread.tid == ID(tid))
			return BODY(record, vigil_thread_body)->start_address;
	fail_msg("no THREAD_SNAPSHOT of thread %u", ID(tid));
	return 0;
}

/* The address that the thread's creator asked for, not the routine of ntdll where
 * the kernel lets every thread of user mode begin; 0 where only the latter is known. */
static void snapshot_start_addresses(void **state)
{
	struct ntsim_process before = { .quiet = true, .start = (PVOID)0x7ff712345678 };
	HANDLE file, first;

	(void)state;
	for (int extended = 1; extended >= 0; extended--) {
		machine(NULL);
		first = ntsim_first_thread(ntsim_process(&before));
		if (!extended)
			ntsim_fault_name("ZwQuerySystemInformation", 2); /* 1: the boot time */
		load();
		ntsim_fault_reset();
		file = device();
		assert_int_equal(reported_start(drain(file), first), extended ? 0x7ff712345678 : 0);
		finish(file);
	}
}

/* A process that has no thread yet is reported once: when it gets its first one. */
static void snapshot_without_threads(void **state)
{
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\Device\\late.exe"),
				      .threadless = true };
	struct stream_records *all;
	size_t existing = 0, i;
	HANDLE file, pid;

	(void)state;
	machine(NULL);
	pid = ntsim_process(&spec);
	load();
	assert_ptr_equal(ntsim_process_start(pid, &spec), pid);
	file = device();
	all = drain(file);
	for (i = 0; i < count(all, VIGIL_EVENT_PROCESS_SNAPSHOT); i++)
		existing += BODY(find(all, VIGIL_EVENT_PROCESS_SNAPSHOT, i), vigil_process_body)
				->process.pid == ID(pid);
	assert_int_equal(existing, 0);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_CREATE), 1);
	finish(file);
}

static uint64_t boot_name(HANDLE file)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	struct vigil_hello hello;

	assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_HELLO, &head, sizeof(head), &hello,
				     sizeof(hello), NULL),
			 STATUS_SUCCESS);
	return hello.machine;
}

/* A driver that is loaded again after the clock was set names the same boot. */
static void boot_survives_clock_step(void **state)
{
	uint64_t before;
	HANDLE file;

	(void)state;
	machine(NULL);
	load();
	file = device();
	before = boot_name(file);
	assert_int_not_equal(before, 0);
	ntsim_close(file);
	ntsim_unload();
	ntsim_set_clock(ntsim_now() + 36000000000);
	load();
	file = device();
	assert_int_equal(boot_name(file), before);
	finish(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_from_birth_to_death),
		cmocka_unit_test(missing_names),
		cmocka_unit_test(longest_strings),
		cmocka_unit_test(not_normalized),
		cmocka_unit_test(named_by_the_kernel),
		cmocka_unit_test(images),
		cmocka_unit_test(every_windows),
		cmocka_unit_test(refused_starts),
		cmocka_unit_test(snapshot),
		cmocka_unit_test(snapshot_start_addresses),
		cmocka_unit_test(snapshot_without_threads),
		cmocka_unit_test(boot_survives_clock_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
