/* SPDX-License-Identifier: MIT */
/* cli.h - what the subcommands of `vigil` share. */
#ifndef VIGIL_CLI_H
#define VIGIL_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include <vigil/vigil.h>

#include "core/error.h"
#include "os/os.h"

/* Exit statuses of `vigil`; what they mean is in the table of status.c. `vigil trace` gives its
 * command's, and TRACE_FAILED instead of all of these. */
enum {
	EXIT_FINE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_PRIVILEGE = 3,
	EXIT_UNSUPPORTED = 4,
	EXIT_OUTPUT = 5,
	EXIT_PEER = 6,
	EXIT_REFUSED = 7, /* `vigil rules test`: it may not start */
	EXIT_TRACE_FAILED = 125,
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

/* Before all else: the command line in UTF-8, the standard streams without changes of
 * what is written, as many descriptors as are allowed. False: no memory. */
bool cli_begin(int *argc, char ***argv);

#ifndef _WIN32
/* In a child that becomes another program: limits and signals are as vigil was given them. */
void cli_give_back(void);
#endif

/* What is said in words goes through these alone. What arguments insert is foreign text and
 * is made visible, newlines included (message.h). */

/* Prints "vigil: text" on standard error. */
VIGIL_PRINTF(1, 2) void cli_say(const char *format, ...);

/* Says error and returns the exit status that belongs to it. */
int cli_fail(const struct vigil_error *error);

/* Says why standard output cannot be written, an errno, and returns the exit status. */
int cli_fail_output(int reason);

/* Says what is wrong with the command line and where help is; EXIT_USAGE. */
VIGIL_PRINTF(2, 3) int cli_usage(const char *command, const char *format, ...);

/* Prints on standard output (to: STDOUT_FILENO or STDERR_FILENO). Returns the bytes. */
#define cli_print(...) cli_print_to(STDOUT_FILENO, __VA_ARGS__)
VIGIL_PRINTF(2, 3) size_t cli_print_to(int fd, const char *format, ...);

/* Prints a text of this program's own, as it is, on standard output. */
void cli_print_own(const char *text);

/* Prints text on standard output as lines of at most `right` columns, broken between words, and
 * a newline. The cursor is in column `left`, where each line begins. */
VIGIL_PRINTF(1, 4) void cli_print_wrapped(const char *format, int left, int right, ...);

/* Why not all that was printed on standard output has been written, an errno; 0: it has. */
int cli_print_failed(void);

/* Prints the table of exit statuses. */
void cli_print_statuses(int fd);

/* What a command ends with: status, unless what it printed could not be written, which this
 * then says. */
int cli_end(int status);

/* Reads a number of bytes with an optional unit (K, M, G). False: it is none. */
bool cli_bytes(const char *text, uint64_t *out);

/* Reads a time: numbers with units (ms, s, m or min, h, d), as in 1h30m; a number alone is of
 * seconds; 0.5s. In milliseconds, at most that many. False: it is none. */
#define CLI_DURATION_MAX_MS 8640000000000 /* 100,000 days */
bool cli_duration_ms(const char *text, uint64_t *out);

/* The types that a list for --type has by their own names, not by the word `all`:
 * who names one wants it at any cost (vigil_options). The list is a good one. */
uint32_t cli_types_named(const char *list);

/* SIGINT, SIGTERM and SIGHUP (on Windows Ctrl-C, Ctrl-Break and the closing of the console)
 * set this to their number; a second SIGINT or SIGTERM ends the process. A SIGHUP that was
 * ignored when the program began, as nohup(1) does, stays ignored. */
extern volatile int cli_signal;
extern volatile int cli_signal_alone; /* not a terminal's Ctrl-C, which reaches all in front */
void cli_catch_signals(void);

/* From now on SIGHUP sets cli_reopen and not cli_signal, unless it comes because the terminal
 * has hung up. It asks a command to write out what waits and to open its outputs again under
 * their names, which logrotate(8) has given to other files. */
extern volatile int cli_reopen;
void cli_catch_reopen(void);

#endif /* VIGIL_CLI_H */
