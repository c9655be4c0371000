/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <time.h>
#include <unistd.h>

#include "text/line.h"
#include "record/names.h"

static struct maker m;

/* Prints m.event; the text is kept until the next call. */
static const char *print(enum vigil_format format, unsigned width, bool color)
{
	static char *line;
	const struct vigil_printer_options options = { .size = sizeof(options),
						       .format = format,
						       .width = width,
						       .color = color,
						       .utc = true };
	struct vigil_printer *printer = vigil_printer_new(&options);
	size_t length;
	const char *text;

	assert_non_null(printer);
	text = vigil_print(printer, &m.event, &length);
	assert_non_null(text);
	free(line);
	line = calloc(1, length + 1);
	assert_non_null(line);
	memcpy(line, text, length);
	vigil_printer_free(printer);
	return line;
}

static const char *text(unsigned width)
{
	return print(VIGIL_FORMAT_TEXT, width, false);
}

static void an_exec_with(struct vigil_string args)
{
	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	make_known(&m);
	m.process.args = args;
	m.process.directory = TEXT("");
}

#define EXEC "20:14:22.123 exec       4713 make            "

static void arguments_can_be_typed_again(void **state)
{
	(void)state;
	an_exec_with(TEXT("cc\0-DX=\"y\"\0a b\0it's\0\0$HOME\0caf\xc3\xa9\0"));
	assert_string_equal(text(0), EXEC "cc '-DX=\"y\"' 'a b' \"it's\" '' '$HOME' caf\xc3\xa9\n");
	an_exec_with(TEXT("echo\0it's $x\0a\\b\0"));
	assert_string_equal(text(0), EXEC "echo $'it\\'s $x' 'a\\b'\n");
}

static void nothing_drives_the_terminal(void **state)
{
	(void)state;
	an_exec_with(TEXT("x\0\x1b[2J\0a\nb\tc\0\xff\xc3\0\xc2\x9b\0\xe2\x80\xae\0\x7f\0'\n\0"));
	assert_string_equal(text(0), EXEC "x $'\\x1b[2J' $'a\\nb\\tc' $'\\xff\\xc3' $'\\u009b' "
					  "$'\\u202e' $'\\x7f' $'\\'\\n'\n");
	m.process.name = TEXT("\x1b]0;x\a");
	m.process.directory = TEXT("/a\nb\\");
	assert_null(strchr(text(0), 0x1b));
	assert_non_null(strstr(text(0), " \\x1b]0;x\\a "));
	assert_non_null(strstr(text(0), "  in /a\\nb\\\\\n"));
}

/* Hostile bytes in every string, at every width: one line of printable UTF-8, no wider than
 * requested. Color escapes are not counted. */
static void check_line(const char *line, unsigned width, bool color)
{
	size_t length = strlen(line);
	unsigned columns = 0;

	assert_true(length > 0 && line[length - 1] == '\n');
	for (size_t i = 0; i < length - 1;) {
		uint32_t code;
		int step = vigil_utf8_step(line + i, length - i, &code);

		assert_true(step > 0);
		if (color && code == 0x1b) {
			const char *end = strchr(line + i, 'm');

			assert_non_null(end);
			assert_int_equal(strspn(line + i + 1, "[0123456789;"),
					 (size_t)(end - line) - i - 1);
			i = (size_t)(end - line) + 1;
			continue;
		}
		assert_false(code < 0x20 || (code >= 0x7f && code < 0xa0));
		columns++;
		i += (size_t)step;
	}
	if (width > 0)
		assert_true(columns <= width);
}

static void hostile_bytes_at_every_width(void **state)
{
	static const unsigned WIDTHS[] = { 0, 1, 2, 13, 40, 80, 99, 100, 160, 1000 };
	static char bytes[300];
	uint64_t seed = 4101842887655102017u;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		uint32_t type = 1 + (uint32_t)i % (VIGIL_TYPE_MAX - 1);
		unsigned width = WIDTHS[make_random(&seed) % 10];
		bool color = (i & 1) != 0;
		enum vigil_format format = i % 3 == 0 ? VIGIL_FORMAT_TABLE : VIGIL_FORMAT_TEXT;
		size_t length = make_hostile(bytes, sizeof(bytes), &seed);

		make_full(&m, type, bytes, length);
		if (make_random(&seed) % 4 == 0)
			m.header->encoding = VIGIL_UTF16LE;
		check_line(print(format, width, color), width, color);
	}
}

static void every_type_with_nothing_known(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		make_event(&m, type);
		check_line(text(80), 80, false);
		memset(m.parts.value, 0, sizeof(m.parts.value));
		check_line(print(VIGIL_FORMAT_TABLE, 0, true), 0, true);
		m.event.body = NULL;
		check_line(text(80), 80, false);
	}
	make_event(&m, VIGIL_TYPE_MAX);
	assert_string_equal(text(80), "");
}

static void a_line_ends_with_an_ellipsis(void **state)
{
	(void)state;
	an_exec_with(TEXT("0123456789\0"
			  "0123456789\0"
			  "0123456789\0"
			  "0123456789\0"));
	assert_string_equal(text(80), "20:14:22.123 exec       4713 make       "
				      "0123456789 0123456789 0123456789 012345\xe2\x80\xa6\n");
	/* Exactly as long as the line: nothing is shortened. */
	an_exec_with(TEXT("0123456789\0"
			  "0123456789\0"
			  "0123456789\0"
			  "0123456\0"));
	assert_string_equal(text(80), "20:14:22.123 exec       4713 make       "
				      "0123456789 0123456789 0123456789 0123456\n");
	/* Wide characters take two columns. */
	an_exec_with(TEXT("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\0"));
	assert_string_equal(text(44), "20:14:22.123 exec       4713 make       "
				      "\xe4\xb8\xad\xe2\x80\xa6\n");
}

static void thread_ends(void **state)
{
	struct vigil_thread_end_body *end;

	(void)state;
	make_event(&m, VIGIL_EVENT_THREAD_EXIT);
	make_known(&m);
	end = (void *)m.body;
	end->thread.thread.tid = 9;
	end->lifetime = 12345678;
	end->creator.pid = 6;
	assert_non_null(strstr(text(0), "thread 9, lived 12.3 ms, made by 6\n"));
}

static void exits(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_EXIT);
	make_known(&m);
	m.exit->lifetime = 12345678;
	m.exit->cpu_time = 3100000;
	m.exit->max_memory = 4400000;
	assert_non_null(strstr(text(80), " code 0 in 12.3 ms, cpu 3.1 ms, 4.1 MiB\n"));
	m.exit->signal = 11;
	m.exit->attributes = VIGIL_EXIT_CORE;
	assert_non_null(strstr(text(0), " killed by SIGSEGV, core dumped after 12.3 ms,"));
	m.exit->cpu_time = 0;
	m.exit->attributes = VIGIL_EXIT_CPU_UNKNOWN;
	assert_non_null(strstr(text(0), ", cpu unknown"));
	m.exit->signal = 39;
	assert_non_null(strstr(text(0), " killed by SIGRTMIN+5 after"));
	m.exit->signal = 100;
	assert_non_null(strstr(text(0), " killed by signal 100"));
	m.exit->signal = 0;
	m.exit->code = 0xc0000005u;
	m.header->encoding = VIGIL_UTF16LE;
	assert_non_null(strstr(text(0), " code 0xc0000005 "));
}

static void a_loss_is_loud(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_LOST);
	m.lost->count = 1234;
	m.lost->type = VIGIL_EVENT_PROCESS_EXEC;
	m.lost->reason = VIGIL_LOSS_QUEUE_FULL;
	assert_non_null(strstr(text(0), "1234 exec events are missing here: queue-full"));
	assert_non_null(strstr(print(VIGIL_FORMAT_TEXT, 0, true), "\x1b[1;37;41mLOST"));
}

static void what_was_cut_is_reported(void **state)
{
	(void)state;
	an_exec_with((struct vigil_string){ "a\0b", 3, 70000 });
	assert_non_null(strstr(text(0), EXEC "a b [cut: full length 68.3 KiB]\n"));
}

static void a_huge_argument(void **state)
{
	static char huge[65536];

	(void)state;
	memset(huge, 'x', sizeof(huge) - 1);
	an_exec_with((struct vigil_string){ huge, sizeof(huge), sizeof(huge) });
	assert_int_equal(strlen(text(0)), strlen(EXEC) + sizeof(huge));
	check_line(text(80), 80, false);
}

static void the_table_has_a_heading(void **state)
{
	const struct vigil_printer_options options = { .size = sizeof(options),
						       .format = VIGIL_FORMAT_TABLE };
	struct vigil_printer *printer = vigil_printer_new(&options);
	size_t length;
	const char *heading = vigil_print_heading(printer, &length);
	static const char EXPECTED[] =
	    "TIME         EVENT       PID    PPID USER         NAME            DETAIL\n";

	(void)state;
	assert_int_equal(length, sizeof(EXPECTED) - 1);
	assert_memory_equal(heading, EXPECTED, length);
	vigil_printer_free(printer);
	an_exec_with(TEXT("make\0"));
	m.process.euid = 0;
	assert_string_equal(
	    print(VIGIL_FORMAT_TABLE, 0, false),
	    "20:14:22.123 exec       4713    4712 root         make            make\n");
}

/* A day has one midnight in every zone. */
static void local_time(void **state)
{
	const struct vigil_printer_options options = { .size = sizeof(options),
						       .format = VIGIL_FORMAT_TEXT };
	struct vigil_printer *printer;
	static const struct {
		const char *zone;
		uint64_t seconds;
		const char *shown;
	} CASES[] = {
		{ "UTC", 1763669662, "20:14:22" },
		{ "Europe/Berlin", 1763669662, "21:14:22" },
		{ "America/New_York", 1763669662, "15:14:22" },
		{ "Asia/Kathmandu", 1763669662, "01:59:22" },
		{ "Europe/Berlin", 1743296399, "01:59:59" }, /* a second before summer time */
		{ "Europe/Berlin", 1743296400, "03:00:00" },
	};

	(void)state;
	if (access("/usr/share/zoneinfo/Asia/Kathmandu", R_OK) != 0)
		skip();
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		size_t length;

		setenv("TZ", CASES[i].zone, 1);
		tzset();
		printer = vigil_printer_new(&options);
		make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
		m.header->time = CASES[i].seconds * 1000000000;
		assert_memory_equal(vigil_print(printer, &m.event, &length), CASES[i].shown, 8);
		vigil_printer_free(printer);
	}
}

static void accesses(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_ACCESS);
	m.access->target = (struct vigil_id){ 600, 601, 2 };
	m.access->method = VIGIL_METHOD_POKE;
	m.access->attributes = VIGIL_ACCESS_OWN_CHILD;
	m.access->count = 100;
	m.access->address = 0x1000;
	m.access->length = 8;
	m.access->result = -5;
	assert_non_null(strstr(print(VIGIL_FORMAT_TEXT, 0, false),
			       "ptrace-poke on its child 600, thread 601, time 100, 8 B "
			       "at 0x1000, failed with error 5"));
}

static void whose_code_an_address_is(void **state)
{
	(void)state;
	make_event(&m, VIGIL_EVENT_THREAD_CREATE);
	m.header->encoding = VIGIL_UTF16LE;
	m.thread->thread.tid = 77;
	m.thread->start_address = 0x7ff800001234;
	assert_non_null(
	    strstr(print(VIGIL_FORMAT_TEXT, 0, false), "thread 77 at 0x7ff800001234\n"));
	m.event.module = TEXT("C:\\Windows\\System32\\ntdll.dll");
	m.event.module_offset = 0x1234;
	assert_non_null(
	    strstr(print(VIGIL_FORMAT_TEXT, 0, false), "thread 77 at ntdll.dll+0x1234\n"));
	m.event.module.length = 0;
	m.event.unbacked = true;
	assert_non_null(strstr(print(VIGIL_FORMAT_TEXT, 0, false),
			       "thread 77 at 0x7ff800001234 in no image\n"));
}

/* Zones 10 hours west of UTC and 14 hours east of it have the same time of day, and other dates. */
static void local_date(void **state)
{
	static const struct {
		const char *zone, *shown;
	} CASES[] = {
		{ "UTC", "2026-11-20" },
		{ "Pacific/Honolulu", "2026-11-20" },
		{ "Pacific/Kiritimati", "2026-11-21" },
		{ "Etc/GMT+12", "2026-11-20" },
		{ "America/New_York", "2026-11-20" },
	};

	(void)state;
	if (access("/usr/share/zoneinfo/Pacific/Kiritimati", R_OK) != 0)
		skip();
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct vigil_zone zone = { 0 };
		struct vigil_buffer out = { 0 };
		struct vigil_line line;

		setenv("TZ", CASES[i].zone, 1);
		tzset();
		vigil_line_begin(&line, &out, 0, false);
		vigil_line_date(&line, &zone, 1795176000u * UINT64_C(1000000000));
		assert_int_equal(out.length, 10);
		assert_memory_equal(out.data, CASES[i].shown, 10);
		vigil_buffer_free(&out);
	}
	unsetenv("TZ");
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_can_be_typed_again),
		cmocka_unit_test(nothing_drives_the_terminal),
		cmocka_unit_test(hostile_bytes_at_every_width),
		cmocka_unit_test(every_type_with_nothing_known),
		cmocka_unit_test(a_line_ends_with_an_ellipsis),
		cmocka_unit_test(exits),
		cmocka_unit_test(thread_ends),
		cmocka_unit_test(accesses),
		cmocka_unit_test(whose_code_an_address_is),
		cmocka_unit_test(a_loss_is_loud),
		cmocka_unit_test(what_was_cut_is_reported),
		cmocka_unit_test(a_huge_argument),
		cmocka_unit_test(the_table_has_a_heading),
		cmocka_unit_test(local_time),
		cmocka_unit_test(local_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
