/* SPDX-License-Identifier: MIT */
/* make_seeds DIRECTORY - writes what the fuzz targets begin with: whole records. */
#include <sqlite3.h>

#include "make_record.h"

static const char *const conditions[] = {
	"",
	"type exec,exit\npid 1\n",
	"children-of 1\nimage make\n",
	"image /usr/*/m?ke\ncommand -j[0-9]*\nuser root\nuser 1000\n",
	"container any\ncontainer 0123\ntype all\ntype process\n",
	"command *a*b*c*\nimage [!a-z]*[]x]\n",
	"type nothing\npid 0\npid 1x\npid 4294967295\nchildren-of x\nuser no one\nuser 0\n",
	"image \ncommand \ncontainer \nnothing 1\nuser 0\nuser S-1-5-18\n",
	"image C:\\Temp\\*\nimage \\Device\\x\nimage *\\temp\\x.exe\ncommand \\*a\n",
	"image \\?\ncommand a\\*\nuser S-1-5-18\n",
	"user S-1-5-18\nuser 7\n",
	"container web\ncontainer longer-than-web\n",
	"children-of 9\n",
	"image *\npid \n",
	"command *\n",
};

static struct record record;

static FILE *create(const char *directory, const char *kind, unsigned number)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%u", directory, kind, number);
	f = fopen(path, "we");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

static void make_of_type(uint32_t type, uint8_t encoding)
{
	static const char cgroup[] = "/lxc.payload.web";
	struct vigil_id *first = record_begin(&record, type);

	*first = (struct vigil_id){ 1, 1, 1000 }; /* most bodies begin with their subject */
	record.header.encoding = encoding;
	record.header.mono = 1000 + type;
	record.header.time = 1763669662123456789u;
	record.header.actor = (struct vigil_id){ 1, 1, 0 };
	record_part(&record, VIGIL_PART_IMAGE, "/usr/bin/make", 13, 13);
	record_part(&record, VIGIL_PART_ARGS, "make\0-j2\0a b\0", 13, 20);
	record_part(&record, VIGIL_PART_NAME, "make", 4, 4);
	record_part(&record, VIGIL_PART_CGROUP, cgroup, sizeof(cgroup) - 1, sizeof(cgroup) - 1);
	record_part(&record, VIGIL_PART_USER, "\1\1\0\0\0\0\0\5\x12\0\0", 12, 12);
	record_part(&record, VIGIL_PART_TEXT, "\xff\x1b[2J\"<&", 8, 8);
}

static void write_record(FILE *f, uint32_t type, uint8_t encoding)
{
	make_of_type(type, encoding);
	if (fwrite(&record, 1, record.header.size, f) != record.header.size)
		exit(1);
}

/* For each type one record without parts, and one with other parts and a path that no index
 * contains. */
static void write_other_records(FILE *f)
{
	char path[300] = "/";

	memset(path + 1, 'd', sizeof(path) - 1);
	for (uint32_t type = VIGIL_TYPE_MAX - 1; type > 0; type--) {
		struct vigil_id *first = record_begin(&record, type);

		*first = (struct vigil_id){ 2, 2, type };
		if (type == VIGIL_EVENT_PROCESS_EXEC) /* a user that is not known */
			((struct vigil_process_body *)(void *)first)->uid = VIGIL_UNKNOWN;
		if (fwrite(&record, 1, record.header.size, f) != record.header.size)
			exit(1);
		record_part(&record, VIGIL_PART_NAME, "other", 5, 5);
		if (fwrite(&record, 1, record.header.size, f) != record.header.size)
			exit(1);
		record_part(&record, VIGIL_PART_IMAGE, path, sizeof(path), sizeof(path) + 1);
		record_part(&record, VIGIL_PART_COMMAND_LINE, "other -x", 8, 8);
		if (fwrite(&record, 1, record.header.size, f) != record.header.size)
			exit(1);
	}
}

/* Records that are refused, each for another reason; the last ends what can be read. */
static void write_damaged_records(FILE *f)
{
	for (int damage = 0; damage < 6; damage++) {
		struct vigil_part *part;
		uint32_t size;

		make_of_type(VIGIL_EVENT_PROCESS_CREATE, 0);
		part = (void *)(record.bytes + record.header.fixed);
		size = record.header.size;
		if (damage == 0)
			record.header.version++;
		else if (damage == 1)
			record.header.fixed = sizeof(record.header);
		else if (damage == 2)
			part->kind = VIGIL_PART_MAX;
		else if (damage == 3)
			part->kind = VIGIL_PART_ARGS;
		else if (damage == 4)
			part->length = size;
		else
			record.header.size--;
		if (fwrite(&record, 1, size, f) != size)
			exit(1);
	}
}

/* A PID that is used again and again; ends that come late, twice, or never. */
static void write_lives(FILE *f)
{
	static const uint32_t types[] = { VIGIL_EVENT_PROCESS_CREATE, VIGIL_EVENT_PROCESS_EXEC,
					  VIGIL_EVENT_PROCESS_SNAPSHOT, VIGIL_EVENT_PROCESS_EXIT,
					  VIGIL_EVENT_IMAGE_LOAD };
	uint64_t seed = 1;

	for (int i = 0; i < 300; i++) {
		struct vigil_id *ids = record_begin(&record, types[make_random(&seed) % 5]);

		ids[0] = (struct vigil_id){ 1 + (uint32_t)(make_random(&seed) % 3), 0,
					    make_random(&seed) % 4 };
		ids[1] = (struct vigil_id){ 1 + (uint32_t)(make_random(&seed) % 3), 0,
					    make_random(&seed) % 4 };
		record.header.actor = ids[1];
		record.header.mono = make_random(&seed) % 20;
		if (fwrite(&record, 1, record.header.size, f) != record.header.size)
			exit(1);
	}
}

#define HASH "0100000000000000000000000000000000000000000000000000000000000000"

/* Each with one mistake but the first ones: the reader stops there. */
static const char *const rules[] = {
	"deny name=nc user=7 parent=/bin/sh id=no-nc # why\naudit folder=/srv/up\nallow "
	"path=/srv/up/x",
	"deny pattern=*/.cache/* parent=*sh\ndeny path=\"/a\\x20b\"\n\ndeny name='a b'",
	"\xef\xbb\xbf"
	"deny path=C:\\tools\\x.exe user=S-1-5-18\r\ndeny folder=c:\\ parent=sh.exe\r\n",
	"unknown audit # why\nstay\ndeny hash=sha256:" HASH "\naudit hash=" HASH
	" user=7 ancestor=/a\nallow folder=/ ancestor=s[h\nallow name=nc user=root",
	"stay # why\nunknown allow\naudit pattern=*\\\\x ancestor=*.exe\ndeny folder=/srv/ "
	"parent=/a/*",
	"audit hash=" HASH " parent=sh\ndeny name=nc ancestor=/nowhere\nallow name=nc user=8",
	"deny path=\"/a\\\\\\\"\\n\\t\\x7f\"\nstays x=y",
	"deny path=\"/a\\q\"",
	"deny path=\"/a\\x00\"",
	"deny path=\"/a",
	"deny path='/a'b",
	"deny path=/a'b'",
	"deny path=",
	"refuse path=/a",
	"deny what=/a",
	"deny path",
	"deny path=/a path=/b",
	"deny path=/a name=b",
	"deny path=a",
	"deny path=/a*",
	"deny folder=/a//b",
	"deny folder=/a/../b",
	"deny path=/a/",
	"deny path=C:\\a\\",
	"deny name=a?",
	"deny hash=0g",
	"deny user=7",
	"deny name=a id=\xc3\xa4",
	"deny name=a id=unknown",
	"deny name=a parent=/a/./b",
	"deny name=a parent=/a ancestor=/b",
	"deny name=a user=S-1-5-18",
	"deny name=\x01",
	"deny name=a\ndeny name=a",
	"unknown deny\nunknown deny",
	"unknown deny deny",
	"unknown",
};

/* A line of JSON for each type, and the block that they are of. */
static void write_lines(const char *directory, int how)
{
	struct vigil_printer_options options = { .size = sizeof(options),
						 .format = VIGIL_FORMAT_JSON };
	struct vigil_printer *printer = vigil_printer_new(&options);
	FILE *lines = create(directory, "jsonl", 0),
	     *block = create(directory, "recording", (unsigned)how);
	struct decoder decoder;

	if (!printer || decoder_open(&decoder) < 0)
		exit(1);
	putc(how, block);
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		struct vigil_event event;
		const char *line;
		size_t length;

		write_record(block, type, type & 1);
		if (decode(&decoder, &record, record.header.size, &event, NULL) < 0)
			exit(1);
		line = vigil_print(printer, &event, &length);
		fwrite(line, 1, length, lines);
	}
	write_other_records(block);
	write_damaged_records(block);
	decoder_close(&decoder);
	vigil_printer_free(printer);
	fclose(lines);
	fclose(block);
}

/* What is done to a recording that was written well. */
static const char *const changes[] = {
	"",
	"INSERT INTO context SELECT 7, records FROM block",
	"INSERT INTO context VALUES (0, x'00')",
	"UPDATE block SET id = -1",
	"UPDATE block SET id = 1 << 60",
	"UPDATE block SET records = x'00'",
	"UPDATE block SET records = ''",
	"DROP VIEW losses",
	"ALTER TABLE loss RENAME TO [lo -- ss]",
	"CREATE TRIGGER x AFTER INSERT ON block BEGIN DELETE FROM block; END",
	"PRAGMA user_version = 99",
	"PRAGMA application_id = 7",
};

static void copy_recording(const char *directory, const char *path, unsigned number, int how)
{
	FILE *from = fopen(path, "re"), *to = create(directory, "recording", number);
	int c;

	if (!from)
		exit(1);
	putc(how, to);
	while ((c = getc(from)) != EOF)
		putc(c, to);
	fclose(from);
	fclose(to);
}

static void change_recording(const char *path, const char *change)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, change, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", change, sqlite3_errmsg(db));
		exit(1);
	}
	sqlite3_close(db);
}

/* Whole recordings after a byte that says so, one for each way that they are read. */
static void write_recordings(const char *directory, bool no_index, unsigned change)
{
	struct vigil_recorder_options options = { .size = sizeof(options), .no_index = no_index };
	struct vigil_recorder *recorder;
	char path[4096];

	snprintf(path, sizeof(path), "%s/seed.vigil", directory);
	remove(path);
	if (vigil_recorder_open(&recorder, path, &options, NULL) < 0)
		exit(1);
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		struct vigil_event event = { .record = &record.header };

		make_of_type(type, 0);
		if (vigil_recorder_add(recorder, &event, true) < 0)
			exit(1);
	}
	if (vigil_recorder_close(recorder, NULL) < 0)
		exit(1);
	change_recording(path, changes[change]);
	for (int how = change ? 2 : 0; how < 6; how += 2) /* see fuzz_recording.c */
		copy_recording(directory, path, 10 + 8 * (2 * change + no_index) + (unsigned)how,
			       how);
	remove(path);
}

static void write_streams(const char *directory)
{
	unsigned number = 0;

	for (uint8_t how = 0; how < 16; how++) { /* see fuzz_decode.c */
		FILE *f = create(directory, "decode", number++);

		putc(how, f);
		for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
			write_record(f, type, how & 1);
		fclose(f);
	}
	for (int how = 0; how < 2; how++) {
		FILE *f = create(directory, "decode", number++);

		putc(how, f);
		write_lives(f);
		write_other_records(f);
		write_damaged_records(f);
		fclose(f);
	}
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		FILE *f = create(directory, "decode", number++);

		putc(1, f);
		write_record(f, type, 0);
		fclose(f);
	}
}

static void write_filters(const char *directory)
{
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		FILE *f = create(directory, "filter", (unsigned)i);

		fwrite(conditions[i], 1, strlen(conditions[i]) + 1, f);
		write_other_records(f);
		for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
			write_record(f, type, VIGIL_BYTES);
			write_record(f, type, VIGIL_UTF16LE);
		}
		fclose(f);
	}
}

static void write_rules(const char *directory)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		FILE *f = create(directory, "rules", (unsigned)i);

		fwrite(rules[i], 1, strlen(rules[i]) + 1, f);
		fputs("/usr/bin/nc\n/srv/up/x\n/a b\nC:\\TOOLS\\X.EXE\n/home/u/.cache/y", f);
		fclose(f);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (int how = 1; how < 16; how += 2)
		write_lines(argv[1], how);
	write_recordings(argv[1], true, 0);
	for (unsigned change = 0; change < sizeof(changes) / sizeof(changes[0]); change++)
		write_recordings(argv[1], false, change);
	write_streams(argv[1]);
	write_filters(argv[1]);
	write_rules(argv[1]);
	return 0;
}
