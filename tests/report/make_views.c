/* SPDX-License-Identifier: MIT */
/*
 * make_views.c - a report and a trace of a made-up stream.
 *
 *	make_views hostile|many|full REPORT.html TRACE.json
 *
 * hostile: names that want to be code, and every kind of event; many: 50,000
 * processes; full: more than a report holds. Records go the way of real ones:
 * bytes, decoder, process table.
 */
#include "make_record.h"

#include <stdio.h>
#include <stdlib.h>

#include "views/perfetto.h"
#include "views/report.h"

struct views {
	struct story story;
	struct report *report;
	struct perfetto *perfetto;
	struct vigil_buffer trace;
	FILE *page;
};

static void check(bool fine, const char *what)
{
	if (fine)
		return;
	perror(what);
	exit(1);
}

static void apply_event(struct views *v)
{
	struct vigil_event *event = &v->story.event;

	event->host = (struct vigil_string){ "</title><b>host", 15, 15 };
	check(report_apply(v->report, event), "report");
	check(perfetto_event(v->perfetto, event, &v->trace), "trace");
}

static struct vigil_id starts(struct views *v, uint32_t pid, struct vigil_id parent,
			      const char *image, const char *args, size_t length)
{
	struct vigil_id id = story_id(pid, v->story.mono);
	struct vigil_process_body *body;

	story_start(&v->story, VIGIL_EVENT_PROCESS_CREATE, id, parent, NULL);
	apply_event(v);
	v->story.mono += 20000;
	body = record_begin(&v->story.record, VIGIL_EVENT_PROCESS_EXEC);
	body->process = id;
	body->process.tid = pid;
	body->parent = parent;
	body->start = id.start_key + v->story.to_wall;
	v->story.record.header.actor = id;
	record_part(&v->story.record, VIGIL_PART_IMAGE, image, strlen(image), strlen(image));
	record_part(&v->story.record, VIGIL_PART_ARGS, args, length, length);
	story_apply(&v->story);
	apply_event(v);
	v->story.mono += 20000;
	return id;
}

static void ends(struct views *v, struct vigil_id id, struct vigil_id parent, uint32_t code)
{
	struct vigil_exit_body *body = record_begin(&v->story.record, VIGIL_EVENT_PROCESS_EXIT);

	body->process = id;
	body->parent = parent;
	body->start = id.start_key + v->story.to_wall;
	body->lifetime = v->story.mono - id.start_key;
	body->cpu_time = body->lifetime / 3;
	body->max_memory = 5u << 20;
	body->code = code;
	v->story.record.header.actor = id;
	story_apply(&v->story);
	apply_event(v);
	v->story.mono += 10000;
}

static const char *const HOSTILE[] = {
	"/tmp/</script><script>document.title='owned'</script>",
	"/tmp/<img src=x onerror=document.title='owned'>",
	"/tmp/<!--<script>",
	"/tmp/\"];document.title='owned';[\"",
	"/tmp/\x1b]0;owned\x07\x1b[2J",
	"/tmp/\xff\xfe\xc0\xaf",
	"/tmp/\xe2\x80\xaegpj.exe", /* turns the direction of writing */
	"/tmp/\xe2\x80\xa8line\xe2\x80\xa9separators",
	"/tmp/\xed\xa0\x80surrogate",
	"/tmp/${document.title='owned'}`",
	"/tmp/&lt;b&gt;&#x3c;",
};

#define HOSTILES (sizeof(HOSTILE) / sizeof(HOSTILE[0]))

static void incidents(struct views *v, struct vigil_id by, struct vigil_id on, const char *name)
{
	struct vigil_denied_body *denied;
	struct vigil_thread_body *thread;
	struct vigil_access_body *access;
	struct vigil_lost_body *lost;
	struct record *record = &v->story.record;

	denied = record_begin(record, VIGIL_EVENT_PROCESS_DENIED);
	denied->verdict = VIGIL_VERDICT_DENY;
	record->header.actor = by;
	record_part(record, VIGIL_PART_IMAGE, name, strlen(name), strlen(name));
	record_part(record, VIGIL_PART_RULE, name, strlen(name), strlen(name));
	story_apply(&v->story);
	apply_event(v);
	thread = record_begin(record, VIGIL_EVENT_REMOTE_THREAD);
	thread->thread = (struct vigil_id){ on.pid, 77, on.start_key };
	record->header.actor = by;
	story_apply(&v->story);
	apply_event(v);
	access = record_begin(record, VIGIL_EVENT_PROCESS_ACCESS);
	access->target = on;
	access->method = VIGIL_METHOD_ATTACH;
	record->header.actor = by;
	story_apply(&v->story);
	apply_event(v);
	lost = record_begin(record, VIGIL_EVENT_LOST);
	lost->count = 12;
	lost->type = VIGIL_EVENT_PROCESS_EXEC;
	lost->reason = VIGIL_LOSS_QUEUE_FULL;
	story_apply(&v->story);
	apply_event(v);
	v->story.mono += 1000000;
}

static void loads(struct views *v, struct vigil_id by, const char *path)
{
	struct vigil_image_body *body = record_begin(&v->story.record, VIGIL_EVENT_IMAGE_LOAD);

	body->process = by;
	v->story.record.header.actor = by;
	record_part(&v->story.record, VIGIL_PART_IMAGE, path, strlen(path), strlen(path));
	story_apply(&v->story);
	apply_event(v);
}

static void hostile(struct views *v)
{
	struct vigil_id first = starts(v, 100, story_id(1, 1), "/bin/sh", "sh\0-c\0all", 10), one;

	for (uint32_t i = 0; i < HOSTILES; i++) {
		char args[200] = "";
		size_t length = strlen(HOSTILE[i]) + 1;

		memcpy(args, HOSTILE[i], length);
		memcpy(args + length, HOSTILE[i], length);
		one = starts(v, 200, first, HOSTILE[i], args, 2 * length); /* one PID for all */
		loads(v, one, HOSTILE[i]);
		incidents(v, one, first, HOSTILE[i]);
		if (i % 3)
			ends(v, one, first, i % 2);
	}
}

/* Like a build: a make forks shells, each of them a compiler with its parts. */
static void many(struct views *v, uint32_t processes)
{
	static const char *const PROGRAMS[] = { "/usr/bin/gcc", "/usr/lib/gcc/cc1", "/usr/bin/as",
						"/usr/bin/ld", "/usr/bin/rm" };
	struct vigil_id make = starts(v, 10, story_id(1, 1), "/usr/bin/make", "make\0-j8", 9);
	uint32_t pid = 1000;

	for (uint32_t made = 1; made + 6 <= processes; made += 6) {
		char args[200];
		int length = snprintf(args, sizeof(args), "sh%c-c%ccc -c file%u.c", 0, 0, made);
		struct vigil_id shell, part;

		v->story.mono += 100000;
		shell = starts(v, pid++, make, "/bin/dash", args, (size_t)length + 1);
		for (uint32_t i = 0; i < 5; i++) {
			length = snprintf(args, sizeof(args), "%s%c-c%c/src/directory/file%u.c",
					  PROGRAMS[i], 0, 0, made);
			part = starts(v, pid++, shell, PROGRAMS[i], args, (size_t)length + 1);
			loads(v, part, "/usr/lib/libc.so.6");
			v->story.mono += 300000;
			ends(v, part, shell, made % 97 == 0 && i == 3);
		}
		ends(v, shell, make, made % 97 == 0);
		if (pid > 30000)
			pid = 1000; /* used again */
	}
	ends(v, make, story_id(1, 1), 0);
}

static enum vigil_code write_page(void *context, const char *data, size_t length)
{
	struct views *v = context;

	return fwrite(data, 1, length, v->page) == length ? VIGIL_OK : VIGIL_ERROR_OUTPUT;
}

int main(int argc, char **argv)
{
	static struct views v;
	FILE *trace;

	check(argc == 4, "usage: make_views hostile|many|full REPORT.html TRACE.json");
	story_begin(&v.story, 0);
	v.report = report_new();
	v.perfetto = perfetto_new();
	v.page = fopen(argv[2], "w");
	trace = fopen(argv[3], "w");
	check(v.report && v.perfetto && v.page && trace, "cannot begin");
	check(perfetto_begin(v.perfetto, &v.trace), "trace");
	if (strcmp(argv[1], "hostile") == 0)
		hostile(&v);
	else
		many(&v, strcmp(argv[1], "many") == 0 ? 50000 : REPORT_PROCESSES + 5000);
	check(perfetto_end(v.perfetto, &v.trace), "trace");
	check(report_write(v.report, "<i>source", write_page, &v) == VIGIL_OK, "page");
	check(fwrite(v.trace.data, 1, v.trace.length, trace) == v.trace.length, "trace");
	check(fclose(v.page) == 0 && fclose(trace) == 0, "close");
	report_free(v.report);
	perfetto_free(v.perfetto);
	vigil_buffer_free(&v.trace);
	story_end(&v.story);
	return 0;
}
