/* SPDX-License-Identifier: MIT */
/* tree.c - `vigil tree`: who started what. */
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

static const char *take_live(void *target, const char *value)
{
	(void)value;
	((struct tree_command *)target)->follow.live = true;
	return NULL;
}

static const char *take_depth(void *target, const char *value)
{
	struct tree_command *c = target;
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || number < 1 || number > 1000000)
		return "a number from 1 to 1000000";
	c->view.depth = (uint32_t)number;
	return NULL;
}

static const char *take_kernel(void *target, const char *value)
{
	(void)value;
	((struct tree_command *)target)->view.which |= TREE_KERNEL;
	return NULL;
}

static const char *take_output(void *target, const char *value)
{
	return options_take_output(&((struct tree_command *)target)->options, value);
}

static const struct options_line what_lines[] = {
	{ "live", 0, NULL, "watch this machine until Ctrl-C, then show (needs root)", take_live },
	{ "depth", 0, "N", "N levels, and how many processes are below them", take_depth },
	{ "kernel", 0, NULL, "kernel threads too", take_kernel },
};
static const struct options_group what = OPTIONS_GROUP(what_lines);

static const struct options_line output_lines[] = {
	{ "output", 'o', "FILE", "write to FILE (mode 0600)", take_output },
};
static const struct options_group output = OPTIONS_GROUP(output_lines);

static const struct options_section sections[] = {
	{ "what to show:", { NULL }, &what },
	{ "which processes, with their ancestors (conditions of one kind are alternatives,\n"
	  "kinds must all hold; --type: processes with such an event):",
	  { &options_filter },
	  NULL },
	{ "how to show it:", { &options_look, &options_trust }, &output },
	{ "when to stop, and how to run:",
	  { &options_stop, &options_strict, &options_queue },
	  NULL },
};

static const struct options_command tree_command = {
	.name = "tree",
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
	.count = sizeof sections / sizeof sections[0],
};

/* What a tree is made of. */
#define TYPES \
	(VIGIL_TYPE_ALL & \
	 ~(VIGIL_TYPE_BIT(VIGIL_THREAD_EXIT) | VIGIL_TYPE_BIT(VIGIL_EXISTING_THREAD)))

static int take(void *context, const struct vigil_event *event)
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
		cli_say("no process was told of");
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

/* -1: go on; else the exit status. */
static int parse(struct tree_command *c, int argc, char **argv)
{
	int status = options_parse(&tree_command, &c->options, c, argc, argv);

	if (status < 0)
		status = follow_parse(&c->follow, argc, argv);
	return status;
}

int vigil_cmd_tree(int argc, char **argv)
{
	struct tree_command c = {
		.follow = { .command = "tree", .types = TYPES, .take = take },
		.view = { .clock = true, .which = TREE_WANTED },
	};
	int status;

	if (!options_open(&c.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = parse(&c, argc, argv);
	if (status < 0) {
		c.follow.context = &c;
		status = follow_into(&c.follow, &c.options, &c.output, make);
	}
	tree_free(c.tree);
	options_close(&c.options);
	return status;
}
