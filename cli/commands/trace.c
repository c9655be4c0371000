/* SPDX-License-Identifier: MIT */
/* trace.c - `vigil trace -- CMD`: events of a command and its descendants only. */
#include "commands.h"
#include "common/cli.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "common/confinement.h"
#include "common/detecting.h"
#include "common/lost.h"
#include "common/options.h"
#include "common/output.h"
#include "common/session.h"
#include "views/tree.h"

#define FOREVER UINT64_MAX

struct trace {
	struct options options;
	struct output output;
	struct detecting detecting;
	uint32_t types;
	const char *user; /* to run the command as; NULL: the caller */
	bool no_tree;
	uint64_t wait_ms;
	struct command command;

	struct session session;
	bool over; /* there is nothing left to wait for */
	struct tree *tree;
	int64_t ended_ms; /* when COMMAND ended */
	int64_t checked_ms;
	int alive_listed;
	struct vigil_buffer alive; /* names of processes that still run */
};

/* ---- the command line ---- */

static const struct options_line what_lines[] = {
	{ .name = "type",
	  .letter = 't',
	  .value = "LIST",
	  OPTION_IN(TYPES, struct trace, types),
	  .initial = "exec,exit",
	  .help = "what to show of it: exec, exit, create, thread, image, ..., all; the tree "
		  "counts everything",
	  .manual = "The types are those of\n.Xr vigil-watch 1 .\n" },
	{ .name = "quiet",
	  .letter = 'q',
	  OPTION_IN(FLAG, struct trace, options.quiet),
	  .help = "no events, only the tree" },
	{ .name = "no-tree",
	  OPTION_IN(FLAG, struct trace, no_tree),
	  .help = "no tree, only the events" },
};
static const struct options_line how_lines[] = {
	{ .name = "wait",
	  .letter = 'w',
	  .value = "TIME",
	  OPTION_IN(TIME, struct trace, wait_ms),
	  .word = "forever",
	  .initial = "forever",
	  .help = "when COMMAND has ended and some of its processes still run, wait for them "
		  "TIME at most: 0, 10s, 5m, forever; Ctrl-C ends the waiting" },
	{ .name = "user",
	  .former = "as",
	  .letter = 'u',
	  .value = "USER",
	  OPTION_IN(TEXT, struct trace, user),
	  .help = "run COMMAND as USER, a name or a number, with that user's groups and home" },
};
static const struct options_group what = OPTIONS_GROUP(what_lines);
static const struct options_group how = OPTIONS_GROUP(how_lines);

static const struct options_section sections[] = {
	{ .heading = "what to show, and how",
	  .note = "--output takes the tree, too, with text and table",
	  .groups = { &options_output, &options_environment, &options_redact, &what } },
	{ .heading = "what to detect", .groups = { &options_detect } },
	{ .heading = "how to run it", .groups = { &how } },
	{ .heading = "how to watch it", .groups = { &options_queue } },
};

static int run_trace(int argc, char **argv);

const struct options_command trace_command = {
	.name = "trace",
	.summary = "run a command and show every process that it starts",
	.run = run_trace,
	.before =
	    "usage: vigil trace [OPTIONS] [--] COMMAND [ARGUMENT...]\n"
	    "\n"
	    "Runs COMMAND and shows every process that it starts, directly or not, those that\n"
	    "daemonize too, and nothing else; at the end a tree with times, CPU and exit codes.\n"
	    "Events and tree go to standard error, so that COMMAND's own output pipes as ever.\n"
	    "Needs root.\n",
	.after =
	    "\n"
	    "exit status: COMMAND's own (128 + N when signal N ended it); 125 when vigil failed,\n"
	    "126 when COMMAND cannot be run, 127 when it was not found.\n"
	    "\n"
	    "examples:\n"
	    "  sudo vigil trace -- make -j8\n"
	    "  sudo vigil trace --user $USER --quiet -- ./configure\n"
	    "  sudo vigil trace --type all --format json --output build.json -- make\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
	.ends_at_operand = true,
};

/* Returns -1 to continue, otherwise the exit status. */
static int parse_trace(struct trace *t, int argc, char **argv)
{
	int status = options_parse(&trace_command, &t->options, argc, argv);
	const char *wrong = NULL;

	if (status == EXIT_USAGE)
		return EXIT_TRACE_FAILED;
	t->command.argv = argv + optind;
	if (status < 0 && t->user)
		wrong = command_as(&t->command, t->user);
	if (wrong) {
		cli_usage("trace", "--user: invalid value `%s`: %s", t->user, wrong);
		return EXIT_TRACE_FAILED;
	}
	if (status >= 0 || optind < argc)
		return status;
	cli_usage("trace", "which command? For example: vigil trace -- ls -l");
	return EXIT_TRACE_FAILED;
}

/* Starts the command after the sensor is open, so that none of its events are missed, and before
 * this process gives up privileges: the command keeps all of the caller's. */
static int start(struct trace *t)
{
	struct confinement confinement = { .source = &t->options.source,
					   .output = { t->options.how.path },
					   .ends_command = true };
	int status = command_start(&t->command);

	if (status >= 0)
		return status;
	confinement_begin(&confinement);
	confinement_complete(&confinement);
	t->tree = tree_new(t->command.pid, (uint32_t)getpid(), 0);
	if (!t->tree)
		cli_say("no memory");
	return command_go(&t->command) && t->tree ? -1 : EXIT_TRACE_FAILED;
}

/* ---- following it ---- */

static void add_alive(void *context, uint32_t pid, struct vigil_string command)
{
	struct trace *t = context;

	if (t->alive_listed++ >= 5)
		return;
	if (t->alive_listed > 1)
		vigil_put(&t->alive, ", ", 2);
	if (*command.data)
		vigil_put(&t->alive, command.data, strlen(command.data));
	else
		vigil_put_char(&t->alive, '?');
	vigil_put(&t->alive, " (", 2);
	vigil_put_unsigned(&t->alive, pid);
	vigil_put_char(&t->alive, ')');
}

static void say_waiting(struct trace *t)
{
	const struct tree_totals *totals = tree_totals(t->tree);

	if (t->alive_listed || t->wait_ms == 0 || os_now_ms() - t->ended_ms < 300)
		return;
	tree_each_alive(t->tree, add_alive, t);
	cli_say("the command has ended; %" PRIu64 " of its processes still %s: %.*s%s",
		totals->alive, totals->alive == 1 ? "runs" : "run", (int)t->alive.length,
		t->alive.data ? t->alive.data : "", t->alive_listed > 5 ? ", ..." : "");
	cli_say("waiting for %s; Ctrl-C stops that.", totals->alive == 1 ? "it" : "them");
	vigil_buffer_free(&t->alive);
}

/* Returns whether the trace is complete. Called when no event is ready. */
static bool is_over(struct trace *t)
{
	int64_t now = os_now_ms();

	if (!t->command.ended && command_ended(&t->command, false))
		t->ended_ms = now;
	if (!t->command.ended)
		return false;
	if (tree_totals(t->tree)->lost && now - t->checked_ms > 1000) {
		t->checked_ms = now;
		tree_check(t->tree, command_runs); /* an exit event may be among the lost ones */
	}
	/* The exit event arrives soon after the process is reaped; 200 ms later it counts as
	 * lost. */
	if (tree_totals(t->tree)->alive == 0)
		return tree_totals(t->tree)->processes > 0 || now - t->ended_ms > 200;
	say_waiting(t);
	return t->wait_ms != FOREVER && (uint64_t)(now - t->ended_ms) >= t->wait_ms + 200;
}

/* On Windows a process is created together with its program: the create event stands for an
 * exec. */
static bool is_wanted(const struct trace *t, const struct vigil_header *record)
{
	uint32_t type = record->type;

	return t->types & VIGIL_TYPE_BIT(type) ||
	       (type == VIGIL_EVENT_PROCESS_CREATE && record->encoding == VIGIL_UTF16LE &&
		t->types & VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC));
}

static int trace_show(void *context, const struct vigil_event *event)
{
	struct trace *t = context;

	/* An event itself was applied before. */
	if (event->record->type == VIGIL_EVENT_ALERT && tree_apply(t->tree, event) < 0) {
		cli_say("no memory");
		return EXIT_TRACE_FAILED;
	}
	if (t->options.quiet || output_event(&t->output, event) == VIGIL_OK)
		return SESSION_CONTINUE;
	return cli_fail(&t->output.error);
}

static int trace_take(void *context, const struct vigil_event *event)
{
	struct trace *t = context;
	int belongs = tree_apply(t->tree, event);

	if (belongs < 0) {
		cli_say("no memory");
		return EXIT_TRACE_FAILED;
	}
	if (!belongs)
		return SESSION_CONTINUE;
	return detecting_event(&t->detecting, event, is_wanted(t, event->record), trace_show, t);
}

static int trace_idle(void *context)
{
	struct trace *t = context;

	if (output_flush(&t->output) < 0)
		return cli_fail(&t->output.error);
	t->over = is_over(t);
	t->session.wait_ms = t->command.ended ? 20 : 100;
	return t->over ? SESSION_STOP : SESSION_CONTINUE;
}

/* Continues after a signal: the command decides when it ends. Ctrl-C reaches the command, too; a
 * signal that only vigil received is forwarded, and remaining descendants are then not waited
 * for. */
static bool trace_hold(void *context)
{
	struct trace *t = context;
	int number = cli_signal;

	if (t->over || t->command.ended)
		return false;
	cli_signal = 0;
	if (cli_signal_alone) {
		command_signal(&t->command, number);
		t->wait_ms = 0;
	}
	return true;
}

/* Returns -1 to continue, otherwise the exit status. */
static int trace_events(struct trace *t, struct vigil *v)
{
	t->session = (struct session){ .vigil = v,
				       .wait_ms = 100,
				       .context = t,
				       .take = trace_take,
				       .idle = trace_idle,
				       .hold = trace_hold };
	return session_run(&t->session) == EXIT_FINE ? -1 : EXIT_TRACE_FAILED;
}

static int print_tree(struct trace *t)
{
	bool people = t->options.how.format == VIGIL_FORMAT_TEXT ||
		      t->options.how.format == VIGIL_FORMAT_TABLE;
	struct vigil_buffer text = { 0 };
	int columns = t->options.how.width >= 0 ? t->options.how.width : os_columns(t->output.fd);
	struct tree_view view = { .which = TREE_KERNEL };
	enum vigil_code code = VIGIL_OK;

	if (t->no_tree || !people)
		return -1;
	view.width = (unsigned)columns;
	view.color = output_is_colored(t->options.how.color, t->output.fd);
	if (!tree_print(t->tree, &text, &view)) {
		vigil_buffer_free(&text);
		cli_say("no memory for the tree");
		return EXIT_TRACE_FAILED;
	}
	if (!t->options.quiet && text.length)
		code = output_text(&t->output, "\n", 1);
	if (code == VIGIL_OK && text.length)
		code = output_text(&t->output, text.data, text.length);
	vigil_buffer_free(&text);
	return code < 0 ? EXIT_TRACE_FAILED : -1;
}

static int trace_processes(struct trace *t, struct vigil *v)
{
	int status = start(t);

	if (status < 0)
		status = trace_events(t, v);
	if (status < 0)
		status = print_tree(t);
	if (t->tree && tree_totals(t->tree)->lost)
		lost_say(v);
	/* If vigil failed, the command still runs to its end; vigil does not kill it. */
	command_ended(&t->command, true);
	return status >= 0 ? status : t->command.status;
}

/* Finds the command and reads the detection rules. Returns -1, or the exit status of a failure. */
static int trace_prepare(struct trace *t)
{
	int status;

	t->types |= VIGIL_TYPE_BIT(VIGIL_EVENT_LOST);
	status = command_prepare(&t->command);
	if (status >= 0)
		return status;
	return detecting_open(&t->detecting, &t->options, true) >= 0 ? EXIT_TRACE_FAILED : -1;
}

static int run_trace(int argc, char **argv)
{
	struct trace t = { .wait_ms = FOREVER };
	struct vigil_error error;
	struct vigil *v = NULL;
	int status;

	t.types =
	    VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) |
	    VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS) |
	    VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_DENIED);
	if (!options_open(&t.options, STDERR_FILENO))
		return EXIT_TRACE_FAILED;
	status = parse_trace(&t, argc, argv);
	if (status >= 0) {
		options_close(&t.options);
		return status;
	}
	status = trace_prepare(&t);
	if (status >= 0) {
		options_close(&t.options);
		return status;
	}
	cli_catch_signals();
	os_set_realtime(true);
	status = EXIT_TRACE_FAILED;
	if (output_open(&t.output, &t.options.how) < 0)
		cli_fail(&t.output.error);
	else if (vigil_open(&v, &t.options.source, &error) < 0)
		cli_fail(&error);
	else
		status = trace_processes(&t, v);
	if (output_close(&t.output) < 0) {
		cli_fail(&t.output.error);
		status = EXIT_TRACE_FAILED;
	}
	vigil_close(v);
	if (detecting_close(&t.detecting, EXIT_FINE) != EXIT_FINE)
		status = EXIT_TRACE_FAILED;
	tree_free(t.tree);
	options_close(&t.options);
	return status;
}
