/* SPDX-License-Identifier: MIT */
/* make_seeds DIRECTORY - writes what the fuzz targets begin with: whole records. */
#include "make_record.h"

static const char *const conditions[] = {
	"",
	"type exec,exit\npid 1\n",
	"children-of 1\nimage make\n",
	"image /usr/*/m?ke\ncommand -j[0-9]*\nuser root\nuser 1000\n",
	"container any\ncontainer 0123\ntype all\ntype process\n",
	"command *a*b*c*\nimage [!a-z]*[]x]\n",
};

static struct record record;

static FILE *create(const char *directory, const char *kind, unsigned number)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s/%u", directory, kind, number);
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

	*first = (struct vigil_id){ 1, 1, 1000 }; /* most bodies begin with whom they are about */
	record.header.encoding = encoding;
	record.header.mono = 1000 + type;
	record.header.time = 1763669662123456789u;
	record.header.actor = (struct vigil_id){ 1, 1, 0 };
	record_part(&record, VIGIL_IMAGE, "/usr/bin/make", 13, 13);
	record_part(&record, VIGIL_ARGS, "make\0-j2\0a b\0", 13, 20);
	record_part(&record, VIGIL_NAME, "make", 4, 4);
	record_part(&record, VIGIL_CGROUP, cgroup, sizeof cgroup - 1, sizeof cgroup - 1);
	record_part(&record, VIGIL_USER, "\1\1\0\0\0\0\0\5\x12\0\0", 12, 12);
	record_part(&record, VIGIL_TEXT, "\xff\x1b[2J\"<&", 8, 8);
}

static void write_record(FILE *f, uint32_t type, uint8_t encoding)
{
	make_of_type(type, encoding);
	if (fwrite(&record, 1, record.header.size, f) != record.header.size)
		exit(1);
}

/* A PID that is used again and again; ends that come late, twice, or never. */
static void write_lives(FILE *f)
{
	static const uint32_t types[] = { VIGIL_PROCESS_CREATE, VIGIL_PROCESS_EXEC, VIGIL_EXISTING,
					  VIGIL_PROCESS_EXIT, VIGIL_IMAGE_LOAD };
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

static const char *const rules[] = {
	"deny name=nc user=7 parent=/bin/sh id=no-nc # why\naudit folder=/srv/up\nallow "
	"path=/srv/up/x",
	"deny pattern=*/.cache/* parent=*sh\ndeny path=\"/a\\x20b\"\n\ndeny name='a b'",
	"\xef\xbb\xbf"
	"deny path=C:\\tools\\x.exe user=S-1-5-18\r\ndeny folder=c:\\ parent=sh.exe\r\n",
};

/* A line of JSON for each type, and the block that they are of. */
static void write_lines(const char *directory, int how)
{
	struct vigil_printer_options options = { .format = VIGIL_FORMAT_JSON };
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
	decoder_close(&decoder);
	vigil_printer_free(printer);
	fclose(lines);
	fclose(block);
}

/* Whole recordings after a byte that says so, one for each way that they are read. */
static void write_recordings(const char *directory, bool no_index)
{
	struct vigil_recorder_options options = { .size = sizeof options, .no_index = no_index };
	char path[4096];
	struct vigil_recorder *recorder;

	snprintf(path, sizeof path, "%s/seed.vigil", directory);
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
	for (int how = 0; how < 6; how += 2) { /* see fuzz_recording.c */
		FILE *from = fopen(path, "re");
		FILE *to = create(directory, "recording", 10u + 8u * no_index + (unsigned)how);
		int c;

		if (!from)
			exit(1);
		putc(how, to);
		while ((c = getc(from)) != EOF)
			putc(c, to);
		fclose(from);
		fclose(to);
	}
	remove(path);
}

int main(int argc, char **argv)
{
	unsigned number = 0;

	if (argc != 2)
		return 2;
	for (int how = 1; how < 6; how += 2)
		write_lines(argv[1], how);
	write_recordings(argv[1], true);
	write_recordings(argv[1], false);
	for (uint8_t how = 0; how < 16; how++) { /* see fuzz_decode.c */
		FILE *f = create(argv[1], "decode", number++);

		putc(how, f);
		for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
			write_record(f, type, how & 1);
		fclose(f);
	}
	for (int i = 0; i < 2; i++) {
		FILE *f = create(argv[1], "decode", number++);

		putc(i, f);
		write_lives(f);
		fclose(f);
	}
	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		FILE *f = create(argv[1], "filter", (unsigned)i);

		fwrite(conditions[i], 1, strlen(conditions[i]) + 1, f);
		for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
			write_record(f, type, 0);
		fclose(f);
	}
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		FILE *f = create(argv[1], "rules", (unsigned)i);

		fwrite(rules[i], 1, strlen(rules[i]) + 1, f);
		fputs("/usr/bin/nc\n/srv/up/x\n/a b\nC:\\TOOLS\\X.EXE\n/home/u/.cache/y", f);
		fclose(f);
	}
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		FILE *f = create(argv[1], "decode", number++);

		putc(1, f);
		write_record(f, type, 0);
		fclose(f);
	}
	return 0;
}
