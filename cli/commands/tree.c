/* SPDX-License-Identifier: MIT */
/* tree.c - `vigil tree`: shows which process started which. */
#include "commands.h"
#include "common/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/follow.h"
#include "common/options.h"
#include "common/output.h"
#include "views/tree.h"

struct tree_command {
	struct options options;
	struct follow follow;
	struct output output;
	struct tree *tree;
	struct tree_view view;
};

static const struct options_line what_lines[] = {
	{ .name = "live",
	  OPTION_IN(FLAG, struct tree_command, options.live),
	  .help = "watch this machine until Ctrl-C, then show, with what ran before (needs root)" },
	{ .name = "depth",
	  .value = "N",
	  OPTION_IN(NUMBER, struct tree_command, view.depth),
	  .min = 1,
	  .max = 1000000,
	  .help = "N levels, and how many processes are below them" },
	{ .name = "kernel",
	  OPTION_IN(BIT, struct tree_command, view.which),
	  .bit = TREE_KERNEL,
	  .help = "kernel threads too" },
};
static const struct options_group what = OPTIONS_GROUP(what_lines);

static const struct options_line output_lines[] = {
	{ .name = "output",
	  .letter = 'o',
	  .value = "FILE",
	  OPTION_IN(OUTPUT, struct tree_command, options.how),
	  .help = "write to FILE (mode 0600); - is standard output" },
};
static const struct options_group output = OPTIONS_GROUP(output_lines);

static const struct options_section sections[] = {
	{ .heading = "what to show", .groups = { &what } },
	{ .heading = "which processes, with their ancestors",
	  .note = OPTIONS_CONDITIONS "; --type: processes with such an event",
	  .groups = { &options_filter, &options_redact } },
	{ .heading = "how to show it", .groups = { &options_look, &options_trust, &output } },
	OPTIONS_WHEN_TO_STOP,
};

static int run_tree(int argc, char **argv);

const struct options_command tree_command = {
	.name = "tree",
	.summary = "show who started what",
	.run = run_tree,
	.operands = "FILE",
	.before =
	    "usage: vigil tree FILE|--live [OPTIONS]\n"
	    "\n"
	    "Shows who started what: every process under the one that started it, with its\n"
	    "start, how long it lasted, CPU time, exit code or signal, and all that it ran.\n"
	    "Remote threads, accesses to other processes and denials stand below, marked \"!\".\n"
	    "A process whose end is missing in the stream shows `lost`, one that still runs\n"
	    "`runs`.\n",
	.after = "\n"
		 "examples:\n"
		 "  vigil tree build.vigil --image cc1 --depth 6\n"
		 "  vigil tree build.vigil --type denied,remote-thread,access\n"
		 "  sudo vigil tree --live --duration 10s\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
};

/* What a tree is made from. */
#define TYPES \
	(VIGIL_TYPE_ALL & \
	 ~(VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT) | VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_SNAPSHOT)))

static int add_to_tree(void *context, const struct vigil_event *event)
{
	struct tree_command *c = context;

	if (tree_apply(c->tree, event) < 0) {
		cli_say("no memory for the tree");
		return VIGIL_ERROR_MEMORY;
	}
	if (vigil_filter_match(c->options.filter, event))
		tree_want(c->tree, event);
	return VIGIL_OK;
}

static int print(struct tree_command *c)
{
	struct vigil_buffer text = { 0 };
	int width = c->options.how.width;
	enum vigil_code code = VIGIL_OK;

	c->view.width = (unsigned)(width >= 0 ? width : os_columns(c->output.fd));
	c->view.color = output_is_colored(c->options.how.color, c->output.fd);
	c->view.utc = c->options.how.utc;
	if (!tree_print(c->tree, &text, &c->view)) {
		vigil_buffer_free(&text);
		cli_say("no memory for the tree");
		return EXIT_ERROR;
	}
	if (text.length)
		code = output_text(&c->output, text.data, text.length);
	else
		cli_say("no process was reported");
	vigil_buffer_free(&text);
	return code < 0 ? cli_fail(&c->output.error) : EXIT_FINE;
}

static int make(void *context)
{
	struct tree_command *c = context;
	int status;

	c->tree = tree_new(0, 0, 0);
	if (!c->tree) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	status = follow_run(&c->follow);
	return status == EXIT_FINE ? print(c) : status;
}

/* Returns -1 to continue, otherwise the exit status. */
static int parse_tree(struct tree_command *c, int argc, char **argv)
{
	int status = options_parse(&tree_command, &c->options, argc, argv);

	c->follow.options = &c->options;
	if (status < 0)
		status = follow_parse(&c->follow, argc, argv);
	return status;
}

static int run_tree(int argc, char **argv)
{
	struct tree_command c = {
		.follow = { .command = "tree", .types = TYPES, .take = add_to_tree },
		.view = { .clock = true, .which = TREE_WANTED },
	};
	int status;

	if (!options_open(&c.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse_tree(&c, argc, argv);
	if (status < 0) {
		c.follow.context = &c;
		status = follow_into(&c.follow, &c.options, &c.output, make);
	}
	tree_free(c.tree);
	options_close(&c.options);
	return status;
}
