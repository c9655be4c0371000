/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include "service/eventlog.h"

static struct maker m;

static bool has_line(const struct vigil_buffer *text, const char *line)
{
	size_t length = strlen(line);

	for (size_t at = 0; at + length <= text->length; at++)
		if ((at == 0 || text->data[at - 1] == '\n') &&
		    memcmp(text->data + at, line, length) == 0)
			return true;
	return false;
}

static void each_field_is_a_line(void **state)
{
	struct vigil_buffer text = { 0 };

	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_DENIED);
	make_known(&m);
	m.header->encoding = VIGIL_UTF16LE;
	m.process.image = TEXT("C:\\Program Files\\a.exe");
	eventlog_text(&text, &m.event);
	assert_true(has_line(&text, "process.executable: C:\\Program Files\\a.exe\r\n"));
	assert_true(has_line(&text, "event.action: "));
	assert_true(has_line(&text, "@timestamp: 20"));
	assert_true(has_line(&text, "process.pid: "));
	vigil_buffer_free(&text);
}

/* A hostile name cannot add fields. */
static void names_begin_no_line(void **state)
{
	struct vigil_buffer text = { 0 };

	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_DENIED);
	make_known(&m);
	m.process.image = TEXT("/tmp/x\r\nrule.name: harmless\n");
	eventlog_text(&text, &m.event);
	assert_false(has_line(&text, "rule.name: harmless"));
	for (size_t i = 0; i < text.length; i++)
		assert_true((unsigned char)text.data[i] >= ' ' || text.data[i] == '\r' ||
			    text.data[i] == '\n');
	vigil_buffer_free(&text);
}

static void every_type_has_a_text(void **state)
{
	char s[] = "h\xc3\xa9";

	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		struct vigil_buffer text = { 0 };

		make_full(&m, type, s, sizeof(s) - 1);
		eventlog_text(&text, &m.event);
		assert_false(text.failed);
		assert_true(has_line(&text, "event.sequence: "));
		assert_int_equal(text.data[text.length - 1], '\n');
		vigil_buffer_free(&text);
	}
}

static void what_does_not_fit_goes_by_lines(void **state)
{
	static const char text[] = "a: \xf0\x9f\x98\x80\r\nb: \xc3\xa9\r\n"; /* 7 and 6 units */

	(void)state;
	assert_int_equal(eventlog_fitting(text, sizeof(text) - 1, 13), sizeof(text) - 1);
	assert_int_equal(eventlog_fitting(text, sizeof(text) - 1, 12), 9);
	assert_int_equal(eventlog_fitting(text, sizeof(text) - 1, 7), 9);
	assert_int_equal(eventlog_fitting(text, sizeof(text) - 1, 6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_is_a_line),
		cmocka_unit_test(names_begin_no_line),
		cmocka_unit_test(every_type_has_a_text),
		cmocka_unit_test(what_does_not_fit_goes_by_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
