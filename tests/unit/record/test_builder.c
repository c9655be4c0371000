/* SPDX-License-Identifier: MIT */
/* Records are built part by part, and decoded without trust. */
#include "make_record.h"

#include <stdlib.h>

#include "record/builder.h"
#include "record/fields.h"

static void a_copy_is_equal(void **state)
{
	struct record from;
	uint8_t *to = malloc(VIGIL_RECORD_MAX);
	const struct vigil_part *part;
	struct vigil_header *made;
	struct record_builder r;
	size_t at;

	(void)state;
	record_begin(&from, VIGIL_EVENT_IMAGE_LOAD);
	record_part(&from, VIGIL_PART_IMAGE, "odd", 3, 3);
	record_part(&from, VIGIL_PART_USER, "", 0, 0);
	record_part(&from, VIGIL_PART_BUILD_ID, "12345678", 8, 20);
	at = from.header.fixed;
	builder_begin_copy(&r, to, VIGIL_RECORD_MAX, &from.header);
	while ((part = part_next(&from.header, &at)) != NULL)
		builder_add_copy(&r, part, part + 1);
	assert_int_equal(at, from.header.size);
	made = builder_end(&r);
	assert_non_null(made);
	assert_memory_equal(made, &from.header, from.header.size);
	free(to);
}

static void damage_ends_the_walk(void **state)
{
	struct record from;
	struct vigil_part *part;
	size_t at;

	(void)state;
	record_begin(&from, VIGIL_EVENT_IMAGE_LOAD);
	record_part(&from, VIGIL_PART_IMAGE, "12345678", 8, 8);
	part = (void *)((uint8_t *)&from.header + from.header.fixed);
	for (uint32_t length = 13; length > 12 && length < 4000000000u; length *= 3) {
		part->length = length;
		at = from.header.fixed;
		assert_null(part_next(&from.header, &at));
		assert_int_not_equal(at, from.header.size);
	}
	part->length = UINT32_MAX;
	at = from.header.fixed;
	assert_null(part_next(&from.header, &at));
}

static void too_large(void **state)
{
	struct record from;
	uint8_t *to = malloc(VIGIL_RECORD_MAX), *value = calloc(1, VIGIL_RECORD_MAX);
	struct vigil_part part = { .kind = VIGIL_PART_IMAGE };
	struct record_builder r;

	(void)state;
	record_begin(&from, VIGIL_EVENT_IMAGE_LOAD);
	part.length = VIGIL_RECORD_MAX - from.header.fixed - (uint32_t)sizeof(part);
	builder_begin_copy(&r, to, VIGIL_RECORD_MAX, &from.header);
	builder_add_copy(&r, &part, value);
	assert_non_null(builder_end(&r));
	assert_int_equal(r.size, VIGIL_RECORD_MAX);
	part.length = 0;
	builder_add_copy(&r, &part, value);
	assert_null(builder_end(&r));
	part.length = UINT32_MAX;
	builder_begin_copy(&r, to, VIGIL_RECORD_MAX, &from.header);
	builder_add_copy(&r, &part, value);
	assert_null(builder_end(&r));
	free(to);
	free(value);
}

/* In a body of each type, every number is unknown. */
static void nothing_is_known(void **state)
{
	static uint64_t memory[64];
	struct record_builder b;

	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		memset(memory, 0xa5, sizeof(memory));
		assert_ptr_equal(builder_begin(&b, memory, sizeof(memory), (uint16_t)type,
					       VIGIL_UTF16LE),
				 (struct vigil_header *)memory + 1);
		assert_non_null(builder_end(&b));
		for (size_t i = 0; i < field_store_count; i++) {
			const struct field_source *source = &field_stores[i].source;
			const uint8_t *body = (const uint8_t *)memory + sizeof(struct vigil_header);

			if (!(field_stores[i].types & VIGIL_TYPE_BIT(type)) ||
			    source->place != PLACE_BODY)
				continue;
			assert_int_equal(field_load(body + source->at, source->bytes),
					 source->always_known ? 0 : source->unknown);
		}
	}
}

/* What does not fit is omitted, and memory after the end is not changed. */
static void small_memory(void **state)
{
	static uint64_t memory[32];
	struct record_builder b;
	size_t head = sizeof(struct vigil_header) + sizeof(struct vigil_status_body);

	(void)state;
	for (size_t capacity = 0; capacity < head + 48; capacity += 8) {
		memset(memory, 0xa5, sizeof(memory));
		if (builder_begin(&b, memory, capacity, VIGIL_EVENT_STATUS, VIGIL_BYTES))
			builder_add(&b, VIGIL_PART_TEXT, VIGIL_PART_ORIGIN_NONE, "0123456789", 10);
		if (capacity < head + part_size(10))
			assert_null(builder_end(&b));
		else
			assert_int_equal(builder_end(&b)->size, head + part_size(10));
		for (size_t i = capacity; i < sizeof(memory); i++)
			assert_int_equal(((uint8_t *)memory)[i], 0xa5);
	}
}

/* A part that is written in place, and its padding to a multiple of 8. */
static void open_part(void **state)
{
	static uint64_t memory[32];
	struct record_builder b;
	struct vigil_part *part;

	(void)state;
	memset(memory, 0xa5, sizeof(memory));
	builder_begin_parts(&b, memory, sizeof(memory));
	part = builder_open(&b, VIGIL_PART_NAME, VIGIL_PART_ORIGIN_QUERY, 100);
	memcpy(part + 1, "abc", 3);
	builder_close(&b, part, 3);
	assert_int_equal(b.size, 16);
	assert_memory_equal(part + 1, "abc\0", 4);
	assert_int_equal(part->length, 3);
	assert_int_equal(part->original, 3);
	assert_null(builder_open(&b, VIGIL_PART_NAME, 0, sizeof(memory) - 24));
	assert_true(b.full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_equal), cmocka_unit_test(damage_ends_the_walk),
		cmocka_unit_test(too_large),       cmocka_unit_test(nothing_is_known),
		cmocka_unit_test(small_memory),    cmocka_unit_test(open_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
