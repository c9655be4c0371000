/* SPDX-License-Identifier: MIT */
/* status.c - the meaning of the exit statuses, and the status for each failure. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

/* The same cause has the same status in every command; vigil(1) has this table, too. */
static const struct {
	int status;
	enum vigil_code code;
	const char *what;
} statuses[] = {
	{ EXIT_FINE, VIGIL_OK, "all went well" },
	{ EXIT_ERROR, VIGIL_ERROR_SYSTEM, "failed: a system call, memory, a damaged file" },
	{ EXIT_USAGE, VIGIL_ERROR_USAGE,
	  "the command line, a setting or a rule makes no sense; a file to read is not there" },
	{ EXIT_PRIVILEGE, VIGIL_ERROR_PRIVILEGE, "more privilege is needed" },
	{ EXIT_UNSUPPORTED, VIGIL_ERROR_UNSUPPORTED, "this system lacks what is needed" },
	{ EXIT_OUTPUT, VIGIL_ERROR_OUTPUT,
	  "the output cannot be written: a full disk, a directory, a folder that is not there" },
	{ EXIT_PEER, VIGIL_ERROR_PIPE, "the reader of the output has gone" },
};

#define STATUSES (sizeof(statuses) / sizeof(statuses[0]))

int cli_fail(const struct vigil_error *error)
{
	cli_say("%s", error->text);
	for (size_t i = 0; i < STATUSES; i++)
		if (statuses[i].code == error->code)
			return statuses[i].status;
	return EXIT_ERROR; /* VIGIL_ERROR_MEMORY, _FORMAT */
}

void cli_print_statuses(int fd)
{
	cli_print_to(fd, "exit status:\n");
	for (size_t i = 0; i < STATUSES; i++)
		cli_print_to(fd, "  %d  %s\n", statuses[i].status, statuses[i].what);
	cli_print_to(fd, "  128 + N  signal N ended it before it was done\n");
}

int cli_fail_output(int reason)
{
	if (reason == EPIPE) {
		cli_say("the reader of standard output has gone; stopped.");
		return EXIT_PEER;
	}
	cli_say("cannot write to standard output: %s", strerror(reason));
	return EXIT_OUTPUT;
}

int cli_end(int status)
{
	int reason = cli_print_failed();

	return reason ? cli_fail_output(reason) : status;
}
