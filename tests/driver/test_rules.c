/* SPDX-License-Identifier: MIT */
/* test_rules.c - which processes may not start. */
#include "harness.h"

#include "ruleset.h"

static HANDLE begin(void)
{
	machine(NULL);
	load();
	return device();
}

static void kinds(void **state)
{
	const struct {
		uint16_t kind;
		PCUNICODE_STRING pattern;
		bool matches;
	} cases[] = {
		{ VIGIL_RULE_EXACT, NTSIM_STR(CMD), true },
		{ VIGIL_RULE_EXACT,
		  NTSIM_STR(L"\\DEVICE\\harddiskvolume1\\WINDOWS\\system32\\CMD.exe"), true },
		{ VIGIL_RULE_EXACT, NTSIM_STR(CMD L"x"), false },
		{ VIGIL_RULE_EXACT, NTSIM_STR(L"cmd.exe"), false },
		{ VIGIL_RULE_PREFIX, NTSIM_STR(L"\\device\\"), true },
		{ VIGIL_RULE_PREFIX, NTSIM_STR(CMD), true },
		{ VIGIL_RULE_PREFIX, NTSIM_STR(L"device"), false },
		{ VIGIL_RULE_NAME, NTSIM_STR(L"Cmd.exe"), true },
		{ VIGIL_RULE_NAME, NTSIM_STR(L"md.exe"), false },
		{ VIGIL_RULE_NAME, NTSIM_STR(L"System32\\cmd.exe"), false },
		{ VIGIL_RULE_WILDCARD, NTSIM_STR(L"*\\system??\\*.exe"), true },
		{ VIGIL_RULE_WILDCARD, NTSIM_STR(L"*"), true },
		{ VIGIL_RULE_WILDCARD, NTSIM_STR(L"*\\system?\\*.exe"), false },
		{ VIGIL_RULE_WILDCARD, NTSIM_STR(L"*.exe?"), false },
		{ VIGIL_RULE_WILDCARD, NTSIM_STR(L"***c*m*d*.***e"), true },
	};
	HANDLE file = begin();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		rules_one(file, cases[i].kind, DENY, cases[i].pattern);
		assert_int_equal(starts(NTSIM_STR(CMD)), !cases[i].matches);
	}
	finish(file);
}

static void each_verdict_is_reported(void **state)
{
	HANDLE file = begin();
	const struct vigil_header *record;
	struct stream_records *all;

	(void)state;
	(void)drain(file);
	rules_one(file, VIGIL_RULE_EXACT, AUDIT, NTSIM_STR(CMD));
	assert_true(starts(NTSIM_STR(CMD)));
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_CREATE), 1);
	record = find(all, VIGIL_EVENT_PROCESS_DENIED, 0);
	assert_non_null(record);
	assert_int_equal(BODY(record, vigil_denied_body)->verdict, AUDIT);
	assert_int_equal(BODY(record, vigil_denied_body)->status, 0);
	assert_int_equal(BODY(record, vigil_denied_body)->hits, 1);
	assert_true(part_is(record, VIGIL_PART_RULE, ANY));

	rules_one(file, VIGIL_RULE_EXACT, DENY, NTSIM_STR(CMD));
	assert_false(starts(NTSIM_STR(CMD)));
	assert_false(starts(NTSIM_STR(CMD)));
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_CREATE), 0);
	record = find(all, VIGIL_EVENT_PROCESS_DENIED, 1);
	assert_int_equal(BODY(record, vigil_denied_body)->verdict, DENY);
	assert_int_equal(BODY(record, vigil_denied_body)->status, (uint32_t)STATUS_ACCESS_DENIED);
	assert_int_equal(BODY(record, vigil_denied_body)->hits, 2);
	assert_true(part_is(record, VIGIL_PART_IMAGE, NTSIM_STR(CMD)));
	assert_int_equal(statistics(file).denied, 2);
	assert_int_equal(statistics(file).audited, 1);
	finish(file);
}

/* Another driver, called before ours, that refuses some processes. */
static VOID NTAPI refuse(PEPROCESS process, HANDLE pid, PPS_CREATE_NOTIFY_INFO info)
{
	(void)process;
	(void)pid;
	if (info != NULL && info->CommandLine != NULL)
		info->CreationStatus = STATUS_VIRUS_INFECTED;
}

/* What another driver has refused stays refused, with its status. */
static void refused_by_another(void **state)
{
	struct ntsim_process matched = { .image = NTSIM_STR(CMD) };
	struct ntsim_process other = { .image = NTSIM_STR(L"\\other.exe") };
	const struct vigil_header *record;
	struct stream_records *all;
	HANDLE file;

	(void)state;
	machine(NULL);
	assert_int_equal(PsSetCreateProcessNotifyRoutineEx(refuse, FALSE), STATUS_SUCCESS);
	load();
	file = device();
	rules_one(file, VIGIL_RULE_EXACT, AUDIT, NTSIM_STR(CMD));
	(void)drain(file);
	assert_null(ntsim_process(&matched));
	assert_int_equal(matched.status, STATUS_VIRUS_INFECTED);
	rules_one(file, VIGIL_RULE_EXACT, DENY, NTSIM_STR(CMD));
	assert_null(ntsim_process(&matched));
	assert_int_equal(matched.status, STATUS_VIRUS_INFECTED);
	assert_null(ntsim_process(&other));
	assert_int_equal(other.status, STATUS_VIRUS_INFECTED);
	all = drain(file);
	record = find(all, VIGIL_EVENT_PROCESS_DENIED, 1);
	assert_non_null(record);
	assert_int_equal(BODY(record, vigil_denied_body)->status, (uint32_t)STATUS_VIRUS_INFECTED);
	assert_int_equal(PsSetCreateProcessNotifyRoutineEx(refuse, TRUE), STATUS_SUCCESS);
	finish(file);
}

static void the_first_decides(void **state)
{
	HANDLE file = begin();
	struct rules_request request;

	(void)state;
	rules_begin(&request);
	rules_add(&request, VIGIL_RULE_WILDCARD, AUDIT, ANY, NTSIM_STR(L"*\\cmd.exe"));
	rules_add(&request, VIGIL_RULE_EXACT, DENY, ANY, NTSIM_STR(CMD));
	assert_int_equal(rules_send(&request, file, false), STATUS_SUCCESS);
	assert_true(starts(NTSIM_STR(CMD)));
	rules_begin(&request);
	rules_add(&request, VIGIL_RULE_EXACT, DENY, ANY, NTSIM_STR(CMD));
	rules_add(&request, VIGIL_RULE_WILDCARD, AUDIT, ANY, NTSIM_STR(L"*\\cmd.exe"));
	assert_int_equal(rules_send(&request, file, false), STATUS_SUCCESS);
	assert_false(starts(NTSIM_STR(CMD)));
	finish(file);
}

/* Written back with their counters; a bad set leaves the old one in force. */
static void asked_and_refused(void **state)
{
	struct vigil_control head = { VIGIL_CONTROL_VERSION, sizeof(head) };
	unsigned char reply[4096];
	struct vigil_control_rules *rules = (struct vigil_control_rules *)reply;
	struct rules_request request;
	HANDLE file = begin();
	ULONG_PTR written;

	(void)state;
	rules_one(file, VIGIL_RULE_EXACT, DENY, NTSIM_STR(CMD));
	assert_false(starts(NTSIM_STR(CMD)));
	rules_begin(&request);
	rules_add(&request, 77, DENY, ANY, NTSIM_STR(L"x"));
	assert_int_equal(rules_send(&request, file, false), STATUS_INVALID_PARAMETER);
	assert_false(starts(NTSIM_STR(CMD)));

	assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_RULES, &head, sizeof(head), reply,
				     sizeof(reply), &written),
			 STATUS_SUCCESS);
	assert_int_equal(rules->count, 1);
	assert_int_equal(rules->head.size, written);
	assert_int_equal(((struct vigil_control_rule *)(rules + 1))->hits, 2);
	assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_RULES, &head, sizeof(head), reply,
				     sizeof(*rules), &written),
			 STATUS_SUCCESS);
	assert_int_equal(written, sizeof(*rules));
	assert_true(rules->head.size > sizeof(*rules));
	finish(file);
}

/* Kept for the next load; cleared for good. */
static void kept(void **state)
{
	struct vigil_control_rules none = { { VIGIL_CONTROL_VERSION, sizeof(none) }, 0, 1, 0 };
	struct rules_request request;
	HANDLE file = begin();

	(void)state;
	rules_begin(&request);
	rules_add(&request, VIGIL_RULE_NAME, DENY, ANY, NTSIM_STR(L"cmd.exe"));
	assert_int_equal(rules_send(&request, file, true), STATUS_SUCCESS);
	ntsim_close(file);
	ntsim_unload();
	load();
	file = device();
	assert_int_equal(statistics(file).rules, 1);
	assert_false(starts(NTSIM_STR(CMD)));
	assert_int_equal(ntsim_ioctl(file, VIGIL_CONTROL_RULES_CLEAR, &none, sizeof(none), NULL, 0,
				     NULL),
			 STATUS_SUCCESS);
	assert_true(starts(NTSIM_STR(CMD)));
	ntsim_close(file);
	ntsim_unload();
	load();
	file = device();
	assert_int_equal(statistics(file).rules, 0);
	finish(file);
}

/* Thousands of rules cost what one does: the path is walked once. */
static void many(void **state)
{
	HANDLE file = begin();
	struct rules_request request;
	unsigned i;

	(void)state;
	rules_begin(&request);
	for (i = 0; i < 8000; i++) {
		WCHAR text[] = L"\\Device\\HarddiskVolume1\\none\\00000000.exe";
		UNICODE_STRING pattern = { sizeof(text) - sizeof(WCHAR), sizeof(text), text };
		unsigned digit, n = i;

		for (digit = 0; digit < 8; digit++, n /= 10)
			text[36 - digit] = (WCHAR)(L'0' + n % 10);
		rules_add(&request, i % 2 ? VIGIL_RULE_EXACT : VIGIL_RULE_PREFIX, DENY, ANY,
			  &pattern);
	}
	rules_add(&request, VIGIL_RULE_NAME, DENY, ANY, NTSIM_STR(L"cmd.exe"));
	assert_int_equal(rules_send(&request, file, false), STATUS_SUCCESS);
	assert_int_equal(statistics(file).rules, 8001);
	assert_false(starts(NTSIM_STR(CMD)));
	assert_true(starts(NTSIM_STR(L"\\Device\\HarddiskVolume1\\none\\9.exe")));
	assert_false(starts(NTSIM_STR(L"\\DEVICE\\HarddiskVolume1\\none\\00007999.EXE")));
	finish(file);
}

/* S-1-5-21-1-2-3-1001, the simulator's ordinary user, and S-1-5-18. */
static const unsigned char USER_SID[] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0,   0, 1, 0,
					  0, 0, 2, 0, 0, 0, 3, 0, 0,  0, 233, 3, 0, 0 };
static const unsigned char SYSTEM_SID[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };

static NTSTATUS one_condition(HANDLE file, const struct rule_condition *condition)
{
	struct rules_request request;

	rules_begin(&request);
	rules_add_for(&request, VIGIL_RULE_NAME, DENY, ANY, NTSIM_STR(L"cmd.exe"), condition);
	return rules_send(&request, file, false);
}

static void only_for_a_user(void **state)
{
	struct rule_condition condition = { .user = USER_SID, .user_bytes = sizeof(USER_SID) };
	struct ntsim_process spec = { .image = NTSIM_STR(CMD), .sid = "S-1-5-18" };
	HANDLE file = begin(), pid;

	(void)state;
	assert_int_equal(one_condition(file, &condition), STATUS_SUCCESS);
	assert_false(starts(NTSIM_STR(CMD)));
	pid = ntsim_process(&spec);
	assert_non_null(pid);
	ntsim_process_exit(pid, 0);
	condition = (struct rule_condition){ .user = SYSTEM_SID, .user_bytes = sizeof(SYSTEM_SID) };
	assert_int_equal(one_condition(file, &condition), STATUS_SUCCESS);
	assert_true(starts(NTSIM_STR(CMD)));
	assert_null(ntsim_process(&spec));
	finish(file);
}

#define SHELL L"\\Device\\HarddiskVolume1\\Apps\\server.exe"

/* A rule names the creator or the parent: lying about the parent (which the
 * creator chooses) does not help. */
static void only_for_a_parent(void **state)
{
	const struct rule_condition conditions[] = {
		{ VIGIL_RULE_EXACT, NTSIM_STR(L"\\device\\harddiskvolume1\\APPS\\Server.exe"), NULL,
		  0 },
		{ VIGIL_RULE_NAME, NTSIM_STR(L"SERVER.exe"), NULL, 0 },
		{ VIGIL_RULE_WILDCARD, NTSIM_STR(L"*\\apps\\serv?r.*"), NULL, 0 },
	};
	const struct rule_condition others[] = {
		{ VIGIL_RULE_NAME, NTSIM_STR(L"erver.exe"), NULL, 0 },
		{ VIGIL_RULE_EXACT, NTSIM_STR(L"server.exe"), NULL, 0 },
		{ VIGIL_RULE_NAME, NTSIM_STR(L"server.exe"), SYSTEM_SID, sizeof(SYSTEM_SID) },
	};
	struct ntsim_process spec = { .image = NTSIM_STR(CMD) }, fake = { .image = NTSIM_STR(CMD) };
	HANDLE file = begin(), shell = ntsim_process_new(NTSIM_STR(SHELL)), before, pid;
	size_t i;

	(void)state;
	fake.parent = ntsim_self_pid();
	for (i = 0; i < 3; i++) {
		assert_int_equal(one_condition(file, &conditions[i]), STATUS_SUCCESS);
		assert_true(starts(NTSIM_STR(CMD)));
		spec.parent = shell; /* another one asks, the shell is made the parent */
		assert_null(ntsim_process(&spec));
		before = ntsim_pose(ntsim_first_thread(shell));
		assert_false(starts(NTSIM_STR(CMD)));
		assert_null(ntsim_process(&fake)); /* the shell asks, another is made the parent */
		(void)ntsim_pose(before);

		assert_int_equal(one_condition(file, &others[i]), STATUS_SUCCESS);
		pid = ntsim_process(&spec);
		assert_non_null(pid);
		ntsim_process_exit(pid, 0);
	}
	finish(file);
}

/* An exception before the rule: allowed, and reported as any other start. */
static void allowed(void **state)
{
	HANDLE file = begin();
	struct rules_request request;
	struct stream_records *all;

	(void)state;
	rules_begin(&request);
	rules_add(&request, VIGIL_RULE_EXACT, VIGIL_VERDICT_ALLOW, ANY, NTSIM_STR(CMD));
	rules_add(&request, VIGIL_RULE_NAME, DENY, NTSIM_STR(L"other"), NTSIM_STR(L"cmd.exe"));
	assert_int_equal(rules_send(&request, file, false), STATUS_SUCCESS);
	(void)drain(file);
	assert_true(starts(NTSIM_STR(CMD)));
	assert_false(starts(NTSIM_STR(L"\\Device\\HarddiskVolume1\\cmd.exe")));
	all = drain(file);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_CREATE), 1);
	assert_int_equal(count(all, VIGIL_EVENT_PROCESS_DENIED), 1);
	assert_int_equal(statistics(file).denied, 1);
	finish(file);
}

static void only_below_an_ancestor(void **state)
{
	const struct rule_condition parent = { VIGIL_RULE_NAME, NTSIM_STR(L"server.exe"), NULL, 0 };
	const struct rule_condition ancestor = { VIGIL_RULE_NAME | VIGIL_RULE_ANCESTOR,
						 NTSIM_STR(L"server.exe"), NULL, 0 };
	HANDLE file = begin(), shell = ntsim_process_new(NTSIM_STR(SHELL)), before, between, below;

	(void)state;
	before = ntsim_pose(ntsim_first_thread(shell));
	between = ntsim_process_new(NTSIM_STR(L"\\Device\\HarddiskVolume1\\a.exe"));
	(void)ntsim_pose(ntsim_first_thread(between));
	below = ntsim_process_new(NTSIM_STR(L"\\Device\\HarddiskVolume1\\b.exe"));
	(void)ntsim_pose(ntsim_first_thread(below));
	assert_int_equal(one_condition(file, &parent), STATUS_SUCCESS);
	assert_true(starts(NTSIM_STR(CMD)));
	assert_int_equal(one_condition(file, &ancestor), STATUS_SUCCESS);
	assert_false(starts(NTSIM_STR(CMD)));
	(void)ntsim_pose(before);
	assert_true(starts(NTSIM_STR(CMD)));
	/* Nobody knows who was above one that has ended. */
	ntsim_process_exit(between, 0);
	(void)ntsim_pose(ntsim_first_thread(below));
	assert_true(starts(NTSIM_STR(CMD)));
	(void)ntsim_pose(before);
	finish(file);
}

/* Two spellings of one rule: both forms hit the same counter. */
static void counted_by_id(void **state)
{
	HANDLE file = begin();
	struct rules_request request;
	const struct vigil_header *record;

	(void)state;
	rules_begin(&request);
	rules_add(&request, VIGIL_RULE_EXACT, DENY, ANY, NTSIM_STR(L"C:\\x.exe"));
	rules_add(&request, VIGIL_RULE_EXACT, DENY, ANY, NTSIM_STR(CMD));
	rules_add(&request, VIGIL_RULE_NAME, DENY, NTSIM_STR(L"else"), NTSIM_STR(L"y.exe"));
	assert_int_equal(rules_send(&request, file, false), STATUS_SUCCESS);
	(void)drain(file);
	assert_false(starts(NTSIM_STR(L"\\??\\C:\\x.exe")));
	assert_false(starts(NTSIM_STR(CMD)));
	assert_false(starts(NTSIM_STR(L"\\Device\\y.exe")));
	record = find(drain(file), VIGIL_EVENT_PROCESS_DENIED, 1);
	assert_int_equal(BODY(record, vigil_denied_body)->hits, 2);
	finish(file);
}

static void bad_conditions(void **state)
{
	const struct rule_condition bad[] = {
		{ VIGIL_RULE_NAME, NULL, NULL, 0 },
		{ 0, NTSIM_STR(L"x"), NULL, 0 },
		{ VIGIL_RULE_PREFIX, NTSIM_STR(L"x"), NULL, 0 },
		{ VIGIL_RULE_NAME + 1, NTSIM_STR(L"x"), NULL, 0 },
	};
	static const unsigned char long_sid[VIGIL_RULE_USER_BYTES_MAX + 1];
	const struct rule_condition too_long = { 0, NULL, long_sid, sizeof(long_sid) };
	HANDLE file = begin();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(one_condition(file, &bad[i]), STATUS_INVALID_PARAMETER);
	assert_int_equal(one_condition(file, &too_long), STATUS_INVALID_PARAMETER);
	assert_int_equal(statistics(file).rules, 0);
	finish(file);
}

/* Sets change while starts are judged. Every set forbids cmd.exe in some way, and
 * none forbids fine.exe: so must every verdict, whichever set was in force. */
static void swapper(void *file)
{
	unsigned i;

	for (i = 0; i < 200; i++) {
		const struct rule_condition shell = { VIGIL_RULE_NAME, NTSIM_STR(L"none.exe"), NULL,
						      0 };
		struct rules_request request;

		rules_begin(&request);
		if (i % 2 == 0)
			rules_add_for(&request, VIGIL_RULE_NAME, DENY, ANY, NTSIM_STR(L"fine.exe"),
				      &shell);
		rules_add(&request, (uint16_t)(i % 3 == 0 ? VIGIL_RULE_NAME : VIGIL_RULE_WILDCARD),
			  DENY, ANY, i % 3 == 0 ? NTSIM_STR(L"cmd.exe") : NTSIM_STR(L"*\\cmd.exe"));
		if (rules_send(&request, file, i % 5 == 0) != STATUS_SUCCESS)
			ntsim_bugcheck(NTSIM_MISUSE, "a set was refused");
	}
}

static void starter(void *unused)
{
	unsigned i;

	(void)unused;
	for (i = 0; i < 200; i++) {
		struct ntsim_process bad = { .image = NTSIM_STR(CMD) };
		struct ntsim_process good = { .image = NTSIM_STR(L"\\Device\\fine.exe") };
		HANDLE pid;

		if (ntsim_process(&bad) != NULL)
			ntsim_bugcheck(NTSIM_MISUSE, "a forbidden start passed");
		pid = ntsim_process(&good);
		if (pid == NULL)
			ntsim_bugcheck(NTSIM_MISUSE, "an allowed start was refused");
		else
			ntsim_process_exit(pid, 0);
	}
}

static void swapped_while_judging(void **state)
{
	HANDLE file = begin();
	struct ntsim_go *go[4];
	unsigned i;

	(void)state;
	rules_one(file, VIGIL_RULE_NAME, DENY, NTSIM_STR(L"cmd.exe"));
	go[0] = ntsim_go(swapper, file, NULL);
	go[1] = ntsim_go(swapper, file, NULL);
	go[2] = ntsim_go(starter, NULL, NULL);
	go[3] = ntsim_go(starter, NULL, NULL);
	for (i = 0; i < 4; i++)
		ntsim_join(go[i]);
	assert_int_equal(statistics(file).denied, 400);
	finish(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(refused_by_another),
		cmocka_unit_test(each_verdict_is_reported),
		cmocka_unit_test(the_first_decides),
		cmocka_unit_test(asked_and_refused),
		cmocka_unit_test(kept),
		cmocka_unit_test(many),
		cmocka_unit_test(only_for_a_user),
		cmocka_unit_test(only_for_a_parent),
		cmocka_unit_test(allowed),
		cmocka_unit_test(only_below_an_ancestor),
		cmocka_unit_test(counted_by_id),
		cmocka_unit_test(bad_conditions),
		cmocka_unit_test(swapped_while_judging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
