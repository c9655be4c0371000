/* SPDX-License-Identifier: MIT */
#include "import/make_jsonl.h"

#include "core/bytes.h"

char directory[] = "/tmp/vigil-jsonl-XXXXXX";
char recording[64], lines[64];
struct record record;
struct vigil_recorder *recorder;
uint64_t seq;
uint8_t encoding;

int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(recording, sizeof(recording), "%s/a.vigil", directory);
	snprintf(lines, sizeof(lines), "%s/a.json", directory);
	return 0;
}

int remove_all(void **state)
{
	(void)state;
	unlink(recording);
	unlink(lines);
	return rmdir(directory);
}

/* A body with a different number in each field, small enough for all of them. */
void *begin(uint32_t type, uint32_t pid)
{
	uint8_t *body = record_begin(&record, type);
	size_t size = decode_longest_body_size((uint16_t)type);

	for (size_t i = 0; i + 4 <= size; i += 4)
		body[i] = (uint8_t)(1 + i / 4);
	record.header.encoding = encoding;
	record.header.seq = ++seq;
	record.header.mono = seq * 1001;
	record.header.time = 1700000000123456789u + seq * 1001;
	record.header.cpu = 3;
	record.header.actor = story_id(pid, pid * 10);
	record.header.actor.tid = pid;
	return body;
}

void part(uint32_t kind, const char *text, size_t length, size_t missing)
{
	char wide[256];
	size_t bytes = length;

	if (encoding == VIGIL_UTF16LE && kind != VIGIL_PART_USER && kind != VIGIL_PART_BUILD_ID &&
	    kind != VIGIL_PART_SHA256) {
		bytes = vigil_utf8_to_utf16(wide, text, length);
		text = wide;
	}
	record_part(&record, kind, text, bytes, bytes + missing);
}

void text(uint32_t kind, const char *value)
{
	part(kind, value, strlen(value), 0);
}

void add(void)
{
	struct vigil_event event = { .record = &record.header };

	assert_int_equal(vigil_recorder_add(recorder, &event, true), VIGIL_OK);
}

/* What was read from the file: VIGIL_PART_FILE_VERSION or VIGIL_PART_SIGNATURE. */
void add_file_info(uint32_t kind)
{
	static const char VERSION[] =
	    "CompanyName=M\xc3\xbcller\0FileDescription=D\0FileVersion=1=2\0"
	    "OriginalFilename=o.exe\0ProductName=P";
	static const char BAD[] = "untrusted\0Somebody", GOOD[] = "valid\0Somebody";

	if (kind == VIGIL_PART_FILE_VERSION)
		part(kind, VERSION, sizeof(VERSION), 0);
	else if (encoding == VIGIL_BYTES)
		part(kind, BAD, sizeof(BAD), 0);
	else
		part(kind, GOOD, sizeof(GOOD), 0);
}

void add_start(uint32_t type, uint32_t pid, uint32_t parent)
{
	struct vigil_process_body *body = begin(type, pid);

	body->process = story_id(pid, pid * 10);
	body->process.tid = pid;
	body->parent = story_id(parent, parent * 10);
	body->tracer = story_id(0, 0);
	body->start = record.header.time - 500;
	text(VIGIL_PART_IMAGE, "/bin/sh\xc3\xa4rp");
	if (encoding == VIGIL_BYTES) {
		part(VIGIL_PART_ARGS, "sh\0-c\0bad \xff\xfe bytes\0\0", 21, 0);
		text(VIGIL_PART_CGROUP, pid == 6 ? "/machine.slice/machine-deb.scope"
						 : "/docker/0123456789abcdef0123456789abcdef"
						   "0123456789abcdef0123456789abcdef");
		text(VIGIL_PART_FILENAME, "./script");
		text(VIGIL_PART_ROOT, "/srv");
	} else {
		text(VIGIL_PART_COMMAND_LINE, "sh -c \"quoted\" \\ and \xf0\x9f\x98\x80");
		part(VIGIL_PART_USER, "\1\1\0\0\0\0\0\5\x12\0\0\0", 12, 0);
	}
	text(VIGIL_PART_NAME, "sh");
	part(VIGIL_PART_DIRECTORY, "/tmp/cut-", 9, 40);
	part(VIGIL_PART_BUILD_ID, "\x01\xab\x00\xff", 4, 0);
	part(VIGIL_PART_SHA256, "0123456789abcdef0123456789abcde\xff", 32, 0);
	add_file_info(VIGIL_PART_FILE_VERSION);
	add_file_info(VIGIL_PART_SIGNATURE);
	add();
}

/* Prints a whole file as JSON. */
char *print(const char *path, uint32_t types, int *failures)
{
	struct vigil_printer_options how = { .size = sizeof(how), .format = VIGIL_FORMAT_JSON };
	struct vigil_options options = { .size = sizeof(options), .types = types };
	struct vigil_printer *printer = vigil_printer_new(&how);
	const struct vigil_event *event;
	struct vigil_error error;
	char *all = NULL;
	size_t length;
	FILE *stream = open_memstream(&all, &length);
	struct vigil *v;
	int got;

	if (vigil_open_file(&v, path, &options, &error) < 0)
		fail_msg("%s", error.text);
	*failures = 0;
	while ((got = vigil_next(v, &event, 0)) != 0) {
		const char *one;
		size_t bytes;

		*failures += got < 0;
		if (got < 0)
			continue;
		one = vigil_print(printer, event, &bytes);
		fwrite(one, 1, bytes, stream);
	}
	assert_true(vigil_at_end(v));
	vigil_close(v);
	vigil_printer_free(printer);
	fclose(stream);
	return all;
}

void write_lines(const char *content)
{
	FILE *f = fopen(lines, "w");

	assert_non_null(f);
	fputs(content, f);
	fclose(f);
}
