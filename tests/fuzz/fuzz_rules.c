/* SPDX-License-Identifier: MIT */
/*
 * Rules of any bytes, by the habits of either system, then paths that they judge. The
 * input: rules, a NUL, paths parted by newlines.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/pack.h"
#include "rules/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A rule that fits nobody in particular fits whoever asks. */
static void judge(const struct vigil_rules *rules, const char *path, size_t length)
{
	struct rules_subject subject = { .path = path,
					 .length = length,
					 .user = "7",
					 .parent = { "/bin/sh", "\\DEVICE\\SH.EXE" } };
	uint32_t number = rules_find(rules, &subject);

	if (number != RULES_NONE && number >= rules->count)
		abort();
	subject.user = NULL;
	subject.parent[0] = subject.parent[1] = NULL;
	if (number == RULES_NONE && rules_find(rules, &subject) != RULES_NONE)
		abort(); /* who is known matches no less than who is not */
}

static void use(struct vigil_rules *rules, const char *paths, size_t left)
{
	struct vigil_error error = { VIGIL_OK, "" };
	uint8_t *request;
	size_t bytes;

	while (left > 0) {
		const char *end = memchr(paths, '\n', left);
		size_t length = end ? (size_t)(end - paths) : left;

		judge(rules, paths, length);
		paths += length + (end != NULL);
		left -= length + (end != NULL);
	}
	if (rules_pack(rules, &request, &bytes, &error) == VIGIL_OK) {
		rules_take_hits(rules, request, bytes);
		free(request);
	} else if (!*error.text) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t length = end ? (size_t)(end - data) : size;

	for (int windows = 0; windows < 2; windows++) {
		struct vigil_error error = { VIGIL_OK, "" };
		struct vigil_rules *rules;

		if (rules_parse(&rules, (const char *)data, length, "f", windows, &error) < 0) {
			if (rules || strncmp(error.text, "f:", 2) != 0)
				abort(); /* a mistake without its place */
			continue;
		}
		if (end)
			use(rules, (const char *)end + 1, size - length - 1);
		vigil_rules_free(rules);
	}
	return 0;
}
