/* SPDX-License-Identifier: MIT */
/* regex.c - regular expressions, with limits on what one match may cost. */
#include "detect/regex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "detect/limits.h"

struct regex {
	pcre2_code *code;
	size_t size;
};

struct regex_memory {
	pcre2_match_data *data;
	pcre2_match_context *context;
};

static uint32_t regex_options(unsigned flags)
{
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;

	options |= flags & REGEX_CASELESS ? PCRE2_CASELESS : 0;
	options |= flags & REGEX_MULTILINE ? PCRE2_MULTILINE : 0;
	options |= flags & REGEX_DOTALL ? PCRE2_DOTALL : 0;
	options |= flags & REGEX_START ? PCRE2_ANCHORED : 0;
	return options | (flags & REGEX_END ? PCRE2_ENDANCHORED : 0);
}

static pcre2_code *regex_compile(const char *text, size_t length, unsigned flags, int *error,
				 size_t *at)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code;

	if (!context) {
		*error = PCRE2_ERROR_NOMEMORY;
		return NULL;
	}
	pcre2_set_max_pattern_length(context, LIMIT_REGEX);
	pcre2_set_parens_nest_limit(context, LIMIT_DEPTH);
	code = pcre2_compile((PCRE2_SPTR)text, length, regex_options(flags), error, at, context);
	pcre2_compile_context_free(context);
	return code;
}

struct regex *regex_new(const char *text, size_t length, unsigned flags, char *reason, size_t size,
			bool *refused)
{
	struct regex *regex = calloc(1, sizeof(*regex));
	int error = PCRE2_ERROR_NOMEMORY;
	size_t at = 0;

	*reason = '\0';
	*refused = false;
	if (regex)
		regex->code = regex_compile(text, length, flags, &error, &at);
	if (!regex || !regex->code) {
		free(regex);
		if (error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAP_FAILED)
			return NULL;
		*refused = length > LIMIT_REGEX || error == PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP ||
			   error == PCRE2_ERROR_PATTERN_TOO_LARGE;
		pcre2_get_error_message(error, (PCRE2_UCHAR *)reason, size);
		return NULL;
	}
	pcre2_pattern_info(regex->code, PCRE2_INFO_SIZE, &regex->size);
	if (regex->size > LIMIT_REGEX_CODE) {
		regex_free(regex);
		*refused = true;
		snprintf(reason, size, "the regular expression is too large");
		return NULL;
	}
	return regex;
}

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	pcre2_code_free(regex->code);
	free(regex);
}

size_t regex_size(const struct regex *regex)
{
	return regex->size;
}

struct regex_memory *regex_memory_new(void)
{
	struct regex_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return NULL;
	memory->data = pcre2_match_data_create(1, NULL);
	memory->context = pcre2_match_context_create(NULL);
	if (!memory->data || !memory->context) {
		regex_memory_free(memory);
		return NULL;
	}
	pcre2_set_match_limit(memory->context, LIMIT_REGEX_STEPS);
	pcre2_set_depth_limit(memory->context, LIMIT_REGEX_DEPTH);
	pcre2_set_heap_limit(memory->context, LIMIT_REGEX_KIB);
	return memory;
}

void regex_memory_free(struct regex_memory *memory)
{
	if (!memory)
		return;
	pcre2_match_data_free(memory->data);
	pcre2_match_context_free(memory->context);
	free(memory);
}

enum regex_result regex_match(const struct regex *regex, struct regex_memory *memory,
			      const char *value, size_t length, bool cut)
{
	int result =
	    pcre2_match(regex->code, (PCRE2_SPTR)(value ? value : ""), length, 0,
			cut ? PCRE2_PARTIAL_HARD | PCRE2_NOTEOL : 0, memory->data, memory->context);

	if (result >= 0)
		return REGEX_YES;
	if (result == PCRE2_ERROR_NOMATCH)
		return cut ? REGEX_OPEN : REGEX_NO;
	return result == PCRE2_ERROR_PARTIAL ? REGEX_OPEN : REGEX_LIMITED;
}
