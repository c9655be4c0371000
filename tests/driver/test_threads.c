/* SPDX-License-Identifier: MIT */
/* test_threads.c - what is known of a thread when it ends, and what threads cost. */
#include "harness.h"

#define START ((PVOID)0x7ff712345678)

#define THREAD_TYPES \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD))

static void begin(bool snapshot)
{
	machine(NULL);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", snapshot);
}

static const struct vigil_thread_end_body *end_of(const struct stream_records *all, HANDLE tid)
{
	const struct vigil_header *record;

	for (size_t i = 0; (record = find(all, VIGIL_EVENT_THREAD_EXIT, i)) != NULL; i++) {
		const struct vigil_thread_end_body *body = BODY(record, vigil_thread_end_body);

		assert_int_equal(record->fixed, sizeof(*record) + sizeof(*body));
		if (body->thread.thread.tid == ID(tid))
			return body;
	}
	fail_msg("no THREAD_EXIT of thread %u", ID(tid));
	return NULL;
}

/* The end of a thread says where it began, who made it and how long it lived. */
static void the_end_says_all(void **state)
{
	const struct vigil_thread_end_body *body;
	HANDLE file, pid, tid;

	(void)state;
	begin(false);
	load();
	file = device();
	pid = ntsim_process_new(NULL);
	tid = ntsim_thread(pid, START);
	ntsim_advance(20000000);
	ntsim_thread_exit(tid, 7);
	body = end_of(drain(file), tid);
	assert_int_equal(body->thread.code, 7);
	assert_int_equal(body->thread.start_address, (uintptr_t)START);
	assert_int_equal(body->creator.pid, ID(ntsim_self_pid()));
	assert_int_equal(body->creator.tid, ID(ntsim_self()));
	assert_true(body->creator.start_key != 0);
	assert_int_equal(body->lifetime, 2000000000);
	ntsim_process_exit(pid, 0);
	finish(file);
}

/* Of a thread that was there before, the snapshot knows all but its creator. */
static void the_snapshot_knows(void **state)
{
	struct ntsim_process before = { .quiet = true, .start = START };
	const struct vigil_thread_end_body *body;
	HANDLE file, pid, tid;

	(void)state;
	begin(true);
	pid = ntsim_process(&before);
	tid = ntsim_first_thread(pid);
	ntsim_advance(10000000);
	load();
	file = device();
	ntsim_advance(10000000);
	ntsim_process_exit(pid, 0);
	body = end_of(drain(file), tid);
	assert_int_equal(body->thread.start_address, (uintptr_t)START);
	assert_int_equal(body->creator.pid, 0);
	assert_int_equal(body->lifetime, 2000000000);
	finish(file);
}

/* Nothing is known of it: nothing is said. */
static void the_unknown_is_unknown(void **state)
{
	struct ntsim_process before = { .quiet = true, .start = START };
	const struct vigil_thread_end_body *body;
	HANDLE file, pid, tid;

	(void)state;
	begin(false);
	pid = ntsim_process(&before);
	tid = ntsim_first_thread(pid);
	load();
	file = device();
	ntsim_process_exit(pid, 0);
	body = end_of(drain(file), tid);
	assert_int_equal(body->thread.start_address, 0);
	assert_int_equal(body->creator.pid, 0);
	assert_int_equal(body->lifetime, 0);
	finish(file);
}

/* Without memory for its state a thread is counted. */
static void without_memory(void **state)
{
	HANDLE file, pid, tid;

	(void)state;
	begin(false);
	load();
	file = device();
	pid = ntsim_process_new(NULL);
	ntsim_fault_name("ExAllocatePool2", 0);
	tid = ntsim_thread(pid, START);
	ntsim_fault_reset();
	ntsim_thread_exit(tid, 0);
	assert_int_equal(end_of(drain(file), tid)->creator.pid, 0);
	assert_int_equal(statistics(file).untracked_threads, 1);
	ntsim_process_exit(pid, 0);
	finish(file);
}

static void events(HANDLE file, uint32_t types)
{
	assert_int_equal(set(file, VIGIL_SETTING_EVENTS, types), STATUS_SUCCESS);
}

/* While no thread events are requested, nothing is queried, stored or written for one. */
static void unwanted_threads_cost_nothing(void **state)
{
	uint64_t allocations;
	unsigned calls;
	HANDLE file, pid, tid;

	(void)state;
	begin(false);
	load();
	file = device();
	pid = ntsim_process_new(NULL);
	events(file, VIGIL_TYPE_ALL & ~THREAD_TYPES);
	allocations = ntsim_pool_allocations();
	calls = ntsim_fault_count();
	tid = ntsim_thread(pid, START);
	ntsim_thread_exit(tid, 0);
	assert_int_equal(ntsim_fault_count(), calls);
	assert_int_equal(ntsim_pool_allocations(), allocations);
	ntsim_process_exit(pid, 0);
	assert_int_equal(count(drain(file), VIGIL_EVENT_THREAD_CREATE), 1);
	finish(file);
}

/* Threads were off when these processes had their first thread. One made by the
 * creator later is not taken for it: it is remote, or unknown while that is recent. */
static void switched_on_again(void **state)
{
	const struct vigil_header *record;
	struct stream_records *all;
	HANDLE file, old, recent;

	(void)state;
	begin(false);
	load();
	file = device();
	events(file, VIGIL_TYPE_ALL & ~THREAD_TYPES);
	old = ntsim_process_new(NULL);
	ntsim_advance(20000000);
	recent = ntsim_process_new(NULL);
	events(file, VIGIL_TYPE_ALL);
	(void)drain(file);
	(void)ntsim_thread(old, START);
	(void)ntsim_thread(recent, START);
	all = drain(file);
	record = find(all, VIGIL_EVENT_THREAD_CREATE, 0);
	assert_int_equal(BODY(record, vigil_thread_body)->origin, VIGIL_ORIGIN_REMOTE);
	record = find(all, VIGIL_EVENT_THREAD_CREATE, 1);
	assert_int_equal(BODY(record, vigil_thread_body)->origin, VIGIL_ORIGIN_UNKNOWN);
	ntsim_process_exit(old, 0);
	ntsim_process_exit(recent, 0);

	/* And from now on first threads are known again. */
	old = ntsim_process_new(NULL);
	all = drain(file);
	record = find(all, VIGIL_EVENT_THREAD_CREATE, 0);
	assert_int_equal(BODY(record, vigil_thread_body)->origin, VIGIL_ORIGIN_FIRST);
	ntsim_process_exit(old, 0);
	finish(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_says_all),
		cmocka_unit_test(the_snapshot_knows),
		cmocka_unit_test(the_unknown_is_unknown),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(unwanted_threads_cost_nothing),
		cmocka_unit_test(switched_on_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
