/* SPDX-License-Identifier: MIT */
/*
 * test_remote.c - origin of threads.
 *
 * Each case in which a detector with a fixed table of new processes, or one that
 * takes the first reported thread as the first thread, fails; and the reasons in the
 * record, which a file name alone must not produce.
 */
#include "harness.h"

#define SYSTEM ((HANDLE)4)

static HANDLE begin_with(const struct ntsim_config *config, ULONG queue)
{
	machine(config);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", 0);
	ntsim_registry_dword(PARAMETERS, L"QueueBytes", queue);
	load();
	return device();
}

static HANDLE begin(const struct ntsim_config *config)
{
	return begin_with(config, 512 << 10);
}

/* A thread in `target`, made by `creator`'s first thread. */
static HANDLE inject(HANDLE creator, HANDLE target)
{
	HANDLE self = ntsim_pose(ntsim_first_thread(creator)), tid;

	tid = ntsim_thread(target, (PVOID)0x4711);
	ntsim_pose(self);
	return tid;
}

static uint8_t origin(const struct stream_records *all, HANDLE tid)
{
	const struct vigil_header *record;
	size_t i;

	for (i = 0; (record = find(all, VIGIL_EVENT_THREAD_CREATE, i)) != NULL; i++)
		if (BODY(record, vigil_thread_body)->thread.tid == ID(tid))
			return BODY(record, vigil_thread_body)->origin;
	fail_msg("thread %u is not reported", ID(tid));
	return 0;
}

/* The reason and the origin of the only REMOTE_THREAD record. */
static const struct vigil_thread_body *only_remote(const struct stream_records *all)
{
	assert_int_equal(count(all, VIGIL_EVENT_REMOTE_THREAD), 1);
	return BODY(find(all, VIGIL_EVENT_REMOTE_THREAD, 0), vigil_thread_body);
}

/* -- many at once --------------------------------------------------------------- */

/* All of them wait for their first thread at once; then each gets it, and then one
 * from outside. */
static void at_once(unsigned n)
{
	HANDLE file = begin_with(NULL, 16 << 20), *pid = calloc(n, sizeof(*pid)), other;
	struct vigil_driver_statistics all;
	size_t blocks;
	unsigned i;

	other = ntsim_process_new(NTSIM_STR(L"\\other.exe"));
	blocks = ntsim_pool_blocks();
	for (i = 0; i < n; i++) {
		struct ntsim_process spec = { .image = NTSIM_STR(L"\\p.exe"), .held = true };

		pid[i] = ntsim_process(&spec);
		assert_non_null(pid[i]);
	}
	for (i = n; i-- > 0;)
		ntsim_process_begin(pid[i]);
	all = statistics(file);
	assert_int_equal(all.produced_by[VIGIL_EVENT_REMOTE_THREAD], 0);
	assert_int_equal(all.processes, n + 1);
	for (i = 0; i < n; i++)
		(void)inject(other, pid[i]);
	assert_int_equal(statistics(file).produced_by[VIGIL_EVENT_REMOTE_THREAD], n);
	for (i = 0; i < n; i++)
		ntsim_process_exit(pid[i], 0);
	assert_int_equal(statistics(file).processes, 1);
	assert_int_equal(ntsim_pool_blocks(), blocks);
	ntsim_process_exit(other, 0);
	free(pid);
	finish(file);
}

/* A table of 32 would be full. */
static void new_processes_at_once(void **state)
{
	(void)state;
	at_once(33);
	at_once(3000);
}

/* -- death, and numbers that come again ------------------------------------------ */

/* Processes that end without a first thread leave no state that affects a later one with
 * the same PID, whether their end is reported or not. */
static void dead_before_its_first_thread(bool reported)
{
	const struct ntsim_config config = { .exit_after_denial = reported };
	struct ntsim_process denied = { .image = NTSIM_STR(L"\\evil.exe") };
	struct ntsim_process again = { .image = NTSIM_STR(L"\\good.exe") };
	HANDLE file = begin(&config), pid = NULL, first, injected, other;
	struct rules_request rules;
	struct stream_records *all;
	unsigned i;

	other = ntsim_process_new(NTSIM_STR(L"\\other.exe"));
	rules_begin(&rules);
	rules_add(&rules, VIGIL_RULE_NAME, VIGIL_VERDICT_DENY, NTSIM_STR(L"r"),
		  NTSIM_STR(L"evil.exe"));
	assert_int_equal(rules_send(&rules, file, false), STATUS_SUCCESS);
	for (i = 0; i < 200; i++) {
		denied.pid = (HANDLE)(uintptr_t)(40000 + 4 * i);
		assert_null(ntsim_process(&denied));
	}
	assert_int_equal(statistics(file).processes, reported ? 1 : 201);
	(void)drain(file);
	again.pid = (HANDLE)40000;
	pid = ntsim_process(&again);
	first = ntsim_first_thread(pid);
	injected = inject(other, pid);
	all = drain(file);
	assert_int_equal(origin(all, first), VIGIL_ORIGIN_FIRST);
	assert_int_equal(origin(all, injected), VIGIL_ORIGIN_REMOTE);
	assert_int_equal(
	    only_remote(all)->thread.start_key,
	    BODY(find(all, VIGIL_EVENT_PROCESS_CREATE, 0), vigil_process_body)->process.start_key);
	ntsim_process_exit(pid, 0);
	ntsim_process_exit(other, 0);
	finish(file);
}

static void dead_before_their_first_threads(void **state)
{
	(void)state;
	dead_before_its_first_thread(true);
	dead_before_its_first_thread(false);
}

/* A number that has come again belongs to a new process: the thread that its
 * predecessor never got is not owed to it, and an injection is seen. */
static void reused_pid(void **state)
{
	struct ntsim_process again = { .image = NTSIM_STR(L"\\b.exe") };
	HANDLE file = begin(NULL), first, second;
	struct stream_records *all;
	uint64_t key;

	(void)state;
	first = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	ntsim_process_exit(first, 0);
	again.pid = first;
	second = ntsim_process(&again);
	assert_ptr_equal(first, second);
	(void)ntsim_thread(second, NULL);
	all = drain(file);
	key = BODY(find(all, VIGIL_EVENT_PROCESS_CREATE, 0), vigil_process_body)->process.start_key;
	assert_true(only_remote(all)->thread.start_key != key);
	ntsim_process_exit(second, 0);
	finish(file);
}

/* The creator's number comes again, too: neither its reason nor its start key nor
 * its being the parent is inherited. */
static void reused_creator(void **state)
{
	struct ntsim_process csrss = {
		.image = NTSIM_STR(L"\\Device\\HarddiskVolume1\\Windows\\System32\\csrss.exe"),
		.sid = "S-1-5-18"
	};
	struct ntsim_process child = { .image = NTSIM_STR(L"\\child.exe") };
	struct ntsim_process again = { .image = NTSIM_STR(L"\\b.exe") };
	HANDLE file = begin(NULL), maker, target;
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	maker = ntsim_process(&csrss);
	child.parent = maker;
	target = ntsim_process(&child);
	(void)inject(maker, target);
	all = drain(file);
	assert_int_equal(only_remote(all)->reason, VIGIL_REASON_CSRSS);
	assert_int_equal(only_remote(all)->attributes, VIGIL_THREAD_PARENT_CREATOR);
	ntsim_process_exit(maker, 0);
	again.pid = maker;
	assert_ptr_equal(ntsim_process(&again), maker);
	(void)drain(file);
	(void)inject(maker, target);
	all = drain(file);
	record = find(all, VIGIL_EVENT_REMOTE_THREAD, 0);
	assert_int_equal(only_remote(all)->reason, VIGIL_REASON_NONE);
	assert_int_equal(only_remote(all)->attributes, 0);
	assert_int_equal(only_remote(all)->origin, VIGIL_ORIGIN_REMOTE);
	assert_int_equal(record->actor.pid, ID(maker));
	ntsim_process_exit(maker, 0);
	ntsim_process_exit(target, 0);
	finish(file);
}

/* -- who and where ----------------------------------------------------------------- */

static void remote_threads(void **state)
{
	HANDLE file = begin(NULL), victim, other, self = ntsim_self();
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	victim = ntsim_process_new(NTSIM_STR(L"\\victim.exe"));
	other = ntsim_process_new(NTSIM_STR(L"\\other.exe"));
	(void)drain(file);

	/* By its parent, by a stranger, by itself. */
	(void)ntsim_thread(victim, (PVOID)0x1111);
	ntsim_pose(ntsim_first_thread(other));
	(void)ntsim_thread(victim, (PVOID)0x2222);
	ntsim_pose(ntsim_first_thread(victim));
	(void)ntsim_thread(victim, (PVOID)0x3333);
	ntsim_pose(self);
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_THREAD_CREATE), 3);
	assert_int_equal(count(all, VIGIL_EVENT_REMOTE_THREAD), 2);
	record = find(all, VIGIL_EVENT_REMOTE_THREAD, 0);
	assert_int_equal(BODY(record, vigil_thread_body)->origin, VIGIL_ORIGIN_REMOTE);
	assert_int_equal(BODY(record, vigil_thread_body)->start_address, 0x1111);
	assert_int_equal(BODY(record, vigil_thread_body)->attributes, VIGIL_THREAD_PARENT_CREATOR);
	assert_true(record->actor.start_key != 0);
	assert_true(BODY(record, vigil_thread_body)->thread.start_key != 0);
	record = find(all, VIGIL_EVENT_REMOTE_THREAD, 1);
	assert_int_equal(BODY(record, vigil_thread_body)->start_address, 0x2222);
	assert_int_equal(BODY(record, vigil_thread_body)->attributes, 0);
	assert_int_equal(record->actor.pid, ID(other));
	record = find(all, VIGIL_EVENT_THREAD_CREATE, 2);
	assert_int_equal(BODY(record, vigil_thread_body)->origin, VIGIL_ORIGIN_LOCAL);
	ntsim_process_exit(victim, 0);
	ntsim_process_exit(other, 0);
	finish(file);
}

/* The system makes threads everywhere, everybody's driver in the system, and the
 * first thread of a process that the system has made is that and nothing else. */
static void system_threads(void **state)
{
	HANDLE file = begin(NULL), victim, child, self = ntsim_self(), in, out, own;
	struct stream_records *all;

	(void)state;
	victim = ntsim_process_new(NTSIM_STR(L"\\victim.exe"));
	in = inject(SYSTEM, victim);
	out = inject(victim, SYSTEM);
	own = inject(SYSTEM, SYSTEM);
	ntsim_pose(ntsim_first_thread(SYSTEM));
	child = ntsim_process_new(NTSIM_STR(L"\\smss.exe"));
	ntsim_pose(self);
	all = drain(file);
	assert_int_equal(origin(all, in), VIGIL_ORIGIN_SYSTEM);
	assert_int_equal(origin(all, out), VIGIL_ORIGIN_SYSTEM);
	assert_int_equal(origin(all, own), VIGIL_ORIGIN_SYSTEM);
	assert_int_equal(origin(all, ntsim_first_thread(child)), VIGIL_ORIGIN_FIRST);
	/* Reported, all but the system's: classified, not suppressed. */
	assert_int_equal(count(all, VIGIL_EVENT_REMOTE_THREAD), 2);
	ntsim_process_exit(victim, 0);
	ntsim_process_exit(child, 0);
	finish(file);
}

/* The creator is not the parent that it names: the first thread is the first all
 * the same, and the later one is not its parent's. */
static void borrowed_parent(void **state)
{
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\child.exe") };
	HANDLE file = begin(NULL), parent = ntsim_process_new(NTSIM_STR(L"\\parent.exe")), pid;
	struct stream_records *all;

	(void)state;
	spec.parent = parent;
	pid = ntsim_process(&spec);
	(void)ntsim_thread(pid, NULL);
	all = drain(file);
	assert_int_equal(origin(all, ntsim_first_thread(pid)), VIGIL_ORIGIN_FIRST);
	assert_int_equal(only_remote(all)->attributes, 0);
	ntsim_process_exit(pid, 0);
	ntsim_process_exit(parent, 0);
	finish(file);
}

/* -- races --------------------------------------------------------------------------- */

struct race {
	HANDLE pid, tid;
};

static void intruder(void *argument)
{
	struct race *race = argument;

	while (ntsim_first_thread(race->pid) == NULL)
		ntsim_yield();
	race->tid = ntsim_thread(race->pid, NULL);
}

/* Another process creates a thread in a process that is being created: in either order,
 * the two threads are never confused. */
static void raced_to_the_first_thread(void **state)
{
	unsigned remote = 0, unknown = 0;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 200; seed++) {
		struct ntsim_process spec = { .image = NTSIM_STR(L"\\new.exe"),
					      .pid = (HANDLE)50000 };
		struct race race = { (HANDLE)50000, NULL };
		HANDLE file = begin(NULL), other = ntsim_process_new(NTSIM_STR(L"\\other.exe"));
		struct stream_records *all;
		struct ntsim_go *go;
		uint8_t whose;

		ntsim_seed(seed);
		go = ntsim_go(intruder, &race, ntsim_first_thread(other));
		assert_non_null(ntsim_process(&spec));
		ntsim_join(go);
		ntsim_seed_end();
		all = drain(file);
		assert_int_equal(origin(all, ntsim_first_thread(race.pid)), VIGIL_ORIGIN_FIRST);
		whose = origin(all, race.tid);
		assert_true(whose == VIGIL_ORIGIN_REMOTE || whose == VIGIL_ORIGIN_UNKNOWN);
		remote += whose == VIGIL_ORIGIN_REMOTE;
		unknown += whose == VIGIL_ORIGIN_UNKNOWN;
		assert_int_equal(count(all, VIGIL_EVENT_REMOTE_THREAD), 1);
		ntsim_process_exit(race.pid, 0);
		ntsim_process_exit(other, 0);
		finish(file);
	}
	print_message("%u remote, %u before the process was reported\n", remote, unknown);
	assert_true(remote > 0);
}

#define MAKERS 8
#define EACH   100

static void maker(void *argument)
{
	HANDLE victim = argument;
	unsigned i;

	for (i = 0; i < EACH; i++) {
		HANDLE pid = ntsim_process_new(NTSIM_STR(L"\\p.exe")), self;

		self = ntsim_pose(ntsim_first_thread(pid));
		(void)ntsim_thread(pid, NULL);    /* its own */
		(void)ntsim_thread(victim, NULL); /* remote */
		ntsim_pose(self);
		ntsim_process_exit(pid, 0);
	}
}

/* Callbacks on many threads, truly in parallel: every count is exact. */
static void many_creators_in_parallel(void **state)
{
	HANDLE file = begin_with(NULL, 16 << 20);
	HANDLE victim = ntsim_process_new(NTSIM_STR(L"\\victim.exe"));
	unsigned origins[5] = { 0 }, i;
	struct ntsim_go *go[MAKERS];
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	(void)drain(file);
	for (i = 0; i < MAKERS; i++)
		go[i] = ntsim_go(maker, victim, NULL);
	for (i = 0; i < MAKERS; i++)
		ntsim_join(go[i]);
	all = drain(file);
	for (record = next(all, NULL); record != NULL; record = next(all, record))
		if (record->type == VIGIL_EVENT_THREAD_CREATE)
			origins[BODY(record, vigil_thread_body)->origin]++;
	assert_int_equal(origins[VIGIL_ORIGIN_FIRST], MAKERS * EACH);
	assert_int_equal(origins[VIGIL_ORIGIN_LOCAL], MAKERS * EACH);
	assert_int_equal(origins[VIGIL_ORIGIN_REMOTE], MAKERS * EACH);
	assert_int_equal(count(all, VIGIL_EVENT_REMOTE_THREAD), MAKERS * EACH);
	assert_int_equal(statistics(file).processes, 1);
	ntsim_process_exit(victim, 0);
	finish(file);
}

/* -- before the driver ------------------------------------------------------------- */

/* A process older than the driver. With a snapshot it is known; without one its age
 * decides: an old one has its first thread, a young one may not have it yet, and
 * its origin is unknown. */
static void before_the_driver(bool old, unsigned snapshot)
{
	struct ntsim_process before = { .image = NTSIM_STR(L"\\before.exe"), .quiet = true };
	bool sure = old || snapshot;
	struct stream_records *all;
	HANDLE file, pid;

	machine(NULL);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", snapshot);
	pid = ntsim_process(&before);
	if (old)
		ntsim_advance(100000000);
	load();
	file = device();
	(void)ntsim_thread(pid, NULL);
	all = drain(file);
	assert_int_equal(only_remote(all)->origin,
			 sure ? VIGIL_ORIGIN_REMOTE : VIGIL_ORIGIN_UNKNOWN);
	assert_int_equal(find(all, VIGIL_EVENT_REMOTE_THREAD, 0)->flags & VIGIL_RECORD_INCOMPLETE,
			 sure ? 0 : VIGIL_RECORD_INCOMPLETE);
	assert_true(only_remote(all)->thread.start_key != 0);
	ntsim_process_exit(pid, 0);
	finish(file);
}

static void older_than_the_driver(void **state)
{
	(void)state;
	before_the_driver(true, 0);
	before_the_driver(true, 1);
	before_the_driver(false, 0);
	before_the_driver(false, 1);
}

/* State that found no memory must neither hide an injection nor cry wolf. */
static void untracked(void **state)
{
	HANDLE file = begin(NULL), pid;
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	(void)drain(file);
	ntsim_fault_name("ExAllocatePool2", 1);
	pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	ntsim_fault_reset();
	assert_non_null(pid);
	assert_int_equal(statistics(file).untracked, 1);
	(void)ntsim_thread(pid, NULL);
	all = drain(file);
	record = find(all, VIGIL_EVENT_REMOTE_THREAD, 0);
	assert_non_null(record);
	assert_int_equal(BODY(record, vigil_thread_body)->origin, VIGIL_ORIGIN_UNKNOWN);
	assert_true(record->flags & VIGIL_RECORD_INCOMPLETE);
	ntsim_process_exit(pid, 0);
	finish(file);
}

/* -- reasons ----------------------------------------------------------------------- */

#define WINDOWS_AT L"\\Device\\HarddiskVolume1\\Windows\\System32\\"
#define USER       "S-1-5-21-1-2-3-1001"

static const struct {
	PCWSTR image;
	const char *sid;
	uint8_t reason;
} makers[] = {
	{ WINDOWS_AT L"csrss.exe", "S-1-5-18", VIGIL_REASON_CSRSS },
	{ L"\\Device\\HarddiskVolume12\\WINDOWS\\system32\\CSRSS.EXE", "S-1-5-18",
	  VIGIL_REASON_CSRSS },
	{ WINDOWS_AT L"services.exe", "S-1-5-18", VIGIL_REASON_SERVICES },
	{ WINDOWS_AT L"wbem\\WmiPrvSE.exe", "S-1-5-18", VIGIL_REASON_WMI },
	{ WINDOWS_AT L"wbem\\WmiPrvSE.exe", "S-1-5-19", VIGIL_REASON_WMI },
	{ WINDOWS_AT L"wbem\\WmiPrvSE.exe", "S-1-5-20", VIGIL_REASON_WMI },
	/* The name somewhere else. */
	{ L"\\Device\\HarddiskVolume1\\Temp\\csrss.exe", "S-1-5-18", VIGIL_REASON_NONE },
	{ L"\\Device\\HarddiskVolume1\\csrss.exe", "S-1-5-18", VIGIL_REASON_NONE },
	{ L"\\Device\\HarddiskVolume1\\Temp\\Windows\\System32\\csrss.exe", "S-1-5-18",
	  VIGIL_REASON_NONE },
	{ L"\\Device\\Mup\\Windows\\System32\\csrss.exe", "S-1-5-18", VIGIL_REASON_NONE },
	{ WINDOWS_AT L"csrss.exe.exe", "S-1-5-18", VIGIL_REASON_NONE },
	{ WINDOWS_AT L"xcsrss.exe", "S-1-5-18", VIGIL_REASON_NONE },
	{ L"csrss.exe", "S-1-5-18", VIGIL_REASON_NONE },
	/* The same path, by another user. */
	{ WINDOWS_AT L"csrss.exe", USER, VIGIL_REASON_NONE },
	{ WINDOWS_AT L"csrss.exe", "S-1-5-19", VIGIL_REASON_NONE },
	{ WINDOWS_AT L"services.exe", USER, VIGIL_REASON_NONE },
	{ WINDOWS_AT L"wbem\\WmiPrvSE.exe", USER, VIGIL_REASON_NONE },
	{ WINDOWS_AT L"wbem\\WmiPrvSE.exe", "S-1-5-21", VIGIL_REASON_NONE },
};

enum known {
	BORN_LATER,
	BY_SNAPSHOT,
	ASKED, /* older than the driver, no snapshot taken */
	WAYS
};

static uint8_t reason_of(size_t i, enum known known)
{
	struct ntsim_process spec = { .sid = makers[i].sid, .quiet = known != BORN_LATER };
	HANDLE file, maker = NULL, target;
	UNICODE_STRING image;
	uint8_t reason;

	RtlInitUnicodeString(&image, makers[i].image);
	spec.image = &image;
	machine(NULL);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", known == BY_SNAPSHOT);
	if (known != BORN_LATER)
		maker = ntsim_process(&spec);
	ntsim_advance(100000000);
	load();
	file = device();
	if (known == BORN_LATER)
		maker = ntsim_process(&spec);
	target = ntsim_process_new(NTSIM_STR(L"\\t.exe"));
	(void)drain(file);
	(void)inject(maker, target);
	reason = only_remote(drain(file))->reason;
	ntsim_process_exit(maker, 0);
	ntsim_process_exit(target, 0);
	finish(file);
	return reason;
}

static void reasons(void **state)
{
	size_t i, way;

	(void)state;
	for (i = 0; i < sizeof(makers) / sizeof(*makers); i++)
		for (way = 0; way < WAYS; way++)
			if (reason_of(i, (enum known)way) != makers[i].reason)
				fail_msg("maker %zu, way %zu: another reason", i, way);
}

static void debugged(void **state)
{
	struct ntsim_process debuggee = { .debugged = true };
	HANDLE file = begin(NULL), pid = ntsim_process(&debuggee), tid;
	struct stream_records *all;

	(void)state;
	(void)drain(file);
	tid = ntsim_thread(pid, NULL);
	all = drain(file);
	assert_int_equal(only_remote(all)->reason, VIGIL_REASON_DEBUGGER);
	assert_int_equal(origin(all, tid), VIGIL_ORIGIN_REMOTE);
	ntsim_process_exit(pid, 0);
	finish(file);
}

/* Thread notifications at APC_LEVEL: no start address and no question, but the
 * record is there, and the reasons that are known. */
static void threads_at_apc_level(void **state)
{
	const struct ntsim_config config = { .thread_at_apc = true };
	struct ntsim_process csrss = { .image = NTSIM_STR(WINDOWS_AT L"csrss.exe"),
				       .sid = "S-1-5-18" };
	HANDLE file = begin(&config), pid, maker;
	struct stream_records *all;

	(void)state;
	maker = ntsim_process(&csrss);
	pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	(void)drain(file);
	(void)inject(maker, pid);
	all = drain(file);
	assert_int_equal(only_remote(all)->reason, VIGIL_REASON_CSRSS);
	assert_int_equal(only_remote(all)->start_address, 0);
	ntsim_process_exit(pid, 0);
	ntsim_process_exit(maker, 0);
	finish(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_processes_at_once),
		cmocka_unit_test(dead_before_their_first_threads),
		cmocka_unit_test(reused_pid),
		cmocka_unit_test(reused_creator),
		cmocka_unit_test(remote_threads),
		cmocka_unit_test(system_threads),
		cmocka_unit_test(borrowed_parent),
		cmocka_unit_test(raced_to_the_first_thread),
		cmocka_unit_test(many_creators_in_parallel),
		cmocka_unit_test(older_than_the_driver),
		cmocka_unit_test(untracked),
		cmocka_unit_test(reasons),
		cmocka_unit_test(debugged),
		cmocka_unit_test(threads_at_apc_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
