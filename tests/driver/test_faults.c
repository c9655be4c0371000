/* SPDX-License-Identifier: MIT */
/*
 * test_faults.c - every point that may fail, fails once, each in its own run.
 *
 * A run is a whole life: load, events of every kind, every request, reads,
 * unload. The simulator counts the calls that can fail on Windows; run n fails
 * the n-th. Whatever fails: no leak, no crash (the simulator sees to that), the
 * right status, and ledgers that add up.
 */
#include "harness.h"

/* The result of a run, from the child process. */
struct life {
	unsigned point; /* to fail; 0: none, count them */
	struct outcome {
		unsigned points; /* passed in a run without a fault */
		NTSTATUS load;
		char routine[64]; /* that failed */
	} * outcome;              /* shared with the parent */
	enum ntsim_version version;
};

#define MUST(condition) \
	do { \
		if (!(condition)) \
			ntsim_bugcheck(NTSIM_MISUSE, "%s:%d: %s", __FILE__, __LINE__, #condition); \
	} while (0)

static void balance(HANDLE file)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	struct vigil_driver_statistics all;
	struct vigil_reader own;

	if (NT_SUCCESS(ntsim_ioctl(file, VIGIL_CONTROL_STATISTICS, &head, sizeof(head), &all,
				   sizeof(all), NULL)))
		MUST(all.produced == all.delivered + all.dropped + all.queued);
	if (NT_SUCCESS(ntsim_ioctl(file, VIGIL_CONTROL_READER, &head, sizeof(head), &own,
				   sizeof(own), NULL)))
		MUST(own.produced == own.delivered + own.lost + own.queued + own.unreported);
}

static void happen(void)
{
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\Device\\cmd.exe"),
				      .command = NTSIM_STR(L"cmd /c x") };
	struct ntsim_process denied = { .image = NTSIM_STR(L"\\Device\\evil.exe") };
	const struct ntsim_image image = { .name = NTSIM_STR(L"\\x.dll") };
	HANDLE pid;

	pid = ntsim_process(&spec);
	MUST(pid != NULL); /* no fault of ours may stop a process that no rule names */
	(void)ntsim_thread(pid, NULL);
	ntsim_image_load(pid, &image);
	ntsim_image_load(NULL, &image);
	ntsim_process_exit(pid, 3);
	pid = ntsim_process(&denied);
	if (pid != NULL)
		ntsim_process_exit(pid, 0);
}

static void request(HANDLE file)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	static unsigned char reply[8192];
	static const ULONG codes[] = { VIGIL_CONTROL_HELLO,    VIGIL_CONTROL_STATISTICS,
				       VIGIL_CONTROL_SETTINGS, VIGIL_CONTROL_RULES,
				       VIGIL_CONTROL_READER,   VIGIL_CONTROL_SNAPSHOT };
	struct rules_request rules;
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		(void)ntsim_ioctl(file, codes[i], &head, sizeof(head), reply, sizeof(reply), NULL);
	rules_begin(&rules);
	rules_add(&rules, VIGIL_RULE_NAME, VIGIL_VERDICT_DENY, NTSIM_STR(L"r"),
		  NTSIM_STR(L"evil.exe"));
	(void)rules_send(&rules, file, true);
	(void)set(file, VIGIL_SETTING_TRACE, 1);
}

static void read_some(HANDLE file)
{
	static unsigned char buffer[65536];
	struct ntsim_io *io = ntsim_read_start(file, buffer, sizeof(buffer));

	ntsim_advance(200000);
	if (!ntsim_io_done(io))
		ntsim_io_cancel(io);
	(void)ntsim_io_wait(io, NULL);
}

static void live(void *argument)
{
	struct life *life = argument;
	const struct ntsim_config config = { .version = life->version };
	struct ntsim_process before = { .image = NTSIM_STR(L"\\b.exe"), .quiet = true };
	HANDLE file, seed;
	NTSTATUS status;

	ntsim_boot(&config);
	ntsim_registry_dword(PARAMETERS, L"SeedDevices", 1);
	(void)ntsim_process(&before);
	ntsim_fault_at(life->point);
	status = ntsim_load(DriverEntry);
	life->outcome->load = status;
	if (NT_SUCCESS(status)) {
		file = ntsim_open(L"\\\\.\\Vigil", GENERIC_READ | GENERIC_WRITE, &status);
		if (file != NULL) {
			request(file);
			happen();
			read_some(file);
			balance(file);
			ntsim_close(file);
		}
		seed = ntsim_open(L"\\\\.\\SysMon", GENERIC_READ, &status);
		if (seed != NULL) {
			read_some(seed);
			ntsim_close(seed);
		}
	}
	life->outcome->points = ntsim_fault_count();
	if (ntsim_fault_hit() != NULL)
		snprintf(life->outcome->routine, sizeof(life->outcome->routine), "%s",
			 ntsim_fault_hit());
	ntsim_fault_reset();
	if (ntsim_driver() != NULL)
		ntsim_unload();
	ntsim_shutdown();
}

/* The status that load must return when this routine fails; 0: load succeeds. */
static bool right_status(const char *routine, NTSTATUS status)
{
	return NT_SUCCESS(status) || status == STATUS_INSUFFICIENT_RESOURCES ||
	       status == STATUS_ACCESS_DENIED || status == STATUS_INVALID_PARAMETER ||
	       status == STATUS_UNSUCCESSFUL || status == STATUS_OBJECT_NAME_COLLISION ||
	       (status == STATUS_OBJECT_NAME_NOT_FOUND && strstr(routine, "Key") != NULL);
}

extern void *mmap_shared(size_t size);

static void each_point_fails_once(enum ntsim_version version)
{
	struct life life = { .version = version, .outcome = mmap_shared(sizeof(*life.outcome)) };
	char report[8192];
	unsigned points, n, loads = 0, refused = 0;
	int code;

	code = ntsim_catch(live, &life, report, sizeof(report));
	if (code != NTSIM_CLEAN)
		fail_msg("without a fault: %s", report);
	assert_int_equal(life.outcome->load, STATUS_SUCCESS);
	points = life.outcome->points;
	assert_true(points > 50);
	for (n = 1; n <= points; n++) {
		memset(life.outcome, 0, sizeof(*life.outcome));
		life.point = n;
		code = ntsim_catch(live, &life, report, sizeof(report));
		if (code != NTSIM_CLEAN)
			fail_msg("point %u (%s): %s", n, life.outcome->routine, report);
		assert_true(life.outcome->routine[0] != 0);
		if (!right_status(life.outcome->routine, life.outcome->load))
			fail_msg("point %u (%s): load gave %#x", n, life.outcome->routine,
				 (unsigned)life.outcome->load);
		loads += NT_SUCCESS(life.outcome->load);
		refused += !NT_SUCCESS(life.outcome->load);
	}
	print_message("fault points: %u, each failed once; load refused in %u, continued in %u\n",
		      points, refused, loads);
}

static void on_windows_11(void **state)
{
	(void)state;
	each_point_fails_once(NTSIM_WIN11);
}

static void on_windows_7(void **state)
{
	(void)state;
	each_point_fails_once(NTSIM_WIN7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_windows_11),
		cmocka_unit_test(on_windows_7),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
