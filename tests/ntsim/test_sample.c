/* SPDX-License-Identifier: MIT */
/* test_sample.c - the correct driver passes everything: use, faults, seeds, all threads at once. */
#include "sample.h"
#include "test.h"

static HANDLE open_sample(void)
{
	NTSTATUS status;
	HANDLE file = ntsim_open(SAMPLE_PATH, GENERIC_READ, &status);

	assert_int_equal(status, STATUS_SUCCESS);
	return file;
}

static void test_events_reach_a_reader(void **state)
{
	struct sample_event events[8];
	ULONG_PTR bytes = 0;
	ULONG count = 0;
	HANDLE pid, file;

	(void)state;
	start();
	assert_int_equal(ntsim_load(sample_entry), STATUS_SUCCESS);
	pid = ntsim_process_new(NTSIM_STR(L"\\Device\\HarddiskVolume1\\a.exe"));
	ntsim_image_load(pid, &(struct ntsim_image){ .name = NTSIM_STR(L"a"), .size = 4096 });
	ntsim_process_exit(pid, 0);
	file = open_sample();
	assert_int_equal(ntsim_read(file, events, sizeof(events), &bytes), STATUS_SUCCESS);
	assert_int_equal(bytes, 5 * sizeof(events[0]));
	assert_int_equal(events[0].type, 1);
	assert_int_equal(events[0].id, HandleToUlong(pid));
	assert_int_equal(events[1].type, 2);
	assert_int_equal(events[2].type, 3);
	assert_int_equal(ntsim_ioctl(file, IOCTL_COUNT, NULL, 0, &count, sizeof(count), &bytes),
			 STATUS_SUCCESS);
	assert_int_equal(count, 5);
	assert_int_equal(ntsim_ioctl(file, IOCTL_COUNT, NULL, 0, &count, 3, &bytes),
			 STATUS_BUFFER_TOO_SMALL);
	assert_int_equal(ntsim_read(file, NULL, 0, &bytes), STATUS_BUFFER_TOO_SMALL);
	ntsim_close(file);
	ntsim_unload();
	finish();
}

static void test_pended_read_is_completed_and_canceled(void **state)
{
	struct sample_event event;
	struct ntsim_io *io;
	ULONG_PTR bytes;
	HANDLE file;

	(void)state;
	start();
	ntsim_load(sample_entry);
	file = open_sample();
	io = ntsim_read_start(file, &event, sizeof(event));
	assert_false(ntsim_io_done(io));
	ntsim_thread(ntsim_self_pid(), NULL);
	assert_int_equal(ntsim_io_wait(io, &bytes), STATUS_SUCCESS);
	assert_int_equal(event.type, 2);
	io = ntsim_read_start(file, &event, sizeof(event));
	ntsim_io_cancel(io);
	assert_int_equal(ntsim_io_wait(io, &bytes), STATUS_CANCELLED);
	io = ntsim_read_start(file, &event, sizeof(event));
	ntsim_close(file); /* cleanup cancels */
	assert_int_equal(ntsim_io_wait(io, &bytes), STATUS_CANCELLED);
	ntsim_unload();
	finish();
}

static void test_thread_exit_cancels(void **state)
{
	struct sample_event event;
	struct ntsim_io *io;
	HANDLE file, tid, main_tid;

	(void)state;
	start();
	ntsim_load(sample_entry);
	file = open_sample();
	tid = ntsim_thread_as(ntsim_self_pid(), NULL, NULL, true);
	main_tid = ntsim_pose(tid);
	io = ntsim_read_start(file, &event, sizeof(event));
	ntsim_pose(main_tid);
	assert_false(ntsim_io_done(io));
	ntsim_close(file);
	file = NULL;
	assert_int_equal(ntsim_io_wait(io, NULL), STATUS_CANCELLED);
	ntsim_unload();
	finish();
}

static void test_only_administrators_open(void **state)
{
	struct ntsim_process spec = { .user = true, .quiet = true };
	NTSTATUS status;
	HANDLE pid, old;

	(void)state;
	start();
	ntsim_load(sample_entry);
	pid = ntsim_process(&spec);
	old = ntsim_pose(ntsim_first_thread(pid));
	assert_null(ntsim_open(SAMPLE_PATH, GENERIC_READ, &status));
	assert_int_equal(status, STATUS_ACCESS_DENIED);
	assert_null(ntsim_open(L"\\\\.\\sample\\x", GENERIC_READ, &status));
	assert_int_equal(status, STATUS_ACCESS_DENIED);
	ntsim_pose(old);
	ntsim_close(ntsim_open(L"\\\\.\\sAMPLE", GENERIC_READ, &status));
	assert_int_equal(status, STATUS_SUCCESS);
	ntsim_unload();
	finish();
}

static void use_once(void)
{
	struct sample_event event;
	struct ntsim_io *io;
	NTSTATUS status;
	HANDLE pid, file;

	if (!NT_SUCCESS(ntsim_load(sample_entry)))
		return;
	file = ntsim_open(SAMPLE_PATH, GENERIC_READ, &status);
	io = ntsim_read_start(file, &event, sizeof(event));
	pid = ntsim_process_new(NTSIM_STR(L"\\a\\b\\c.exe"));
	if (pid)
		ntsim_process_exit(pid, 0);
	ntsim_io_cancel(io);
	ntsim_io_wait(io, NULL);
	ntsim_close(file);
	ntsim_unload();
}

static void test_every_fault_point(void **state)
{
	unsigned points;

	(void)state;
	start();
	use_once();
	points = ntsim_fault_count();
	finish();
	assert_true(points >= 6);
	for (unsigned n = 1; n <= points; n++) {
		start();
		ntsim_fault_at(n);
		use_once();
		assert_non_null(ntsim_fault_hit());
		finish();
	}
	print_message("%u fault points\n", points);
}

/* ---- many threads ---- */

static void make_processes(void *argument)
{
	for (int i = 0; i < *(int *)argument; i++)
		ntsim_process_exit(ntsim_process_new(NTSIM_STR(L"\\a\\b\\c.exe")), 0);
}

static void read_some(void *argument)
{
	struct sample_event events[3];
	NTSTATUS status;
	HANDLE file = ntsim_open(SAMPLE_PATH, GENERIC_READ, &status);
	struct ntsim_io *io;

	if (!file) /* unload came first */
		return;
	for (int i = 0; i < *(int *)argument; i++) {
		io = ntsim_read_start(file, events, sizeof(events));
		if (ntsim_random(2))
			ntsim_yield();
		if (ntsim_random(2))
			ntsim_cancel_all(file);
		else
			ntsim_io_cancel(io);
		ntsim_io_wait(io, NULL);
	}
	ntsim_close(file);
}

static void storm(int rounds)
{
	struct ntsim_go *go[4];

	ntsim_load(sample_entry);
	go[0] = ntsim_go(make_processes, &rounds, NULL);
	go[1] = ntsim_go(make_processes, &rounds, NULL);
	go[2] = ntsim_go(read_some, &rounds, NULL);
	go[3] = ntsim_go(read_some, &rounds, NULL);
	ntsim_unload(); /* while they run: waits for the files */
	for (int i = 0; i < 4; i++)
		ntsim_join(go[i]);
}

static void test_seeded_interleavings(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		start();
		ntsim_seed(seed);
		storm(2);
		ntsim_seed_end();
		finish();
	}
}

static void test_free_running_threads(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		start();
		storm(10);
		finish();
	}
}

static void clean_scenario(void *argument)
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

static void test_no_unwritten_bytes(void **state)
{
	char report[512];

	(void)state;
	sample_fault = SAMPLE_CORRECT;
	assert_int_equal(ntsim_twice(clean_scenario, NULL, report, sizeof(report)), NTSIM_CLEAN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_reach_a_reader),
		cmocka_unit_test(test_pended_read_is_completed_and_canceled),
		cmocka_unit_test(test_thread_exit_cancels),
		cmocka_unit_test(test_only_administrators_open),
		cmocka_unit_test(test_every_fault_point),
		cmocka_unit_test(test_seeded_interleavings),
		cmocka_unit_test(test_free_running_threads),
		cmocka_unit_test(test_no_unwritten_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
