/* SPDX-License-Identifier: MIT */
/*
 * test_stress.c - everything at once, in thousands of drawn interleavings.
 *
 *	test_driver_stress [RUNS [FIRST_SEED]]
 *
 * Each run loads the driver, starts threads that make processes, threads and
 * images, that read, cancel and close, and that change settings and rules,
 * while unload is already waiting for the last handle. A seed draws who runs
 * next; a failure prints it, and NTSIM_SEED=... replays it. Afterwards the same
 * without a schedule, truly in parallel. At every stop both ledgers add up.
 */
#include "harness.h"

static unsigned runs = 2000;
static uint64_t first_seed = 1;
static unsigned steps; /* of each thread in a run */

static void maker(void *unused)
{
	const struct ntsim_image image = { .name = NTSIM_STR(L"\\Device\\some.dll") };
	unsigned i;

	(void)unused;
	for (i = 0; i < steps; i++) {
		struct ntsim_process spec = { .image = ntsim_random(4) == 0
							   ? NTSIM_STR(L"\\Device\\evil.exe")
							   : NTSIM_STR(L"\\Device\\good.exe") };
		HANDLE pid = ntsim_process(&spec);

		if (pid == NULL)
			continue;
		if (ntsim_random(2) == 0)
			(void)ntsim_thread(pid, (PVOID)0x1000);
		ntsim_image_load(pid, &image);
		ntsim_process_exit(pid, (NTSTATUS)i);
	}
}

/* Reads of every kind on a separate handle; the records must be valid, and at the end
 * the handle's counters must equal those of the test. */
static void reader(void *unused)
{
	static __thread unsigned char buffer[3][16384];
	struct ntsim_io *io[3];
	uint64_t last = 0, records = 0, lost = 0;
	bool greeted = false;
	NTSTATUS status;
	HANDLE file;
	unsigned i, n;

	(void)unused;
	file = ntsim_open(L"\\\\.\\Vigil", GENERIC_READ, &status);
	if (file == NULL)
		return;
	for (i = 0; i < steps; i++) {
		unsigned pending = 1 + (unsigned)ntsim_random(3);

		for (n = 0; n < pending; n++)
			io[n] = ntsim_read_start(file, buffer[n],
						 ntsim_random(4) == 0 ? 128 : sizeof(buffer[n]));
		if (ntsim_random(3) == 0)
			ntsim_io_cancel(io[ntsim_random(pending)]);
		ntsim_advance(60000);
		if (ntsim_random(2) == 0)
			ntsim_cancel_all(file);
		for (n = 0; n < pending; n++) {
			ULONG_PTR size = 0, at = 0;

			if (!ntsim_io_done(io[n]))
				ntsim_io_cancel(io[n]);
			status = ntsim_io_wait(io[n], &size);
			while (NT_SUCCESS(status) && at < size) {
				const struct vigil_header *record = (void *)(buffer[n] + at);

				if (record->seq <= last && greeted)
					ntsim_bugcheck(NTSIM_MISUSE, "numbers do not rise");
				last = record->seq;
				if (record->type == VIGIL_EVENT_LOST)
					lost +=
					    ((const struct vigil_lost_body *)(record + 1))->count;
				else if (greeted)
					records++;
				greeted = true;
				at += record->size;
			}
		}
	}
	{
		struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
		struct vigil_reader own;

		status = ntsim_ioctl(file, VIGIL_CONTROL_READER, &head, sizeof(head), &own,
				     sizeof(own), NULL);
		if (NT_SUCCESS(status) && own.started) {
			if (own.produced != own.delivered + own.lost + own.queued + own.unreported)
				ntsim_bugcheck(NTSIM_MISUSE, "the reader's ledger is wrong");
			if (own.delivered != records || own.lost < lost)
				ntsim_bugcheck(NTSIM_MISUSE, "ledger %llu/%llu, counted %llu/%llu",
					       (unsigned long long)own.delivered,
					       (unsigned long long)own.lost,
					       (unsigned long long)records,
					       (unsigned long long)lost);
		}
	}
	/* Closed with a read still pending: CLEANUP must cancel it. */
	io[0] = ntsim_read_start(file, buffer[0], sizeof(buffer[0]));
	ntsim_close(file);
	(void)ntsim_io_wait(io[0], NULL);
}

static void governor(void *unused)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	struct vigil_driver_statistics all;
	struct rules_request rules;
	NTSTATUS status;
	HANDLE file;
	unsigned i;

	(void)unused;
	file = ntsim_open(L"\\\\.\\Vigil", GENERIC_READ | GENERIC_WRITE, &status);
	if (file == NULL)
		return;
	for (i = 0; i < steps; i++) {
		switch (ntsim_random(5)) {
		case 0:
			(void)set(file, VIGIL_SETTING_POLICY, (uint32_t)ntsim_random(2));
			break;
		case 1:
			rules_begin(&rules);
			if (ntsim_random(2) == 0)
				rules_add(&rules, VIGIL_RULE_NAME, (uint16_t)(1 + ntsim_random(2)),
					  NTSIM_STR(L"r"), NTSIM_STR(L"evil.exe"));
			(void)rules_send(&rules, file, false);
			break;
		case 2:
			(void)ntsim_ioctl(file, VIGIL_CONTROL_SNAPSHOT, &head, sizeof(head), NULL,
					  0, NULL);
			break;
		case 3:
			(void)set(file, VIGIL_SETTING_BATCH_BYTES,
				  (uint32_t)(1 + ntsim_random(9000)));
			break;
		default:
			status = ntsim_ioctl(file, VIGIL_CONTROL_STATISTICS, &head, sizeof(head),
					     &all, sizeof(all), NULL);
			if (NT_SUCCESS(status) &&
			    all.produced != all.delivered + all.dropped + all.queued)
				ntsim_bugcheck(NTSIM_MISUSE, "the ledger is wrong");
			break;
		}
	}
	ntsim_close(file);
}

static void one_run(uint64_t seed, bool parallel)
{
	static ntsim_body *const bodies[] = { maker, maker, reader, reader, governor, maker };
	struct ntsim_go *go[sizeof(bodies) / sizeof(*bodies)];
	size_t i;

	ntsim_boot(NULL);
	ntsim_registry_dword(PARAMETERS, L"QueueBytes", 512 << 10);
	if (!parallel)
		ntsim_seed(seed);
	assert_int_equal(ntsim_load(DriverEntry), STATUS_SUCCESS);
	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		go[i] = ntsim_go(bodies[i], NULL, NULL);
	if (seed % 2 == 0) /* unload while they run: it waits for the last handle */
		ntsim_unload();
	for (i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		ntsim_join(go[i]);
	if (seed % 2 != 0)
		ntsim_unload();
	if (!parallel)
		ntsim_seed_end();
	ntsim_shutdown();
}

static void drawn(void **state)
{
	uint64_t seed;

	(void)state;
	steps = 4;
	for (seed = first_seed; seed < first_seed + runs; seed++)
		one_run(seed, false);
	print_message("%u drawn interleavings\n", runs);
}

static void in_parallel(void **state)
{
	unsigned i, n = runs / 100 + 1;

	(void)state;
	steps = 200;
	for (i = 0; i < n; i++)
		one_run(i, true);
	print_message("%u runs in parallel\n", n);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawn),
		cmocka_unit_test(in_parallel),
	};

	if (argc > 1)
		runs = (unsigned)strtoul(argv[1], NULL, 0);
	if (argc > 2)
		first_seed = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
