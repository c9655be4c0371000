/* SPDX-License-Identifier: MIT */
/* run.c - `vigil run`: what the service does: the sensor's events into a log. */
#include "common/cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/confinement.h"
#include "common/drain.h"
#include "common/lost.h"
#include "common/options.h"
#include "common/recording.h"
#include "run/log.h"
#include "service/eventlog.h"
#include "service/service.h"

/* What SIGHUP has read again. Paths in use may point into any of them. */
struct again {
	struct options options;
	struct again *before;
};

struct run {
	struct options options; /* with which the sensor was opened */
	struct again *again;    /* the latest; NULL: nothing has changed */
	struct log_options log_options;
	const char *config; /* of the command line; NULL: the usual one */
	struct log log;
	struct recording recording;
	int argc; /* as given, to read it again */
	char **argv;
	struct eventlog eventlog; /* these three: of Windows */
	bool service, eventlog_given;
	uint64_t lost; /* by the sensor, since the log was opened */
	int status;    /* EXIT_FINE: each log that was closed has all that was for it */
};

/* ---- options ---- */

static const char *take_config(void *target, const char *value)
{
	((struct run *)target)->config = value;
	return NULL;
}

static const char *take_output(void *target, const char *value)
{
	((struct run *)target)->log_options.path = value;
	return *value && strcmp(value, "-") != 0
		   ? NULL
		   : "the name of a file (`vigil watch` writes to standard output)";
}

static const char *take_format(void *target, const char *value)
{
	return output_format(value, &((struct run *)target)->log_options.format)
		   ? NULL
		   : "text, table, json or sysmon-xml";
}

static const char *take_max_size(void *target, const char *value)
{
	struct run *r = target;

	if (!cli_bytes(value, &r->log_options.max_size) ||
	    (r->log_options.max_size && r->log_options.max_size < ROTATE_SIZE_MIN))
		return "a size from 64K, or 0 for no limit";
	return NULL;
}

static const char *take_keep(void *target, const char *value)
{
	char *end;
	unsigned long keep = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || keep < 1 || keep > ROTATE_KEEP_MAX)
		return "a number from 1 to 1000";
	((struct run *)target)->log_options.keep = (unsigned)keep;
	return NULL;
}

static const char *take_utc(void *target, const char *value)
{
	(void)value;
	((struct run *)target)->log_options.utc = true;
	return NULL;
}

static const char *take_record(void *target, const char *value)
{
	((struct run *)target)->recording.path = value;
	return *value ? NULL : "the name of a file";
}

static const char *take_record_max_size(void *target, const char *value)
{
	return recording_take_size(&((struct run *)target)->recording.how, value);
}

static const char *take_record_max_age(void *target, const char *value)
{
	return recording_take_age(&((struct run *)target)->recording.how, value);
}

static const struct options_line log_lines[] = {
	{ "output", 'o', "FILE", "the log (mode 0600; default: " SERVICE_LOG ")", take_output },
	{ "max-size", 0, "SIZE", "rotate it when it would grow beyond SIZE (default 64M; 0: never)",
	  take_max_size },
	{ "keep", 0, "N", "keep N full files: FILE.1, the newest, to FILE.N (default 5)",
	  take_keep },
	{ "format", 'f', "FORMAT",
	  "json (default; ECS, one object a line), text, table, sysmon-xml", take_format },
	{ "utc", 0, NULL, "text and table: times in UTC", take_utc },
	{ "record", 0, "FILE", "record the same events in FILE, too (see vigil record)",
	  take_record },
	{ "record-max-size", 0, "SIZE", "keep that within SIZE (16M or more): the oldest go first",
	  take_record_max_size },
	{ "record-max-age", 0, "TIME", "drop what is older from it: 12h, 30d",
	  take_record_max_age },
};
static const struct options_group log_group = OPTIONS_GROUP(log_lines);

#ifdef _WIN32
static const char *take_service(void *target, const char *value)
{
	(void)value;
	((struct run *)target)->service = true; /* vigil_cmd_run has seen it, too */
	return NULL;
}

static const char *take_event_log(void *target, const char *value)
{
	struct run *r = target;

	r->eventlog_given = true;
	r->eventlog.types = vigil_types_parse(value, NULL);
	return r->eventlog.types || strcmp(value, "none") == 0 ? NULL : "types of events, or none";
}
#endif

static const struct options_line config_lines[] = {
#ifdef _WIN32
	{ "service", 0, NULL, "started by the service manager, which says when to stop",
	  take_service },
	{ "event-log", 0, "LIST",
	  "write these types of what is written into the event log, too, or none (default of the "
	  "service: " EVENTLOG_TYPES ")",
	  take_event_log },
#endif
	{ "config", 0, "FILE", "settings (default: " SERVICE_CONFIG ", if it is there)",
	  take_config },
};
static const struct options_group config_group = OPTIONS_GROUP(config_lines);

static const struct options_section sections[] = {
	{ "where to write:", { &options_trust }, &log_group },
	{ "what to write (conditions of one kind are alternatives, kinds must all hold; without\n"
	  "--type: process, thread, image, driver, remote-thread, access, credentials, denied,\n"
	  "status):",
	  { &options_filter },
	  NULL },
	{ "how to run:",
	  { &options_source, &options_environment, &options_ancestors },
	  &config_group },
};

static struct options_file config_file(const void *own)
{
	const struct run *r = own;

	return (struct options_file){ r->config ? r->config : service_config(), r->config != NULL };
}

static const struct options_command run_command = {
	.name = "run",
	.before =
	    "usage: vigil run [OPTIONS]\n"
	    "\n"
	    "Writes the events of the whole machine into a log that rotates, until it is told to\n"
	    "stop (SIGTERM, Ctrl-C). This is what the service runs; see `vigil service --help`.\n"
	    "\n"
	    "Each option may stand in the file of settings without its dashes: `keep = 9`. What "
	    "the\n"
	    "command line says counts instead.\n",
	.after = "\n"
		 "examples:\n"
		 "  " SERVICE_SUDO "vigil run --output exec.log --type exec,exit\n"
		 "  " SERVICE_SUDO "vigil run --output events.log --max-size 1G --keep 30\n",
	.sections = sections,
	.count = sizeof sections / sizeof sections[0],
	.types = OPTIONS_TYPES,
	.file = config_file,
};

#define RUN_DEFAULTS \
	{ \
		.log_options = { \
			.path = service_log(), \
			.format = VIGIL_FORMAT_JSON, \
			.max_size = 64u << 20, \
			.keep = 5 \
		} \
	}

/* ---- the log ---- */

static const struct options *options_now(const struct run *r)
{
	return r->again ? &r->again->options : &r->options;
}

/* Completes the log and says its account. */
static void close_log(struct run *r)
{
	if (log_close(&r->log) < 0)
		r->status = cli_fail(&r->log.file.error);
	else if (r->log.account.lost)
		r->status = EXIT_OUTPUT;
	cli_say("%" PRIu64 " events written to %s, %" PRIu64 " lost, %" PRIu64 " not written",
		r->log.account.written, r->log_options.path, r->lost, r->log.account.lost);
	r->lost = 0;
}

/* ---- SIGHUP ---- */

/* How the options would be now; NULL: as they are, or they are wrong, which was said. */
static struct again *read_again(const struct run *r, struct run *next)
{
	const char *before = options_now(r)->settings_as_read;
	struct again *again = calloc(1, sizeof *again);

	*next = (struct run)RUN_DEFAULTS;
	if (!again || !options_open(&again->options, STDOUT_FILENO)) {
		free(again);
		return NULL;
	}
	optind = 0;
	if (options_parse(&run_command, &again->options, next, r->argc, r->argv) >= 0)
		cli_say("The settings before stay in force.");
	else if (before && strcmp(before, again->options.settings_as_read) != 0)
		return again;
	options_close(&again->options);
	free(again);
	return NULL;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* What the sensor was opened with: the privileges to open it again are gone. */
static void say_needs_restart(const struct run *r, const struct run *next,
			      const struct options *options)
{
	const struct vigil_options *a = &r->options.source, *b = &options->source;
	uint32_t types =
	    vigil_filter_types(options->filter) | (next->recording.path ? recording_types() : 0);

	if (types & ~a->types)
		cli_say("more types of events (type, snapshot, record) are there only after a "
			"restart");
	if (!is_same(a->rules, b->rules) || a->buffer_bytes != b->buffer_bytes ||
	    a->latency_ms != b->latency_ms || a->low_latency != b->low_latency ||
	    a->look != b->look)
		cli_say("what the sensor was opened with (rules, hash, version-info, signature, "
			"buffer-size, latency, low-latency) changes only with a restart");
}

/* EXIT_FINE, or the status to end with: there is no log any more. */
static int change_log(struct run *r, const struct log_options *to)
{
	struct log_options before = r->log_options;

	if (is_same(to->path, before.path) && to->format == before.format &&
	    to->utc == before.utc) {
		r->log.file.max_size = to->max_size;
		r->log.file.keep = to->keep;
		r->log_options = *to;
		r->log_options.trust_path = before.trust_path;
		r->log.file.path = to->path;
		return EXIT_FINE;
	}
	close_log(r);
	r->log_options = *to;
	r->log_options.trust_path = before.trust_path;
	if (log_open(&r->log, &r->log_options) == VIGIL_OK)
		return EXIT_FINE;
	cli_say("%s The log goes on in %s; one in another folder takes a restart.",
		r->log.file.error.text, before.path);
	r->log_options = before;
	return log_open(&r->log, &r->log_options) < 0 ? cli_fail(&r->log.file.error) : EXIT_FINE;
}

static void change_recording(struct run *r, const struct recording *to)
{
	const struct vigil_recorder_options *a = &r->recording.how, *b = &to->how;
	struct recording next = *to;

	next.how.trust_path = a->trust_path;
	if (is_same(r->recording.path, to->path) && a->max_bytes == b->max_bytes &&
	    a->max_age_s == b->max_age_s) {
		r->recording.path = to->path;
		return;
	}
	next.status = recording_close(&r->recording);
	r->recording = next;
	recording_open(&r->recording);
}

/* Settings and rules are read again, outputs opened again. EXIT_FINE, or the status to end
 * with. */
static int reload(struct run *r, struct vigil *v)
{
	struct run next;
	struct again *again;
	int status = EXIT_FINE;

	cli_reopen = 0;
	service_reloading();
	again = read_again(r, &next);
	if (again) {
		say_needs_restart(r, &next, &again->options);
		again->before = r->again;
		r->again = again;
		status = change_log(r, &next.log_options);
		change_recording(r, &next.recording);
	}
	if (status == EXIT_FINE && log_reopen(&r->log) < 0)
		cli_say("%s The log goes on in the file before.", r->log.file.error.text);
	recording_reopen(&r->recording);
	vigil_reread_rules(v);
	service_ready();
	return status;
}

static void free_again(struct run *r)
{
	while (r->again) {
		struct again *again = r->again;

		r->again = again->before;
		options_close(&again->options);
		free(again);
	}
}

/* ---- running ---- */

/* Never ends a drain: what cannot be written is counted. */
static int take_event(void *context, const struct vigil_event *event)
{
	struct run *r = context;
	bool wanted;

	/* The filter sees all, to follow families. */
	wanted = vigil_filter_match(options_now(r)->filter, event);
	if (wanted && event->record->type == VIGIL_LOST)
		r->lost += event->lost->count;
	if (wanted) {
		log_event(&r->log, event);
		eventlog_event(&r->eventlog, event);
	}
	recording_event(&r->recording, event, wanted);
	return -1;
}

static int take_events(struct run *r, struct vigil *v)
{
	const struct vigil_event *event;

	while (!cli_signal) {
		int got = vigil_next(v, &event, 0);

		if (cli_reopen) {
			int status = reload(r, v);

			if (status != EXIT_FINE)
				return status;
		}
		if (got == 0) { /* nothing at hand: now is the time to write */
			log_flush(&r->log);
			recording_look(&r->recording);
			got = vigil_next(v, &event, 500);
		}
		if (got < 0)
			return cli_fail(vigil_error_of(v));
		if (got > 0)
			take_event(r, event);
	}
	return drain(v, true, take_event, r); /* the next one goes on behind this */
}

static void open_recording(struct run *r)
{
	if (recording_open(&r->recording))
		return;
	cli_say("The log goes on without a recording.");
	r->recording.status = EXIT_OUTPUT;
}

static int run(struct run *r)
{
	struct confinement confinement = { .source = &r->options.source,
					   .output = { r->log_options.path, r->recording.path } };
	struct vigil_error error;
	struct vigil *v = NULL;
	int status, recorded;

	r->options.source.types = vigil_filter_types(r->options.filter);
	if (r->recording.path)
		r->options.source.types |= recording_types();
	r->options.source.unread = true; /* what happened while this was started again */
	confinement_begin(&confinement);
	r->log_options.trust_path = r->recording.how.trust_path = r->options.how.trust_path;
	if (log_open(&r->log, &r->log_options) < 0)
		return cli_fail(&r->log.file.error);
	os_hurry(true);
	if (vigil_open(&v, &r->options.source, &error) < 0) {
		log_close(&r->log);
		return cli_fail(&error);
	}
	confinement_files(&confinement);
	open_recording(r);
	if (r->service && !r->eventlog_given)
		r->eventlog.types = vigil_types_parse(EVENTLOG_TYPES, NULL);
	eventlog_open(&r->eventlog);
	confinement_complete(&confinement);
	service_ready();
	status = take_events(r, v);
	service_stopping();
	close_log(r);
	lost_say(v);
	recorded = recording_close(&r->recording);
	eventlog_close(&r->eventlog);
	vigil_close(v);
	if (status == EXIT_FINE)
		status = r->status;
	return status == EXIT_FINE ? recorded : status;
}

static int parse_and_run(int argc, char **argv)
{
	struct run r = RUN_DEFAULTS;
	int status;

	r.argc = argc;
	r.argv = argv;
	if (!options_open(&r.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse(&run_command, &r.options, &r, argc, argv);
	if (status < 0 && optind < argc)
		status = cli_usage("run", "what is `%s`?", argv[optind]);
	if (status < 0)
		status = run(&r);
	free_again(&r);
	options_close(&r.options);
	return status;
}

int vigil_cmd_run(int argc, char **argv)
{
#ifdef _WIN32 /* the manager wants to be answered before all else, wrong settings too */
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--service") == 0)
			return service_main(parse_and_run, argc, argv);
#endif
	cli_catch_signals();
	cli_catch_reopen();
	return parse_and_run(argc, argv);
}
