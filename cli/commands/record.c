/* SPDX-License-Identifier: MIT */
/* record.c - `vigil record FILE`: records the events of this machine in a file. */
#include <unistd.h>

#include "commands.h"
#include "common/cli.h"
#include "common/detecting.h"
#include "common/follow.h"
#include "common/options.h"
#include "common/progress.h"
#include "common/recording.h"
#include "common/session.h"
#include "recording/index.h"

struct record {
	struct options options;
	struct recording recording;
	struct detecting detecting;
};

/* ---- the command line ---- */

static const struct options_line own_lines[] = {
	{ .name = "max-size",
	  .value = "SIZE",
	  OPTION_IN(SIZE, struct record, recording.how.max_bytes),
	  .min = RECORDING_BYTES_MIN,
	  .help = "keep FILE within SIZE: the oldest events go first",
	  .manual = "The log beside it, which is gone when the recording ends, takes some 64 MiB "
		    "more,\n"
		    "or 512 MiB where the disk is slow.\n" },
	{ .name = "max-age",
	  .value = "TIME",
	  OPTION_IN(SECONDS, struct record, recording.how.max_age_s),
	  .min = RECORDING_AGE_MIN_MS,
	  .help = "drop events older than TIME: 12h, 30d; a number alone is of seconds" },
	{ .name = "no-index",
	  OPTION_IN(FLAG, struct record, recording.how.no_index),
	  .help = "only record; the first `vigil query` makes the tables" },
};
static const struct options_group own = OPTIONS_GROUP(own_lines);

static const struct options_section sections[] = {
	{ .heading = "the file", .groups = { &options_trust, &own } },
	{ .heading = "what to record",
	  .note = OPTIONS_CONDITIONS "; without any: everything",
	  .groups = { &options_filter, &options_redact } },
	{ .heading = "what to detect", .groups = { &options_detect } },
	{ .heading = "when to stop, and how to run",
	  .groups = { &options_stop, &options_queue, &options_quiet, &options_environment } },
};

static int run_record(int argc, char **argv);

const struct options_command record_command = {
	.name = "record",
	.summary = "record what happens on the machine in a file",
	.run = run_record,
	.operands = "FILE",
	.before =
	    "usage: vigil record [OPTIONS] FILE\n"
	    "\n"
	    "Records what happens on the whole machine in FILE, until Ctrl-C. `vigil replay`\n"
	    "shows it again, `vigil query` asks it questions; FILE is an SQLite database,\n"
	    "mode 0600. If FILE is a recording, new events are appended. What already runs is\n"
	    "recorded first. Needs root.\n",
	.after = "\n"
		 "examples:\n"
		 "  sudo vigil record --duration 10m build.vigil\n"
		 "  sudo vigil record --max-size 1G --max-age 30d /var/lib/vigil/machine.vigil\n"
		 "  vigil query build.vigil \"SELECT * FROM processes WHERE command_line LIKE "
		 "'%curl%'\"\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
};

/* Returns -1 to continue, otherwise the exit status. */
static int parse_record(struct record *r, int argc, char **argv)
{
	int status = options_parse(&record_command, &r->options, argc, argv);

	if (status < 0)
		status = options_operand(&r->recording.path, "record",
					 "which file? For example: vigil record today.vigil", argc,
					 argv);
	return status;
}

/* ---- recording ---- */

static int keep(void *context, const struct vigil_event *event)
{
	struct record *r = context;

	recording_event(&r->recording, event, true);
	return SESSION_CONTINUE;
}

static int record_event(void *context, const struct vigil_event *event)
{
	struct record *r = context;
	bool wanted = vigil_filter_match(r->options.filter, event);

	if (!detecting_shows(&r->detecting, event, wanted))
		recording_event(&r->recording, event, false);
	detecting_event(&r->detecting, event, wanted, keep, r);
	recording_look(&r->recording);
	return 0;
}

/* Makes the tables that the recorder did not finish. After Ctrl-C the first query makes them. */
static int finish_index(const struct record *r)
{
	struct progress progress;
	struct vigil_error error;
	enum vigil_code code;

	if (r->recording.how.no_index)
		return EXIT_FINE;
	cli_signal = 0;
	progress_begin(&progress, "making tables for `vigil query` (Ctrl-C: later)");
	code = index_file(r->recording.path, r->recording.how.trust_path, progress_of, &progress,
			  &error);
	progress_end(&progress);
	return code < 0 ? cli_fail(&error) : EXIT_FINE;
}

static int open_recording(void *context)
{
	struct recording *recording = &((struct record *)context)->recording;

	return recording_open(recording) ? EXIT_FINE : recording->status;
}

static int reopen(void *context)
{
	struct record *r = context;
	struct recording *recording = &r->recording;

	detecting_reload(&r->detecting, &r->options);
	recording_reopen(recording);
	return recording->recorder ? EXIT_FINE : recording->status;
}

static int record(struct record *r)
{
	struct follow follow = { .command = "record",
				 .options = &r->options,
				 .types = vigil_filter_types(r->options.filter) | recording_types(),
				 .opened = open_recording,
				 .reopen = reopen,
				 .take = record_event,
				 .context = r };
	int status = detecting_open(&r->detecting, &r->options, true), recorded;

	if (status >= 0)
		return status;
	follow.types |= detecting_types(&r->detecting);
	follow_confine(&follow, r->recording.path);
	r->recording.how.trust_path = r->options.how.trust_path;
	r->recording.quiet = r->options.quiet;
	status = follow_run(&follow);
	recorded = recording_close(&r->recording);
	if (!r->options.quiet)
		options_say_excluded(&r->options);
	if (status == EXIT_FINE)
		status = recorded;
	return status == EXIT_FINE ? finish_index(r) : status;
}

static int run_record(int argc, char **argv)
{
	struct record r = { .recording.how.size = sizeof(r.recording.how) };
	int status;

	if (!options_open(&r.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse_record(&r, argc, argv);
	if (status < 0) {
		cli_catch_signals();
		cli_catch_reopen();
		status = record(&r);
		status = detecting_close(&r.detecting, status);
	}
	options_close(&r.options);
	return status;
}
