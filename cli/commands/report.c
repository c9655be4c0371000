/* SPDX-License-Identifier: MIT */
/* report.c - `vigil report`: an HTML page of events. */
#include "commands.h"
#include "common/cli.h"

#include <stdio.h>
#include <unistd.h>

#include "common/follow.h"
#include "common/options.h"
#include "common/output.h"
#include "views/report.h"

struct report_command {
	struct options options;
	struct follow follow;
	struct output output;
	struct report *report;
};

static const struct options_line lines[] = {
	{ .name = "output",
	  .letter = 'o',
	  .value = "FILE",
	  OPTION_IN(OUTPUT, struct report_command, options.how),
	  .help = "write the page to FILE (mode 0600), at once when it is complete; - is standard "
		  "output",
	  .manual = "Only its owner may read it, because arguments hold secrets now and then.\n" },
	{ .name = "live",
	  OPTION_IN(FLAG, struct report_command, options.live),
	  .help = "watch this machine until Ctrl-C, then write (needs root)" },
};
static const struct options_group own = OPTIONS_GROUP(lines);

static const struct options_section sections[] = {
	{ .groups = { &options_trust, &own } },
	{ .heading = "which events",
	  .note = OPTIONS_CONDITIONS,
	  .groups = { &options_filter, &options_redact } },
	OPTIONS_WHEN_TO_STOP,
};

static int run_report(int argc, char **argv);

const struct options_command report_command = {
	.name = "report",
	.summary = "make a page to look at what was seen",
	.run = run_report,
	.operands = "FILE",
	.before =
	    "usage: vigil report FILE|--live -o FILE.html [OPTIONS]\n"
	    "\n"
	    "Writes one page that any browser opens from disk, without a network: summary,\n"
	    "tree and timeline of the processes with search and zoom, busiest programs,\n"
	    "images by their first load, remote threads, accesses, denials, losses. FILE is\n"
	    "what `vigil record` recorded, or JSON that vigil wrote; - is that from standard\n"
	    "input.\n",
	.after = "\n"
		 "examples:\n"
		 "  vigil report build.vigil -o build.html\n"
		 "  sudo vigil report --live --duration 1m -o minute.html\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
};

/* What a page is made from. */
#define TYPES (VIGIL_TYPE_ALL & ~VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_SNAPSHOT))

static int add_to_report(void *context, const struct vigil_event *event)
{
	struct report_command *c = context;

	if (!vigil_filter_match(c->options.filter, event))
		return VIGIL_OK;
	if (report_apply(c->report, event))
		return VIGIL_OK;
	cli_say("no memory for the report");
	return VIGIL_ERROR_MEMORY;
}

static enum vigil_code write_piece(void *context, const char *data, size_t length)
{
	struct report_command *c = context;

	if (!cli_signal)
		return output_text(&c->output, data, length);
	c->output.error.code = VIGIL_ERROR_SYSTEM;
	snprintf(c->output.error.text, sizeof(c->output.error.text),
		 "interrupted; %s was not written", c->output.name);
	return VIGIL_ERROR_SYSTEM;
}

static int make(void *context)
{
	struct report_command *c = context;
	enum vigil_code code;
	int status;

	c->report = report_new();
	if (!c->report) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	status = follow_run(&c->follow);
	if (status != EXIT_FINE)
		return status;
	cli_signal = 0; /* the first signal ended the watching; the next one ends the writing */
	code = report_write(c->report, c->options.live ? "the live machine" : c->follow.path,
			    write_piece, c);
	if (code == VIGIL_ERROR_MEMORY) {
		cli_say("no memory for the report");
		return EXIT_ERROR;
	}
	return code < 0 ? cli_fail(&c->output.error) : EXIT_FINE;
}

/* Returns -1 to continue, otherwise the exit status. */
static int parse_report(struct report_command *c, int argc, char **argv)
{
	int status = options_parse(&report_command, &c->options, argc, argv);

	c->follow.options = &c->options;
	if (status < 0)
		status = follow_parse(&c->follow, argc, argv);
	if (status < 0 && !c->options.how.path && !c->options.how.standard)
		return cli_usage("report", "where to? For example: -o report.html");
	return status;
}

static int run_report(int argc, char **argv)
{
	struct report_command c = {
		.follow = { .command = "report", .types = TYPES, .take = add_to_report },
	};
	int status;

	if (!options_open(&c.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse_report(&c, argc, argv);
	if (status < 0) {
		c.follow.context = &c;
		c.options.how.whole = true;
		status = follow_into(&c.follow, &c.options, &c.output, make);
	}
	report_free(c.report);
	options_close(&c.options);
	return status;
}
