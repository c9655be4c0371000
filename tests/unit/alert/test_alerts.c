/* SPDX-License-Identifier: MIT */
/* Which rules are loaded for which events, and the alerts that they cause. */
#include "make_event.h"

#include <unistd.h>

#include "alert/alerts.h"
#include "record/file_info.h"

static struct maker m;
static char path[] = "/tmp/vigil-alerts-XXXXXX";
static struct alerts *alerts;

static int make_file(void **state)
{
	int fd = mkstemps(path, 0);

	(void)state;
	if (fd < 0)
		return -1;
	return close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Loads one rule with this log source and selection. inspect: VIGIL_INSPECT_... */
static void load(const char *source, const char *selection, uint32_t inspect)
{
	const char *const paths[] = { path };
	struct alert_options options = { .paths = paths,
					 .count = 1,
					 .origin = { .inspect = inspect } };
	struct vigil_error error;
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fprintf(out,
		"title: T\nid: i\nlogsource: {%s}\nlevel: low\ntags: [cve.2021-44228]\n"
		"detection: {s: {%s}, condition: s}\n",
		source, selection);
	assert_int_equal(fclose(out), 0);
	alerts_free(alerts);
	if (alerts_open(&alerts, &options, &error) < 0)
		fail_msg("%s", error.text);
}

/* Returns why the rule was not loaded; "": it was. */
static const char *reason(void)
{
	assert_int_equal(detect_notes(alerts_set(alerts)), 1);
	return detect_note(alerts_set(alerts), 0)->reason;
}

static uint32_t count_alerts(void)
{
	uint32_t count = 0;

	alerts_apply(alerts, &m.event);
	while (alerts_next(alerts))
		count++;
	return count;
}

static uint64_t undecided(void)
{
	return detect_count(alerts_state(alerts), 0).unknown;
}

#define LINUX_START   "product: linux, category: process_creation"
#define WINDOWS_START "product: windows, category: process_creation"
#define WINDOWS_LOAD  "product: windows, category: image_load"

static void unknown_fields_are_reasons(void **state)
{
	(void)state;
	load(LINUX_START, "OriginalFileName: x", UINT32_MAX);
	assert_string_equal(reason(), "not known to Vigil on Linux");
	load(WINDOWS_START, "OriginalFileName: x", 0);
	assert_string_equal(reason(), "known only with --version-info");
	load(WINDOWS_START, "OriginalFileName: x", VIGIL_INSPECT_VERSION);
	assert_string_equal(reason(), "");
	load(LINUX_START, "sha256: x", 0);
	assert_string_equal(reason(), "known only with --hash");
	load(WINDOWS_START, "Imphash: x", UINT32_MAX);
	assert_string_equal(reason(), "not known to Vigil on Windows");
	load(LINUX_START, "NoSuchField: x", UINT32_MAX);
	assert_string_equal(reason(), "no field of such events in Vigil");
	load("product: windows, category: process_access", "SourceImage: x", UINT32_MAX);
	assert_string_equal(reason(), "Vigil does not record such events on this system");
	load(LINUX_START, "process.parent.executable: x", 0);
	assert_string_equal(reason(), "");
	load(WINDOWS_LOAD, "process.code_signature.status: x", UINT32_MAX);
	assert_string_equal(reason(), "no field of such events in Vigil");
	load(WINDOWS_LOAD, "dll.code_signature.status: x", 0);
	assert_string_equal(reason(), "known only with --signature");
}

static void an_alert_has_the_facts(void **state)
{
	struct vigil_value value;
	const struct vigil_event *alert;

	(void)state;
	load(LINUX_START, "Image|endswith: /make, CommandLine|contains: '-j', User: root", 0);
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	alerts_apply(alerts, &m.event);
	alert = alerts_next(alerts);
	assert_non_null(alert);
	assert_int_equal(alert->record->type, VIGIL_EVENT_ALERT);
	assert_int_equal(alert->record->seq, m.header->seq);
	assert_int_equal(alert->alert->process.pid, 4713);
	assert_int_equal(alert->alert->about, VIGIL_EVENT_PROCESS_EXEC);
	assert_int_equal(alert->alert->level, VIGIL_LEVEL_LOW);
	assert_int_equal(alert->alert->hits, 1);
	assert_true(vigil_field_find("rule.name")->get(alert, &value));
	assert_string_equal(value.s.data, "T");
	assert_true(vigil_field_find("vulnerability.id")->get(alert, &value));
	assert_string_equal(value.s.data, "CVE-2021-44228");
	assert_true(vigil_field_find("event.severity")->get(alert, &value));
	assert_int_equal(value.u, 21);
	assert_null(alerts_next(alerts));
	m.process.command = TEXT("make");
	assert_int_equal(count_alerts(), 0);
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE); /* a fork is no start of a program */
	make_known(&m);
	assert_int_equal(count_alerts(), 0);
}

static void what_an_event_lacks_is_undecided(void **state)
{
	static const char NONE[] = "FileVersion=1";

	(void)state;
	load(WINDOWS_START, "Company: '-'", UINT32_MAX);
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE);
	m.header->encoding = VIGIL_UTF16LE;
	assert_int_equal(count_alerts(), 0);
	assert_int_equal(undecided(), 1);
	make_part(&m, VIGIL_PART_FILE_VERSION, NONE, sizeof(NONE), sizeof(NONE));
	assert_int_equal(count_alerts(), 1); /* it was read: Sysmon writes a dash */
	load(WINDOWS_START, "Hashes|contains: 'IMPHASH=00'", UINT32_MAX);
	make_part(&m, VIGIL_PART_SHA256, "0123456789abcdef0123456789abcdef", 32, 32);
	assert_int_equal(count_alerts(), 0);
	assert_int_equal(undecided(), 1); /* Vigil has no such hash */
	load(WINDOWS_START, "Hashes|contains: 'SHA256=3031'", UINT32_MAX);
	assert_int_equal(count_alerts(), 1);
}

/* Text of Windows is in UTF-16 in the record. */
static void an_alert_of_windows(void **state)
{
	const struct vigil_event *alert;
	struct vigil_string match;

	(void)state;
	load(WINDOWS_LOAD, "ImageLoaded|endswith: '\\\xc3\xa4.dll'", 0);
	make_event(&m, VIGIL_EVENT_IMAGE_LOAD);
	m.header->encoding = VIGIL_UTF16LE;
	make_part(&m, VIGIL_PART_IMAGE, "C:\\\xc3\xa4.dll", 9, 9);
	alerts_apply(alerts, &m.event);
	alert = alerts_next(alerts);
	assert_non_null(alert);
	assert_int_equal(alert->record->encoding, VIGIL_UTF16LE);
	assert_string_equal(alert->part[VIGIL_PART_IMAGE].data, "C:\\\xc3\xa4.dll");
	match = vigil_part_item(alert, VIGIL_PART_MATCHED, 0);
	assert_string_equal(match.data, "ImageLoaded=C:\\\xc3\xa4.dll");
	alerts_free(alerts);
	alerts = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_fields_are_reasons),
		cmocka_unit_test(an_alert_has_the_facts),
		cmocka_unit_test(what_an_event_lacks_is_undecided),
		cmocka_unit_test(an_alert_of_windows),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
