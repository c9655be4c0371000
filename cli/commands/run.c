/* SPDX-License-Identifier: MIT */
/* run.c - `vigil run`: the body of the service; writes the sensor's events to a log. */
#include "run.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "common/cli.h"
#include "common/confinement.h"
#include "common/lost.h"
#include "common/session.h"
#include "service/service.h"

/* ---- options ---- */

static const struct options_line log_lines[] = {
	{ .name = "output",
	  .letter = 'o',
	  .value = "FILE",
	  OPTION_IN(FILE, struct run, log_options.path),
	  .initial = SERVICE_LOG,
	  .help = "the log (mode 0600)",
	  .manual = "It must be a regular file; only one\n"
		    ".Nm vigil run\n"
		    "writes to it at a time.\n" },
	{ .name = "max-size",
	  .value = "SIZE",
	  OPTION_IN(SIZE, struct run, log_options.max_size),
	  .min = ROTATE_SIZE_MIN,
	  .zero = true,
	  .initial = "64M",
	  .help = "rotate it when it would grow beyond SIZE; 0: never",
	  .manual = "It is renamed to\n"
		    ".Ar file Ns .1 ,\n"
		    "what had that name to\n"
		    ".Ar file Ns .2 ,\n"
		    "and so on, and a new log begins.\n" },
	{ .name = "keep",
	  .value = "N",
	  OPTION_IN(NUMBER, struct run, log_options.keep),
	  .min = 1,
	  .max = ROTATE_KEEP_MAX,
	  .initial = "5",
	  .help = "keep N full files: FILE.1, the newest, to FILE.N" },
	{ .name = "format",
	  .letter = 'f',
	  .value = "FORMAT",
	  OPTION_IN(CHOICE, struct run, log_options.how.format),
	  .words = options_formats,
	  .initial = "json",
	  .help = "format of the events",
	  .manual = "They are described in\n.Xr vigil-watch 1 .\n" },
	{ .name = "utc",
	  OPTION_IN(FLAG, struct run, log_options.how.utc),
	  .help = "text and table: times in UTC" },
	{ .name = "record",
	  .value = "FILE",
	  OPTION_IN(FILE, struct run, recording.path),
	  .help = "record the same events in FILE, too (see vigil record)",
	  .manual =
	      "If it is a recording, new events are appended.\n"
	      "If it cannot be opened or written, this is reported and the log continues; the "
	      "exit status is 5 then.\n"
	      "The service may write to the folder of its log.\n" },
	{ .name = "record-max-size",
	  .value = "SIZE",
	  OPTION_IN(SIZE, struct run, recording.how.max_bytes),
	  .min = RECORDING_BYTES_MIN,
	  .help = "keep that within SIZE: the oldest events go first" },
	{ .name = "record-max-age",
	  .value = "TIME",
	  OPTION_IN(SECONDS, struct run, recording.how.max_age_s),
	  .min = RECORDING_AGE_MIN_MS,
	  .help = "drop events older than TIME from it: 12h, 30d" },
};
static const struct options_group log_group = OPTIONS_GROUP(log_lines);

static const struct options_line config_lines[] = {
	{ .name = "config",
	  .value = "FILE",
	  OPTION_IN(FILE, struct run, config),
	  .initial = SERVICE_CONFIG ", if it is there",
	  .help = "settings" },
	{ .name = "check",
	  OPTION_IN(FLAG, struct run, options.check),
	  .help = "check the settings and all files that they name, print every mistake, and start "
		  "nothing",
	  .manual =
	      "Rules, detection rules and exclusions are read as at the start, and the settings "
	      "of the outputs.\n"
	      "The exit status is 0 if there is no mistake, otherwise 2.\n" },
};
static const struct options_group config_group = OPTIONS_GROUP(config_lines);

static const struct options_section sections[] = {
	{ .heading = "where to write", .groups = { &options_trust, &log_group, &options_fields } },
	{ .heading = "what to write",
	  .note = OPTIONS_CONDITIONS "; without --type: process, thread, image, driver, "
				     "remote-thread, access, credentials, denied, alert, status",
	  .groups = { &options_filter, &options_redact } },
	{ .heading = "what to detect", .groups = { &options_detect } },
	{ .heading = "how to run",
	  .groups = { &options_source, &options_environment, &options_ancestors,
		      &run_system_options, &config_group } },
};

static struct options_file config_file(const struct options *options)
{
	const struct run *r = (const struct run *)options;

	return (struct options_file){ r->config ? r->config : service_config(), r->config != NULL };
}

static int run_run(int argc, char **argv);

const struct options_command run_command = {
	.name = "run",
	.summary = "write the events of the whole machine into a log that rotates",
	.run = run_run,
	.before =
	    "usage: vigil run [OPTIONS]\n"
	    "\n"
	    "Writes the events of the whole machine into a log that rotates, until it is stopped\n"
	    "(SIGTERM, Ctrl-C). This is what the service runs; see `vigil service --help`.\n"
	    "\n"
	    "Each option may stand in the file of settings without its dashes: `keep = 9`. What "
	    "the\n"
	    "command line says counts instead.\n",
	.after = "\n"
		 "examples:\n"
		 "  " SERVICE_SUDO "vigil run --output exec.log --type exec,exit\n"
		 "  " SERVICE_SUDO "vigil run --output events.log --max-size 1G --keep 30\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
	.types = OPTIONS_TYPES,
	.file = config_file,
	.section = run_section,
	.own_each = run_own_each,
};

void run_set_defaults(struct run *r)
{
	*r = (struct run){ .log_options = { .path = service_log(),
					    .how.format = VIGIL_FORMAT_JSON,
					    .max_size = 64u << 20,
					    .keep = 5 },
			   .eventlog_types = EVENTLOG_DEFAULT };
	r->log = &r->logs[0];
}

/* ---- the log ---- */

void run_close_log(struct run *r)
{
	if (log_close(r->log) < 0)
		r->status = cli_fail(&r->log->file.error);
	else if (r->log->feed.account.lost)
		r->status = EXIT_OUTPUT;
	cli_say("%" PRIu64 " events written to %s, %" PRIu64 " lost, %" PRIu64 " not written",
		r->log->feed.account.written, r->log_options.path, r->lost,
		r->log->feed.account.lost);
	options_say_excluded(run_options(r));
	r->lost = 0;
	r->written_before += r->log->feed.account.written;
	r->lost_before += r->log->feed.account.lost;
	r->log->feed.account.written = r->log->feed.account.lost = 0;
}

/* ---- running ---- */

/* Events that cannot be written are counted; the session continues. */
static int run_write(void *context, const struct vigil_event *event)
{
	struct run *r = context;

	if (event->record->type == VIGIL_EVENT_LOST)
		r->lost += event->lost->count;
	log_event(r->log, event);
	eventlog_event(&r->eventlog, event);
	etw_event(&r->etw, event);
	recording_event(&r->recording, event, true);
	return SESSION_CONTINUE;
}

static int run_take(void *context, const struct vigil_event *event)
{
	struct run *r = context;
	/* The filter must see all events, to follow descendants. */
	bool wanted = vigil_filter_match(run_options(r)->filter, event);

	lines_begin(event);
	run_outputs_event(r, event);
	if (!detecting_shows(&r->detecting, event, wanted))
		recording_event(&r->recording, event, false);
	return detecting_event(&r->detecting, event, wanted, run_write, r);
}

static void run_alert(void *context, const struct vigil_event *event)
{
	lines_begin(event);
	run_outputs_event(context, event);
}

/* No event is ready: writes what is buffered. */
static int run_idle(void *context)
{
	struct run *r = context;

	log_flush(r->log);
	run_outputs_flush(r);
	recording_look(&r->recording);
	return SESSION_CONTINUE;
}

static int run_tick(void *context)
{
	struct run *r = context;

	run_health_beat(r);
	r->session.tick_ms = os_now_ms() + service_beat_ms();
	return SESSION_CONTINUE;
}

/* The next start continues from here: the queue is drained before the end. */
static int run_events(struct run *r, struct vigil *v)
{
	r->session = (struct session){ .vigil = v,
				       .end = SESSION_DRAIN_ALL,
				       .context = r,
				       .take = run_take,
				       .idle = run_idle,
				       .tick_ms = os_now_ms(),
				       .tick = run_tick,
				       .reopen = run_reload };

	r->vigil = v;
	return session_run(&r->session);
}

/* Sets the options that follow from others. */
static void run_complete_options(struct run *r)
{
	r->options.source.types = vigil_filter_types(r->options.filter) |
				  detecting_types(&r->detecting) | run_outputs_types(r);
	if (r->recording.path)
		r->options.source.types |= recording_types();
	r->options.source.resume = true; /* read events from the time of a restart */
	r->log_options.trust_path = r->recording.how.trust_path = r->options.how.trust_path;
	r->log_options.how.choice = r->options.how.choice;
}

static void run_open_eventlog(struct run *r)
{
	if (r->eventlog_types != EVENTLOG_DEFAULT)
		r->eventlog.types = r->eventlog_types;
	else if (r->service)
		r->eventlog.types = vigil_types_parse(EVENTLOG_TYPES, NULL);
	eventlog_open(&r->eventlog);
}

static void open_recording(struct run *r)
{
	if (recording_open(&r->recording))
		return;
	cli_say("The log continues without a recording.");
	r->recording.status = EXIT_OUTPUT;
}

/* Opens what the events go to, before the sensor. Returns -1 to continue, otherwise the exit
 * status. */
static int run_open(struct run *r)
{
	int status = detecting_open(&r->detecting, &r->options, true);

	r->detecting.also = run_alert;
	r->detecting.also_context = r;
	if (status < 0)
		status = run_outputs_open(r);
	if (status >= 0)
		return status;
	run_complete_options(r);
	if (log_open(r->log, &r->log_options) == VIGIL_OK)
		return -1;
	run_outputs_close(r);
	return cli_fail(&r->log->file.error);
}

/* Closes everything that run_sensor() opened. Returns the exit status: the first that is not fine. */
static int end_sensor(struct run *r, struct vigil *v, int status)
{
	int recorded, sent;

	service_stopping();
	run_close_log(r);
	lost_say(v);
	recorded = recording_close(&r->recording);
	sent = run_outputs_close(r);
	eventlog_close(&r->eventlog);
	etw_close(&r->etw);
	vigil_close(v);
	if (status == EXIT_FINE)
		status = r->status;
	if (status == EXIT_FINE)
		status = sent;
	if (status == EXIT_FINE)
		status = recorded;
	return detecting_close(&r->detecting, status);
}

static int run_sensor(struct run *r)
{
	struct confinement confinement = { .source = &r->options.source,
					   .output = { r->log_options.path, r->recording.path,
						       run_outputs_path(r), run_health_path(r),
						       run_health_socket(r) } };
	struct vigil_error error;
	struct vigil *v = NULL;
	int status;

	confinement_begin(&confinement);
	status = run_open(r);
	if (status >= 0)
		return status;
	os_set_realtime(true);
	if (vigil_open(&v, &r->options.source, &error) < 0) {
		log_close(r->log);
		run_outputs_close(r);
		return cli_fail(&error);
	}
	confinement_files(&confinement);
	run_outputs_begin(r);
	open_recording(r);
	run_open_eventlog(r);
	etw_open(&r->etw);
	confinement_complete(&confinement);
	service_ready();
	return end_sensor(r, v, run_events(r, v));
}

static int parse_and_run(int argc, char **argv)
{
	struct run r;
	int status;

	run_set_defaults(&r);
	r.argc = argc;
	r.argv = argv;
	if (!options_open(&r.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse_all(&run_command, &r.options, argc, argv);
	if (status < 0 && r.options.check)
		status = run_check(&r);
	if (status < 0)
		status = run_outputs_start(&r);
	if (status < 0)
		status = run_health_open(&r);
	if (status < 0)
		status = run_sensor(&r);
	run_health_close(&r);
	run_free_again(&r);
	run_outputs_free(&r.outputs);
	options_close(&r.options);
	return status;
}

static int run_run(int argc, char **argv)
{
	int status = service_main(parse_and_run, argc, argv);

	if (status >= 0)
		return status;
	cli_catch_signals();
	cli_catch_reopen();
	return parse_and_run(argc, argv);
}
