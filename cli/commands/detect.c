/* SPDX-License-Identifier: MIT */
/* detect.c - `vigil detect`: examines detection rules, and tries them on recordings. */
#include "detect.h"

#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "common/cli.h"
#include "common/detecting.h"

static const struct options_line own_lines[] = {
	{ .name = "live",
	  OPTION_IN(FLAG, struct detect, live),
	  .help = "with check: for this machine, as `vigil watch` with the same options would "
		  "load them; without it, for recordings of both systems made with all options" },
	{ .name = "all",
	  OPTION_IN(FLAG, struct detect, all),
	  .help = "with check: also list the rules; with stats: also rules that never matched" },
	{ .name = "json",
	  OPTION_IN(FLAG, struct detect, json),
	  .help = "with check and stats: one JSON object a line" },
	{ .name = "cased",
	  OPTION_IN(FLAG, struct detect, cased),
	  .help = "with check and block: compare with case, as Linux does with names of files; "
		  "without it, block prints a line for each spelling, up to 64" },
	{ .name = "misses",
	  .value = "N",
	  OPTION_IN(NUMBER, struct detect, misses),
	  .max = 1000000,
	  .initial = "5",
	  .help = "with test: show at most N near misses of each rule: events for which a part of "
		  "the rule was true" },
};
static const struct options_group own = OPTIONS_GROUP(own_lines);

static const struct options_section sections[] = {
	{ .heading = "which rules", .groups = { &options_rules_chosen } },
	{ .heading = "how", .groups = { &own, &options_inspect, &options_trust } },
};

static int run_detect(int argc, char **argv);

const struct options_command detect_command = {
	.name = "detect",
	.summary = "examine detection rules (Sigma), and try them on recordings",
	.run = run_detect,
	.operands = "check test stats block",
	.before =
	    "usage: vigil detect ACTION [OPTIONS] PATH...\n"
	    "\n"
	    "Examines Sigma rules, which `vigil watch` and others apply to events, see\n"
	    "vigil-watch(1). Needs no privilege.\n"
	    "\n"
	    "  check PATH...            say which rules of files and folders are loaded, by log\n"
	    "                           source and level, why the others are not, and which\n"
	    "                           could block\n"
	    "  test RULES FILE...       say which events of recordings match, and why; and what "
	    "was\n"
	    "                           missing where only a part of a rule was true\n"
	    "  stats RULES FILE...      count hits, undecided events and limits of each rule on\n"
	    "                           recordings, and measure its CPU time\n"
	    "  block PATH...            print a rules file, vigil-rules(5), that denies the "
	    "starts\n"
	    "                           which rules about the path of a program detect\n",
	.after =
	    "\n"
	    "exit status of check: 1 if a rule is invalid or could not be read. Of test: 1 if no\n"
	    "event matched. Of block: 1 if no rule can block.\n"
	    "\n"
	    "examples:\n"
	    "  vigil detect check sigma/rules\n"
	    "  vigil detect test reverse-shell.yml today.vigil\n"
	    "  vigil detect stats sigma/rules today.vigil\n"
	    "  vigil detect block hacktools.yml >hacktools.rules\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
};

int detect_open(struct detect *d, char **paths, int count)
{
	static const char *list[2 * OPTION_LIST_MAX];
	struct alert_options choice = { 0 };
	struct vigil_error error;

	if (count > OPTION_LIST_MAX)
		return cli_usage("detect", "%d files or folders of rules at most", OPTION_LIST_MAX);
	for (int i = 0; i < count; i++)
		d->options.detect.paths.item[i] = paths[i];
	d->options.detect.paths.count = (size_t)count;
	detecting_choose(&choice, &d->options.detect, list);
	choice.cased = d->cased;
	choice.origin.live = d->live;
	choice.origin.inspect = d->live ? d->options.source.inspect : UINT32_MAX;
	if (alerts_open(&d->alerts, &choice, &error) < 0)
		return cli_fail(&error);
	return -1;
}

static int run_action(struct detect *d, const char *action)
{
	if (strcmp(action, "check") == 0)
		return detect_check(d);
	if (strcmp(action, "test") == 0)
		return detect_test(d);
	if (strcmp(action, "stats") == 0)
		return detect_stats(d);
	if (strcmp(action, "block") == 0)
		return detect_block(d);
	return cli_usage("detect", "unknown action `%s`: check, test, stats or block", action);
}

static int run_detect(int argc, char **argv)
{
	struct detect d = { .misses = 5 };
	int status;

	if (!options_open(&d.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse(&detect_command, &d.options, argc, argv);
	if (status < 0 && optind + 1 >= argc)
		status = cli_usage("detect", "which rules? For example: vigil detect check rules");
	if (status < 0) {
		cli_catch_signals();
		d.operand = argv + optind + 1;
		d.operands = argc - optind - 1;
		status = run_action(&d, argv[optind]);
	}
	alerts_free(d.alerts);
	options_close(&d.options);
	return status;
}
