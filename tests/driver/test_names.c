/* SPDX-License-Identifier: MIT */
/* test_names.c - rules, and the many names of a file. */
#include "harness.h"

#define GLOBALROOT L"\\??\\GLOBALROOT"
#define SHORT      L"\\Device\\HarddiskVolume1\\WINDOW~1\\SYSTEM~1\\CMD.EXE"

static HANDLE begin(void)
{
	machine(NULL);
	load();
	return device();
}

/* How the creator spelled it counts as well. */
static void spelled(void **state)
{
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\??\\C:\\Temp\\x.exe") };
	HANDLE file = begin();

	(void)state;
	rules_one(file, VIGIL_RULE_EXACT, DENY, NTSIM_STR(L"c:\\temp\\X.EXE"));
	assert_null(ntsim_process(&spec));
	finish(file);
}

/* One rule with the setting `unknown`. */
static void one_rule_unknown(HANDLE file, uint16_t verdict, uint16_t unknown)
{
	struct rules_request request;

	rules_begin(&request);
	rules_add(&request, VIGIL_RULE_NAME, verdict, ANY, NTSIM_STR(L"other.exe"));
	((struct vigil_control_rules *)request.bytes)->unknown = unknown;
	assert_int_equal(rules_send(&request, file, false), STATUS_SUCCESS);
}

/* A start without a name, or with a part of one, may be what a rule means. */
static void nameless(void **state)
{
	const struct {
		uint16_t rule, setting, verdict; /* 0: none is reported */
	} cases[] = {
		{ DENY, 0, DENY },      { DENY, DENY, DENY },
		{ DENY, AUDIT, AUDIT }, { DENY, VIGIL_VERDICT_ALLOW, 0 },
		{ AUDIT, DENY, AUDIT }, { VIGIL_VERDICT_ALLOW, DENY, 0 },
	};
	const struct ntsim_process kinds[] = {
		{ .no_image = true, .no_file = true, .nameless = true },
		{ .spelled = NTSIM_STR(L"\\??\\C:\\x.exe"), .no_file = true, .nameless = true },
	};
	HANDLE file = begin();
	size_t i, kind;

	(void)state;
	for (i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct ntsim_process spec;
		struct stream_records *all;
		HANDLE pid;

		kind = i % 2;
		spec = kinds[kind];
		one_rule_unknown(file, cases[i / 2].rule, cases[i / 2].setting);
		(void)drain(file);
		pid = ntsim_process(&spec);
		assert_int_equal(pid != NULL, cases[i / 2].verdict != DENY);
		if (pid != NULL)
			ntsim_process_exit(pid, 0);
		all = drain(file);
		assert_int_equal(count(all, VIGIL_EVENT_PROCESS_DENIED), cases[i / 2].verdict != 0);
		if (cases[i / 2].verdict != 0) {
			const struct vigil_header *record =
			    find(all, VIGIL_EVENT_PROCESS_DENIED, 0);

			assert_int_equal(BODY(record, vigil_denied_body)->verdict,
					 cases[i / 2].verdict);
			assert_true(part_is(record, VIGIL_PART_RULE, NTSIM_STR(L"unknown")));
		}
		assert_true(starts(NTSIM_STR(CMD))); /* its name is known */
	}
	finish(file);
}

/* A drive of the creator's own makes no exception. */
static void spelled_to_be_allowed(void **state)
{
	struct ntsim_process spec = { .image = NTSIM_STR(L"\\??\\C:\\Temp\\x.exe") };
	struct rules_request request;
	HANDLE file = begin();

	(void)state;
	rules_begin(&request);
	rules_add(&request, VIGIL_RULE_EXACT, VIGIL_VERDICT_ALLOW, ANY,
		  NTSIM_STR(L"c:\\temp\\x.exe"));
	rules_add(&request, VIGIL_RULE_NAME, DENY, NTSIM_STR(L"other"), NTSIM_STR(L"x.exe"));
	assert_int_equal(rules_send(&request, file, false), STATUS_SUCCESS);
	assert_null(ntsim_process(&spec));
	finish(file);
}

/* One start while the filter manager does not answer its `failing`th query (0: none). */
static bool starts_as(struct ntsim_process spec, unsigned failing)
{
	HANDLE pid;

	ntsim_fault_name("FltGetFileNameInformationUnsafe", failing);
	pid = ntsim_process(&spec);
	ntsim_fault_reset();
	if (pid != NULL)
		ntsim_process_exit(pid, 0);
	return pid != NULL;
}

/* However the file is called, the rule for its path refuses it. Where the path may be a
 * short one, that is not known: the start is counted, and refused for that. */
static void other_spellings(void **state)
{
	const struct {
		struct ntsim_process spec;
		unsigned failing; /* query of the filter manager; 0: each */
		bool known;
	} cases[] = {
		{ { .image = NTSIM_STR(CMD), .spelled = NTSIM_STR(GLOBALROOT CMD) }, 0, true },
		{ { .image = NTSIM_STR(CMD), .spelled = NTSIM_STR(L"\\\\.\\C:\\x") }, 0, true },
		{ { .image = NTSIM_STR(CMD), .spelled = NTSIM_STR(L"\\??\\X:\\c") }, 1, true },
		{ { .image = NTSIM_STR(SHORT) }, 0, false },
		{ { .image = NTSIM_STR(SHORT) }, 1, false }, /* the name as it was opened */
	};
	struct ntsim_process other = { .image = NTSIM_STR(L"\\Device\\HarddiskVolume1\\x.exe") };
	HANDLE file = begin();
	uint64_t unnamed = 0;

	(void)state;
	rules_one(file, VIGIL_RULE_EXACT, DENY, NTSIM_STR(CMD));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vigil_header *record;

		(void)drain(file);
		assert_false(starts_as(cases[i].spec, cases[i].failing));
		record = find(drain(file), VIGIL_EVENT_PROCESS_DENIED, 0);
		assert_true(
		    part_is(record, VIGIL_PART_RULE, cases[i].known ? ANY : NTSIM_STR(L"unknown")));
		unnamed += !cases[i].known;
		assert_int_equal(statistics(file).unnamed_starts, unnamed);
	}
	assert_true(starts_as(other, 0));
	assert_int_equal(statistics(file).unnamed_starts, unnamed);
	finish(file);
}

/* Rules and FilterNames = 0 exclude each other, whichever comes first. */
static void rules_need_names(void **state)
{
	const enum vigil_setting names = VIGIL_SETTING_FILTER_NAMES;
	struct rules_request request;
	HANDLE file = begin();

	(void)state;
	rules_one(file, VIGIL_RULE_EXACT, DENY, NTSIM_STR(CMD));
	assert_int_equal(set(file, names, 0), STATUS_INVALID_DEVICE_STATE);
	assert_int_equal(set(file, names, 1), STATUS_SUCCESS);
	rules_begin(&request);
	assert_int_equal(rules_send(&request, file, false), STATUS_SUCCESS); /* none */
	assert_int_equal(set(file, names, 0), STATUS_SUCCESS);
	rules_begin(&request);
	rules_add(&request, VIGIL_RULE_EXACT, DENY, ANY, NTSIM_STR(CMD));
	assert_int_equal(rules_send(&request, file, false), STATUS_INVALID_DEVICE_STATE);
	assert_int_equal(statistics(file).rules, 0);
	assert_int_equal(set(file, names, 1), STATUS_SUCCESS);
	rules_begin(&request);
	rules_add(&request, VIGIL_RULE_EXACT, DENY, ANY, NTSIM_STR(CMD));
	assert_int_equal(rules_send(&request, file, true), STATUS_SUCCESS);

	/* Kept rules and the setting in the registry: the rules hold. */
	ntsim_close(file);
	ntsim_unload();
	ntsim_registry_dword(PARAMETERS, L"FilterNames", 0);
	load();
	file = device();
	assert_false(starts(NTSIM_STR(CMD)));
	assert_int_equal(set(file, names, 0), STATUS_INVALID_DEVICE_STATE);
	assert_int_equal(count(drain(file), VIGIL_EVENT_STATUS), 2); /* started, and the warning */
	finish(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spelled),
		cmocka_unit_test(nameless),
		cmocka_unit_test(spelled_to_be_allowed),
		cmocka_unit_test(other_spellings),
		cmocka_unit_test(rules_need_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
