/* SPDX-License-Identifier: MIT */
#include "core/json_string.h"
#include "make_event.h"

#include "core/bytes.h"
#include "core/unicode.h"
#include "format/format.h"
#include "text/line.h"
#include "format/xml.h"

/* Characters that have been used to hide or forge text; each is escaped wherever it is shown. */
static const uint32_t DECEIVERS[] = { 0x0,     0x7,     0xa,     0x1b,    0x7f,    0x85,    0x9b,
				      0x9d,    0xa0,    0xad,    0x34f,   0x378,   0x61c,   0x115f,
				      0x1160,  0x17b4,  0x180b,  0x180e,  0x2000,  0x200b,  0x200d,
				      0x200e,  0x2028,  0x2029,  0x202a,  0x202e,  0x202f,  0x2060,
				      0x2066,  0x2069,  0x206f,  0x2800,  0x3000,  0x3164,  0xe000,
				      0xf8ff,  0xfe00,  0xfe0f,  0xfeff,  0xffa0,  0xfff0,  0xfff9,
				      0xfffb,  0xfffc,  0xfffe,  0xffff,  0x1d159, 0x1d173, 0xe0001,
				      0xe0041, 0xe007f, 0xe0100, 0xe01ef, 0xf0000, 0x10fffd };

static bool has(const struct vigil_buffer *out, const char *bytes, size_t length)
{
	return memmem(out->data, out->length, bytes, length) != NULL;
}

/* Each between an a and a b, in an argument, a string, JSON and XML. */
static void deceivers_are_escaped(void **state)
{
	struct vigil_buffer out = { 0 };
	struct vigil_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(DECEIVERS) / sizeof(DECEIVERS[0]); i++) {
		char text[8] = "a", raw[4];
		size_t length = vigil_utf8_write(raw, DECEIVERS[i]);
		struct vigil_string s = { text, (uint32_t)length + 2, (uint32_t)length + 2 };

		memcpy(text + 1, raw, length);
		text[1 + length] = 'b';
		out.length = 0;
		vigil_line_begin(&line, &out, 0, false);
		vigil_line_string(&line, s, 0);
		if (DECEIVERS[i])
			vigil_line_command(&line, s);
		vigil_put_json(&out, text, s.length);
		vigil_put_xml(&out, text, s.length);
		if (has(&out, raw, length))
			fail_msg("U+%04X is shown", DECEIVERS[i]);
	}
	vigil_buffer_free(&out);
}

static void ordinary_text_stays(void **state)
{
	static const char text[] = "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac \xd7\xa9\xd7\x9c "
				   "\xf0\x9f\x98\x80 e\xcc\x81";
	struct vigil_buffer out = { 0 };
	struct vigil_line line;
	struct vigil_string s = { text, sizeof(text) - 1, sizeof(text) - 1 };

	(void)state;
	vigil_line_begin(&line, &out, 0, false);
	vigil_line_string(&line, s, 0);
	assert_int_equal(out.length, s.length);
	assert_memory_equal(out.data, text, s.length);
	assert_int_equal(line.column, 6 + 5 + 3 + 3 + 1);
	out.length = 0;
	vigil_put_json(&out, text, s.length);
	assert_true(has(&out, text, s.length));
	vigil_buffer_free(&out);
}

/* Above the Basic Multilingual Plane, JSON has two units. */
static void json_escapes_by_pairs(void **state)
{
	struct vigil_buffer out = { 0 };

	(void)state;
	assert_true(vigil_put_json(&out, "\xf3\xa0\x81\x81\xee\x80\x80", 7));
	assert_int_equal(out.length, 20);
	assert_memory_equal(out.data, "\"\\udb40\\udc41\\ue000\"", 20);
	vigil_buffer_free(&out);
}

/* A mark without a base character, and the ninth on one character, are escaped. */
static void marks_are_limited(void **state)
{
	struct unicode_shown shown;
	unsigned marks = 0;

	(void)state;
	unicode_show(&shown, "\xcc\x81", 2, &marks);
	assert_int_equal(shown.length, 6);
	unicode_show(&shown, "a", 1, &marks);
	assert_int_equal(shown.length, 0);
	for (unsigned i = 0; i <= UNICODE_MARKS_MAX; i++) {
		unicode_show(&shown, "\xcc\x81", 2, &marks);
		assert_int_equal(shown.length, i == UNICODE_MARKS_MAX ? 6 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deceivers_are_escaped),
		cmocka_unit_test(ordinary_text_stays),
		cmocka_unit_test(json_escapes_by_pairs),
		cmocka_unit_test(marks_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
