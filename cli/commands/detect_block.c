/* SPDX-License-Identifier: MIT */
/* detect_block.c - `vigil detect block`: rules that deny what detection rules detect. */
#include <inttypes.h>
#include <string.h>

#include "common/cli.h"
#include "detect.h"
#include "os/os.h"
#include "rules_line.h"

#define ID_BYTES 56 /* of a detection rule's id, to which a number is appended */

#define THIS_PRODUCT (OS_WINDOWS ? DETECT_WINDOWS : DETECT_LINUX)

/* The lines of one rule. */
struct lines {
	struct vigil_buffer *out;
	const char *id; /* "": none that a rule can have */
	uint32_t count;
};

static const char *id_of(const struct detect_info *info)
{
	static const char valid[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._:-";
	size_t length = info->id ? strlen(info->id) : 0;

	return length > 0 && length <= ID_BYTES && strspn(info->id, valid) == length ? info->id
										     : "";
}

static const char *add_line(void *user, enum vigil_target target, const char *value)
{
	static const char *const words[] = {
		[VIGIL_TARGET_PATH] = "deny path=",
		[VIGIL_TARGET_FOLDER] = "deny folder=",
		[VIGIL_TARGET_NAME] = "deny name=",
		[VIGIL_TARGET_PATTERN] = "deny pattern=",
	};
	struct lines *lines = user;

	vigil_put_text(lines->out, words[target]);
	rules_put_value(lines->out, value);
	lines->count++;
	if (*lines->id) {
		vigil_put_text(lines->out, "  id=");
		vigil_put_text(lines->out, lines->id);
	}
	if (*lines->id && lines->count > 1) {
		vigil_put_char(lines->out, ':');
		vigil_put_unsigned(lines->out, lines->count);
	}
	vigil_put_char(lines->out, '\n');
	return NULL;
}

/* Appends "# title, level, file:line", in which control characters are blanks. */
static void put_heading(struct vigil_buffer *out, const struct detect_info *info)
{
	size_t from = out->length;

	vigil_put_text(out, "# ");
	vigil_put_text(out, info->title);
	vigil_put_text(out, " (");
	vigil_put_text(out, detect_level_name(info->level));
	vigil_put_text(out, info->level ? ", " : "");
	vigil_put_text(out, info->file);
	vigil_put_char(out, ':');
	vigil_put_unsigned(out, info->line);
	vigil_put_char(out, ')');
	for (size_t i = from; i < out->length; i++)
		if ((unsigned char)out->data[i] < ' ' || out->data[i] == 0x7f)
			out->data[i] = ' ';
	vigil_put_char(out, '\n');
}

/* Returns why lines are no rules of this system; NULL: they are, or memory is exhausted. */
static const char *check_lines(const char *text, size_t length)
{
	struct vigil_rules *rules = NULL;
	struct vigil_error error;
	enum vigil_code code = vigil_rules_parse(&rules, text, length, "rules", &error);

	vigil_rules_free(rules);
	return code == VIGIL_ERROR_USAGE ? "a value is no path or pattern that a rule can have"
					 : NULL;
}

bool detect_block_lines(const struct detect_set *set, uint32_t rule, enum detect_product product,
			struct vigil_buffer *out, struct block_reason *reason)
{
	const struct detect_info *info = &detect_rule(set, rule)->info;
	struct lines lines = { out, id_of(info), 0 };
	size_t from = out->length;

	put_heading(out, info);
	if (block_targets(set, rule, product, add_line, &lines, reason) && !out->failed &&
	    product == THIS_PRODUCT)
		reason->text = check_lines(out->data + from, out->length - from);
	if (!reason->text && !out->failed)
		return true;
	out->length = from;
	return false;
}

static int print_rules(const struct vigil_buffer *out)
{
	struct vigil_rules *rules = NULL;
	struct vigil_error error;

	if (vigil_rules_parse(&rules, out->data, strlen(out->data), "rules", &error) < 0)
		return cli_fail(&error);
	vigil_rules_free(rules);
	cli_print_own(out->data);
	return EXIT_FINE;
}

int detect_block(struct detect *d)
{
	int status = detect_open(d, d->operand, d->operands);
	struct vigil_buffer out = { 0 };
	const struct detect_set *set;
	struct block_reason reason;
	uint32_t rules = 0;

	if (status >= 0)
		return status;
	set = alerts_set(d->alerts);
	for (uint32_t i = 0; i < detect_rules(set); i++)
		rules += detect_block_lines(set, i, THIS_PRODUCT, &out, &reason);
	vigil_put_char(&out, '\0');
	if (out.failed) {
		cli_say("no memory");
		status = EXIT_ERROR;
	} else {
		status = print_rules(&out);
	}
	if (status == EXIT_FINE) {
		cli_say("%" PRIu32 " rules can block on this system; the other %" PRIu32
			" cannot (`vigil detect check` says why)",
			rules, detect_rules(set) - rules);
		status = rules ? EXIT_FINE : EXIT_ERROR;
	}
	vigil_buffer_free(&out);
	return status;
}
