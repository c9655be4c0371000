/* SPDX-License-Identifier: MIT */
/*
 * A regular expression of any bytes, and a value. The input: flags, the expression, a NUL, the
 * value. A value that matches has the text that every match is said to contain.
 */
#include <stdlib.h>
#include <string.h>

#include "detect/fold.h"
#include "detect/pattern.h"
#include "detect/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_literal(const char *expression, size_t length, const char *value, size_t size)
{
	char *literal = malloc(length + 1), *folded = malloc(FOLD_BYTES(size));
	size_t from, found;

	if (!literal || !folded)
		abort();
	found = regex_literal(expression, length, literal, &from);
	if (!pattern_find(folded, fold_case(folded, value, size), literal + from, found))
		abort();
	free(literal);
	free(folded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char reason[160], *copy;
	size_t length;
	bool refused;
	struct regex *regex;
	struct regex_memory *memory = regex_memory_new();

	if (!memory)
		abort();
	copy = calloc(1, size + 2);
	if (!copy)
		abort();
	if (size > 1)
		memcpy(copy, data + 1, size - 1);
	length = strlen(copy);
	regex = regex_new(copy, length, size ? data[0] & 63 : 0, reason, sizeof(reason), &refused);
	if (regex) {
		const char *value = copy + length + 1;
		size_t bytes = length + 2 < size ? size - length - 2 : 0;
		enum regex_result whole = regex_match(regex, memory, value, bytes, false);

		if (whole == REGEX_YES)
			check_literal(copy, length, value, bytes);
		if (whole == REGEX_OPEN)
			abort();
		regex_match(regex, memory, value, bytes, true);
	}
	regex_free(regex);
	regex_memory_free(memory);
	free(copy);
	return 0;
}
