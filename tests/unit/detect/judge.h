/* SPDX-License-Identifier: MIT */
/* judge.h - evaluates one rule for one event, for tests of the Sigma engine. */
#ifndef VIGIL_TESTS_JUDGE_H
#define VIGIL_TESTS_JUDGE_H

#include "detect/detect.h"

/* A field of an event; ends with a name NULL. */
struct judge_field {
	const char *name;
	struct detect_value value;
};

#define STRING_OF(s, beginning) \
	((struct detect_value){ .kind = DETECT_STRING, \
				.cut = (beginning), \
				.length = (uint32_t)(sizeof(s) - 1), \
				.string = (s) })
#define STRING(s)     STRING_OF(s, false)
#define BEGINNING(s)  STRING_OF(s, true)
#define NUMBER(n)     ((struct detect_value){ .kind = DETECT_NUMBER, .number = (n) })
#define UNKNOWN_VALUE ((struct detect_value){ .kind = DETECT_UNKNOWN })
#define NULL_VALUE    ((struct detect_value){ .kind = DETECT_NULL })

/* Fields that the resolver refuses: those whose name begins with "No". */
extern const struct detect_resolver judge_resolver;

/* Loads rules with all options default. Fails the test if that is not possible. */
struct detect_set *judge_load(const char *text);
struct detect_set *judge_load_with(const char *text, const struct detect_options *options);

/* Evaluates the first rule. fields NULL: an event without fields. */
enum detect_truth judge_set(const struct detect_set *set, const struct judge_field *fields);

/* Evaluates a rule with this detection, indented by two blanks. Fails the test if the rule is not
 * loaded, or if detect_explain returns something else than detect_eval. */
enum detect_truth judge(const char *detection, const struct judge_field *fields);

/* The same for one item and one value of the field F. */
enum detect_truth judge_item(const char *item, struct detect_value value);

/* Fails the test unless a rule with this detection is not loaded for a reason that has `part`. */
void judge_refused(const char *detection, enum detect_outcome outcome, const char *part);

/* The same for a whole document. */
void judge_document_refused(const char *text, enum detect_outcome outcome, const char *part);

#endif /* VIGIL_TESTS_JUDGE_H */
