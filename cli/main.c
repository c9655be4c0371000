/* SPDX-License-Identifier: MIT */
/* main.c - the table of contents of the command `vigil`. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "os.h"

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

volatile int cli_signal, cli_signal_alone, cli_reopen;

/* A number, a unit out of a table, and nothing behind it. */
static bool read_unit(const char *text, const char *const *units, const uint64_t *factors,
		      size_t count, uint64_t *out)
{
	char *end;
	unsigned long long number;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(end, units[i]) == 0 && number <= UINT64_MAX / factors[i]) {
			*out = number * factors[i];
			return true;
		}
	return false;
}

bool cli_bytes(const char *text, uint64_t *out)
{
	static const char *const units[] = { "", "K", "KiB", "M", "MiB", "G", "GiB" };
	static const uint64_t factors[] = {
		1, 1 << 10, 1 << 10, 1 << 20, 1 << 20, 1 << 30, 1 << 30
	};

	return read_unit(text, units, factors, 7, out);
}

/* "1h30m": numbers with units, larger ones first; one alone may have a fraction, and no unit. */
bool cli_duration_ms(const char *text, uint64_t *out)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 },    { "s", 1000 },    { "min", 60000 },
		      { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	uint64_t total = 0, last = UINT64_MAX;

	do {
		size_t digits = strspn(text, "0123456789."), i = 0;
		double number;
		char *end;

		if (!isdigit((unsigned char)*text) || digits > 15)
			return false;
		number = strtod(text, &end);
		if (end != text + digits)
			return false;
		while (i < sizeof units / sizeof units[0] &&
		       strncasecmp(end, units[i].unit, strlen(units[i].unit)) != 0)
			i++;
		if (*end == '\0' && total == 0 && last == UINT64_MAX)
			i = 1; /* seconds */
		else if (i == sizeof units / sizeof units[0])
			return false;
		if (units[i].ms >= last || number * (double)units[i].ms > CLI_DURATION_MAX_MS)
			return false;
		text = *end ? end + strlen(units[i].unit) : end;
		last = units[i].ms;
		total += (uint64_t)(number * (double)last + 0.5);
	} while (*text);
	*out = total;
	return total <= CLI_DURATION_MAX_MS;
}

uint32_t cli_types_named(const char *list)
{
	uint32_t types = 0;
	char word[32];

	for (; *list; list += *list != '\0') {
		size_t length = strcspn(list, ", ");

		if (length > 0 && length < sizeof word && strncmp(list, "all", length) != 0) {
			memcpy(word, list, length);
			word[length] = '\0';
			types |= vigil_types_parse(word, NULL);
		}
		list += length;
	}
	return types;
}

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
