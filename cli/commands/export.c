/* SPDX-License-Identifier: MIT */
/* export.c - `vigil export`: events in formats of other programs. */
#include "commands.h"
#include "common/cli.h"

#include <stdio.h>
#include <unistd.h>

#include "common/follow.h"
#include "common/options.h"
#include "common/output.h"
#include "views/perfetto.h"

struct export_command {
	struct options options;
	struct follow follow;
	struct output output;
	struct perfetto *perfetto;
	struct vigil_buffer piece;
	bool wants_perfetto;
};

static const struct options_line lines[] = {
	{ .name = "perfetto",
	  OPTION_IN(FLAG, struct export_command, wants_perfetto),
	  .help = "a trace in JSON for ui.perfetto.dev and chrome://tracing",
	  .manual =
	      "Each process has a slice for each program that it ran, with command line, user "
	      "and\n"
	      "exit code; each thread has a track; image loads, denials, remote threads,\n"
	      "accesses and losses are marks.\n"
	      "An arrow leads from a process to each one that it starts.\n"
	      "The format does not know that PIDs are used again: a later process with the "
	      "same PID\n"
	      "gets another number there, and has its own among the values of its slice.\n"
	      "Times are counted from the first event.\n" },
	{ .name = "output",
	  .letter = 'o',
	  .value = "FILE",
	  OPTION_IN(OUTPUT, struct export_command, options.how),
	  .help = "write to FILE (mode 0600), which appears when it is complete; - is standard "
		  "output" },
	{ .name = "live",
	  OPTION_IN(FLAG, struct export_command, options.live),
	  .help = "watch this machine until Ctrl-C (needs root)" },
};
static const struct options_group own = OPTIONS_GROUP(lines);

static const struct options_section sections[] = {
	{ .groups = { &options_trust, &own } },
	{ .heading = "which events",
	  .note = OPTIONS_CONDITIONS,
	  .groups = { &options_filter, &options_redact } },
	OPTIONS_WHEN_TO_STOP,
};

static int run_export(int argc, char **argv);

const struct options_command export_command = {
	.name = "export",
	.summary = "make a trace for ui.perfetto.dev",
	.run = run_export,
	.operands = "FILE",
	.before =
	    "usage: vigil export --perfetto FILE|--live [-o FILE.json] [OPTIONS]\n"
	    "\n"
	    "Writes what was seen as a trace: each process with a slice for each program that\n"
	    "it ran, its threads, image loads, denials, remote threads and accesses as marks, an\n"
	    "arrow from who starts a process to it. Without -o to standard output. FILE is what\n"
	    "`vigil record` recorded, or JSON that vigil wrote; - is that from standard input.\n",
	.after = "\n"
		 "examples:\n"
		 "  vigil export --perfetto build.vigil -o build.json\n"
		 "  sudo vigil export --perfetto --live --duration 10s | gzip >trace.json.gz\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
};

/* Writes c->piece if done is true; otherwise reports that memory is short. */
static enum vigil_code write_piece(struct export_command *c, bool done)
{
	enum vigil_code code = VIGIL_ERROR_MEMORY;

	if (done)
		code = output_text(&c->output, c->piece.data, c->piece.length);
	c->piece.length = 0;
	if (!done)
		cli_say("no memory");
	return code; /* an error of the output is reported at the end */
}

static int export_event(void *context, const struct vigil_event *event)
{
	struct export_command *c = context;

	if (!vigil_filter_match(c->options.filter, event))
		return VIGIL_OK;
	return write_piece(c, perfetto_event(c->perfetto, event, &c->piece));
}

static int write_trace(struct export_command *c)
{
	int status;

	if (write_piece(c, perfetto_begin(c->perfetto, &c->piece)) < 0)
		return EXIT_ERROR;
	status = follow_run(&c->follow);
	if (status == EXIT_FINE && write_piece(c, perfetto_end(c->perfetto, &c->piece)) < 0)
		status = EXIT_ERROR;
	return status;
}

static int make(void *context)
{
	struct export_command *c = context;
	int status;

	c->perfetto = perfetto_new();
	if (!c->perfetto) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	status = write_trace(c);
	return c->output.error.code < 0 ? cli_fail(&c->output.error) : status;
}

/* Returns -1 to continue, otherwise the exit status. */
static int parse_export(struct export_command *c, int argc, char **argv)
{
	int status = options_parse(&export_command, &c->options, argc, argv);

	if (status < 0 && !c->wants_perfetto)
		return cli_usage("export", "as what? --perfetto makes a trace");
	c->follow.options = &c->options;
	if (status < 0)
		status = follow_parse(&c->follow, argc, argv);
	return status;
}

static int run_export(int argc, char **argv)
{
	struct export_command c = {
		.follow = { .command = "export", .types = VIGIL_TYPE_ALL, .take = export_event },
	};
	int status;

	if (!options_open(&c.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse_export(&c, argc, argv);
	if (status < 0) {
		c.follow.context = &c;
		c.options.how.whole = true;
		status = follow_into(&c.follow, &c.options, &c.output, make);
	}
	perfetto_free(c.perfetto);
	vigil_buffer_free(&c.piece);
	options_close(&c.options);
	return status;
}
