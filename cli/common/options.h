/* SPDX-License-Identifier: MIT */
/*
 * options.h - the options that commands share, each described once: how it is
 * parsed, what `--help` says and (from that) what the shell completes.
 *
 * A command is a struct options_command: its sections of groups. It takes the
 * shared groups below as they are and adds groups of its own.
 */
#ifndef VIGIL_OPTIONS_H
#define VIGIL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

#include "output.h"

/* What the shared options were given. */
struct options {
	struct vigil_filter *filter;
	struct output_options how;
	struct vigil_options source;
	uint64_t count;       /* 0: no end */
	uint64_t duration_ms; /* 0: no end */
	bool types_given, snapshot, quiet;
	bool strict;            /* what cannot be read ends the reading */
	char *settings;         /* text of the file of settings: values point into it */
	char *settings_as_read; /* the same, as it was */
};

/* A file of settings that a command reads behind its command line: lines
 * `name = value`, by the names of the options. */
struct options_file {
	const char *path; /* NULL: none */
	bool needed;      /* it must be there */
};

struct options_line {
	const char *name;
	char letter;       /* 0: none */
	const char *value; /* as the help calls it; NULL: takes none */
	const char *help;  /* one paragraph, wrapped when it is printed */
	/* Keeps value (NULL where none is taken) in target. Returns NULL, or what
	 * is wrong: "a size from 64K to 1G". Without this function the option is
	 * a condition of the filter, by its name. */
	const char *(*take)(void *target, const char *value);
};

struct options_group {
	const struct options_line *lines;
	size_t count;
};

#define OPTIONS_GROUP(array) \
	{ \
		array, sizeof(array) / sizeof((array)[0]) \
	}

extern const struct options_group options_filter;      /* --type --pid --children-of --user ... */
extern const struct options_group options_output;      /* --format --output --append --color ... */
extern const struct options_group options_look;        /* of these --color --utc --width */
extern const struct options_group options_trust;       /* of these --trust-path */
extern const struct options_group options_ancestors;   /* of these --ancestors */
extern const struct options_group options_source;      /* --snapshot and the queue */
extern const struct options_group options_snapshot;    /* of these --snapshot */
extern const struct options_group options_queue;       /* the queue: size, latency */
extern const struct options_group options_environment; /* --env */
extern const struct options_group options_stop;        /* --count --duration */
extern const struct options_group options_time;        /* of these --duration */
extern const struct options_group options_count;       /* of these --count */
extern const struct options_group options_strict;      /* --strict: of what reads a FILE */
extern const struct options_group options_quiet;       /* --quiet: no summary at the end */

/* What is shown where no --type is given. */
#define OPTIONS_TYPES "process,thread,image,driver,remote-thread,access,credentials,denied,status"

#define OPTIONS_GROUPS_MAX 4

struct options_section {
	const char *heading;                                    /* NULL: none */
	const struct options_group *shared[OPTIONS_GROUPS_MAX]; /* target: struct options */
	const struct options_group *own;                        /* target: the command's */
};

struct options_command {
	const char *name;
	const char *before; /* of the help: usage and what it does */
	const char *after;  /* examples */
	const struct options_section *sections;
	size_t count;
	const char *types;    /* where no --type is given; NULL: all */
	bool ends_at_operand; /* what follows the first operand is not ours */
	/* The file of settings, once the command line has been read; NULL: none. An
	 * option of the command line counts instead of all lines of its name. */
	struct options_file (*file)(const void *own);
};

/* Defaults. The filter is made here; false: no memory. */
bool options_open(struct options *options, int fd);
void options_close(struct options *options);

/* Says what was wrong when getopt_long, with opterr 0 and letters that begin with ':',
 * returned ':' or '?'. getopt's own messages would print the option as it is. EXIT_USAGE. */
int options_wrong(const char *command, int result, char **argv);

/* Reads the command line; again if optind is 0. -1: go on, operands begin at optind; else the exit
 * status (after --help, or after saying what is wrong). own: the target of the
 * command's own options. */
int options_parse(const struct options_command *command, struct options *options, void *own,
		  int argc, char **argv);

/* Takes the value of --output: a name, or - for standard output. target: struct options. NULL, or
 * what is wrong. */
const char *options_take_output(void *target, const char *value);

/* The one operand that options_parse left; question: what to ask where there is none.
 * -1: go on; else the exit status. */
int options_operand(const char **operand, const char *command, const char *question, int argc,
		    char **argv);

#endif /* VIGIL_OPTIONS_H */
