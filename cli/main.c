/* SPDX-License-Identifier: MIT */
/* main.c - the table of contents of the command `vigil`. */
#include <string.h>

#include "commands/commands.h"
#include "common/cli.h"

static void help(int fd)
{
	cli_print_to(fd, "Vigil shows every process, thread and image load of this machine as it "
			 "happens.\n"
			 "\n"
			 "usage: vigil COMMAND [OPTIONS]\n"
			 "\n");
	for (size_t i = 0; commands[i]; i++)
		cli_print_to(fd, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	cli_print_to(fd, "\n"
			 "  vigil COMMAND --help   the options of a command, with examples\n"
			 "  vigil --version        this version\n"
			 "\n");
	cli_print_statuses(fd);
}

/* Suggests a command for a mistyped one: one that begins the same way. */
static const char *nearest(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strncmp(commands[i]->name, name, 2) == 0)
			return commands[i]->name;
	return NULL;
}

static int dispatch_command(int argc, char **argv)
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
	for (size_t i = 0; commands[i]; i++) {
		bool former = commands[i]->former && strcmp(commands[i]->former, name) == 0;

		if (former)
			cli_say("`vigil %s` is now `vigil %s`; the old name will be removed", name,
				commands[i]->name);
		if (former || strcmp(commands[i]->name, name) == 0)
			return commands[i]->run(argc - 1, argv + 1);
	}
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
	status = dispatch_command(argc, argv);
	ended = cli_end(status);
	return ended != status && argc > 1 && strcmp(argv[1], "trace") == 0 ? EXIT_TRACE_FAILED
									    : ended;
}
