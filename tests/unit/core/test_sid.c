/* SPDX-License-Identifier: MIT */
/* Security identifiers as text. */
#include "make_event.h"

#include "core/sid.h"

static void formats_known_sids(void **state)
{
	static const struct {
		const char *sid;
		size_t length;
		const char *text;
	} cases[] = {
		{ "\1\0\0\0\0\0\0\5", 8, "S-1-5" },
		{ "\1\1\0\0\0\0\0\5\x12\0\0\0", 12, "S-1-5-18" },
		{ "\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", 16, "S-1-5-32-544" },
		{ "\1\5\0\0\0\0\0\5\x15\0\0\0\1\2\3\4\xff\xff\xff\xff\0\0\0\x80\xe8\3\0\0", 28,
		  "S-1-5-21-67305985-4294967295-2147483648-1000" },
		{ "\1\1\0\0\xff\xff\xff\xff\1\0\0\0", 12, "S-1-4294967295-1" },
		{ "\1\1\0\1\0\0\0\0\1\0\0\0", 12, "S-1-0x000100000000-1" },
	};
	char text[SID_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(sid_text(text, cases[i].sid, cases[i].length),
				 strlen(cases[i].text));
		assert_string_equal(text, cases[i].text);
	}
}

static void formats_the_longest_sid(void **state)
{
	unsigned char sid[8 + 4 * 15];
	char text[SID_TEXT_MAX];

	(void)state;
	memset(sid, 0xff, sizeof(sid));
	sid[0] = 1;
	sid[1] = 15;
	assert_int_equal(sid_text(text, sid, sizeof(sid)), 4 + 14 + 15 * 11);
}

static void rejects_invalid_sids(void **state)
{
	char text[SID_TEXT_MAX];
	const char many[8 + 4 * 16] = { 1, 16 };

	(void)state;
	assert_int_equal(sid_text(text, "", 0), 0);
	assert_int_equal(sid_text(text, "\1\0\0\0\0\0\0", 7), 0);
	assert_int_equal(sid_text(text, "\2\0\0\0\0\0\0\5", 8), 0);
	assert_int_equal(sid_text(text, "\1\1\0\0\0\0\0\5\x12\0\0", 11), 0);
	assert_int_equal(sid_text(text, "\1\1\0\0\0\0\0\5\x12\0\0\0\0", 13), 0);
	assert_int_equal(sid_text(text, many, sizeof(many)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_known_sids),
		cmocka_unit_test(formats_the_longest_sid),
		cmocka_unit_test(rejects_invalid_sids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
