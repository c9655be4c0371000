/* SPDX-License-Identifier: MIT */
/* test_seeds.c - trace mode's tables, and the bytes of the seed devices. */
#include "harness.h"

static HANDLE begin(void)
{
	machine(NULL);
	ntsim_registry_dword(PARAMETERS, L"Snapshot", 0);
	ntsim_registry_dword(PARAMETERS, L"SeedDevices", 1);
	load();
	return device();
}

/* -- trace --------------------------------------------------------------------- */

static void tables(void **state)
{
	HANDLE file = begin(), pid, tid;
	char expected[2048];

	(void)state;
	assert_int_equal(set(file, VIGIL_SETTING_TRACE, 1), STATUS_SUCCESS);
	ntsim_log_clear();
	pid = ntsim_process_new(NTSIM_STR(L"\\Device\\HarddiskVolume1\\Windows\\notepad.exe"));
	tid = ntsim_first_thread(pid);
	snprintf(expected, sizeof(expected),
		 "ProcessNotifyCallback (Handling event) IRQL: PASSIVE_LEVEL\n"
		 "+--------------------------------------------+\n"
		 "| Parent PID | PID      | Process Name       |\n"
		 "+--------------------------------------------+\n"
		 "| %10u | %8u | %-20s |\n"
		 "+--------------------------------------------+\n"
		 "ThreadNotifyCallback (Handling event) IRQL: PASSIVE_LEVEL\n"
		 "+--------------------------------------+\n"
		 "| PID      | TID      | Thread Event   |\n"
		 "+--------------------------------------+\n"
		 "| %8u | %8u | Create          |\n"
		 "+--------------------------------------+\n",
		 ID(ntsim_self_pid()), ID(pid), "notepad.exe", ID(pid), ID(tid));
	assert_string_equal(ntsim_log(), expected);

	ntsim_log_clear();
	ntsim_process_exit(pid, 0);
	snprintf(expected, sizeof(expected),
		 "ThreadNotifyCallback (Handling event) IRQL: PASSIVE_LEVEL\n"
		 "+--------------------------------------+\n"
		 "| PID      | TID      | Thread Event   |\n"
		 "+--------------------------------------+\n"
		 "| %8u | %8u | Terminate       |\n"
		 "+--------------------------------------+\n"
		 "ProcessNotifyCallback (Handling event) IRQL: PASSIVE_LEVEL\n"
		 "+--------------------------------------------+\n"
		 "| Parent PID | PID      | Process Name       |\n"
		 "+--------------------------------------------+\n"
		 "| %10u | %8u | -                    |\n"
		 "+--------------------------------------------+\n",
		 ID(pid), ID(tid), ID(ntsim_self_pid()), ID(pid));
	assert_string_equal(ntsim_log(), expected);
	finish(file);
}

/* One DbgPrint carries 512 bytes. */
static void a_table_is_one_call(void **state)
{
	static WCHAR name[2000];
	const UNICODE_STRING image = { sizeof(name), sizeof(name), name };
	HANDLE file = begin(), pid;
	const char *table;
	size_t i;

	(void)state;
	for (i = 0; i < 2000; i++)
		name[i] = i == 0 ? L'\\' : (WCHAR)(0x400 + i % 64);
	assert_int_equal(set(file, VIGIL_SETTING_TRACE, 1), STATUS_SUCCESS);
	ntsim_log_clear();
	pid = ntsim_process_new(&image);
	table = strstr(ntsim_log(), "ThreadNotify");
	assert_non_null(table);
	assert_true(table - ntsim_log() < 512);
	ntsim_process_exit(pid, 0);
	finish(file);
}

/* -- devices -------------------------------------------------------------------- */

static HANDLE seed(PCWSTR path)
{
	NTSTATUS status;
	HANDLE file = ntsim_open(path, GENERIC_READ, &status);

	assert_int_equal(status, STATUS_SUCCESS);
	return file;
}

static uint64_t number(const unsigned char *at, size_t bytes)
{
	uint64_t value = 0;

	memcpy(&value, at, bytes);
	return value;
}

/* The head of an item: type, size, zeros, time. */
static const unsigned char *item(const unsigned char *at, unsigned type, unsigned size)
{
	LONGLONG time = (LONGLONG)number(at + 8, 8);

	assert_int_equal(number(at, 2), type);
	assert_int_equal(number(at + 2, 2), size);
	assert_int_equal(number(at + 4, 4), 0);
	assert_true(time <= ntsim_now() && time > ntsim_now() - 600000000);
	return at + size;
}

static void sysmon(void **state)
{
	static unsigned char buffer[65536];
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\Device\\a.exe"),
				      .command = NTSIM_STR(L"a.exe 1 2") };
	const struct ntsim_image dll = { .name = NTSIM_STR(L"\\Device\\x.dll"),
					 .no_extended = true,
					 .base = (PVOID)0x7ff000001000,
					 .size = 0x1234000 };
	const unsigned char *at = buffer;
	HANDLE file = begin(), mon = seed(L"\\\\.\\SysMon"), pid, tid;
	ULONG_PTR size;
	size_t i;

	(void)state;
	assert_int_equal(ntsim_read(mon, buffer, sizeof(buffer), &size), STATUS_SUCCESS);
	assert_int_equal(size, 0);
	pid = ntsim_process(&spec);
	tid = ntsim_first_thread(pid);
	ntsim_image_load(pid, &dll);
	ntsim_image_load(NULL, &dll);
	ntsim_process_exit(pid, 9);
	assert_int_equal(ntsim_read(mon, buffer, sizeof(buffer), &size), STATUS_SUCCESS);
	assert_int_equal(size, 40 + 18 + 24 + 640 + 32 + 24);

	assert_int_equal(number(at + 16, 4), ID(pid));
	assert_int_equal(number(at + 20, 4), ID(ntsim_self_pid()));
	assert_int_equal(number(at + 24, 4), ID(ntsim_self()));
	assert_int_equal(number(at + 28, 4), ID(ntsim_self_pid()));
	assert_int_equal(number(at + 32, 2), 9);
	assert_memory_equal(at + 34, spec.command->Buffer, 18);
	for (i = 34 + 18; i < 58; i++)
		assert_int_equal(at[i], 0);
	at = item(at, 1, 58);
	assert_int_equal(number(at + 16, 4), ID(tid));
	assert_int_equal(number(at + 20, 4), ID(pid));
	at = item(at, 3, 24);
	assert_int_equal(number(at + 16, 4), ID(pid));
	assert_int_equal(number(at + 20, 4), 0x1234000);
	assert_int_equal(number(at + 24, 8), 0x7ff000001000);
	assert_memory_equal(at + 32, dll.name->Buffer, dll.name->Length);
	for (i = 32 + dll.name->Length; i < 640; i++)
		assert_int_equal(at[i], 0);
	at = item(at, 5, 640);
	assert_int_equal(number(at + 16, 4), ID(tid));
	assert_int_equal(number(at + 20, 4), ID(pid));
	assert_int_equal(number(at + 28, 4), 0);
	at = item(at, 4, 32);
	assert_int_equal(number(at + 16, 4), ID(pid));
	assert_int_equal(number(at + 20, 4), 9);
	(void)item(at, 2, 24);
	ntsim_close(mon);
	finish(file);
}

/* What does not fit is cut and counted; what does not fit the buffer waits. */
static void sysmon_limits(void **state)
{
	static unsigned char buffer[70000];
	static WCHAR line[32767], deep[400];
	const UNICODE_STRING command = { sizeof(line), sizeof(line), line };
	const UNICODE_STRING name = { sizeof(deep), sizeof(deep), deep };
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\a.exe"), .command = &command };
	const struct ntsim_image dll = { .name = &name, .no_extended = true };
	HANDLE file = begin(), mon = seed(L"\\\\.\\SysMon"), pid;
	ULONG_PTR size;
	size_t i;

	(void)state;
	for (i = 0; i < 32767; i++)
		line[i] = (WCHAR)(L'a' + i % 26);
	for (i = 0; i < 400; i++)
		deep[i] = (WCHAR)(0x100 + i);
	pid = ntsim_process(&spec);
	ntsim_image_load(pid, &dll);
	assert_int_equal(ntsim_read(mon, buffer, 100, &size), STATUS_BUFFER_TOO_SMALL);
	assert_int_equal(ntsim_read(mon, buffer, 65534, &size), STATUS_SUCCESS);
	assert_int_equal(size, 65534);
	assert_int_equal(number(buffer + 2, 2), 65534);
	assert_int_equal(number(buffer + 32, 2), (65534 - 40) / 2);
	assert_memory_equal(buffer + 34, line, 65534 - 40);
	assert_int_equal(ntsim_read(mon, buffer, 24 + 639, &size), STATUS_SUCCESS);
	assert_int_equal(size, 24);
	assert_int_equal(ntsim_read(mon, buffer, 640, &size), STATUS_SUCCESS);
	assert_int_equal(size, 640);
	assert_memory_equal(buffer + 32, deep + 100, 600);
	assert_int_equal(number(buffer + 632, 8), 0);
	assert_true(statistics(file).seed_cut >= 2);
	ntsim_process_exit(pid, 0);
	ntsim_close(mon);
	finish(file);
}

static void kdetector(void **state)
{
	static unsigned char buffer[20 * 24];
	HANDLE file = begin(), detector = seed(L"\\\\.\\KDetector"), pid, tid[21];
	HANDLE self = ntsim_self();
	ULONG_PTR size;
	int i;

	(void)state;
	pid = ntsim_process_new(NTSIM_STR(L"\\a.exe"));
	for (i = 0; i < 21; i++)
		tid[i] = ntsim_thread(pid, NULL);
	ntsim_pose(ntsim_first_thread((HANDLE)4));
	(void)ntsim_thread(pid, NULL); /* the system's are no remote threads to the book */
	ntsim_pose(self);
	assert_int_equal(ntsim_read(detector, buffer, sizeof(buffer), &size), STATUS_SUCCESS);
	assert_int_equal(size, sizeof(buffer));
	for (i = 0; i < 20; i++) {
		assert_true((LONGLONG)number(buffer + 24 * i, 8) <= ntsim_now());
		assert_int_equal(number(buffer + 24 * i + 8, 4), ID(ntsim_self_pid()));
		assert_int_equal(number(buffer + 24 * i + 12, 4), ID(self));
		assert_int_equal(number(buffer + 24 * i + 16, 4), ID(pid));
		assert_int_equal(number(buffer + 24 * i + 20, 4), ID(tid[i]));
	}
	assert_int_equal(ntsim_read(detector, buffer, sizeof(buffer), &size), STATUS_SUCCESS);
	assert_int_equal(size, 24);
	assert_int_equal(number(buffer + 20, 4), ID(tid[20]));
	assert_int_equal(ntsim_read(detector, buffer, sizeof(buffer), &size), STATUS_SUCCESS);
	assert_int_equal(size, 0);
	ntsim_process_exit(pid, 0);
	ntsim_close(detector);
	finish(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),    cmocka_unit_test(a_table_is_one_call),
		cmocka_unit_test(sysmon),    cmocka_unit_test(sysmon_limits),
		cmocka_unit_test(kdetector),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
