/* SPDX-License-Identifier: MIT */
/* rules.c - `vigil rules`: the rules that decide which programs may start. */
#include "commands.h"
#include "common/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/options.h"
#include "core/bytes.h"
#include "os/input.h"
#include "os/os.h"
#include "os/output_file.h"
#include "rules_line.h"

#define RULES_BYTES_MAX (16u << 20) /* maximum size of a file that is edited */

struct rules_args {
	struct options options;
	const char *path, *user, *parent, *ancestor, *comment;
	char **operand;
	int operands;
};

static const struct options_line own_lines[] = {
	{ .name = "rules",
	  .value = "FILE",
	  OPTION_IN(FILE, struct rules_args, path),
	  .initial = "/etc/vigil/rules, on Windows %ProgramData%\\Vigil\\rules.txt",
	  .help = "the rules file" },
	{ .name = "comment",
	  .value = "TEXT",
	  OPTION_IN(TEXT, struct rules_args, comment),
	  .help = "with add: the reason for the rule" },
	{ .name = "user",
	  .letter = 'u',
	  .value = "USER",
	  OPTION_IN(TEXT, struct rules_args, user),
	  .help = "with test: the user who starts the program" },
	{ .name = "parent",
	  .value = "PATH",
	  OPTION_IN(TEXT, struct rules_args, parent),
	  .help = "with test: the program that starts it" },
	{ .name = "ancestor",
	  .value = "PATH",
	  OPTION_IN(TEXT, struct rules_args, ancestor),
	  .help = "with test: a program further up" },
};
static const struct options_group own = OPTIONS_GROUP(own_lines);

static const struct options_section sections[] = { { .heading = "options", .groups = { &own } } };

static int run_rules(int argc, char **argv);

const struct options_command rules_command = {
	.name = "rules",
	.former = "block",
	.summary = "edit and test the rules that decide which programs may start",
	.run = run_rules,
	.operands = "add remove list test load clear",
	.before =
	    "usage: vigil rules ACTION [OPTIONS]\n"
	    "\n"
	    "Edits and asks the rules that say which programs may not start (vigil-rules(5)). On\n"
	    "Linux they are in force while `vigil run --rules FILE` or `vigil watch --rules FILE`\n"
	    "runs, which sees every edit; on Windows the driver has them, from `load` on.\n"
	    "\n"
	    "  add VERDICT WORD...  add a rule at the end: VERDICT is deny, audit or allow, WORDs "
	    "are\n"
	    "                       path=, folder=, name=, pattern= or hash=, and user=, parent= "
	    "or\n"
	    "                       ancestor=, id=\n"
	    "  add unknown VERDICT  say what becomes of starts that cannot be judged\n"
	    "  remove ID...         take rules out, by their ids\n"
	    "  list                 show the rules, and how often each has matched\n"
	    "  test PATH            say which rule decides whether PATH may start\n"
	    "  load [FILE]          check the file, or FILE, and put it in force\n"
	    "  clear                take all rules out of the file\n",
	.after =
	    "\n"
	    "exit status of test: 0 it may start, 7 it may not.\n"
	    "\n"
	    "examples:\n"
	    "  sudo vigil rules add deny name=nc user=www-data --comment 'no shells for the web'\n"
	    "  sudo vigil rules add audit folder=/tmp\n"
	    "  vigil rules test /usr/bin/nc --user www-data\n"
	    "  sudo vigil rules list\n"
	    "  sudo vigil rules remove rule-3f2a9c01\n",
	.sections = sections,
	.count = sizeof(sections) / sizeof(sections[0]),
};

/* ---- the file ---- */

static int load_text(const struct rules_args *b, char **text, size_t *length)
{
	struct vigil_error error, why;

	*length = 0;
	*text = NULL;
	if (input_read(text, length, b->path, RULES_BYTES_MAX, &error) == VIGIL_OK ||
	    errno == ENOENT)
		return EXIT_FINE;
	vigil_fail(&why, error.code, "cannot read the rules in %s: %s", b->path, error.text);
	return cli_fail(&why);
}

/* Replaces the file, unless the new text has a mistake. The replacement is atomic: an enforcer sees
 * either the old rules or the new ones. */
static int store_text(const struct rules_args *b, const char *text, size_t length)
{
	struct vigil_rules *rules;
	struct vigil_error error;
	struct output_file file;
	struct vigil_error why;
	int status = EXIT_FINE;

	if (vigil_rules_parse(&rules, text, length, b->path, &error) < 0)
		return cli_fail(&error);
	vigil_rules_free(rules);
	if (output_file_open(&file, b->path, OUTPUT_FILE_WHOLE, &why) < 0) {
		vigil_fail(&error, why.code, "cannot write %s: %s%s", b->path, why.text,
			   errno == ENOENT ? ". Make its folder first." : "");
		return cli_fail(&error);
	}
	if (os_write_all(file.fd, text, length) < 0) {
		status = EXIT_OUTPUT;
		cli_say("cannot write %s: %s", b->path, strerror(errno));
	}
	if (output_file_end(&file, status == EXIT_FINE) < 0) {
		status = EXIT_OUTPUT;
		cli_say("cannot write %s: %s", b->path, strerror(errno));
	}
	return status;
}

static void say_next(void)
{
	if (OS_WINDOWS)
		cli_print("`vigil rules load` puts it in force.\n");
}

/* ---- add ---- */

/* Makes a rule's line from the words of the command line, from which the shell has removed
 * quotes. */
static void put_rule(struct vigil_buffer *to, const struct rules_args *b)
{
	vigil_put_text(to, b->operand[0]);
	for (int i = 1; i < b->operands; i++) {
		const char *equals = strchr(b->operand[i], '=');

		vigil_put_char(to, ' ');
		if (!equals) {
			vigil_put_text(to, b->operand[i]);
			continue;
		}
		vigil_put(to, b->operand[i], (size_t)(equals + 1 - b->operand[i]));
		rules_put_value(to, equals + 1);
	}
	if (b->comment) {
		vigil_put_text(to, "  # ");
		vigil_put_text(to, b->comment);
	}
	vigil_put_char(to, '\n');
}

/* Returns a word with a comma in its value, which probably means several values; NULL: none. Only
 * the path of an existing file may have a comma. */
static const char *word_with_comma(const struct rules_args *b)
{
	for (int i = 1; i < b->operands; i++) {
		const char *value = strchr(b->operand[i], '=');

		if (value && strchr(value, ',') && !os_exists(value + 1))
			return b->operand[i];
	}
	return NULL;
}

/* Returns the id of the rule that was added last. */
static const char *added_id(const struct rules_args *b, const struct vigil_rules *rules)
{
	const struct vigil_rule *rule, *last = vigil_rules_unknown(rules);

	if (strcmp(b->operand[0], last->id) == 0)
		return last->id;
	for (size_t at = 0; (rule = vigil_rules_at(rules, at)); at++)
		last = rule;
	return last->id;
}

static int add_operands(struct rules_args *b)
{
	struct vigil_buffer all = { 0 };
	struct vigil_rules *rules;
	struct vigil_error error;
	size_t length;
	char *text;
	int status;

	if (b->operands < 2)
		return cli_usage("rules", "add what? For example: vigil rules add deny name=nc");
	if (word_with_comma(b))
		return cli_usage(
		    "rules",
		    "`%s` has a comma: a rule is about one thing, add one for each; for "
		    "a value that has a comma itself, write the rule into %s, with the "
		    "value between quotes",
		    word_with_comma(b), b->path);
	status = load_text(b, &text, &length);
	if (status)
		return status;
	vigil_put(&all, text, length);
	free(text);
	if (all.length && all.data[all.length - 1] != '\n')
		vigil_put_char(&all, '\n');
	put_rule(&all, b);
	if (all.failed) {
		cli_say("no memory");
		status = EXIT_ERROR;
	} else {
		status = store_text(b, all.data, all.length);
	}
	if (status == EXIT_FINE &&
	    vigil_rules_parse(&rules, all.data, all.length, b->path, &error) == VIGIL_OK) {
		cli_print("added %s\n", added_id(b, rules));
		vigil_rules_free(rules);
		say_next();
	}
	vigil_buffer_free(&all);
	return status;
}

/* ---- remove, clear ---- */

static bool is_named(const struct rules_args *b, const char *id)
{
	for (int i = 0; i < b->operands; i++)
		if (strcmp(b->operand[i], id) == 0)
			return true;
	return false;
}

/* Appends text to kept without the lines of the named rules (all: of all rules). Returns the number
 * of removed lines. */
static uint32_t keep_lines(const struct rules_args *b, bool all, const struct vigil_rules *rules,
			   const char *text, size_t length, struct vigil_buffer *kept)
{
	uint32_t line = 1, next = 0, gone = 0;
	const char *end;

	for (const char *at = text; at && at < text + length; at = end, line++) {
		const struct vigil_rule *rule = vigil_rules_at(rules, next);
		const char *newline = memchr(at, '\n', (size_t)(text + length - at));

		end = newline ? newline + 1 : text + length;
		if (rule && rule->line == line && (next++, all || is_named(b, rule->id)))
			gone++;
		else
			vigil_put(kept, at, (size_t)(end - at));
	}
	return gone;
}

static int store_kept(const struct rules_args *b, const struct vigil_buffer *kept, uint32_t gone)
{
	int status;

	if (kept->failed) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	status = store_text(b, kept->data ? kept->data : "", kept->length);
	if (status == EXIT_FINE) {
		cli_print("removed %u\n", (unsigned)gone);
		say_next();
	}
	return status;
}

static int leave_out(const struct rules_args *b, bool all)
{
	struct vigil_buffer kept = { 0 };
	struct vigil_rules *rules;
	struct vigil_error error;
	uint32_t gone;
	size_t length;
	char *text;
	int status = load_text(b, &text, &length);

	if (status)
		return status;
	if (vigil_rules_parse(&rules, text ? text : "", length, b->path, &error) < 0) {
		free(text);
		return cli_fail(&error);
	}
	gone = keep_lines(b, all, rules, text, length, &kept);
	vigil_rules_free(rules);
	free(text);
	if (!all && gone < (uint32_t)b->operands) {
		cli_say("not all of these are in %s; nothing was removed. `vigil rules list` shows "
			"the ids.",
			b->path);
		status = EXIT_ERROR;
	} else {
		status = store_kept(b, &kept, gone);
	}
	vigil_buffer_free(&kept);
	return status;
}

static int take_out(struct rules_args *b)
{
	if (b->operands == 0)
		return cli_usage("rules", "remove which? `vigil rules list` shows the ids");
	return leave_out(b, false);
}

static int clear(struct rules_args *b)
{
	return b->operands
		   ? cli_usage("rules", "clear removes all rules: unexpected `%s`", b->operand[0])
		   : leave_out(b, true);
}

/* ---- list, test, load ---- */

static const char *const verdict_names[] = { "", "audit", "deny", "allow" };
static const char *const target_names[] = { "", "path", "folder", "name", "pattern", "hash" };

static void print_rule(const struct vigil_rule *rule)
{
	struct vigil_buffer text = { 0 };

	vigil_put_text(&text, verdict_names[rule->verdict]);
	vigil_put_char(&text, ' ');
	vigil_put_text(&text, target_names[rule->target]);
	vigil_put_char(&text, '=');
	rules_put_value(&text, rule->value);
	if (rule->user) {
		vigil_put_text(&text, " user=");
		rules_put_value(&text, rule->user);
	}
	if (rule->parent) {
		vigil_put_text(&text, " parent=");
		rules_put_value(&text, rule->parent);
	}
	if (rule->ancestor) {
		vigil_put_text(&text, " ancestor=");
		rules_put_value(&text, rule->ancestor);
	}
	if (rule->comment && *rule->comment) {
		vigil_put_text(&text, "  # ");
		vigil_put_text(&text, rule->comment);
	}
	cli_print("%.*s\n", (int)text.length, text.data ? text.data : "");
	vigil_buffer_free(&text);
}

static int open_rules(const struct rules_args *b, struct vigil_rules **rules)
{
	struct vigil_error error;

	return vigil_rules_load(rules, b->path, &error) < 0 ? cli_fail(&error) : EXIT_FINE;
}

static void print_hits(const struct vigil_rules *rules, size_t at, const char *id, int width,
		       bool counted)
{
	cli_print("%-*s  ", width, id);
	if (counted)
		cli_print("%10" PRIu64 "  ", vigil_rules_hits(rules, at));
	else
		cli_print("%10s  ", "-");
}

static void print_list(const struct vigil_rules *rules, bool counted)
{
	const struct vigil_rule *rule, *unknown = vigil_rules_unknown(rules);
	int width = (int)strlen(unknown->id);
	size_t at;

	for (at = 0; (rule = vigil_rules_at(rules, at)); at++)
		if ((int)strlen(rule->id) > width)
			width = (int)strlen(rule->id);
	cli_print("%-*s  %10s  RULE\n", width, "ID", "HITS");
	for (at = 0; (rule = vigil_rules_at(rules, at)); at++) {
		print_hits(rules, at, rule->id, width, counted);
		print_rule(rule);
	}
	/* The driver does not count these. */
	print_hits(rules, at, unknown->id, width, counted && !OS_WINDOWS);
	cli_print("%s %s\n", unknown->id, verdict_names[unknown->verdict]);
}

static int list(struct rules_args *b)
{
	struct vigil_rules *rules;
	bool counted;
	int status;

	if (b->operands)
		return cli_usage("rules", "list shows all rules: unexpected `%s`", b->operand[0]);
	status = open_rules(b, &rules);
	if (status)
		return status;
	counted = vigil_rules_read_hits(rules, b->path);
	print_list(rules, counted);
	if (!counted)
		cli_say("no running enforcer found for %s (root may see more)", b->path);
	vigil_rules_free(rules);
	return EXIT_FINE;
}

static void print_match(const struct rules_args *b, const struct vigil_rule *rule)
{
	const char *image = b->operand[0];

	if (!rule) {
		cli_print("%s may start: no rule matches\n", image);
		return;
	}
	cli_print("%s %s: ", image,
		  rule->verdict == VIGIL_VERDICT_DENY    ? "may not start"
		  : rule->verdict == VIGIL_VERDICT_AUDIT ? "may start, and is reported"
							 : "may start");
	if (!rule->target) {
		cli_print("its file cannot be read, but a rule asks for its hash: unknown %s\n",
			  verdict_names[rule->verdict]);
		return;
	}
	cli_print("rule %s, %s:%u\n  ", rule->id, b->path, (unsigned)rule->line);
	print_rule(rule);
}

static int test(struct rules_args *b)
{
	struct vigil_start start = {
		.size = sizeof(start), .user = b->user, .parent = b->parent, .ancestor = b->ancestor
	};
	const struct vigil_rule *rule;
	struct vigil_rules *rules;
	struct vigil_error error;
	int status;

	if (b->operands != 1)
		return cli_usage("rules", "test which program? For example: vigil rules test "
					  "/usr/bin/nc");
	status = open_rules(b, &rules);
	if (status)
		return status;
	start.image = b->operand[0];
	if (!OS_WINDOWS && start.image[0] != '/') {
		vigil_rules_free(rules);
		return cli_usage("rules", "`%s`: give the whole path of the program, from / on",
				 start.image);
	}
	if (vigil_rules_match(rules, &start, &rule, &error) < 0) {
		vigil_rules_free(rules);
		return cli_fail(&error);
	}
	if (!os_exists(start.image))
		cli_say("there is no %s%s", start.image,
			rule ? "; a program of this path would be judged so:"
			     : ", and no rule that matches the path");
	if (rule || os_exists(start.image))
		print_match(b, rule);
	else
		status = EXIT_USAGE;
	if (rule && rule->verdict == VIGIL_VERDICT_DENY)
		status = EXIT_REFUSED;
	vigil_rules_free(rules);
	return status;
}

static size_t count_rules(const struct vigil_rules *rules)
{
	size_t count = 0;

	while (vigil_rules_at(rules, count))
		count++;
	return count;
}

/* The file may also be an operand. */
static int load(struct rules_args *b)
{
	struct vigil_rules *rules;
	struct vigil_error error;
	int status;

	if (b->operands > 1)
		return cli_usage("rules", "load takes one file: unexpected `%s`", b->operand[1]);
	if (b->operands == 1)
		b->path = b->operand[0];
	status = open_rules(b, &rules);
	if (status)
		return status;
	if (vigil_rules_install(b->path, rules, true, &error) < 0)
		status = cli_fail(&error);
	else
		cli_print("%zu rules of %s are in force\n", count_rules(rules), b->path);
	vigil_rules_free(rules);
	return status;
}

static const struct {
	const char *name;
	int (*run)(struct rules_args *b);
} actions[] = { { "add", add_operands }, { "remove", take_out }, { "list", list },
		{ "test", test },        { "load", load },       { "clear", clear } };

static int run_rules(int argc, char **argv)
{
	struct rules_args b = { .path = vigil_rules_file() };
	int status;

	if (!options_open(&b.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse(&rules_command, &b.options, argc, argv);
	options_close(&b.options);
	if (status >= 0)
		return status;
	if (optind == argc)
		return cli_usage("rules", "do what? add, remove, list, test, load or clear");
	b.operand = argv + optind + 1;
	b.operands = argc - optind - 1;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, argv[optind]) == 0)
			return actions[i].run(&b);
	return cli_usage("rules",
			 "unexpected action `%s`: expected add, remove, list, test, load or clear",
			 argv[optind]);
}
