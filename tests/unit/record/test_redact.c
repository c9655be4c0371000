/* SPDX-License-Identifier: MIT */
/* No secret that docs/security.md promises to find stays in a record, and nothing else changes. */
#include <stdlib.h>
#include <time.h>

#include "core/bytes.h"
#include "make_event.h"
#include "record/builder.h"
#include "record/parts.h"
#include "record/redact.h"

#define MARK "[redacted]"

static struct maker m;
static struct redactor *redactor;
static const uint64_t KEY[2] = { 1, 2 };

static void open_redactor(enum vigil_redact mode, const char *names)
{
	redactor_free(redactor);
	redactor = redactor_new(mode, names, KEY);
	assert_non_null(redactor);
}

static int close_redactor(void **state)
{
	(void)state;
	redactor_free(redactor);
	return 0;
}

static void add_part(uint32_t kind, const void *value, size_t length, size_t original)
{
	struct record_builder builder;
	struct vigil_part *part;

	builder_resume(&builder, m.header, sizeof(m.record.bytes));
	part = builder_add(&builder, (uint16_t)kind, VIGIL_PART_ORIGIN_KERNEL, value, length);
	assert_non_null(part);
	part->original = (uint32_t)original;
	assert_non_null(builder_end(&builder));
}

/* Returns the part of a redacted record, of which \n stands for each NUL. */
static const char *redacted(uint32_t kind, const char *text, size_t length)
{
	static char shown[1 << 17];
	const struct vigil_part *part;
	struct vigil_header *record;

	make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
	add_part(VIGIL_PART_NAME, "before", 6, 6);
	add_part(kind, text, length, length);
	add_part(VIGIL_PART_DIRECTORY, "/after", 6, 6);
	record = redact_record(redactor, m.header);
	assert_int_equal(part_find(record, VIGIL_PART_NAME)->length, 6);
	assert_memory_equal(part_find(record, VIGIL_PART_DIRECTORY) + 1, "/after", 6);
	part = part_find(record, (uint16_t)kind);
	assert_non_null(part);
	assert_int_equal(part->length, part->original);
	for (uint32_t i = 0; i < part->length; i++)
		shown[i] = ((const char *)(part + 1))[i] ? ((const char *)(part + 1))[i] : '\n';
	shown[part->length] = '\0';
	return shown;
}

static void args(const char *given, const char *expected)
{
	char list[256];
	size_t length = strlen(given);

	assert_true(length < sizeof(list));
	for (size_t i = 0; i < length; i++)
		list[i] = (char)(given[i] == '\n' ? '\0' : given[i]);
	assert_string_equal(redacted(VIGIL_PART_ARGS, list, length), expected);
}

static void secrets_in_arguments(void **state)
{
	static const char *const CASES[][2] = {
		{ "x\n--password=a b&c\nend\n", "x\n--password=" MARK "\nend\n" },
		{ "x\n--db-password\nhunter 2\nend\n", "x\n--db-password\n" MARK "\nend\n" },
		{ "x\n--token\nabc\n", "x\n--token\n" MARK "\n" },
		{ "x\nPASSWORD=abc\n", "x\nPASSWORD=" MARK "\n" },
		{ "aws\nAWS_SECRET_ACCESS_KEY=a/b+c=\n", "aws\nAWS_SECRET_ACCESS_KEY=" MARK "\n" },
		{ "x\nkey AKIAIOSFODNN7EXAMPLE.\n", "x\nkey " MARK ".\n" },
		{ "git\nclone\nhttps://me:pass@host/a\n",
		  "git\nclone\nhttps://me:" MARK "@host/a\n" },
		{ "curl\nhttp://h/?a=1&access_token=xyz&b=2\n",
		  "curl\nhttp://h/?a=1&access_token=" MARK "&b=2\n" },
		{ "curl\n-H\nAuthorization: Bearer abc.def\n",
		  "curl\n-H\nAuthorization: " MARK "\n" },
		{ "curl\n-u\nme:pass word\n", "curl\n-u\nme:" MARK "\n" },
		{ "/usr/bin/curl\n--user\nme:p\n-o\nx\n",
		  "/usr/bin/curl\n--user\nme:" MARK "\n-o\nx\n" },
		{ "/usr/bin/mysqldump\n-u\nme\n-ppass\ndb\n",
		  "/usr/bin/mysqldump\n-u\nme\n-p" MARK "\ndb\n" },
		{ "sshpass\n-p\npa ss\nssh\nhost\n", "sshpass\n-p\n" MARK "\nssh\nhost\n" },
		{ "sh\n-c\nmysql -pabc db; x --password='a b' y\n",
		  "sh\n-c\nmysql -p" MARK " db; x --password='" MARK "' y\n" },
		{ "sh\n-c\ncurl -d '{\"password\": \"abc\"}'\n",
		  "sh\n-c\ncurl -d '{\"password\": \"" MARK "\"}'\n" },
	};

	(void)state;
	open_redactor(VIGIL_REDACT_ON, NULL);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		args(CASES[i][0], CASES[i][1]);
}

static void what_is_no_secret(void **state)
{
	static const char *const CASES[] = {
		"make\n-j2\nall\n",
		"cc\n-pthread\n-p\nx\n-o\na=b\n",
		"x\n--password-file=/etc/x\n--token-ttl\n3\n",
		"PWD=/home\nx\n",
		"ssh\nhost:22\nhttp://host:80/a@b\n",
		"AKIA\nAKIAshort\n",
		"x\n--password=\n--password\n",
		"",
		"\n\n\n",
	};

	(void)state;
	open_redactor(VIGIL_REDACT_ON, NULL);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		if (CASES[i][0])
			args(CASES[i], CASES[i]);
}

static void command_lines(void **state)
{
	static const char GIVEN[] = "x.exe --password=abc \"--token=a b\" /key:v -secret \"c d\" z";

	(void)state;
	open_redactor(VIGIL_REDACT_ON, NULL);
	assert_string_equal(redacted(VIGIL_PART_COMMAND_LINE, GIVEN, sizeof(GIVEN) - 1),
			    "x.exe --password=" MARK " \"--token=" MARK "\" /key:v -secret \"" MARK
			    "\" z");
}

static void own_names(void **state)
{
	(void)state;
	open_redactor(VIGIL_REDACT_ON, "pin\r\nlicense-key");
	args("x\n--pin=12\n--LICENSE_KEY\nabc\n", "x\n--pin=" MARK "\n--LICENSE_KEY\n" MARK "\n");
	assert_string_equal(redacted(VIGIL_PART_ENVIRONMENT, "MY_PIN=1\0HOME=/a", 17),
			    "MY_PIN=" MARK "\nHOME=/a\n");
}

/* Equal secrets have equal hashes with the same key, and only with it. */
static void hashes(void **state)
{
	uint64_t other[2];
	char first[256];
	const char *text;

	(void)state;
	open_redactor(VIGIL_REDACT_HASH, NULL);
	text = redacted(VIGIL_PART_ARGS, "x\0--token=abc\0--password\0abc", 29);
	strcpy(first, text);
	assert_null(strstr(text, "abc"));
	text = strstr(text, "[secret:");
	assert_non_null(text);
	assert_int_equal(strspn(text + 8, "0123456789abcdef"), 16);
	assert_int_equal(strncmp(text, strstr(text + 8, "[secret:"), 25), 0);
	redact_make_key("another key", other);
	redactor_free(redactor);
	redactor = redactor_new(VIGIL_REDACT_HASH, NULL, other);
	text = redacted(VIGIL_PART_ARGS, "x\0--token=abc\0--password\0abc", 29);
	assert_string_not_equal(text, first);
}

static void utf16(void **state)
{
	static const char GIVEN[] = "x.exe --password=\xc3\xa4 \xf0\x9f\x92\xa9";
	char wide[256], plain[256];
	const struct vigil_part *part;
	struct vigil_header *record;
	size_t length = vigil_utf8_to_utf16(wide, GIVEN, sizeof(GIVEN) - 1);

	(void)state;
	open_redactor(VIGIL_REDACT_ON, NULL);
	make_event(&m, VIGIL_EVENT_PROCESS_CREATE);
	m.header->encoding = VIGIL_UTF16LE;
	add_part(VIGIL_PART_COMMAND_LINE, wide, length, length + 10);
	record = redact_record(redactor, m.header);
	part = part_find(record, VIGIL_PART_COMMAND_LINE);
	assert_int_equal(part->original, part->length + 10);
	length = vigil_utf16_to_utf8(plain, part + 1, part->length);
	plain[length] = '\0';
	assert_string_equal(plain, "x.exe --password=" MARK " \xf0\x9f\x92\xa9");
}

/* The time is linear whatever the arguments are, and what does not fit is cut. */
static void hostile_arguments(void **state)
{
	static const char *const PATTERNS[] = { "=",        "a=",       "://",       "AKIA",
						"-p ",      "mysql ",   "password=", "password=x ",
						"\"'",      "curl -u ", "aaaaaaaa",  "://a:b@",
						"--token ", "-token\n" };
	static char text[65000];

	(void)state;
	open_redactor(VIGIL_REDACT_HASH, NULL);
	for (size_t i = 0; i < sizeof(PATTERNS) / sizeof(PATTERNS[0]); i++) {
		size_t length = strlen(PATTERNS[i]);
		struct vigil_header *record;
		const struct vigil_part *part;
		clock_t begin = clock();

		for (size_t k = 0; k < sizeof(text); k++)
			text[k] = PATTERNS[i][k % length];
		make_event(&m, VIGIL_EVENT_PROCESS_EXEC);
		add_part(VIGIL_PART_ARGS, text, sizeof(text), sizeof(text));
		record = redact_record(redactor, m.header);
		part = part_find(record, VIGIL_PART_ARGS);
		assert_true(!part || part->length <= VIGIL_RECORD_MAX);
		if (clock() - begin > CLOCKS_PER_SEC / 4)
			fail_msg("`%s` takes too long", PATTERNS[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_in_arguments),
		cmocka_unit_test(what_is_no_secret),
		cmocka_unit_test(command_lines),
		cmocka_unit_test(own_names),
		cmocka_unit_test(hashes),
		cmocka_unit_test(utf16),
		cmocka_unit_test(hostile_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, close_redactor);
}
