/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "record/names.h"

static struct maker m;
static struct vigil_printer *printer;

static int new_printer(void **state)
{
	const struct vigil_printer_options options = { .size = sizeof(options),
						       .format = VIGIL_FORMAT_SYSMON };

	(void)state;
	printer = vigil_printer_new(&options);
	return !printer;
}

static int free_printer(void **state)
{
	(void)state;
	vigil_printer_free(printer);
	return 0;
}

static const char *print(void)
{
	static char line[2 * 1024 * 1024];
	size_t length;
	const char *text = vigil_print(printer, &m.event, &length);

	assert_non_null(text);
	assert_true(length < sizeof(line));
	memcpy(line, text, length);
	line[length] = '\0';
	return line;
}

/* The names and values after <EventData>, as "Name=value;". */
static const char *data(void)
{
	static char out[8192];
	const char *at = strstr(print(), "<EventData>");
	size_t n = 0;

	assert_non_null(at);
	for (at = strstr(at, "<Data Name=\""); at; at = strstr(at, "<Data Name=\"")) {
		const char *name = at + 12, *value = strstr(name, "\">") + 2;
		const char *end = strstr(value, "</Data>");

		n += (size_t)snprintf(out + n, sizeof(out) - n, "%.*s=%.*s;",
				      (int)(value - 2 - name), name, (int)(end - value), value);
		at = end;
	}
	return out;
}

static void an_exec_is_a_process_create(void **state)
{
	static const char SYSTEM[] =
	    "<Event><System><Provider Name=\"Linux-Sysmon\" "
	    "Guid=\"{ff032593-a8d3-4f13-b0d6-01fc615a0f97}\"/><EventID>1</EventID>"
	    "<Version>5</Version><Level>4</Level><Task>1</Task><Opcode>0</Opcode>"
	    "<Keywords>0x8000000000000000</Keywords>"
	    "<TimeCreated SystemTime=\"2025-11-20T20:14:22.123456789Z\"/>"
	    "<EventRecordID>42</EventRecordID><Correlation/>"
	    "<Execution ProcessID=\"4711\" ThreadID=\"4712\"/>"
	    "<Channel>Linux-Sysmon/Operational</Channel><Computer>box</Computer>"
	    "<Security UserId=\"0\"/></System><EventData>";

	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.command = TEXT("sh -c 'a < b && c > \"d\"'");
	m.start->login_uid = 1000;
	m.start->session = 17;
	assert_int_equal(strncmp(print(), SYSTEM, sizeof(SYSTEM) - 1), 0);
	assert_string_equal(
	    data(), "RuleName=-;UtcTime=2025-11-20 20:14:22.123;"
		    "ProcessGuid={cafef00d-0000-1269-0000-000000001651};ProcessId=4713;"
		    "Image=/usr/bin/make;FileVersion=-;Description=-;Product=-;Company=-;"
		    "OriginalFileName=-;CommandLine=sh -c &apos;a &lt; b &amp;&amp; c &gt; "
		    "&quot;d&quot;&apos;;CurrentDirectory=/home/ada/"
		    "dash;User=root;LogonGuid={00000000-0000-0000-0000-000000000000};"
		    "LogonId=1000;TerminalSessionId=17;IntegrityLevel=no level;Hashes=-;"
		    "ParentProcessGuid={cafef00d-0000-1268-0000-000000001650};"
		    "ParentProcessId=4712;ParentImage=/usr/bin/make;ParentCommandLine=make -j2;"
		    "ParentUser=root;");
}

#define NO_GUID "{00000000-0000-0000-0000-000000000000}"

static void unknown_text_is_a_dash(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXIT);
	m.exit->process.pid = 77;
	assert_string_equal(data(),
			    "RuleName=-;UtcTime=2025-11-20 20:14:22.123;ProcessGuid=" NO_GUID
			    ";ProcessId=77;Image=-;User=-;");
}

static bool has_form(const char *name, const char *value, const char *end)
{
	size_t digits = strspn(value, "0123456789"), length = (size_t)(end - value);

	/* "ProcessGuid", "SourceProcessGUID"; "ProcessId", but not "ID" of an error report. */
	if (strstr(name, "Guid=") || strstr(name, "GUID="))
		return length == 38 && *value == '{' && end[-1] == '}' &&
		       strspn(value + 1, "0123456789abcdef-") == 36;
	if (strncmp(value, "0x", 2) == 0)
		return strspn(value + 2, "0123456789abcdefABCDEF") == length - 2 && length > 2;
	if (strstr(name, "LogonId=") || strstr(name, "Id="))
		return length > 0 && digits == length;
	return !strstr(name, "GrantedAccess=") && !strstr(name, "StartAddress=");
}

/* For every event, on both systems and with everything unknown: a field that Sysmon's schema
 * defines as a GUID or a number has that form. */
static void unknown_values_have_the_type_of_the_schema(void **state)
{
	char text[8192], *name, *next;

	(void)state;
	for (uint32_t i = 2; i < 2 * VIGIL_TYPE_MAX; i++) {
		make_event(&m, i / 2);
		m.header->encoding = i % 2 ? VIGIL_UTF16LE : VIGIL_BYTES;
		if (!strstr(print(), "<EventData>"))
			continue;
		snprintf(text, sizeof(text), "%s", data());
		for (name = text; *name; name = next) {
			char *value = strchr(name, '='), *end;

			assert_non_null(value);
			end = strchr(value, ';');
			next = end + 1;
			*end = '\0';
			if (!has_form(name, value + 1, end))
				fail_msg("type %u: %s", (unsigned)(i / 2), name);
		}
	}
}

static void images_drivers_threads(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_IMAGE_LOAD);
	make_known(&m);
	make_part(&m, VIGIL_PART_IMAGE, "/lib/libc.so.6", 14, 14);
	assert_string_equal(data(), "RuleName=-;UtcTime=2025-11-20 20:14:22.123;"
				    "ProcessGuid={cafef00d-0000-1269-0000-000000001651};"
				    "ProcessId=4713;Image=/usr/bin/make;ImageLoaded=/lib/libc.so.6;"
				    "FileVersion=-;Description=-;Product=-;Company=-;"
				    "OriginalFileName=-;Hashes=-;Signed=-;Signature=-;"
				    "SignatureStatus=-;User=root;");
	make_event(&m, VIGIL_EVENT_DRIVER_LOAD);
	make_part(&m, VIGIL_PART_IMAGE, "/x.ko", 5, 5);
	assert_string_equal(data(), "RuleName=-;UtcTime=2025-11-20 20:14:22.123;ImageLoaded=/x.ko;"
				    "Hashes=-;Signed=-;Signature=-;SignatureStatus=-;");
	make_event(&m, VIGIL_EVENT_DRIVER_LOAD);
	make_part(&m, VIGIL_PART_NAME, "dummy", 5, 5);
	assert_string_equal(data(), "RuleName=-;UtcTime=2025-11-20 20:14:22.123;ImageLoaded=dummy;"
				    "Hashes=-;Signed=-;Signature=-;SignatureStatus=-;");
	make_event(&m, VIGIL_EVENT_REMOTE_THREAD);
	m.thread->thread = (struct vigil_id){ 600, 601, 2 };
	m.thread->start_address = 0x7ff812345678;
	assert_string_equal(data(), "RuleName=-;UtcTime=2025-11-20 20:14:22.123;"
				    "SourceProcessGuid={00000000-0000-1267-0000-00000000006f};"
				    "SourceProcessId=4711;SourceImage=-;"
				    "TargetProcessGuid={00000000-0000-0258-0000-000000000002};"
				    "TargetProcessId=600;TargetImage=-;NewThreadId=601;"
				    "StartAddress=0x00007FF812345678;StartModule=-;"
				    "StartFunction=-;SourceUser=-;TargetUser=-;");
	m.event.module = TEXT("C:\\Windows\\System32\\ntdll.dll");
	assert_non_null(strstr(data(), "StartModule=C:\\Windows\\System32\\ntdll.dll;"));
}

/* What was read from the file: names in Sysmon's fields and terms. */
static void files(void **state)
{
	static const char VERSION[] = "CompanyName=A & B\0FileDescription=Does\0FileVersion=1.2\0"
				      "OriginalFilename=x.exe\0ProductName=P";

	(void)state;
	make_event(&m, VIGIL_EVENT_IMAGE_LOAD);
	make_part(&m, VIGIL_PART_FILE_VERSION, VERSION, sizeof(VERSION), sizeof(VERSION));
	make_part(&m, VIGIL_PART_SIGNATURE, "untrusted\0Somebody", 19, 19);
	assert_non_null(strstr(data(),
			       "FileVersion=1.2;Description=Does;Product=P;"
			       "Company=A &amp; B;OriginalFileName=x.exe;Hashes=-;"
			       "Signed=true;Signature=Somebody;SignatureStatus=Untrusted;"));
	make_event(&m, VIGIL_EVENT_DRIVER_LOAD);
	make_part(&m, VIGIL_PART_SIGNATURE, "unsigned\0", 10, 10);
	assert_non_null(strstr(data(), "Signed=false;Signature=-;SignatureStatus=Unavailable;"));
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_part(&m, VIGIL_PART_FILE_VERSION, VERSION, sizeof(VERSION), sizeof(VERSION));
	assert_non_null(strstr(data(), "Company=A &amp; B;OriginalFileName=x.exe;"));
}

static void accesses(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_ACCESS);
	m.access->target = (struct vigil_id){ 600, 601, 2 };
	m.access->method = VIGIL_METHOD_MEM;
	m.access->result = 8;
	assert_non_null(strstr(print(), "<EventID>10</EventID><Version>3</Version>"));
	assert_non_null(strstr(data(), "SourceThreadId=4712;SourceImage=-;"
				       "TargetProcessGUID={00000000-0000-0258-0000-000000000002};"
				       "TargetProcessId=600;TargetImage=-;GrantedAccess=0x28;"
				       "CallTrace=-;SourceUser=-;TargetUser=-;"));
	m.access->result = -1; /* nothing was granted */
	assert_non_null(strstr(data(), "GrantedAccess=0x0;"));
	m.access->result = 0;
	m.access->method = 1000;
	assert_non_null(strstr(data(), "GrantedAccess=0x0;"));
}

static void the_sensor_itself(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_STATUS);
	m.status->state = VIGIL_STATUS_STARTED;
	assert_string_equal(data(), "UtcTime=2025-11-20 20:14:22.123;State=Started;"
				    "Version=" VIGIL_VERSION ";SchemaVersion=4.82;");
	m.status->state = VIGIL_STATUS_CHANGED;
	make_part(&m, VIGIL_PART_TEXT, "rules", 5, 5);
	assert_string_equal(data(), "UtcTime=2025-11-20 20:14:22.123;Configuration=rules;"
				    "ConfigurationFileHash=-;");
	make_event(&m, VIGIL_EVENT_LOST);
	m.lost->count = 5;
	m.lost->type = VIGIL_EVENT_IMAGE_LOAD;
	m.lost->reason = VIGIL_LOSS_OVERWRITTEN;
	assert_non_null(strstr(print(), "<EventID>255</EventID><Version>3</Version><Level>2<"));
	assert_string_equal(data(), "UtcTime=2025-11-20 20:14:22.123;ID=LostEvents;"
				    "Description=5 events of type image are missing: overwritten;");
}

static void denied(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_DENIED);
	m.denied->verdict = VIGIL_VERDICT_DENY;
	assert_non_null(strstr(print(), "<EventID>255</EventID>"));
	assert_non_null(strstr(data(), "ID=ProcessDenied;Description=start of "));
	assert_non_null(strstr(data(), " was refused by rule "));
	m.denied->verdict = VIGIL_VERDICT_AUDIT;
	assert_non_null(strstr(data(), "would be refused"));
}

static void others_print_nothing(void **state)
{
	static const uint32_t NONE[] = { VIGIL_EVENT_PROCESS_CREATE,  VIGIL_EVENT_THREAD_CREATE,
					 VIGIL_EVENT_THREAD_EXIT,     VIGIL_EVENT_PROCESS_SNAPSHOT,
					 VIGIL_EVENT_THREAD_SNAPSHOT, VIGIL_EVENT_SNAPSHOT_END };

	(void)state;
	for (size_t i = 0; i < sizeof(NONE) / sizeof(NONE[0]); i++) {
		make_event(&m, NONE[i]);
		assert_string_equal(print(), "");
	}
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE); /* on Windows it is the start of a program */
	m.header->encoding = VIGIL_UTF16LE;
	m.start->integrity = 0x3000;
	assert_non_null(strstr(data(), "IntegrityLevel=High;"));
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	m.event.body = NULL;
	assert_string_equal(print(), "");
}

static void forbidden_characters(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.command =
	    TEXT("a\nb\tc\rd\x01\x1b\xff\xef\xbf\xbe\xed\xa0\x80 \xc3\xa9\xf0\x9f\x92\xa9");
	assert_non_null(strstr(data(), "CommandLine=a&#10;b&#9;c&#13;d\xef\xbf\xbd\xef\xbf\xbd"
				       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
				       "\xef\xbf\xbd \xc3\xa9\xf0\x9f\x92\xa9;"));
	m.process.command = TEXT("");
	m.process.args = TEXT("a\0b c\0\0<\0");
	assert_non_null(strstr(data(), "CommandLine=a b c  &lt;;"));
}

static void another_parser_agrees(void **state)
{
	static char text[3000];
	FILE *judge;
	uint64_t seed = 2685821657736338717u;

	(void)state;
	if (system("command -v xmllint >/dev/null") != 0)
		skip();
	judge = popen("xmllint --noout --nonet --huge -", "w");
	assert_non_null(judge);
	fputs("<Events>\n", judge);
	for (int i = 0; i < 6000; i++) {
		uint32_t type = 1 + (uint32_t)i % (VIGIL_TYPE_MAX - 1);
		size_t length = make_hostile(text, i % 50 == 0 ? sizeof(text) : 60, &seed);
		const char *line, *newline;

		make_full(&m, type, text, length);
		if (make_random(&seed) % 3 == 0)
			m.event.process = m.event.parent = m.event.target = NULL;
		if (make_random(&seed) % 3 == 0)
			m.header->encoding = VIGIL_UTF16LE;
		line = print();
		newline = strchr(line, '\n');
		assert_true(*line == '\0' || (newline && newline[1] == '\0'));
		fputs(line, judge);
	}
	fputs("</Events>\n", judge);
	assert_int_equal(pclose(judge), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exec_is_a_process_create),
		cmocka_unit_test(unknown_text_is_a_dash),
		cmocka_unit_test(unknown_values_have_the_type_of_the_schema),
		cmocka_unit_test(images_drivers_threads),
		cmocka_unit_test(files),
		cmocka_unit_test(accesses),
		cmocka_unit_test(the_sensor_itself),
		cmocka_unit_test(denied),
		cmocka_unit_test(others_print_nothing),
		cmocka_unit_test(forbidden_characters),
		cmocka_unit_test(another_parser_agrees),
	};

	return cmocka_run_group_tests(tests, new_printer, free_printer);
}
