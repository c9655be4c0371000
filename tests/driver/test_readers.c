/* SPDX-License-Identifier: MIT */
/* test_readers.c - reads, several readers, and what is lost in between. */
#include "harness.h"

static HANDLE begin(void)
{
	machine(NULL);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", 0);
	ntsim_registry_dword(PARAMETERS, L"QueueBytes", 512 << 10);
	load();
	return device();
}

static void events(HANDLE pid, unsigned n)
{
	const struct ntsim_image image = { .name = NTSIM_STR(L"\\Device\\HarddiskVolume1\\x.dll"),
					   .no_extended = true };

	while (n-- > 0)
		ntsim_image_load(pid, &image);
}

/* A read waits until there is something, and that has waited its time. */
static void a_read_waits(void **state)
{
	static unsigned char buffer[65536];
	HANDLE file = begin(), pid;
	struct ntsim_io *io;
	ULONG_PTR size;

	(void)state;
	io = ntsim_read_start(file, buffer, sizeof(buffer));
	ntsim_advance(1000000);
	assert_false(ntsim_io_done(io));
	pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	assert_false(ntsim_io_done(io));
	ntsim_advance(60000); /* 6 ms */
	assert_int_equal(ntsim_io_wait(io, &size), STATUS_SUCCESS);
	assert_true(size != 0);
	ntsim_process_exit(pid, 0);
	finish(file);
}

/* A batch that is worth it does not wait at all. */
static void a_full_batch_does_not_wait(void **state)
{
	static unsigned char buffer[65536];
	HANDLE file = begin(), pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	LONGLONG before;
	struct ntsim_io *io;
	ULONG_PTR size;

	(void)state;
	(void)drain(file);
	assert_int_equal(set(file, VIGIL_SETTING_BATCH_MS, 10000), STATUS_SUCCESS);
	assert_int_equal(set(file, VIGIL_SETTING_BATCH_BYTES, 4096), STATUS_SUCCESS);
	(void)drain(file);
	io = ntsim_read_start(file, buffer, sizeof(buffer));
	before = ntsim_now();
	events(pid, 40);
	assert_int_equal(ntsim_io_wait(io, &size), STATUS_SUCCESS);
	assert_true(ntsim_now() - before < 10000000);
	assert_true(size >= 1024);
	ntsim_process_exit(pid, 0);
	(void)set(file, VIGIL_SETTING_BATCH_MS, 1);
	finish(file);
}

static void small_and_empty_buffers(void **state)
{
	static unsigned char buffer[65536];
	HANDLE file = begin(), pid;
	ULONG_PTR size = 1;
	uint32_t wanted;

	(void)state;
	assert_int_equal(ntsim_read(file, buffer, 0, &size), STATUS_SUCCESS);
	assert_int_equal(size, 0);
	pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	ntsim_process_exit(pid, 0);
	ntsim_advance(100000);
	assert_int_equal(ntsim_read(file, buffer, 16, &size), STATUS_BUFFER_TOO_SMALL);
	wanted = reader_ledger(file).wanted;
	assert_true(wanted > 16 && wanted < 4096);
	assert_int_equal(ntsim_read(file, buffer, wanted - 1, &size), STATUS_BUFFER_TOO_SMALL);
	/* The greeting fits now, and then the record that the buffer must hold. */
	assert_int_equal(ntsim_read(file, buffer, wanted, &size), STATUS_SUCCESS);
	assert_int_equal(size, wanted);
	assert_int_equal(ntsim_read(file, buffer, 8, &size), STATUS_BUFFER_TOO_SMALL);
	wanted = reader_ledger(file).wanted;
	assert_int_equal(ntsim_read(file, buffer, wanted, &size), STATUS_SUCCESS);
	assert_int_equal(size, wanted);
	assert_int_equal(((struct vigil_header *)buffer)->type, VIGIL_EVENT_PROCESS_CREATE);
	assert_int_equal(reader_ledger(file).lost, 0);
	finish(file);
}

/* Each handle sees the whole stream from where it began. */
static void several_readers(void **state)
{
	HANDLE file = begin(), other, pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	struct vigil_seek seek = { { VIGIL_CONTROL_VERSION, sizeof(seek) }, VIGIL_SEEK_OLDEST, 0 };
	struct stream_records *all;

	(void)state;
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_CREATE), 1);
	other = device(); /* begins where the foremost is */
	all = drain(other);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_CREATE), 0);
	events(pid, 5);
	assert_int_equal(count(drain(file), VIGIL_EVENT_IMAGE_LOAD), 5);
	assert_int_equal(count(drain(other), VIGIL_EVENT_IMAGE_LOAD), 5);
	assert_int_equal(ntsim_ioctl(other, VIGIL_CONTROL_SEEK, &seek, sizeof(seek), NULL, 0, NULL),
			 STATUS_SUCCESS);
	all = drain(other);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_CREATE), 1);
	assert_int_equal(count(all, VIGIL_EVENT_IMAGE_LOAD), 5);
	seek.to = VIGIL_SEEK_NOW;
	events(pid, 3);
	assert_int_equal(ntsim_ioctl(other, VIGIL_CONTROL_SEEK, &seek, sizeof(seek), NULL, 0, NULL),
			 STATUS_SUCCESS);
	assert_int_equal(count(drain(other), VIGIL_EVENT_IMAGE_LOAD), 0);
	conserved(other);
	ntsim_close(other);
	ntsim_process_exit(pid, 0);
	finish(file);
}

/* LOST records and the records make up all the numbers between the first and the
 * last, and agree with the ledger. */
static void gaps_add_up(HANDLE file, uint16_t reason)
{
	struct stream_records *all = drain(file);
	struct vigil_reader own = reader_ledger(file);
	const struct vigil_header *record;
	uint64_t lost = 0, records = 0, first = next(all, NULL)->seq, last = 0;

	/* The first is the greeting, which counts for nothing. */
	assert_int_equal(next(all, NULL)->type, VIGIL_EVENT_STATUS);
	for (record = next(all, next(all, NULL)); record != NULL; record = next(all, record)) {
		if (record->type == VIGIL_EVENT_LOST) {
			assert_int_equal(BODY(record, vigil_lost_body)->reason, reason);
			assert_true(BODY(record, vigil_lost_body)->count != 0);
			lost += BODY(record, vigil_lost_body)->count;
		} else {
			records++;
		}
		last = record->seq;
	}
	assert_true(lost != 0);
	assert_int_equal(lost + records, last - first);
	assert_int_equal(own.lost, lost);
	assert_int_equal(own.delivered, records);
}

static void the_oldest_are_dropped(void **state)
{
	HANDLE file = begin(), pid;
	struct stream_records *all;

	(void)state;
	pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	events(pid, 10000);
	assert_true(statistics(file).overwritten_by[VIGIL_EVENT_IMAGE_LOAD] > 1000);
	conserved(file);
	gaps_add_up(file, VIGIL_LOSS_OVERWRITTEN);
	events(pid, 1);
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_IMAGE_LOAD), 1);
	assert_int_equal(count(all, VIGIL_EVENT_LOST), 0);
	ntsim_process_exit(pid, 0);
	finish(file);
}

static void the_newest_are_dropped(void **state)
{
	HANDLE file = begin(), pid;
	struct stream_records *all;

	(void)state;
	assert_int_equal(set(file, VIGIL_SETTING_POLICY, VIGIL_DROP_NEWEST), STATUS_SUCCESS);
	pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	events(pid, 10000);
	assert_true(statistics(file).refused_by[VIGIL_EVENT_IMAGE_LOAD] > 1000);
	conserved(file);
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_LOST), 0); /* not yet: the gap is after them */
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_CREATE), 1);
	conserved(file);
	events(pid, 1);
	all = drain(file);
	assert_int_equal(next(all, NULL)->type, VIGIL_EVENT_LOST);
	assert_int_equal(BODY(next(all, NULL), vigil_lost_body)->reason, VIGIL_LOSS_QUEUE_FULL);
	assert_int_equal(BODY(next(all, NULL), vigil_lost_body)->count,
			 statistics(file).refused_by[VIGIL_EVENT_IMAGE_LOAD]);
	assert_int_equal(count(all, VIGIL_EVENT_IMAGE_LOAD), 1);
	ntsim_process_exit(pid, 0);
	finish(file);
}

/* Who reads keeps up, who does not loses alone. */
static void a_slow_reader_loses_alone(void **state)
{
	struct vigil_seek seek = { { VIGIL_CONTROL_VERSION, sizeof(seek) }, VIGIL_SEEK_OLDEST, 0 };
	HANDLE file = begin(), slow = device(), pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	unsigned round;

	(void)state;
	(void)drain(file);
	assert_int_equal(ntsim_ioctl(slow, VIGIL_CONTROL_SEEK, &seek, sizeof(seek), NULL, 0, NULL),
			 STATUS_SUCCESS);
	for (round = 0; round < 20; round++) {
		events(pid, 1000);
		assert_int_equal(count(drain(file), VIGIL_EVENT_IMAGE_LOAD), 1000);
		conserved(file);
		conserved(slow);
	}
	assert_int_equal(reader_ledger(file).lost, 0);
	assert_int_equal(statistics(file).dropped, 0);
	assert_true(reader_ledger(slow).lost > 1000);
	gaps_add_up(slow, VIGIL_LOSS_OVERWRITTEN);
	conserved(slow);
	ntsim_close(slow);
	ntsim_process_exit(pid, 0);
	finish(file);
}

static void canceled_and_closed(void **state)
{
	static unsigned char buffer[4][4096];
	HANDLE file = begin(), other = device();
	struct ntsim_io *io[4];
	NTSTATUS status;
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		io[i] = ntsim_read_start(i < 2 ? file : other, buffer[i], sizeof(buffer[i]));
	ntsim_io_cancel(io[0]);
	assert_int_equal(ntsim_io_wait(io[0], NULL), STATUS_CANCELLED);
	assert_false(ntsim_io_done(io[1]));
	ntsim_cancel_all(file);
	assert_int_equal(ntsim_io_wait(io[1], NULL), STATUS_CANCELLED);
	assert_false(ntsim_io_done(io[2]));
	ntsim_close(other);
	for (i = 2; i < 4; i++) {
		status = ntsim_io_wait(io[i], NULL);
		assert_int_equal(status, STATUS_CANCELLED);
	}
	finish(file);
}

/* Nobody but the system and administrators; not more than the setting says. */
static void who_may_open(void **state)
{
	struct ntsim_process user = { .image = NTSIM_STR(L"\\u.exe"), .user = true };
	HANDLE file = begin(), more[64], pid = ntsim_process(&user), self;
	NTSTATUS status;
	int n = 0;

	(void)state;
	self = ntsim_pose(ntsim_first_thread(pid));
	assert_null(ntsim_open(L"\\\\.\\Vigil", GENERIC_READ, &status));
	assert_int_equal(status, STATUS_ACCESS_DENIED);
	assert_null(ntsim_open(L"\\\\.\\Vigil", 0, &status));
	ntsim_pose(self);
	while ((more[n] = ntsim_open(L"\\\\.\\Vigil", GENERIC_READ, &status)) != NULL)
		n++;
	assert_int_equal(status, STATUS_TOO_MANY_OPENED_FILES);
	assert_int_equal(n, 15);
	while (n > 0)
		ntsim_close(more[--n]);
	assert_null(ntsim_open(L"\\\\.\\SysMon", GENERIC_READ, &status));
	ntsim_process_exit(pid, 0);
	finish(file);
}

static void settings(void **state)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	struct vigil_settings reply;
	HANDLE file;
	DWORD kept = 0;

	(void)state;
	machine(NULL);
	ntsim_registry_dword(PARAMETERS, L"QueueBytes", 1);
	ntsim_registry_dword(PARAMETERS, L"BatchMilliseconds", 0xffffffff);
	ntsim_registry_set(PARAMETERS, L"Policy", REG_SZ, L"x", 4);
	load();
	file = device();
	assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_SETTINGS, &head, sizeof(head), &reply,
				     sizeof(reply), NULL),
			 STATUS_SUCCESS);
	assert_int_equal(reply.value[VIGIL_SETTING_QUEUE_BYTES], 512 << 10);
	assert_int_equal(reply.value[VIGIL_SETTING_BATCH_MS], 10000);
	assert_int_equal(reply.value[VIGIL_SETTING_POLICY], VIGIL_DROP_OLDEST);
	assert_int_equal(set(file, VIGIL_SETTING_POLICY, 2), STATUS_INVALID_PARAMETER);
	assert_int_equal(set(file, VIGIL_SETTING_QUEUE_BYTES, 1 << 20),
			 STATUS_INVALID_DEVICE_STATE);
	reply.head.version = VIGIL_CONTROL_VERSION;
	reply.head.size = sizeof(reply);
	reply.mask = 1u << VIGIL_SETTING_QUEUE_BYTES | 1u << VIGIL_SETTING_TRACE;
	reply.keep = 1;
	reply.value[VIGIL_SETTING_QUEUE_BYTES] = 1 << 20;
	assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_SETTINGS_SET, &reply, sizeof(reply), NULL,
				     0, NULL),
			 STATUS_SUCCESS);
	assert_int_equal(ntsim_registry_get(PARAMETERS, L"QueueBytes", NULL, &kept, sizeof(kept)),
			 4);
	assert_int_equal(kept, 1 << 20);
	assert_int_equal(statistics(file).queue_bytes, 512 << 10);
	(void)set(file, VIGIL_SETTING_BATCH_MS, 1);
	finish(file);
}

/* What is masked is not recorded; the mask changes at once. */
static void masked(void **state)
{
	HANDLE file = begin(), pid;
	struct stream_records *all;

	(void)state;
	assert_int_equal(set(file, VIGIL_SETTING_EVENTS, VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT)),
			 STATUS_SUCCESS);
	(void)drain(file);
	pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	events(pid, 3);
	ntsim_process_exit(pid, 0);
	all = drain(file);
	assert_int_equal(all->count, 1);
	assert_int_equal(next(all, NULL)->type, VIGIL_EVENT_PROCESS_EXIT);
	finish(file);
}

/* -- clients that a debugger stops ---------------------------------------------- */

struct client {
	HANDLE file;
	bool seeds, snapshot, done;
	unsigned at; /* is stopped at this place */
};

static void client(void *argument)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	static unsigned char buffer[65536];
	struct client *own = argument;

	ntsim_suspend_at(own->at);
	if (own->snapshot)
		(void)ntsim_ioctl(own->file, VIGIL_CONTROL_SNAPSHOT, &head, sizeof(head), NULL, 0,
				  NULL);
	else
		(void)ntsim_read(own->file, buffer, sizeof(buffer), NULL);
	ntsim_suspend_at(0);
	__atomic_store_n(&own->done, true, __ATOMIC_RELEASE);
}

/* Far more than the ring holds, in a few long records. */
static void flood(HANDLE pid)
{
	static WCHAR name[16000];
	const UNICODE_STRING path = { sizeof(name), sizeof(name), name };
	const struct ntsim_image image = { .name = &path, .no_extended = true };
	unsigned i;

	for (i = 0; i < 16000; i++)
		name[i] = i % 100 == 0 ? L'\\' : L'x';
	for (i = 0; i < 40; i++)
		ntsim_image_load(pid, &image);
}

/* A client is stopped at the n-th place of its request; the stream continues: the
 * oldest records are removed, no new one is refused, ended processes are removed,
 * and another client can change settings. FALSE: it has no n-th place. */
static bool stopped_at(unsigned n, struct client *own)
{
	const struct ntsim_config config = { .preempt = 1000 };
	HANDLE file, pid, more;
	struct ntsim_go *go;
	uint32_t processes;
	bool stopped;

	machine(&config);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", 0);
	ntsim_registry_dword(PARAMETERS, L"SeedDevices", 1);
	ntsim_registry_dword(PARAMETERS, L"QueueBytes", 512 << 10);
	load();
	file = device();
	own->at = n;
	own->done = false;
	own->file = own->seeds ? ntsim_open(L"\\\\.\\SysMon", GENERIC_READ, NULL) : device();
	assert_non_null(own->file);
	pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	events(pid, 10);
	ntsim_advance(100000);
	processes = statistics(file).processes;
	ntsim_seed(n);
	go = ntsim_go(client, own, NULL);
	while (!ntsim_suspended() && !__atomic_load_n(&own->done, __ATOMIC_ACQUIRE))
		ntsim_yield();
	stopped = ntsim_suspended();
	flood(pid);
	if (statistics(file).refused_by[VIGIL_EVENT_IMAGE_LOAD] != 0)
		fail_msg("stopped at place %u the client holds up the stream", n);
	more = ntsim_process_new(NTSIM_STR(L"\\b.exe"));
	ntsim_process_exit(more, 0);
	if (!own->snapshot && statistics(file).processes != processes)
		fail_msg("stopped at place %u the client keeps the dead", n);
	if (own->snapshot && stopped && statistics(file).processes > processes + 2)
		fail_msg("stopped at place %u of a snapshot the dead are kept", n);
	assert_int_equal(set(file, VIGIL_SETTING_TRACE, 0), STATUS_SUCCESS);
	ntsim_resume();
	ntsim_join(go);
	ntsim_seed_end();
	ntsim_process_exit(pid, 0);
	ntsim_close(own->file);
	finish(file);
	return stopped;
}

static void suspended_clients(void **state)
{
	static struct client kinds[] = { { .seeds = false },
					 { .seeds = true },
					 { .snapshot = true } };
	unsigned n, i;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (n = 1; stopped_at(n, &kinds[i]); n++)
			;
		print_message("kind %u: stopped at each of %u places\n", i, n - 1);
		assert_true(n > 3);
	}
}

/* -- two that change the same at once --------------------------------------------- */

static void changer(void *argument)
{
	uint32_t value = *(uint32_t *)argument;
	struct vigil_settings request;
	HANDLE file = device();

	memset(&request, 0, sizeof(request));
	request.head.version = VIGIL_CONTROL_VERSION;
	request.head.size = sizeof(request);
	request.mask = 1u << VIGIL_SETTING_BATCH_MS;
	request.keep = 1;
	request.value[VIGIL_SETTING_BATCH_MS] = value;
	(void)ntsim_ioctl(file, VIGIL_CONTROL_SETTINGS_SET, &request, sizeof(request), NULL, 0,
			  NULL);
	ntsim_close(file);
}

/* Whoever comes last: what is in force is what the next start will find. */
static void kept_is_in_force(void **state)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	struct vigil_settings reply;
	uint32_t values[2] = { 3, 4 }, kept;
	struct ntsim_go *go[2];
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 300; seed++) {
		HANDLE file = begin();

		ntsim_seed(seed);
		go[0] = ntsim_go(changer, &values[0], NULL);
		go[1] = ntsim_go(changer, &values[1], NULL);
		ntsim_join(go[0]);
		ntsim_join(go[1]);
		ntsim_seed_end();
		assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_SETTINGS, &head, sizeof(head),
					     &reply, sizeof(reply), NULL),
				 STATUS_SUCCESS);
		(void)ntsim_registry_get(PARAMETERS, L"BatchMilliseconds", NULL, &kept,
					 sizeof(kept));
		assert_int_equal(reply.value[VIGIL_SETTING_BATCH_MS], kept);
		finish(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_waits),
		cmocka_unit_test(a_full_batch_does_not_wait),
		cmocka_unit_test(small_and_empty_buffers),
		cmocka_unit_test(several_readers),
		cmocka_unit_test(the_oldest_are_dropped),
		cmocka_unit_test(the_newest_are_dropped),
		cmocka_unit_test(a_slow_reader_loses_alone),
		cmocka_unit_test(canceled_and_closed),
		cmocka_unit_test(who_may_open),
		cmocka_unit_test(settings),
		cmocka_unit_test(masked),
		cmocka_unit_test(suspended_clients),
		cmocka_unit_test(kept_is_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
