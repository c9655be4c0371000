/* SPDX-License-Identifier: MIT */
/*
 * printers.c - how many events a second each format prints, and how many records are
 * decoded, on one core.
 *
 * The event is an exec as the Linux sensor has it: seven arguments, all ids, a
 * parent, namespaces. bench_printers [SECONDS [FORMAT|decode]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vigil/vigil.h>

#include "core/bytes.h"
#include "record/builder.h"
#include "record/decode.h"

#define TEXT(s) ((struct vigil_string){ (s), sizeof(s) - 1, sizeof(s) - 1 })

static struct {
	struct vigil_header header;
	struct vigil_process_body body;
	uint64_t parts[128]; /* as long as decoding wants them */
} record;

static struct vigil_process_info process, parent;
static struct vigil_event event;
static struct event_parts event_parts;

static void fill_process(struct vigil_process_info *proc, uint32_t pid)
{
	proc->id = (struct vigil_id){ pid, 0, 98765432100000u + pid };
	proc->parent = (struct vigil_id){ pid - 1, 0, 98765432099999u + pid };
	proc->start = 1763669662123456789u - (98765432123456u - proc->id.start_key);
	proc->session = 4000;
	proc->image = TEXT("/usr/bin/x86_64-linux-gnu-gcc-12");
	proc->name = TEXT("gcc");
	proc->args = TEXT("gcc\0-DHAVE_CONFIG_H\0-I.\0-Wall\0-O2\0-c\0main.c\0");
	proc->command = TEXT("gcc -DHAVE_CONFIG_H -I. -Wall -O2 -c main.c");
	proc->directory = TEXT("/home/ada/src/dash-0.5.12/build");
	proc->filename = TEXT("/usr/bin/gcc");
	proc->cgroup_path = TEXT("/user.slice/user-1000.slice/session-3.scope");
	proc->cgroup_others = proc->container = proc->container_info = proc->machine = proc->user =
	    TEXT("");
	proc->ns_pid = pid;
	proc->revision = pid;
	proc->cgroup = 4242;
}

static void fill_event(void)
{
	struct vigil_process_body *body = &record.body;

	fill_process(&process, 4713);
	fill_process(&parent, 4712);
	record.header.type = VIGIL_EVENT_PROCESS_EXEC;
	record.header.seq = 123456;
	record.header.time = 1763669662123456789u;
	record.header.mono = 98765432123456u;
	record.header.actor = (struct vigil_id){ 4713, 4713, 98765432104713u };
	body->process = record.header.actor;
	body->parent = process.parent;
	body->start = process.start;
	body->session = 4000;
	body->integrity = body->login_uid = VIGIL_UNKNOWN;
	body->ns_pid = 4713;
	body->tty = 136u << 20 | 1;
	body->cgroup = 4242;
	body->capabilities = 0x1ffffffffff;
	body->device = 8u << 20 | 1;
	body->inode = 1234567;
	body->ns_mnt = body->ns_net = body->ns_user = body->ns_uts = 4026531840u;
	body->ns_pid_ns = body->ns_ipc = body->ns_cgroup = body->ns_time = 4026531836u;
	event.record = &record.header;
	event.start = body;
	event.process = event.actor = &process;
	event.parent = &parent;
	event.machine = 0xfeedbeefcafef00du;
	event.host = TEXT("builder");
	event_use_parts(&event, &event_parts);
	event_parts.value[VIGIL_PART_IMAGE] = process.image;
	event_parts.source[VIGIL_PART_IMAGE] = VIGIL_PART_ORIGIN_KERNEL;
}

/* As the sensor of that system has them: Windows' strings are UTF-16. */
static void set_parts(enum vigil_encoding encoding)
{
	const struct {
		enum vigil_part_id kind;
		const struct vigil_string *text;
	} parts[] = {
		{ VIGIL_PART_NAME, &process.name },
		{ VIGIL_PART_IMAGE, &process.image },
		{ VIGIL_PART_DIRECTORY, &process.directory },
		{ VIGIL_PART_CGROUP, &process.cgroup_path },
		{ VIGIL_PART_FILENAME, &process.filename },
		{ encoding == VIGIL_BYTES ? VIGIL_PART_ARGS : VIGIL_PART_COMMAND_LINE,
		  encoding == VIGIL_BYTES ? &process.args : &process.command },
	};
	struct record_builder builder;
	char wide[256];

	record.header.fixed = sizeof(record.header) + sizeof(record.body);
	record.header.size = record.header.fixed;
	builder_resume(&builder, &record.header, sizeof(record));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *text = parts[i].text->data;
		size_t length = parts[i].text->length;

		if (encoding == VIGIL_UTF16LE) {
			length = vigil_utf8_to_utf16(wide, text, length);
			text = wide;
		}
		builder_add(&builder, (uint16_t)parts[i].kind, VIGIL_PART_ORIGIN_KERNEL, text,
			    length);
	}
	record.header.encoding = (uint8_t)encoding;
	record.header.version = VIGIL_RECORD_VERSION;
	builder_end(&builder);
}

/* Time of the processor, not of the clock: others may run on this machine. */
static double now(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static int measure(const char *name, enum vigil_format format, unsigned width, double seconds)
{
	const struct vigil_printer_options options = { .size = sizeof(options),
						       .format = format,
						       .width = width };
	struct vigil_printer *printer = vigil_printer_new(&options);
	double begin = now(), end;
	size_t length = 0, events = 0;

	if (!printer)
		return 1;
	do {
		for (int i = 0; i < 1000; i++) {
			record.header.time += 1000003;
			record.header.mono += 1000003;
			vigil_print(printer, &event, &length);
		}
		events += 1000;
		end = now();
	} while (end - begin < seconds);
	printf("%-12s %10.0f events/s  %5zu bytes each\n", name, (double)events / (end - begin),
	       length);
	vigil_printer_free(printer);
	return 0;
}

static int measure_decoding(const char *name, enum vigil_encoding encoding, double seconds)
{
	struct decoder decoder;
	double begin, end;
	size_t records = 0;

	set_parts(encoding);
	begin = now();
	if (decoder_open(&decoder) < 0)
		return 1;
	do {
		for (int i = 0; i < 1000; i++)
			if (decode(&decoder, &record, record.header.size, &event, NULL) < 0)
				return 1;
		records += 1000;
		end = now();
	} while (end - begin < seconds);
	printf("%-12s %10.0f records/s  %5u bytes each\n", name, (double)records / (end - begin),
	       record.header.size);
	decoder_close(&decoder);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		enum vigil_format format;
		unsigned width;
	} RUNS[] = {
		{ "json", VIGIL_FORMAT_JSON, 0 },         { "text", VIGIL_FORMAT_TEXT, 0 },
		{ "text-80", VIGIL_FORMAT_TEXT, 80 },     { "table", VIGIL_FORMAT_TABLE, 0 },
		{ "sysmon-xml", VIGIL_FORMAT_SYSMON, 0 },
	};
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	int failed = 0;

	fill_event();
	for (size_t i = 0; i < sizeof(RUNS) / sizeof(RUNS[0]); i++)
		if (argc < 3 || strcmp(argv[2], RUNS[i].name) == 0)
			failed |= measure(RUNS[i].name, RUNS[i].format, RUNS[i].width, seconds);
	if (argc < 3 || strcmp(argv[2], "decode") == 0) {
		failed |= measure_decoding("decode", VIGIL_BYTES, seconds);
		failed |= measure_decoding("decode-utf16", VIGIL_UTF16LE, seconds);
	}
	return failed;
}
