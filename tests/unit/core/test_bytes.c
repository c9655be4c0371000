/* SPDX-License-Identifier: MIT */
#include "make_event.h"

#include <time.h>

#include "core/bytes.h"

static const char *text_of(struct vigil_buffer *b)
{
	vigil_put_char(b, '\0');
	assert_false(b->failed);
	b->length = 0;
	return b->data;
}

static void numbers(void **state)
{
	static const uint64_t VALUES[] = { 0,   9,     10,         99,         100,
					   101, 65535, 4294967295, 1000000000, UINT64_MAX };
	struct vigil_buffer b = { 0 };
	char expected[40];

	(void)state;
	for (size_t i = 0; i < sizeof(VALUES) / sizeof(VALUES[0]); i++) {
		unsigned long long v = VALUES[i];

		snprintf(expected, sizeof(expected), "%llu", v);
		vigil_put_unsigned(&b, v);
		assert_string_equal(text_of(&b), expected);
		snprintf(expected, sizeof(expected), "%#llx", v);
		vigil_put_hex(&b, v);
		assert_string_equal(text_of(&b), v == 0 ? "0x0" : expected);
		snprintf(expected, sizeof(expected), "%lld", (long long)v);
		vigil_put_signed(&b, (int64_t)v);
		assert_string_equal(text_of(&b), expected);
	}
	vigil_put_signed(&b, INT64_MIN);
	assert_string_equal(text_of(&b), "-9223372036854775808");
	vigil_buffer_free(&b);
}

/* Compares our calendar with the C library's, over all years that 64 bits of nanoseconds can
 * express. */
static void times(void **state)
{
	struct vigil_buffer b = { 0 };
	uint64_t seconds = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char expected[64];
		time_t when = (time_t)seconds;
		struct tm tm;

		gmtime_r(&when, &tm);
		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &tm);
		vigil_put_utc(&b, seconds * 1000000000, 'T', 0);
		assert_string_equal(text_of(&b), expected);
		seconds += 86400 + 3607 * (uint64_t)(i % 7);
		if (seconds > UINT64_MAX / 1000000000)
			break;
	}
	vigil_put_utc(&b, 1763669662123456789u, ' ', 3);
	assert_string_equal(text_of(&b), "2025-11-20 20:14:22.123");
	vigil_put_utc(&b, UINT64_MAX, 'T', 9);
	assert_string_equal(text_of(&b), "2554-07-21T23:34:33.709551615");
	vigil_buffer_free(&b);
}

static void entities(void **state)
{
	char guid[VIGIL_GUID_LENGTH + 1] = "";

	(void)state;
	vigil_format_entity(guid, 0x1122334455667788u, 0x00012345, 0xaabbccddeeff0011u);
	assert_string_equal(guid, "55667788-0001-2345-aabb-ccddeeff0011");
}

static void base64(void **state)
{
	static const char *const PAIRS[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
		{ "\xff\xfe\xfd", "//79" },
	};
	struct vigil_buffer b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
		vigil_put_base64(&b, PAIRS[i][0], strlen(PAIRS[i][0]));
		assert_string_equal(text_of(&b), PAIRS[i][1]);
	}
	vigil_put_hex_bytes(&b, "\x00\xab\xff", 3);
	assert_string_equal(text_of(&b), "00abff");
	vigil_buffer_free(&b);
}

/* Each ill-formed sequence with the number of bytes that one U+FFFD replaces. */
static void utf8_ill_formed(void **state)
{
	static const struct {
		const char *bytes;
		int step;
	} CASES[] = {
		{ "\x80", -1 },
		{ "\xbf", -1 },
		{ "\xc0\x80", -1 },
		{ "\xc1\xbf", -1 },
		{ "\xc3", -1 },
		{ "\xc3(", -1 },
		{ "\xe2\x82", -2 },
		{ "\xe2\x82(", -2 },
		{ "\xe0\x80\x80", -1 },
		{ "\xed\xa0\x80", -1 },
		{ "\xed\xbf\xbf", -1 },
		{ "\xf0\x80\x80\x80", -1 },
		{ "\xf0\x9f\x92", -3 },
		{ "\xf0\x9f", -2 },
		{ "\xf4\x90\x80\x80", -1 },
		{ "\xf5\x80\x80\x80", -1 },
		{ "\xff", -1 },
		{ "\xfe\xfe", -1 },
	};
	uint32_t code;

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		size_t length = strlen(CASES[i].bytes);

		assert_int_equal(vigil_utf8_step(CASES[i].bytes, length, &code), CASES[i].step);
		assert_false(vigil_utf8_valid(CASES[i].bytes, length));
	}
}

static void utf8_all_characters(void **state)
{
	char bytes[4];
	uint32_t read;

	(void)state;
	for (uint32_t code = 0; code < 0x110000; code++) {
		size_t length = vigil_utf8_write(bytes, code);

		if (code >= 0xd800 && code < 0xe000) {
			assert_int_equal(vigil_utf8_step(bytes, length, &read), -1);
			continue;
		}
		assert_int_equal(vigil_utf8_step(bytes, length, &read), (int)length);
		assert_int_equal(read, code);
		for (size_t cut = 1; cut < length; cut++)
			assert_true(vigil_utf8_step(bytes, cut, &read) < 0);
	}
}

static void utf16(void **state)
{
	static const struct {
		const char *in;
		size_t bytes;
		const char *out;
	} CASES[] = {
		{ "a\0b\0", 4, "ab" },
		{ "\xe9\0", 2, "\xc3\xa9" },
		{ "\xac\x20", 2, "\xe2\x82\xac" },
		{ "\x3d\xd8\xa9\xdc", 4, "\xf0\x9f\x92\xa9" },
		{ "\x3d\xd8", 2, "\xed\xa0\xbd" },     /* high surrogate alone, at the end */
		{ "\x3d\xd8x\0", 4, "\xed\xa0\xbdx" }, /* high surrogate alone */
		{ "\xa9\xdcx\0", 4, "\xed\xb2\xa9x" }, /* low surrogate alone */
		{ "\x3d\xd8\x3d\xd8\xa9\xdc", 6, "\xed\xa0\xbd\xf0\x9f\x92\xa9" },
		{ "a\0b", 3, "a" }, /* half a unit */
		{ "", 0, "" },
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		size_t length = vigil_utf16_to_utf8(out, CASES[i].in, CASES[i].bytes);

		assert_int_equal(length, strlen(CASES[i].out));
		assert_memory_equal(out, CASES[i].out, length);
		length = vigil_utf8_to_utf16(out, CASES[i].out, length);
		assert_int_equal(length, CASES[i].bytes & ~(size_t)1);
		assert_memory_equal(out, CASES[i].in, length);
	}
}

/* A character that is not ASCII, at each position within a group of four. */
static void utf16_among_ascii(void **state)
{
	static const uint16_t SPECIAL[][2] = { { 0x80, 0 },    { 0xff, 0 },        { 0x100, 0 },
					       { 0x4100, 0 },  { 0xd83d, 0xdca9 }, { 0xd800, 'x' },
					       { 0xdc00, 'x' } };

	(void)state;
	for (size_t s = 0; s < sizeof(SPECIAL) / sizeof(SPECIAL[0]); s++)
		for (size_t place = 0; place < 14; place++)
			for (size_t units = place + 2; units < 16; units++) {
				uint16_t in[16];
				char out[3 * 16], expected[4 * 16];
				size_t length = 0;

				for (size_t i = 0; i < units; i++)
					in[i] = (uint16_t)('a' + i);
				in[place] = SPECIAL[s][0];
				in[place + 1] = SPECIAL[s][1] != 0 ? SPECIAL[s][1] : 'z';
				for (size_t i = 0; i < units; i++)
					if (in[i] == 0xd83d) {
						length +=
						    vigil_utf8_write(expected + length, 0x1f4a9);
						i++;
					} else {
						length +=
						    vigil_utf8_write(expected + length, in[i]);
					}
				assert_int_equal(vigil_utf16_to_utf8(out, in, 2 * units), length);
				assert_memory_equal(out, expected, length);
			}
}

static void utf16_of_ill_formed(void **state)
{
	static const struct {
		const char *in, *out;
		size_t bytes;
	} CASES[] = {
		{ "a\xff", "a\0\xfd\xff", 4 },
		{ "\xe2\x82", "\xfd\xff", 2 },
		{ "\xed\xa0", "\xfd\xff\xfd\xff", 4 }, /* a truncated surrogate */
		{ "\xc0\x80", "\xfd\xff\xfd\xff", 4 }, /* overlong */
	};
	char out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		assert_int_equal(vigil_utf8_to_utf16(out, CASES[i].in, strlen(CASES[i].in)),
				 CASES[i].bytes);
		assert_memory_equal(out, CASES[i].out, CASES[i].bytes);
	}
}

static void a_buffer_grows_and_keeps(void **state)
{
	struct vigil_buffer b = { 0 };
	char *before;

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		vigil_put_char(&b, (char)('a' + i % 26));
	assert_int_equal(b.length, 100000);
	assert_int_equal(b.data[99999], 'a' + 99999 % 26);
	before = b.data;
	b.length = 0;
	for (unsigned i = 0; i < 100000; i++)
		vigil_put_char(&b, 'x');
	assert_ptr_equal(b.data, before);
	assert_false(vigil_buffer_grow(&b, SIZE_MAX / 2));
	assert_true(b.failed);
	vigil_buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(times),
		cmocka_unit_test(entities),
		cmocka_unit_test(base64),
		cmocka_unit_test(utf8_ill_formed),
		cmocka_unit_test(utf8_all_characters),
		cmocka_unit_test(utf16),
		cmocka_unit_test(utf16_among_ascii),
		cmocka_unit_test(utf16_of_ill_formed),
		cmocka_unit_test(a_buffer_grows_and_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
