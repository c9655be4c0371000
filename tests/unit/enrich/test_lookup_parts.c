/* SPDX-License-Identifier: MIT */
/* Results as parts: built, decoded again, within the maximum size. */
#include "make_record.h"

#include "core/bytes.h"
#include "enrich/lookup_parts.h"
#include "enrich/mapped.h"
#include "record/builder.h"

#define ALL_LOOKS (VIGIL_INSPECT_HASH | VIGIL_INSPECT_VERSION | VIGIL_INSPECT_SIGNATURE)

static struct record record;
static struct lookup_result result;
static struct vigil_event event;
static struct decoder decoder;

static int begin(void **state)
{
	(void)state;
	memset(&result, 0, sizeof(result));
	record_begin(&record, VIGIL_EVENT_PROCESS_CREATE);
	record.header.encoding = VIGIL_UTF16LE;
	return decoder_open(&decoder);
}

static int end(void **state)
{
	(void)state;
	decoder_close(&decoder);
	return 0;
}

static void add(const char *key, const char *value)
{
	uint16_t wide[4096];
	size_t bytes = vigil_utf8_to_utf16(wide, value, strlen(value));

	wide[bytes / 2] = 0;
	lookup_text_add(&result.version, key, wide, bytes / 2 + 1);
}

static void decode_it(size_t bytes)
{
	struct vigil_error error;

	record.header.size += (uint32_t)bytes;
	if (decode(&decoder, &record, record.header.size, &event, &error) < 0)
		fail_msg("%s", error.text);
}

static void decode_result(uint32_t what)
{
	size_t bytes = lookup_parts(record.bytes + record.header.size, what, &result);

	assert_true(bytes <= lookup_parts_size(what));
	decode_it(bytes);
}

static void is_text(uint32_t kind, const char *text, size_t length)
{
	assert_int_equal(event.part[kind].length, length);
	assert_memory_equal(event.part[kind].data, text, length);
	assert_int_equal(event.part_origin[kind], VIGIL_PART_ORIGIN_FILE);
}

static void all_is_known(void **state)
{
	(void)state;
	result.known = ALL_LOOKS;
	memset(result.sha256, 0xa5, sizeof(result.sha256));
	add("CompanyName", "M\xc3\xbcller = S\xc3\xb6hne");
	add("FileVersion", "1.2");
	lookup_text_add_word(&result.signature, "valid");
	lookup_text_add(&result.signature, "", (const uint16_t[]){ 'M', 'e' }, 2);
	decode_result(ALL_LOOKS);
	is_text(VIGIL_PART_SHA256, (const char *)result.sha256, 32);
	is_text(VIGIL_PART_FILE_VERSION,
		"CompanyName=M\xc3\xbcller = S\xc3\xb6hne\0FileVersion=1.2", 45);
	is_text(VIGIL_PART_SIGNATURE, "valid\0Me", 9);
	for (uint32_t kind = VIGIL_PART_SHA256; kind <= VIGIL_PART_SIGNATURE; kind++)
		assert_int_equal(event.part_flags[kind], 0);
}

/* A file without a version resource has no such part; a failure is marked. */
static void what_is_not_there_is_not_reported(void **state)
{
	(void)state;
	result.known = VIGIL_INSPECT_VERSION;
	decode_result(VIGIL_INSPECT_VERSION | VIGIL_INSPECT_SIGNATURE);
	assert_int_equal(event.part_flags[VIGIL_PART_FILE_VERSION], 0);
	assert_int_equal(event.part[VIGIL_PART_FILE_VERSION].length, 0);
	assert_int_equal(event.part_flags[VIGIL_PART_SIGNATURE], VIGIL_PART_FLAG_UNREADABLE);
	assert_int_equal(event.part_flags[VIGIL_PART_SHA256], 0); /* not requested */
}

static void what_is_late_is_marked(void **state)
{
	size_t bytes = lookup_parts_late(record.bytes + record.header.size, ALL_LOOKS);

	(void)state;
	assert_true(bytes <= lookup_parts_size(ALL_LOOKS));
	decode_it(bytes);
	for (uint32_t kind = VIGIL_PART_SHA256; kind <= VIGIL_PART_SIGNATURE; kind++) {
		assert_int_equal(event.part_flags[kind], VIGIL_PART_FLAG_LATE);
		assert_int_equal(event.part[kind].length, 0);
	}
}

/* However long and many the values are, items are complete, and the truncation is marked. */
static void what_is_too_long_is_cut(void **state)
{
	static char value[3001];

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	result.known = ALL_LOOKS;
	for (unsigned i = 0; i < 20; i++) {
		add("FileDescription", value);
		assert_true(result.version.units <= LOOKUP_TEXT_UNITS);
	}
	decode_result(ALL_LOOKS);
	assert_int_equal(event.part_flags[VIGIL_PART_FILE_VERSION], VIGIL_PART_FLAG_CUT);
	assert_true(event.part[VIGIL_PART_FILE_VERSION].original >
		    event.part[VIGIL_PART_FILE_VERSION].length);
	assert_memory_equal(event.part[VIGIL_PART_FILE_VERSION].data, "FileDescription=vvv", 19);
	assert_int_equal(event.part[VIGIL_PART_FILE_VERSION]
			     .data[event.part[VIGIL_PART_FILE_VERSION].length - 1],
			 '\0');
}

static void verdicts_have_words(void **state)
{
	(void)state;
	assert_string_equal(signature_status(0), "valid");
	assert_string_equal(signature_status(0x800b0100), "unsigned");
	assert_string_equal(signature_status(0x800b0101), "expired");
	assert_string_equal(signature_status(0x800b010c), "revoked");
	assert_string_equal(signature_status(0x800b0109), "untrusted");
	assert_string_equal(signature_status(0x80096010), "damaged");
	assert_string_equal(signature_status(0x80070005), "error");
}

/* An image load whose path is followed by another part. */
static struct vigil_header *image_load(void *memory, const char *path)
{
	struct record_builder builder;
	struct vigil_image_body *image =
	    builder_begin(&builder, memory, 512, VIGIL_EVENT_IMAGE_LOAD, 0);

	image->attributes = VIGIL_IMAGE_MAYBE_DELETED;
	builder_add(&builder, VIGIL_PART_IMAGE, VIGIL_PART_ORIGIN_PERF, path, strlen(path));
	builder_add(&builder, VIGIL_PART_BUILD_ID, VIGIL_PART_ORIGIN_FILE, "12345", 5);
	return builder_end(&builder);
}

static void a_path_is_shortened(void **state)
{
	static const char mark[] = " (deleted)";
	char path[64] = "/";

	(void)state;
	for (size_t length = 1; length < 40; length++) {
		_Alignas(8) uint8_t memory[512] = { 0 };
		struct vigil_header *h;
		const struct vigil_part *part;

		memset(path, 'y', length);
		strcpy(path + length, mark);
		h = image_load(memory, path);
		mapped_set_deleted(h, true);
		assert_int_equal(((struct vigil_image_body *)(void *)(h + 1))->attributes,
				 VIGIL_IMAGE_DELETED);
		part = part_find(h, VIGIL_PART_IMAGE);
		assert_int_equal(part->length, length);
		assert_int_equal(part->original, length);
		assert_memory_equal(part + 1, path, length);
		part = part_find(h, VIGIL_PART_BUILD_ID);
		assert_non_null(part);
		assert_memory_equal(part + 1, "12345", 5);
		assert_int_equal((const uint8_t *)part + 24 - memory, h->size);
	}
	memset(path, 0, sizeof(path));
	strcpy(path, "/x (deleted)");
	{
		_Alignas(8) uint8_t memory[512] = { 0 };
		struct vigil_header *h = image_load(memory, path);

		mapped_set_deleted(h, false);
		assert_int_equal(((struct vigil_image_body *)(void *)(h + 1))->attributes, 0);
		assert_int_equal(part_find(h, VIGIL_PART_IMAGE)->length, strlen(path));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_is_known, begin, end),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_not_reported, begin, end),
		cmocka_unit_test_setup_teardown(what_is_late_is_marked, begin, end),
		cmocka_unit_test_setup_teardown(what_is_too_long_is_cut, begin, end),
		cmocka_unit_test(a_path_is_shortened),
		cmocka_unit_test(verdicts_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
