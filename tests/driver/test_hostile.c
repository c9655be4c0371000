/* SPDX-License-Identifier: MIT */
/* test_hostile.c - malformed and hostile requests. */
#include "harness.h"

#define CODES 12

static const ULONG codes[CODES] = {
	VIGIL_CONTROL_HELLO,
	VIGIL_CONTROL_STATISTICS,
	VIGIL_CONTROL_SETTINGS,
	VIGIL_CONTROL_SETTINGS_SET,
	VIGIL_CONTROL_RULES,
	VIGIL_CONTROL_RULES_SET,
	VIGIL_CONTROL_RULES_CLEAR,
	VIGIL_CONTROL_SNAPSHOT,
	VIGIL_CONTROL_READER,
	VIGIL_CONTROL_SEEK,
	VIGIL_CONTROL_CODE(0x80au, 1u),
	0xffffffffu,
};

/* Every request in every size of both buffers up to 128 bytes: sound or refused,
 * nothing crashes, nothing is written beyond what was asked for. */
static void every_size(void **state)
{
	static unsigned char in[128], out[160];
	struct vigil_control head = { VIGIL_CONTROL_VERSION, 0 };
	ULONG_PTR written;
	unsigned c, i, o, refused = 0, served = 0;
	HANDLE file;
	NTSTATUS status;

	(void)state;
	machine(NULL);
	load();
	file = device();
	for (c = 0; c < CODES; c++) {
		for (i = 0; i <= sizeof(in); i++) {
			for (o = 0; o <= 128; o += o < 24 ? 1 : 13) {
				head.size = i;
				memset(in, 0, sizeof(in));
				if (i >= sizeof(head))
					memcpy(in, &head, sizeof(head));
				memset(out, 0x5a, sizeof(out));
				written = 0;
				status = ntsim_ioctl(file, codes[c], in, i, out, o, &written);
				if (NT_SUCCESS(status))
					served++;
				else
					refused++;
				assert_true(written <= o);
				assert_int_equal(out[o], 0x5a);
			}
		}
	}
	print_message("%u requests served, %u refused\n", served, refused);
	assert_true(served > 100 && refused > 1000);
	ntsim_close(file);
	unload();
}

static NTSTATUS rules(HANDLE file, const void *bytes, size_t size)
{
	return ntsim_ioctl(file, VIGIL_CONTROL_RULES_SET, bytes, (ULONG)size, NULL, 0, NULL);
}

/* One good rule, and each field of it wrong in turn. */
static void bad_rules(void **state)
{
	struct {
		struct vigil_control_rules head;
		struct vigil_control_rule rule;
		WCHAR text[8];
	} good = { { { VIGIL_CONTROL_VERSION, sizeof(good) }, 1, 0, 0 },
		   { sizeof(good.rule) + 16, VIGIL_RULE_EXACT, VIGIL_VERDICT_AUDIT, 4, 10, 0, 0, 0,
		     0 },
		   L"idpat" },
	  bad;
	HANDLE file;

	(void)state;
	machine(NULL);
	load();
	file = device();
	assert_int_equal(rules(file, &good, sizeof(good)), STATUS_SUCCESS);
#define BAD(change) \
	do { \
		bad = good; \
		change; \
		assert_false(NT_SUCCESS(rules(file, &bad, sizeof(bad)))); \
	} while (0)
	BAD(bad.head.head.version = 2);
	BAD(bad.head.head.size--);
	BAD(bad.head.count = 2);
	BAD(bad.head.count = 0);
	BAD(bad.head.count = 0xffffffff);
	BAD(bad.head.keep = 2);
	BAD(bad.rule.size = 0);
	BAD(bad.rule.size = 8);
	BAD(bad.rule.size += 8);
	BAD(bad.rule.size = 0xfffffff8);
	BAD(bad.rule.kind = 0);
	BAD(bad.rule.kind = VIGIL_RULE_NAME + 1);
	BAD(bad.rule.kind = 3); /* was the path's end: no rules file can express it */
	BAD(bad.rule.verdict = 0);
	BAD(bad.rule.verdict = VIGIL_VERDICT_ALLOW + 1);
	BAD(bad.rule.id_bytes = 3);
	BAD(bad.rule.id_bytes = 0xfffffffe);
	BAD(bad.rule.pattern_bytes = 0);
	BAD(bad.rule.pattern_bytes = 5);
	BAD(bad.rule.pattern_bytes = 0xfffffffe);
	BAD(bad.rule.hits = 1);
	BAD(bad.rule.parent_bytes = 2);
	BAD(bad.rule.parent_bytes = 0xfffffffe);
	BAD(bad.rule.parent_kind = VIGIL_RULE_NAME);
	BAD(bad.rule.user_bytes = 8);
	BAD(bad.rule.user_bytes = 0xffff);
#undef BAD
	assert_int_equal(statistics(file).rules, 1);
	ntsim_close(file);
	unload();
}

/* Requests that need no bytes of reply, or have no buffer at all. */
static void no_buffers(void **state)
{
	HANDLE file;
	unsigned c;

	(void)state;
	machine(NULL);
	load();
	file = device();
	for (c = 0; c < CODES; c++)
		assert_false(NT_SUCCESS(ntsim_ioctl(file, codes[c], NULL, 0, NULL, 0, NULL)));
	assert_false(NT_SUCCESS(ntsim_request(file, IRP_MJ_WRITE)));
	assert_false(NT_SUCCESS(ntsim_request(file, IRP_MJ_INTERNAL_DEVICE_CONTROL)));
	ntsim_close(file);
	unload();
}

/* A handle opened for reading may look, not change. */
static void read_only(void **state)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	struct vigil_hello hello;
	NTSTATUS status;
	HANDLE file;

	(void)state;
	machine(NULL);
	load();
	file = ntsim_open(L"\\\\.\\Vigil", GENERIC_READ, &status);
	assert_non_null(file);
	assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_HELLO, &head, sizeof(head), &hello,
				     sizeof(hello), NULL),
			 STATUS_SUCCESS);
	assert_int_equal(hello.record_version, VIGIL_RECORD_VERSION);
	assert_int_equal(set(file, VIGIL_SETTING_TRACE, 1), STATUS_ACCESS_DENIED);
	assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_SNAPSHOT, &head, sizeof(head), NULL, 0,
				     NULL),
			 STATUS_ACCESS_DENIED);
	ntsim_close(file);
	unload();
}

/* The same life twice, in memory filled differently: every byte that reaches
 * user mode is the same, so none of them was left over. */
static void life(void *unused)
{
	static unsigned char buffer[65536];
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\Device\\odd.exe"),
				      .command = NTSIM_STR(L"odd") };
	const struct ntsim_image image = { .name = NTSIM_STR(L"\\x.dll") };
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	HANDLE file, pid;
	ULONG_PTR size;
	unsigned c;

	(void)unused;
	ntsim_boot(ntsim_twice_config());
	ntsim_registry_dword(PARAMETERS, L"SeedDevices", 1);
	if (!NT_SUCCESS(ntsim_load(DriverEntry)))
		abort();
	file = ntsim_open(L"\\\\.\\Vigil", GENERIC_READ | GENERIC_WRITE, NULL);
	pid = ntsim_process(&spec);
	(void)ntsim_thread(pid, NULL);
	ntsim_image_load(pid, &image);
	ntsim_process_exit(pid, 0);
	for (c = 0; c < CODES; c++)
		(void)ntsim_ioctl(file, codes[c], &head, sizeof(head), buffer, sizeof(buffer),
				  NULL);
	ntsim_advance(100000);
	(void)ntsim_read(file, buffer, sizeof(buffer), &size);
	ntsim_close(file);
	file = ntsim_open(L"\\\\.\\SysMon", GENERIC_READ, NULL);
	(void)ntsim_read(file, buffer, sizeof(buffer), &size);
	ntsim_close(file);
	ntsim_unload();
	ntsim_shutdown();
}

static void no_byte_left_over(void **state)
{
	char report[4096];

	(void)state;
	if (ntsim_twice(life, NULL, report, sizeof(report)) != NTSIM_CLEAN)
		fail_msg("%s", report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size),        cmocka_unit_test(bad_rules),
		cmocka_unit_test(no_buffers),        cmocka_unit_test(read_only),
		cmocka_unit_test(no_byte_left_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
