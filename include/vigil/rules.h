/* SPDX-License-Identifier: MIT */
/* rules.h - rules that deny, audit or allow starts of programs; see vigil-rules(5). */
#ifndef VIGIL_PUBLIC_RULES_H
#define VIGIL_PUBLIC_RULES_H

#include <vigil/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A set of rules. Any thread may use it while none calls vigil_rules_read_hits(). */
struct vigil_rules;

/* What a rule applies to. */
enum vigil_target {
	VIGIL_TARGET_PATH = 1,    /* path=: this file */
	VIGIL_TARGET_FOLDER = 2,  /* folder=: all files below it */
	VIGIL_TARGET_NAME = 3,    /* name=: files with this name in any folder */
	VIGIL_TARGET_PATTERN = 4, /* pattern=: the whole path, with * and ? */
	VIGIL_TARGET_HASH = 5     /* hash=: files with this content */
};

/* One rule. It is owned by its set. Later releases may append members. */
struct vigil_rule {
	const char *id;
	enum vigil_verdict verdict;
	enum vigil_target target;
	const char *value;    /* of the target, as written */
	const char *user;     /* as written; NULL: any */
	const char *parent;   /* as written; NULL: any */
	const char *comment;  /* after the rule; NULL: none */
	uint32_t line;        /* in the file, from 1 */
	const char *ancestor; /* as written; NULL: any */
};

/* Loads a file of rules.
 *
 * path NULL is vigil_rules_file(). User names and symbolic links in the rules are resolved on this
 * machine.
 *
 * Returns VIGIL_OK and sets *out, to be freed with vigil_rules_free(). Otherwise a negative code:
 * *out is NULL and *error has the reason (error may be NULL). VIGIL_ERROR_USAGE: there is a mistake
 * in the file; *error has the line and column. */
VIGIL_API enum vigil_code vigil_rules_load(struct vigil_rules **out, const char *path,
					   struct vigil_error *error);

/* Loads rules from text in memory.
 *
 * No files are read: symbolic links in the rules are not resolved. name is what error messages call
 * the text.
 *
 * Returns as vigil_rules_load(). */
VIGIL_API enum vigil_code vigil_rules_parse(struct vigil_rules **out, const char *text,
					    size_t length, const char *name,
					    struct vigil_error *error);

/* Frees a set of rules.
 *
 * rules may be NULL. */
VIGIL_API void vigil_rules_free(struct vigil_rules *rules);

/* Returns one of a set of rules, in their order.
 *
 * at counts from 0.
 *
 * Returns NULL if there are no more. */
VIGIL_API const struct vigil_rule *vigil_rules_at(const struct vigil_rules *rules, size_t at);

/* A start of a program, for rules to match. A member that is NULL matches no rule that names
 * one. Set size = sizeof(struct vigil_start); see struct vigil_options. */
struct vigil_start {
	size_t size;
	const char *image;    /* absolute path of the program */
	const char *user;     /* of the caller: name or number (Linux), name or SID (Windows) */
	const char *parent;   /* image of the caller, or of its parent */
	const char *ancestor; /* image of a process further up */
};

/* Finds the rule that decides whether a program may start.
 *
 * Returns VIGIL_OK and sets *rule; NULL: no rule matches, and the program may start. The rule has
 * the id "unknown" if the setting `unknown` decides because the program cannot be read. Otherwise a
 * negative code: *rule is NULL, nothing was decided, and *error has the reason (error may be NULL).
 * VIGIL_ERROR_USAGE: there is no such user. */
VIGIL_API enum vigil_code vigil_rules_match(const struct vigil_rules *rules,
					    const struct vigil_start *start,
					    const struct vigil_rule **rule,
					    struct vigil_error *error);

/* Returns the setting `unknown` as a rule.
 *
 * Its id is "unknown", and its verdict is that of starts that cannot be judged. The set owns it. */
VIGIL_API const struct vigil_rule *vigil_rules_unknown(const struct vigil_rules *rules);

/* Reads how often each rule has matched.
 *
 * The counts are those of the processes, or of the driver, that enforce the file at path. They are
 * returned by vigil_rules_hits(). Another thread must not use the set at the same time.
 *
 * Returns false if nothing enforces the file, or if this user may not read the counts. */
VIGIL_API bool vigil_rules_read_hits(struct vigil_rules *rules, const char *path);

/* Returns how often a rule had matched when vigil_rules_read_hits() was called.
 *
 * The rule is vigil_rules_at(rules, at), or the setting `unknown` if there is no such rule. */
VIGIL_API uint64_t vigil_rules_hits(const struct vigil_rules *rules, size_t at);

/* Puts rules in force that were read from the file at path.
 *
 * Windows: sends them to the driver; with keep, the driver also stores them for the next boot.
 * Linux: makes the process that enforces the file read it again, and waits up to 5 seconds until it
 * has.
 *
 * Returns VIGIL_OK, or a negative code with the reason in *error (error may be NULL).
 * VIGIL_ERROR_PIPE: no process enforces the file. */
VIGIL_API enum vigil_code vigil_rules_install(const char *path, const struct vigil_rules *rules,
					      bool keep, struct vigil_error *error);

/* Returns the path of this machine's file of rules.
 *
 * Returns "/etc/vigil/rules", or on Windows the path of %ProgramData%\Vigil\rules.txt. */
VIGIL_API const char *vigil_rules_file(void);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_RULES_H */
