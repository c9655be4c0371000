/* SPDX-License-Identifier: MIT */
#include "make_record.h"

static struct decoder decoder;
static struct record record;
static struct vigil_event event;
static struct vigil_error error;

/* Decodes the record in a block of exactly its size, so that a sanitizer detects a read past the
 * end. */
static enum vigil_code decode_exact(const void *bytes, size_t size)
{
	void *copy = malloc(size ? size : 1);
	enum vigil_code code;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	code = decode(&decoder, copy, size, &event, &error);
	for (int kind = 0; kind < VIGIL_PART_MAX; kind++) {
		assert_non_null(event.part[kind].data);
		assert_int_equal(event.part[kind].data[event.part[kind].length], '\0');
		assert_true(event.part[kind].original >= event.part[kind].length);
	}
	free(copy);
	return code;
}

static enum vigil_code decode_record(void)
{
	return decode_exact(record.bytes, record.header.size);
}

/* Three parts; the second ends at a multiple of 8 without padding. */
static void make_typical(uint32_t type)
{
	record_begin(&record, type);
	record_part(&record, VIGIL_PART_IMAGE, "/usr/bin/make", 13, 13);
	record_part(&record, VIGIL_PART_DIRECTORY, "/tmp", 4, 4);
	record_part(&record, VIGIL_PART_ARGS, "make\0-j2\0", 9, 100);
}

static int open_decoder(void **state)
{
	(void)state;
	return decoder_open(&decoder);
}

static int close_decoder(void **state)
{
	(void)state;
	decoder_close(&decoder);
	return 0;
}

static void every_type_is_read(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		make_typical(type);
		assert_int_equal(decode(&decoder, &record, record.header.size, &event, &error), 0);
		assert_ptr_equal(event.record, &record);
		assert_ptr_equal(event.body, &record.header + 1);
		assert_string_equal(event.part[VIGIL_PART_IMAGE].data, "/usr/bin/make");
		assert_int_equal(event.part[VIGIL_PART_IMAGE].original, 13);
		assert_string_equal(event.part[VIGIL_PART_DIRECTORY].data, "/tmp");
		assert_int_equal(event.part[VIGIL_PART_ARGS].length, 9);
		assert_int_equal(event.part[VIGIL_PART_ARGS].original, 100);
		assert_memory_equal(event.part[VIGIL_PART_ARGS].data, "make\0-j2\0", 9);
		assert_int_equal(event.part[VIGIL_PART_FILENAME].length, 0);
		assert_string_equal(event.part[VIGIL_PART_FILENAME].data, "");
	}
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		struct record whole;
		uint32_t size;

		make_typical(type);
		whole = record;
		size = record.header.size;
		for (size_t cut = 0; cut < size; cut++)
			assert_int_equal(decode_exact(record.bytes, cut), VIGIL_ERROR_FORMAT);
		/* The same with a header that has the shorter size; only cuts at the end of a part
		 * are valid. */
		for (uint32_t cut = 0; cut < size; cut += 8) {
			bool ends = cut == whole.header.fixed || cut == whole.header.fixed + 32u ||
				    cut == whole.header.fixed + 48u;

			record.header.size = cut;
			assert_int_equal(decode_exact(record.bytes, cut),
					 ends ? VIGIL_OK : VIGIL_ERROR_FORMAT);
		}
	}
}

static void every_wrong_header_is_refused(void **state)
{
	uint32_t size;

	(void)state;
	make_typical(VIGIL_EVENT_PROCESS_EXEC);
	size = record.header.size;
	for (uint32_t wrong = 1; wrong < 8; wrong++) {
		record.header.size = size - wrong;
		assert_int_equal(decode_exact(record.bytes, size), VIGIL_ERROR_FORMAT);
	}
	record.header.size = size + 8;
	assert_int_equal(decode_exact(record.bytes, size), VIGIL_ERROR_FORMAT);
	record.header.size = UINT32_MAX - 7;
	assert_int_equal(decode_exact(record.bytes, size), VIGIL_ERROR_FORMAT);
	record.header.size = size;
	for (unsigned version = 0; version < 256; version++) {
		record.header.version = (uint8_t)version;
		assert_int_equal(decode_exact(record.bytes, size),
				 version == VIGIL_RECORD_VERSION ? VIGIL_OK : VIGIL_ERROR_FORMAT);
	}
	record.header.version = VIGIL_RECORD_VERSION;
	for (unsigned encoding = 2; encoding < 256; encoding++) {
		record.header.encoding = (uint8_t)encoding;
		assert_int_equal(decode_exact(record.bytes, size), VIGIL_ERROR_FORMAT);
	}
	record.header.encoding = VIGIL_BYTES;
	for (unsigned fixed = 0; fixed < 65536; fixed++) {
		bool fits =
		    fixed == sizeof(struct vigil_header) + sizeof(struct vigil_process_body) ||
		    (fixed % 8 == 0 && fixed == size);

		record.header.fixed = (uint16_t)fixed;
		if (fits)
			assert_int_equal(decode_exact(record.bytes, size), VIGIL_OK);
		else if (fixed < 216 || fixed > size || fixed % 8)
			assert_int_equal(decode_exact(record.bytes, size), VIGIL_ERROR_FORMAT);
		else
			decode_exact(record.bytes, size); /* within a part: either result */
	}
	assert_non_null(strstr(error.text, "type 2"));
}

static void a_record_above_the_maximum_is_refused(void **state)
{
	size_t size = VIGIL_RECORD_MAX + 8;
	struct record *big = calloc(1, size);
	struct vigil_part *part;

	(void)state;
	assert_non_null(big);
	record_begin(big, VIGIL_EVENT_STATUS);
	part = (void *)(big->bytes + big->header.size);
	part->kind = VIGIL_PART_TEXT;
	for (unsigned beyond = 0; beyond <= 8; beyond += 8) { /* the maximum, too large */
		size = VIGIL_RECORD_MAX + beyond;
		part->length = (uint32_t)(size - big->header.fixed - sizeof(*part));
		big->header.size = (uint32_t)size;
		assert_int_equal(decode(&decoder, big, size, &event, &error),
				 beyond ? VIGIL_ERROR_FORMAT : VIGIL_OK);
	}
	free(big);
}

static void parts_beyond_the_end_are_refused(void **state)
{
	static const uint32_t lengths[] = { 5,          8,          1000,       0x7fffffff,
					    0x80000000, 0xfffffff0, 0xfffffff4, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct vigil_part *part;

		record_begin(&record, VIGIL_EVENT_LOST);
		part = (void *)(record.bytes + record.header.size);
		record_part(&record, VIGIL_PART_TEXT, "abcd", 4, 4);
		part->length = lengths[i];
		assert_int_equal(decode_record(), VIGIL_ERROR_FORMAT);
		part->kind = 999; /* a skipped part must also be within the record */
		assert_int_equal(decode_record(), VIGIL_ERROR_FORMAT);
	}
	assert_non_null(strstr(error.text, "beyond"));
}

static void duplicates_are_refused(void **state)
{
	(void)state;
	for (uint32_t kind = 1; kind < VIGIL_PART_MAX; kind++)
		for (size_t length = 0; length < 3; length++) {
			record_begin(&record, VIGIL_EVENT_LOST);
			record_part(&record, kind, "ab", length, length);
			record_part(&record, 77, "later", 5, 5);
			assert_int_equal(decode_record(), VIGIL_OK);
			record_part(&record, kind, "c", 1, 1);
			assert_int_equal(decode_record(), VIGIL_ERROR_FORMAT);
		}
	record_begin(&record, VIGIL_EVENT_LOST); /* a later kind may occur more than once */
	record_part(&record, 77, "a", 1, 1);
	record_part(&record, 77, "b", 1, 1);
	assert_int_equal(decode_record(), VIGIL_OK);
}

static void what_is_unknown_is_skipped(void **state)
{
	uint8_t *body;

	(void)state;
	record_begin(&record, 16); /* a type without a body */
	record_part(&record, VIGIL_PART_TEXT, "hello", 5, 5);
	assert_int_equal(decode_record(), VIGIL_OK);
	record_begin(&record, 65535);
	assert_int_equal(decode_record(), VIGIL_OK);

	body = record_begin(&record, VIGIL_EVENT_LOST); /* a longer body */
	memset(body + 16, 0xee, 24);
	record.header.size += 24;
	record.header.fixed += 24;
	record_part(&record, 0, "none", 4, 4);
	record_part(&record, VIGIL_PART_MAX, "later", 5, 5);
	record_part(&record, 65535, "last", 4, 4);
	record_part(&record, VIGIL_PART_TEXT, "hello", 5, 5);
	assert_int_equal(decode(&decoder, &record, record.header.size, &event, &error), 0);
	assert_string_equal(event.part[VIGIL_PART_TEXT].data, "hello");
	assert_int_equal(event.part[0].length, 0);
}

/* With lengths of 4, 12 and 20, the record has no padding, and so no zero, after the value. */
static void strings_end_with_a_zero(void **state)
{
	static const char value[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";

	(void)state;
	for (size_t length = 0; length < sizeof(value); length++) {
		struct vigil_part *part;

		record_begin(&record, VIGIL_EVENT_STATUS);
		part = (void *)(record.bytes + record.header.size);
		record_part(&record, VIGIL_PART_TEXT, value, length, length);
		record_part(&record, VIGIL_PART_HOST, value, length, length);
		assert_int_equal(decode_record(), VIGIL_OK);
		/* A sensor that does not write zeros as padding. */
		for (size_t at = sizeof(*part) + length; at % 8; at++)
			((uint8_t *)part)[at] = 0xaa;
		assert_int_equal(decode(&decoder, &record, record.header.size, &event, &error), 0);
		assert_int_equal(event.part[VIGIL_PART_TEXT].length, length);
		assert_memory_equal(event.part[VIGIL_PART_TEXT].data, value, length);
		assert_int_equal(event.part[VIGIL_PART_TEXT].data[length], '\0');
		assert_int_equal(event.part[VIGIL_PART_HOST].data[length], '\0');
	}
}

static void utf16(uint32_t kind, const void *units, size_t bytes, size_t original)
{
	record_begin(&record, VIGIL_EVENT_PROCESS_CREATE);
	record.header.encoding = VIGIL_UTF16LE;
	record_part(&record, kind, units, bytes, original);
	assert_int_equal(decode_record(), VIGIL_OK);
	assert_int_equal(decode(&decoder, &record, record.header.size, &event, &error), 0);
}

static void utf16_becomes_utf8(void **state)
{
	(void)state;
	utf16(VIGIL_PART_IMAGE, u"C:\\Über\\💩", 20, 20);
	assert_string_equal(event.part[VIGIL_PART_IMAGE].data, "C:\\Über\\💩");
	assert_int_equal(event.part[VIGIL_PART_IMAGE].length, 13);
	assert_int_equal(event.part[VIGIL_PART_IMAGE].original, 13);
	utf16(VIGIL_PART_IMAGE, "\x3d\xd8", 2, 2); /* unpaired: no information is lost */
	assert_string_equal(event.part[VIGIL_PART_IMAGE].data, "\xed\xa0\xbd");
	utf16(VIGIL_PART_IMAGE, "\x3d\xd8\x3d\xd8\xa9\xdc", 6, 6);
	assert_string_equal(event.part[VIGIL_PART_IMAGE].data, "\xed\xa0\xbd💩");
	utf16(VIGIL_PART_IMAGE, "\xa9\xdc\x3d\xd8", 4, 4); /* in the wrong order */
	assert_string_equal(event.part[VIGIL_PART_IMAGE].data, "\xed\xb2\xa9\xed\xa0\xbd");
	utf16(VIGIL_PART_IMAGE, "a\0b", 3, 3); /* half a unit */
	assert_string_equal(event.part[VIGIL_PART_IMAGE].data, "a");
	utf16(VIGIL_PART_USER, "\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", 16, 16);
	assert_string_equal(event.part[VIGIL_PART_USER].data, "S-1-5-32-544");
	assert_int_equal(event.part[VIGIL_PART_USER].length, 12);
	utf16(VIGIL_PART_USER, "\1\5\0\0\0\0\0\5", 8, 8); /* not a SID: unchanged */
	assert_memory_equal(event.part[VIGIL_PART_USER].data, "\1\5\0\0\0\0\0\5", 8);
	assert_int_equal(event.part[VIGIL_PART_USER].length, 8);
}

/* Truncated text is marked in every script, although the text may grow in UTF-8. */
static void cut_text_shows_that_it_is_cut(void **state)
{
	(void)state;
	utf16(VIGIL_PART_COMMAND_LINE, u"ab", 4, 10);
	assert_int_equal(event.part[VIGIL_PART_COMMAND_LINE].length, 2);
	assert_int_equal(event.part[VIGIL_PART_COMMAND_LINE].original, 8);
	utf16(VIGIL_PART_COMMAND_LINE, u"日本語日本語", 12, 14);
	assert_int_equal(event.part[VIGIL_PART_COMMAND_LINE].length, 18);
	assert_true(event.part[VIGIL_PART_COMMAND_LINE].original > 18);
	utf16(VIGIL_PART_COMMAND_LINE, u"日本", 4, UINT32_MAX);
	assert_int_equal(event.part[VIGIL_PART_COMMAND_LINE].original, UINT32_MAX);
	utf16(VIGIL_PART_COMMAND_LINE, u"ab", 4, 1); /* less than the value has: ignored */
	assert_int_equal(event.part[VIGIL_PART_COMMAND_LINE].original, 2);
}

/* The most that a record can hold, in the encoding that grows most. */
static void the_largest_record_fits(void **state)
{
	static uint8_t text[VIGIL_RECORD_MAX];
	size_t left;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 2)
		text[i] = 0xff, text[i + 1] = 0xd7; /* U+D7FF: three bytes */
	record_begin(&record, VIGIL_EVENT_PROCESS_CREATE);
	record.header.encoding = VIGIL_UTF16LE;
	for (uint32_t kind = 1; kind < VIGIL_PART_MAX; kind++)
		if (kind != VIGIL_PART_TEXT)
			record_part(&record, kind, text, 4, 4);
	left = VIGIL_RECORD_MAX - record.header.size - sizeof(struct vigil_part);
	record_part(&record, VIGIL_PART_TEXT, text, left, left);
	assert_int_equal(record.header.size, VIGIL_RECORD_MAX);
	assert_int_equal(decode_record(), VIGIL_OK);
	assert_int_equal(event.part[VIGIL_PART_TEXT].length, left / 2 * 3);
}

/* For any bytes: a result, no crash, and every string is terminated. */
static void random_damage(void **state)
{
	uint64_t seed = 20251120;
	unsigned fine = 0;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		unsigned flips = 1 + make_random(&seed) % 4;
		uint32_t size;

		make_typical(1 + (uint32_t)(make_random(&seed) % 17));
		record.header.encoding = i & 1;
		size = record.header.size;
		while (flips-- > 0) {
			uint64_t at = make_random(&seed) % size;

			record.bytes[at] = (uint8_t)make_random(&seed);
		}
		fine += decode_exact(record.bytes, size) == VIGIL_OK;
	}
	assert_in_range(fine, 30000, 270000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_read),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_wrong_header_is_refused),
		cmocka_unit_test(a_record_above_the_maximum_is_refused),
		cmocka_unit_test(parts_beyond_the_end_are_refused),
		cmocka_unit_test(duplicates_are_refused),
		cmocka_unit_test(what_is_unknown_is_skipped),
		cmocka_unit_test(strings_end_with_a_zero),
		cmocka_unit_test(utf16_becomes_utf8),
		cmocka_unit_test(cut_text_shows_that_it_is_cut),
		cmocka_unit_test(the_largest_record_fits),
		cmocka_unit_test(random_damage),
	};

	return cmocka_run_group_tests(tests, open_decoder, close_decoder);
}
