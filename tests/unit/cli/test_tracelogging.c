/* SPDX-License-Identifier: MIT */
/* test_tracelogging.c - the bytes of a TraceLogging event, read back as tdh.h documents them. */
#include "make_event.h"

#include <openssl/evp.h>

#include "service/tracelogging.h"

static struct maker m;

/* A field as a consumer reads it. */
struct seen {
	const char *name;
	unsigned in, out;
	const unsigned char *value;
	size_t bytes;
};

static size_t little(const unsigned char *at, unsigned bytes)
{
	size_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (size_t)at[i] << 8 * i;
	return value;
}

static size_t size_of(unsigned in, const unsigned char *value)
{
	switch (in) {
	case TRACELOGGING_UINT8:
		return 1;
	case TRACELOGGING_INT64:
	case TRACELOGGING_UINT64:
	case TRACELOGGING_FILETIME:
	case TRACELOGGING_HEXINT64:
		return 8;
	case TRACELOGGING_STRING:
		return 2 + little(value, 2);
	default:
		fail_msg("type %u", in);
		return 0;
	}
}

/* Reads all fields and checks that both parts end with the last one. Returns the field of that name;
 * its name is NULL if there is none. */
static struct seen read_event(const struct tracelogging *event, const char *type, const char *name)
{
	const unsigned char *at = (const void *)event->metadata.data;
	const unsigned char *end = at + event->metadata.length;
	const unsigned char *value = (const void *)event->data.data;
	struct seen found = { 0 };

	assert_int_equal(little(at, 2), event->metadata.length);
	assert_int_equal(at[2], 0);
	at += 3;
	assert_string_equal((const char *)at, type);
	at += strlen(type) + 1;
	while (at < end) {
		struct seen seen = { .name = (const char *)at, .value = value };

		at += strlen(seen.name) + 1;
		seen.in = *at++;
		if (seen.in & TRACELOGGING_HAS_OUT)
			seen.out = *at++;
		seen.in &= 0x7f;
		seen.bytes = size_of(seen.in, value);
		value += seen.bytes;
		if (strcmp(seen.name, name) == 0)
			found = seen;
	}
	assert_ptr_equal(at, end);
	assert_ptr_equal(value, (const unsigned char *)event->data.data + event->data.length);
	return found;
}

static void fields_have_types(void **state)
{
	struct tracelogging event = { 0 };
	struct seen seen;
	static const char image[] = "C:\\Program Files\\a.exe";

	(void)state;
	make_event(&m, VIGIL_EVENT_PROCESS_DENIED);
	make_known(&m);
	m.header->encoding = VIGIL_UTF16LE;
	m.header->time = 1234567890123456700;
	m.process.image = TEXT("C:\\Program Files\\a.exe");
	assert_true(tracelogging_event(&event, &m.event));
	seen = read_event(&event, "denied", "process.executable");
	assert_int_equal(seen.in, TRACELOGGING_STRING);
	assert_int_equal(seen.out, TRACELOGGING_OUT_UTF8);
	assert_int_equal(seen.bytes, sizeof(image) - 1 + 2);
	assert_memory_equal(seen.value + 2, image, sizeof(image) - 1);
	seen = read_event(&event, "denied", "process.pid");
	assert_int_equal(seen.in, TRACELOGGING_UINT64);
	assert_int_equal(little(seen.value, 8), m.process.id.pid);
	seen = read_event(&event, "denied", "@timestamp");
	assert_int_equal(seen.in, TRACELOGGING_FILETIME);
	/* 1234567890 s and 1,234,567 of 100 ns after 1970 */
	assert_int_equal(little(seen.value, 8), 116444736000000000u + 12345678901234567u);
	assert_null(read_event(&event, "denied", "vigil.etw.cut").name);
	tracelogging_free(&event);
}

static void every_type_can_be_read(void **state)
{
	struct tracelogging event = { 0 };
	char s[] = "h\xc3\xa9";

	(void)state;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		make_full(&m, type, s, sizeof(s) - 1);
		assert_true(tracelogging_event(&event, &m.event));
		assert_non_null(read_event(&event, vigil_type_name(type), "event.sequence").name);
	}
	tracelogging_free(&event);
}

static void what_does_not_fit_is_marked(void **state)
{
	static char s[60000];
	struct tracelogging event = { 0 };
	bool cut = false;

	(void)state;
	memset(s, 'x', sizeof(s));
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		make_full(&m, type, s, sizeof(s));
		assert_true(tracelogging_event(&event, &m.event));
		assert_true(event.metadata.length + event.data.length <= TRACELOGGING_BYTES_MAX);
		assert_int_equal(read_event(&event, vigil_type_name(type), "vigil.etw.cut").name !=
				     NULL,
				 event.cut);
		cut |= event.cut;
	}
	assert_true(cut);
	tracelogging_free(&event);
}

static void the_provider_has_its_name(void **state)
{
	static const unsigned char expected[] = "\x0f\0Vigil-Sensor";
	struct vigil_buffer provider = { 0 };

	(void)state;
	tracelogging_provider(&provider, TRACELOGGING_PROVIDER);
	assert_int_equal(provider.length, sizeof(expected));
	assert_memory_equal(provider.data, expected, sizeof(expected));
	vigil_buffer_free(&provider);
}

struct guid {
	uint32_t first;
	uint16_t second, third;
	uint8_t rest[8];
};

/* The rule by which PerfView, the Windows Performance Recorder and others find a provider. */
static struct guid guid_of_name(const char *name)
{
	unsigned char text[16 + 2 * 40] = { 0x48, 0x2c, 0x2d, 0xb2, 0xc3, 0x90, 0x47, 0xc8,
					    0x87, 0xf8, 0x1a, 0x15, 0xbf, 0xc1, 0x30, 0xfb };
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t length = strlen(name);
	struct guid guid;

	assert_true(length <= 40);
	for (size_t i = 0; i < length; i++) {
		char c = name[i];

		text[17 + 2 * i] = (unsigned char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	assert_int_equal(EVP_Digest(text, 16 + 2 * length, hash, NULL, EVP_sha1(), NULL), 1);
	hash[7] = (hash[7] & 0x0f) | 0x50;
	guid.first = (uint32_t)little(hash, 4);
	guid.second = (uint16_t)little(hash + 4, 2);
	guid.third = (uint16_t)little(hash + 6, 2);
	memcpy(guid.rest, hash + 8, 8);
	return guid;
}

static void the_id_follows_from_the_name(void **state)
{
	static const struct guid id = TRACELOGGING_ID;
	/* the example of Microsoft's documentation of TRACELOGGING_DEFINE_PROVIDER */
	static const struct guid example = {
		0xce5fa4ea, 0xab00, 0x5402, { 0x8b, 0x76, 0x9f, 0x76, 0xac, 0x85, 0x8f, 0xb5 }
	};
	struct guid made = guid_of_name("MyCompany.MyComponent");

	(void)state;
	assert_memory_equal(&made, &example, sizeof(made));
	made = guid_of_name(TRACELOGGING_PROVIDER);
	assert_memory_equal(&made, &id, sizeof(made));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_have_types),
		cmocka_unit_test(every_type_can_be_read),
		cmocka_unit_test(what_does_not_fit_is_marked),
		cmocka_unit_test(the_provider_has_its_name),
		cmocka_unit_test(the_id_follows_from_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
