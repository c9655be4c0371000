/* SPDX-License-Identifier: MIT */
/* main.c - the table of contents of the command `vigil`. */
#include "common/cli.h"

#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "watch", vigil_cmd_watch, "show events of the whole machine as they happen" },
	{ "trace", vigil_cmd_trace, "run a command and show all that it starts" },
#ifdef VIGIL_STORE
	{ "record", vigil_cmd_record, "record what happens in a file" },
	{ "replay", vigil_cmd_replay, "show what was recorded" },
	{ "query", vigil_cmd_query, "ask a recording questions in SQL" },
#endif
	{ "tree", vigil_cmd_tree, "show who started what" },
	{ "report", vigil_cmd_report, "make a page to look at: tree, timeline, programs" },
	{ "stats", vigil_cmd_stats, "count events, and what became of them" },
	{ "export", vigil_cmd_export, "make a trace for ui.perfetto.dev" },
#ifndef _WIN32
	{ "top", vigil_cmd_top, "what the programs of this machine do, now" },
#endif
	{ "doctor", vigil_cmd_doctor,
	  "say what this machine allows, and what to do about the rest" },
	{ "block", vigil_cmd_block, "say which programs may not start" },
	{ "run", vigil_cmd_run, "write events into a log that rotates: what the service does" },
	{ "service", vigil_cmd_service, "install, start and stop the service" },
	{ "fields", vigil_cmd_fields, "explain every field of the output" },
};

#define COMMANDS (sizeof commands / sizeof commands[0])

static void help(int fd)
{
	cli_print_to(fd, "Vigil shows every process, thread and image load of this machine as it "
			 "happens.\n"
			 "\n"
			 "usage: vigil COMMAND [OPTIONS]\n"
			 "\n");
	for (size_t i = 0; i < COMMANDS; i++)
		cli_print_to(fd, "  %-8s %s\n", commands[i].name, commands[i].what);
	cli_print_to(fd, "\n"
			 "  vigil COMMAND --help   the options of a command, with examples\n"
			 "  vigil --version        this version\n"
			 "\n");
	cli_print_statuses(fd);
}

/* What a mistyped command may have meant: one that begins the same way. */
static const char *nearest(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strncmp(commands[i].name, name, 2) == 0)
			return commands[i].name;
	return NULL;
}

static int run_command(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "--help", *near;

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		help(argc > 1 ? STDOUT_FILENO : STDERR_FILENO);
		return argc > 1 ? EXIT_FINE : EXIT_USAGE;
	}
	if (strcmp(name, "--version") == 0) {
		cli_print("vigil " VIGIL_VERSION "\n");
		return EXIT_FINE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	near = nearest(name);
	if (near)
		cli_say("there is no command `%s`; did you mean `vigil %s`?", name, near);
	else
		cli_say("there is no command `%s`; `vigil --help` lists them.", name);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	int status, ended;

	if (!cli_begin(&argc, &argv)) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	status = run_command(argc, argv);
	ended = cli_end(status);
	return ended != status && argc > 1 && strcmp(argv[1], "trace") == 0 ? EXIT_TRACE_FAILED
									    : ended;
}
