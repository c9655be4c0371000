/* SPDX-License-Identifier: MIT */
/* record.c - `vigil record FILE`: what happens on this machine, into a file. */
#include <inttypes.h>
#include <unistd.h>

#include "cli.h"
#include "follow.h"
#include "options.h"
#include "progress.h"
#include "recording.h"
#include "store/index.h"

struct record {
	struct options options;
	struct vigil_recorder_options how;
	struct vigil_recorder *recorder;
	const char *path;
	bool told_full;
	uint64_t wanted, lost;
};

/* ---- the command line ---- */

static const char *take_max_size(void *target, const char *value)
{
	return recording_take_size(&((struct record *)target)->how, value);
}

static const char *take_max_age(void *target, const char *value)
{
	return recording_take_age(&((struct record *)target)->how, value);
}

static const char *take_no_index(void *target, const char *value)
{
	(void)value;
	((struct record *)target)->how.no_index = true;
	return NULL;
}

static const struct options_line own_lines[] = {
	{ "max-size", 0, "SIZE", "keep FILE within SIZE (16M or more): the oldest events go first",
	  take_max_size },
	{ "max-age", 0, "TIME", "drop events older than TIME: 12h, 30d", take_max_age },
	{ "no-index", 0, NULL, "only record; `vigil query` makes its tables when it is asked first",
	  take_no_index },
};
static const struct options_group own = OPTIONS_GROUP(own_lines);

static const struct options_section sections[] = {
	{ "the file:", { &options_trust }, &own },
	{ "what to record (conditions of one kind are alternatives, kinds must all hold; without\n"
	  "any: everything):",
	  { &options_filter },
	  NULL },
	{ "when to stop, and how to run:",
	  { &options_stop, &options_queue, &options_quiet },
	  NULL },
};

static const struct options_command record_command = {
	.name = "record",
	.before =
	    "usage: vigil record [OPTIONS] FILE\n"
	    "\n"
	    "Records what happens on the whole machine in FILE, until Ctrl-C. `vigil replay`\n"
	    "shows it again, `vigil query` asks it questions; FILE is an SQLite database,\n"
	    "mode 0600. A FILE that is a recording already is gone on with. What already\n"
	    "runs is recorded first. Needs root.\n",
	.after = "\n"
		 "examples:\n"
		 "  sudo vigil record --duration 10m build.vigil\n"
		 "  sudo vigil record --max-size 1G --max-age 30d /var/lib/vigil/machine.vigil\n"
		 "  vigil query build.vigil \"SELECT * FROM processes WHERE command_line LIKE "
		 "'%curl%'\"\n",
	.sections = sections,
	.count = sizeof sections / sizeof sections[0],
};

/* -1: go on; else the exit status. */
static int parse(struct record *r, int argc, char **argv)
{
	int status = options_parse(&record_command, &r->options, r, argc, argv);

	if (status < 0)
		status = options_operand(&r->path, "record",
					 "which file? For example: vigil record today.vigil", argc,
					 argv);
	return status;
}

/* ---- recording ---- */

static int take(void *context, const struct vigil_event *event)
{
	struct record *r = context;
	bool wanted = vigil_filter_match(r->options.filter, event);

	if (wanted && event->record->type == VIGIL_LOST)
		r->lost += event->lost->count;
	r->wanted += wanted;
	if (vigil_recorder_add(r->recorder, event, wanted) < 0 && !r->told_full) {
		struct vigil_error error;

		r->told_full = true;
		if (vigil_recorder_flush(r->recorder, &error) < 0)
			cli_say("%s Events are lost meanwhile, and counted.", error.text);
	}
	return 0;
}

static void summary(const struct record *r, const struct vigil_recorder_statistics *s)
{
	if (r->options.quiet)
		return;
	if (r->lost || s->dropped)
		cli_say("%" PRIu64 " events recorded in %s; %" PRIu64 " LOST%s",
			r->wanted - s->dropped, r->path, r->lost + s->dropped,
			s->dropped ? " (the disk was too slow or full)" : "");
	else
		cli_say("%" PRIu64 " events recorded in %s, none lost", r->wanted, r->path);
}

/* What the recorder had no time for. Ctrl-C leaves it to whoever asks first. */
static int finish_index(const struct record *r)
{
	struct progress progress;
	struct vigil_error error;
	enum vigil_code code;

	if (r->how.no_index)
		return EXIT_FINE;
	cli_signal = 0;
	progress_begin(&progress, "making tables for `vigil query` (Ctrl-C: later)");
	code = index_file(r->path, r->how.trust_path, progress_of, &progress, &error);
	progress_end(&progress);
	return code < 0 ? cli_fail(&error) : EXIT_FINE;
}

static int open_recorder(void *context)
{
	struct record *r = context;
	struct vigil_error error;

	return vigil_recorder_open(&r->recorder, r->path, &r->how, &error) < 0 ? cli_fail(&error)
									       : EXIT_FINE;
}

static int record(struct record *r)
{
	struct follow follow = { .command = "record",
				 .options = &r->options,
				 .types = vigil_filter_types(r->options.filter) | recording_types(),
				 .opened = open_recorder,
				 .take = take,
				 .context = r };
	struct vigil_recorder_statistics statistics;
	struct vigil_error error;
	int status;

	follow_confine(&follow, r->path);
	r->how.trust_path = r->options.how.trust_path;
	status = follow_run(&follow);
	if (!r->recorder)
		return status;
	if (vigil_recorder_flush(r->recorder, NULL) < 0)
		r->told_full = true;
	vigil_recorder_statistics(r->recorder, &statistics);
	if (vigil_recorder_close(r->recorder, &error) < 0)
		return cli_fail(&error);
	if (status == EXIT_FINE)
		summary(r, &statistics);
	if (status == EXIT_FINE)
		status = finish_index(r);
	return status == EXIT_FINE && statistics.dropped ? EXIT_OUTPUT : status;
}

int vigil_cmd_record(int argc, char **argv)
{
	struct record r = { .how.size = sizeof r.how };
	int status;

	if (!options_open(&r.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse(&r, argc, argv);
	if (status < 0) {
		cli_catch_signals();
		status = record(&r);
	}
	options_close(&r.options);
	return status;
}
