/* SPDX-License-Identifier: MIT */
/*
 * Rules of any bytes, by the habits of either system, then paths that they judge. The
 * input: rules, a NUL, paths parted by newlines.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/pack.h"
#include "rules/set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 0: it may start; 1: and is reported; 2: it may not. */
static int strength(const struct vigil_rules *rules, struct rules_subject *subject)
{
	uint32_t number = rules_find(rules, subject);
	enum vigil_verdict verdict;

	if (number == RULES_NONE)
		return 0;
	if (number >= rules->count && number <= RULES_UNKNOWN(0))
		abort();
	verdict = rules_rule(rules, number)->info.verdict;
	return verdict == VIGIL_VERDICT_DENY ? 2 : verdict == VIGIL_VERDICT_AUDIT;
}

static void learn_caller(struct rules_subject *subject)
{
	static const struct rules_image images[] = { { "/bin/sh", false },
						     { "\\DEVICE\\SH.EXE", false },
						     { "/a", false } };

	subject->user = "7";
	memcpy(subject->image, images, sizeof(images));
	subject->images = 3;
	subject->complete = true;
}

/* A caller with fewer known facts, or with a chosen name, gets no weaker verdict. A path has
 * no NUL. */
static void judge(struct vigil_rules *rules, const char *path, size_t size)
{
	size_t length = strnlen(path, size);
	static const uint8_t hash[RULES_HASH_BYTES] = { 1 };
	struct rules_subject all = { .path = path,
				     .length = length,
				     .file = { 1, 1 },
				     .hash = hash,
				     .learn = learn_caller };
	struct rules_subject subject = all;
	char *copy = strndup(path, length);
	int known;

	if (!copy)
		abort();
	rules->unknown = VIGIL_VERDICT_DENY;
	known = strength(rules, &subject);
	all.learn = NULL;
	learn_caller(&all);
	for (unsigned less = 0; less < 256; less++) {
		subject = all;
		if (less & 1)
			subject.path = NULL;
		if (less & 2)
			subject.file.inode = 0;
		if (less & 4)
			subject.hash = NULL;
		if (less & 8)
			subject.user = NULL;
		if (less & 16)
			subject.image[1].path = NULL;
		if (less & 32)
			subject.complete = false;
		if (less & 64)
			subject.image[0].chosen = true;
		if (less & 128)
			subject.also[0] = copy;
		if (strength(rules, &subject) < known)
			abort();
	}
	free(copy);
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
		struct vigil_rules *rules, *next;

		if (rules_parse(&rules, (const char *)data, length, "f", windows, &error) < 0) {
			if (rules || strncmp(error.text, "f:", 2) != 0)
				abort(); /* a mistake without its place */
			continue;
		}
		if (end)
			use(rules, (const char *)end + 1, size - length - 1);
		if (rules_parse(&next, (const char *)data, length, "f", windows, NULL) == VIGIL_OK)
			rules_inherit(next, rules);
		vigil_rules_free(rules);
		for (size_t i = 0; next && vigil_rules_at(next, i); i++)
			if (next->rule[i].counter->references != 1)
				abort();
		vigil_rules_free(next);
	}
	return 0;
}
