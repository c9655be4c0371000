/* SPDX-License-Identifier: MIT */
/* block.c - the starts of programs that a detection rule is about, as targets of rules. */
#include "alert/block.h"

#include <string.h>

#include "core/bytes.h"
#include "detect/fold.h"

#define VALUE_MAX 1024u /* bytes: that of a pattern in a rule */

struct blocker {
	bool windows;
	const char *(*add)(void *user, enum vigil_target target, const char *value);
	void *user;
};

/* ---- spellings ---- */

/* Sets the characters that a character of a value stands for, apart from those that rules of the
 * system compare as equal to one of them: ASCII letters of either case on Windows. Returns their
 * number; 0: rules compare it with more than the value stands for. */
static unsigned spell_character(const struct blocker *b, bool cased, uint32_t code,
				uint32_t member[FOLD_MEMBERS_MAX])
{
	unsigned count = fold_members(code, member), kept = 0;

	if (cased) {
		*member = code;
		return b->windows && count > 1 ? 0 : 1;
	}
	for (unsigned i = 0; i < count; i++)
		if (!b->windows || member[i] < 'A' || member[i] > 'Z')
			member[kept++] = member[i];
	return kept;
}

static size_t step_character(const char *bytes, size_t length, uint32_t *code)
{
	int step = vigil_utf8_step(bytes, length, code);

	if (step > 0)
		return (size_t)step;
	*code = 0;
	return 1;
}

/* Returns how many spellings a value has, at most BLOCK_SPELLINGS_MAX + 1; 0: none is exact. */
static unsigned count_spellings(const struct blocker *b, const struct detect_text *text)
{
	unsigned product = 1;

	for (size_t at = 0; at < text->length;) {
		uint32_t code, member[FOLD_MEMBERS_MAX];

		at += step_character(text->bytes + at, text->length - at, &code);
		if (code == 0)
			return 0;
		product *= spell_character(b, text->cased, code, member);
		if (product > BLOCK_SPELLINGS_MAX)
			return BLOCK_SPELLINGS_MAX + 1;
	}
	return product;
}

/* Writes spelling number n of a value, of up to VALUE_MAX bytes, and returns its length. */
static size_t write_spelling(const struct blocker *b, const struct detect_text *text, unsigned n,
			     char *out)
{
	size_t length = 0;

	for (size_t at = 0; at < text->length && length < VALUE_MAX;) {
		uint32_t code, member[FOLD_MEMBERS_MAX];
		unsigned count;

		at += step_character(text->bytes + at, text->length - at, &code);
		count = spell_character(b, text->cased, code, member);
		length += vigil_utf8_write(out + length, member[n % count]);
		n /= count;
	}
	return length;
}

/* ---- targets ---- */

/* Whether the only separator of a value is at its end or its beginning. */
static bool is_one_name(const char *value, size_t length, char slash)
{
	return length > 1 && value[0] == slash && !memchr(value + 1, slash, length - 1);
}

/* Passes a spelling as the target that compares like it. value has space for two more bytes. */
static const char *add_spelling(const struct blocker *b, enum detect_text_shape shape, char *value,
				size_t length)
{
	const char slash = b->windows ? '\\' : '/';

	value[length] = '\0';
	switch (shape) {
	case DETECT_TEXT_IS:
		return b->add(b->user, VIGIL_TARGET_PATH, value);
	case DETECT_TEXT_ENDS:
		if (is_one_name(value, length, slash))
			return b->add(b->user, VIGIL_TARGET_NAME, value + 1);
		memmove(value + 1, value, length + 1);
		*value = '*';
		break;
	case DETECT_TEXT_BEGINS:
		if (length > 1 && value[length - 1] == slash && value[length - 2] != slash)
			return b->add(b->user, VIGIL_TARGET_FOLDER, value);
		memcpy(value + length, "*", 2);
		break;
	case DETECT_TEXT_HAS:
		memmove(value + 1, value, length);
		*value = '*';
		memcpy(value + length + 1, "*", 2);
		break;
	default:
		break;
	}
	return b->add(b->user, VIGIL_TARGET_PATTERN, value);
}

static const char *add_text(void *user, const struct detect_text *text)
{
	const struct blocker *b = user;
	char value[VALUE_MAX + 8];
	unsigned spellings;

	if (text->length > VALUE_MAX / 2)
		return "a value is too long for a rule";
	if (text->shape != DETECT_TEXT_GLOB &&
	    (memchr(text->bytes, '*', text->length) || memchr(text->bytes, '?', text->length)))
		return "a value has the character * or ?";
	spellings = count_spellings(b, text);
	if (spellings == 0)
		return b->windows ? "it compares with case, and rules on Windows ignore case"
				  : "a value is not UTF-8";
	if (spellings > BLOCK_SPELLINGS_MAX)
		return "it compares without case, and its value has more than 64 spellings";
	for (unsigned n = 0; n < spellings; n++) {
		const char *reason =
		    add_spelling(b, text->shape, value, write_spelling(b, text, n, value));

		if (reason)
			return reason;
	}
	return NULL;
}

bool block_targets(const struct detect_set *set, uint32_t rule, enum detect_product product,
		   const char *(*add)(void *user, enum vigil_target target, const char *value),
		   void *user, struct block_reason *reason)
{
	static const char *const paths[] = { "Image", "process.executable", NULL };
	struct blocker b = { product == DETECT_WINDOWS, add, user };
	uint32_t starts = 1u << detect_source(product, DETECT_PROCESS_CREATION);
	uint32_t sources = detect_rule(set, rule)->sources;

	*reason = (struct block_reason){ NULL, NULL };
	if (!(sources & starts)) {
		reason->text = "it is not about starts of programs";
	} else if (sources & ~starts) {
		reason->text = "it is also about other events";
	} else {
		reason->field = detect_other_field(set, rule, paths);
		reason->text = reason->field ? "not among what is compared before a program runs"
					     : detect_any_of(set, rule, add_text, &b);
	}
	return !reason->text;
}
