/* SPDX-License-Identifier: MIT */
/* cli.h - declarations that all subcommands of `vigil` share. */
#ifndef VIGIL_CLI_H
#define VIGIL_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include <vigil/vigil.h>

#include "core/error.h"
#include "os/os.h"

/* Exit statuses of `vigil`; the table in status.c explains them. `vigil trace` returns the status
 * of its command, and TRACE_FAILED instead of any of these. */
enum {
	EXIT_FINE = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_PRIVILEGE = 3,
	EXIT_UNSUPPORTED = 4,
	EXIT_OUTPUT = 5,
	EXIT_PEER = 6,
	EXIT_REFUSED = 7, /* `vigil rules test`: the program may not start */
	EXIT_TRACE_FAILED = 125,
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

/* Prepares the process; to be called first. Converts the command line to UTF-8, disables newline
 * conversion on the standard streams, and raises the limit of open files. Returns false if memory
 * is short. */
bool cli_begin(int *argc, char ***argv);

/* All messages are printed by these functions. Inserted arguments are untrusted text: control
 * characters in them are made visible, newlines included (message.h). */

/* Prints "vigil: text" on standard error. */
VIGIL_PRINTF(1, 2) void cli_say(const char *format, ...);

/* Copies the first line of each message of cli_say() and cli_usage() to `to` from now on, without the
 * name of the command: the last one stays there. NULL: no longer. */
void cli_keep_last(char *to, size_t size);

/* Prints error and returns the exit status for it. */
int cli_fail(const struct vigil_error *error);

/* Prints why standard output cannot be written (an errno) and returns the exit status. */
int cli_fail_output(int reason);

/* Prints a usage error and where to find help. Returns EXIT_USAGE. */
VIGIL_PRINTF(2, 3) int cli_usage(const char *command, const char *format, ...);

/* Prints on standard output (to: STDOUT_FILENO or STDERR_FILENO). Returns the bytes. */
#define cli_print(...) cli_print_to(STDOUT_FILENO, __VA_ARGS__)
VIGIL_PRINTF(2, 3) size_t cli_print_to(int fd, const char *format, ...);

/* Prints a constant text of this program, unchanged, on standard output. */
void cli_print_own(const char *text);
void cli_print_bytes(const char *text, size_t length);

/* Prints text on standard output as lines of at most `right` columns, broken between words, and
 * a newline. The cursor is in column `left`, where each line begins. */
VIGIL_PRINTF(1, 4) void cli_print_wrapped(const char *format, int left, int right, ...);

/* Returns the errno of the first failed write to standard output; 0: none failed. */
int cli_print_failed(void);

/* Prints the table of exit statuses. */
void cli_print_statuses(int fd);

/* Returns the final exit status of a command: status, or an error, which is printed, if standard
 * output could not be written. */
int cli_end(int status);

/* Reads a number of bytes with an optional unit (K, M, G). Returns false if it is not valid. */
bool cli_bytes(const char *text, uint64_t *out);

/* Reads a duration into milliseconds: numbers with units (ms, s, m or min, h, d), as in 1h30m;
 * 0.5s; a number alone is seconds. Returns false if it is not valid or exceeds the limit. */
#define CLI_DURATION_MAX_MS 8640000000000 /* 100,000 days */
bool cli_duration_ms(const char *text, uint64_t *out);

/* Adds a text to a hash (FNV-1a), to notice a change; its end counts too. The first hash is any. */
uint64_t cli_hash_text(uint64_t hash, const char *text);

/* Returns the name of a type; "unknown" for events that are lost or waiting without one. */
const char *cli_type_name(uint32_t type);

/* Returns the types that a valid list for --type names individually, not by the word `all`. They
 * are wanted at any cost (vigil_options). */
uint32_t cli_types_named(const char *list);

/* SIGINT, SIGTERM and SIGHUP (on Windows Ctrl-C, Ctrl-Break and the closing of the console)
 * set this to their number; a second SIGINT or SIGTERM ends the process. A SIGHUP that was
 * ignored when the program began, as nohup(1) does, stays ignored. */
extern volatile int cli_signal;
extern volatile int cli_signal_alone; /* not Ctrl-C, which the whole foreground group gets */
void cli_catch_signals(void);

/* Makes SIGHUP set cli_reopen instead of cli_signal from now on, unless it comes because the
 * terminal has hung up. SIGHUP asks a command to write its buffers and to reopen its outputs by
 * name, because logrotate(8) has renamed the files. */
extern volatile int cli_reopen;
void cli_catch_reopen(void);

#endif /* VIGIL_CLI_H */
