/* SPDX-License-Identifier: MIT */
/*
 * options.h - the options of the commands, each described once: the parser, `--help`, the
 * OPTIONS section of the manual pages and the shell completion are all made from these tables.
 *
 * A command is a struct options_command: sections of groups of options. Its options are stored
 * in a struct of the command whose first member is a struct options.
 */
#ifndef VIGIL_OPTIONS_H
#define VIGIL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#include "detecting_options.h"
#include "output.h"

/* Common options; the first member of the struct in which a command stores its options. */
struct options {
	struct vigil_filter *filter;
	struct output_options how;
	struct vigil_options source;
	uint64_t count;       /* 0: no limit */
	uint64_t duration_ms; /* 0: no limit */
	bool types_given, snapshot, quiet, live;
	bool check;        /* only check the settings: print every mistake */
	unsigned mistakes; /* that were printed; with check */
	bool strict;       /* stop at the first part of a recording that cannot be read */
	struct detecting_options detect;
	char *settings;                  /* text of the settings file: values point into it */
	char *settings_as_read;          /* the same, unmodified */
	char *redact_names, *redact_key; /* contents of files: options.source points to them */
	uint64_t files_hash; /* of the contents of files that options name and that are read */
};

/* A settings file, read after the command line: lines `name = value`, with the names of the
 * options. */
struct options_file {
	const char *path; /* NULL: none */
	bool needed;      /* a missing file is an error */
};

/* How the value of an option is read, and the type of the member that it is stored in. */
enum option_kind {
	OPTION_CONDITION, /* a condition of the filter, by the option's name; no member */
	OPTION_EXCLUDE,   /* an exclusion of the filter; no member */
	OPTION_EXCLUDES,  /* a file of exclusions, each name = expression; no member */
	OPTION_FLAG,      /* bool: takes no value */
	OPTION_BIT,       /* uint32_t: takes no value; sets line->bit */
	OPTION_NUMBER,    /* uint32_t, int or uint64_t: from min to max */
	OPTION_RATIO,     /* double: from min to max thousandths; line->word means 0 */
	OPTION_SIZE,      /* uint32_t or uint64_t: bytes, from min to max */
	OPTION_TIME,      /* uint32_t or uint64_t: ms, from min to max; line->word: UINT64_MAX */
	OPTION_SECONDS,   /* uint64_t: seconds, from min to max ms */
	OPTION_CHOICE,    /* enum: the index of the value in line->words */
	OPTION_TYPES,     /* uint32_t: VIGIL_TYPE_BITs of a list of types; line->word: none */
	OPTION_TEXT,      /* const char * */
	OPTION_CONTENT,   /* char *: the content of a file, to be freed */
	OPTION_FIELDS,    /* const char *: names of fields, or their beginnings */
	OPTION_LIST,      /* struct option_list: may be given several times */
	OPTION_FILE,      /* const char *: the name of a file, not - */
	OPTION_OUTPUT,    /* struct output_options: the name of a file, or - */
};

struct options_line {
	const char *name;
	char letter;       /* 0: none */
	const char *value; /* name of the argument in the help; NULL: takes none */
	const char *help;  /* sentences without the last period; range and default are added */
	/* More for the manual page, in mdoc(7); NULL: nothing. That of an option which `vigil
	 * watch` has is printed in vigil-watch(1) alone, and the other pages refer to it. */
	const char *manual;
	const char *initial;      /* the default, for the help; NULL: not shown */
	const char *former;       /* its name in the previous release; NULL: the same */
	const char *const *words; /* of OPTION_CHOICE, terminated by NULL */
	const char *word;         /* accepted instead of a value; NULL: none */
	uint64_t min, max;        /* max 0: no limit */
	bool zero;                /* 0 is accepted besides min to max */
	uint32_t bit;
	enum option_kind kind;
	unsigned short width; /* of the member, in bytes */
	size_t offset;        /* of the member, in the command's struct */
};

/* The kind of an option and the member that it is stored in. */
#define OPTION_IN(kind_, type, member) \
	.kind = OPTION_##kind_, .offset = offsetof(type, member), \
	.width = sizeof(((type *)NULL)->member)

/* Output formats of events, in the order of enum vigil_format. */
extern const char *const options_formats[];

struct options_group {
	const struct options_line *lines;
	size_t count;
};

#define OPTIONS_GROUP(array) \
	{ \
		array, sizeof(array) / sizeof((array)[0]) \
	}

extern const struct options_group options_filter;       /* --type --pid --children-of --user ... */
extern const struct options_group options_exclude;      /* of these --exclude --exclude-file */
extern const struct options_group options_redact;       /* --redact --redact-names --redact-key */
extern const struct options_group options_output;       /* --format --output --append --color ... */
extern const struct options_group options_fields;       /* of these --compact --fields --omit */
extern const struct options_group options_look;         /* of these --color --utc --width */
extern const struct options_group options_color;        /* of these --color */
extern const struct options_group options_trust;        /* of these --trust-path */
extern const struct options_group options_ancestors;    /* of these --ancestors */
extern const struct options_group options_source;       /* --snapshot and the queue */
extern const struct options_group options_snapshot;     /* of these --snapshot */
extern const struct options_group options_queue;        /* the queue: size, latency */
extern const struct options_group options_environment;  /* --env */
extern const struct options_group options_stop;         /* --count --duration */
extern const struct options_group options_time;         /* of these --duration */
extern const struct options_group options_count;        /* of these --count */
extern const struct options_group options_detect;       /* --detect and what goes with it */
extern const struct options_group options_rules_chosen; /* of these those that choose rules */
extern const struct options_group options_inspect;      /* --hash ... --signature */
extern const struct options_group options_strict;       /* --strict: of what reads a FILE */
extern const struct options_group options_quiet;        /* --quiet: no summary at the end */

/* Types that are shown if --type is not given. */
#define OPTIONS_TYPES \
	"process,thread,image,driver,remote-thread,access,credentials,denied,alert,status"

/* How conditions combine; a note of the section with options_filter. */
#define OPTIONS_CONDITIONS "conditions of one kind are alternatives, kinds must all hold"

#define OPTIONS_GROUPS_MAX 6

/* The section of commands that read a FILE to its end or, with --live, this machine. */
#define OPTIONS_WHEN_TO_STOP \
	{ \
		.heading = "when to stop, and how to run", .groups = { \
			&options_stop, \
			&options_strict, \
			&options_queue \
		} \
	}

/* Prints how many events each exclusion removed. */
void options_say_excluded(const struct options *options);

struct setting;

struct options_section {
	const char *heading; /* without a colon; NULL: none */
	const char *note;    /* printed after the heading; NULL: nothing */
	const struct options_group *groups[OPTIONS_GROUPS_MAX];
};

/* Receives a setting of a section. engine: it belongs to one of the engines. */
typedef void options_visit_own(void *context, bool engine, const char *heading, const char *name,
			       const char *value, const char *help);

struct options_command {
	const char *name;
	const char *former;  /* its name in the previous release; NULL: the same */
	const char *summary; /* of the list of commands and of the manual page */
	const char *before;  /* of the help: usage and what it does */
	const char *after;   /* examples */
	const struct options_section *sections;
	size_t count;
	const char *types;     /* types if --type is not given; NULL: all */
	const char *operands;  /* for the completion: words, or FILE; NULL: takes none */
	bool ends_at_operand;  /* arguments after the first operand belong to another program */
	bool manual_is_of_all; /* its page describes the shared options in full */
	/* The settings file, once the command line has been read; NULL: none. An option of the
	 * command line replaces all lines of its name. */
	struct options_file (*file)(const struct options *options);
	/* Takes the lines of the settings file from the first heading, "[...]", on; then NULL, at the
	 * end, also without headings. Returns false if something is wrong; called again with NULL, it
	 * reports the next section that is wrong; such an error begins with a line and a colon. NULL:
	 * the file has no headings. */
	bool (*section)(struct options *options, const struct setting *setting,
			struct vigil_error *error);
	/* Calls visit with each setting of such sections, for the help. heading: non-NULL for the
	 * first one of a kind; of an engine, name is NULL if it has no settings. NULL: none. */
	void (*own_each)(options_visit_own *visit, void *context);
	/* Runs the command; argv[0] is its name. Returns the exit status. */
	int (*run)(int argc, char **argv);
};

/* Sets defaults and creates the filter. Returns false, after an error message, if memory is
 * short. */
bool options_open(struct options *options, int fd);
void options_close(struct options *options);

/* Reads the command line; again if optind is 0. Returns -1 to continue, with the operands from
 * optind on; otherwise the exit status, after --help or an error message. options is the first
 * member of the struct that the command's lines describe. */
int options_parse(const struct options_command *command, struct options *options, int argc,
		  char **argv);

/* As options_parse, for a command without operands. */
int options_parse_all(const struct options_command *command, struct options *options, int argc,
		      char **argv);

/* Gets the one operand that options_parse left; question: what to ask if it is missing. Returns -1
 * to continue, otherwise the exit status. */
int options_operand(const char **operand, const char *command, const char *question, int argc,
		    char **argv);

/* Calls visit with each option of a command in the order of the help; section is non-NULL for
 * the first option of each section. */
void options_each(const struct options_command *command,
		  void (*visit)(void *context, const struct options_section *section,
				const struct options_line *line),
		  void *context);

/* Writes the full help text of an option: its help, the words, range and default. Returns
 * text. */
const char *options_help_text(const struct options_line *line, char *text, size_t size);

/* Reads value into the member that line describes, in the struct that begins with options.
 * Returns false, with what was expected in error->text, if it is not a valid value.
 * (option_value.c) */
bool option_read(const struct options_line *line, struct options *options, const char *value,
		 struct vigil_error *error);

/* Writes the accepted values in words: "a size from 64K to 1G". (option_value.c) */
void option_expected(const struct options_line *line, char *text, size_t size);

/* Writes the range in short: "64K to 1G"; "" if there is none to show. (option_value.c) */
void option_range(const struct options_line *line, char *text, size_t size);

#endif /* VIGIL_OPTIONS_H */
