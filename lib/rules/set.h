/* SPDX-License-Identifier: MIT */
/*
 * set.h - a set of rules, and the search for the rule that decides.
 *
 * A rule has keys: its target as written, and those that the platform adds (the path that a
 * symbolic link leads to, the number of the file). Keys are found by hash in one pass over a
 * path, so the number of rules does not matter; patterns are tried one by one, and their
 * number is limited for that reason. An indexed set does not change, except for its counters,
 * so threads can share it.
 */
#ifndef VIGIL_RULES_SET_H
#define VIGIL_RULES_SET_H

#include <vigil/vigil.h>

#define RULES_NONE UINT32_MAX
/* Not a rule of the file but its setting `unknown`: the decision depends on unknown information. */
#define RULES_UNKNOWN(verdict) (UINT32_MAX - 4 + (uint32_t)(verdict))
#define RULES_MAX              100000u
#define RULES_PATTERNS_MAX     1024u
#define RULES_PATTERN_MAX      1024u /* bytes of a pattern */
#define RULES_HASH_BYTES       32u   /* SHA-256 */
#define RULES_IMAGES_MAX       64u   /* ancestors that are compared */
#define RULES_ALSO_MAX         2u
#define RULES_UNKNOWN_ID       "unknown"

/* Kinds of keys: those of the targets, and the file. */
enum {
	RULES_KEY_FILE = VIGIL_TARGET_HASH + 1 /* struct rules_file */
};

struct rules_file {
	uint64_t device, inode;
};

/* The hits of a rule. A set that replaces another one shares its counters. */
struct rules_counter {
	uint32_t references;
	uint32_t slot; /* where the kernel counts them (lib/enforce/linux); 0: not yet assigned */
	uint64_t hits;
};

/* A path, name or pattern for the image of a parent. */
struct rules_parent {
	char *text; /* folded to one case on Windows */
	struct vigil_wildcard *wildcard;
	bool name; /* has no separator: compared with the name of the image */
};

struct rule {
	struct vigil_rule info;              /* in the form that the library returns */
	char *strings;                       /* the memory that `info` points to */
	char *user;                          /* number or SID; NULL: any */
	struct rules_parent parents;         /* of parent= or ancestor=; text NULL: any */
	struct rules_parent resolved_parent; /* the path that a link leads to; text NULL: none */
	struct rules_counter *counter;
};

struct rules_key {
	struct vigil_wildcard *pattern;
	char *bytes;
	uint32_t length, hash, rule;
	uint32_t next; /* the next in its bucket, in the order of rules */
	uint32_t kind;
};

struct vigil_rules {
	struct rule *rule;
	struct rules_key *key;
	uint32_t *bucket;
	uint32_t count, capacity; /* of rules */
	uint32_t keys, key_capacity, patterns, hashes, buckets;
	uint32_t first_pattern;     /* patterns come after all other keys */
	bool ancestors;             /* a rule has ancestor= */
	bool stay;                  /* the setting: stay in force after the enforcer has ended */
	bool windows;               /* '\' separates folders, and case is ignored */
	enum vigil_verdict unknown; /* the setting of that name */
	struct rule unknown_rule[VIGIL_VERDICT_ALLOW + 1]; /* by verdict; one counter */
};

/* The program of a process between the caller and the first process. */
struct rules_image {
	const char *path; /* NULL: unknown; "": the process has none */
	bool chosen;      /* the process may have chosen this name: no allow rule matches it */
};

/*
 * The start of a program that is being judged. What is NULL, 0 or incomplete is unknown: a
 * rule that depends on it may match or not, and then the setting `unknown` decides.
 */
struct rules_subject {
	const char *path; /* in this system's mount namespace */
	size_t length;
	/* Other names of the program, which the caller may have chosen (by mounts in another
	 * namespace): deny and audit rules match them too, allow rules do not. */
	const char *also[RULES_ALSO_MAX];
	struct rules_file file; /* inode 0: unknown */
	const uint8_t *hash;    /* SHA-256 of the content, RULES_HASH_BYTES */
	/* Fills in the following members when a rule that depends on them is reached; NULL: they
	 * are filled in. */
	void (*learn)(struct rules_subject *subject);
	const char *user; /* in the form of rule.user; "": none */
	/* The caller, its parent, and so on. complete: up to the first process. */
	struct rules_image image[RULES_IMAGES_MAX];
	uint32_t images;
	bool complete;
	/* Results of rules_find. */
	bool conditional; /* the verdict would differ for another caller or other content */
	bool wants_hash;  /* a rule with a hash would decide */
};

struct vigil_rules *rules_new(bool windows); /* NULL: out of memory */

/* Adds an empty rule at the end. NULL: out of memory, or RULES_MAX reached. */
struct rule *rules_add(struct vigil_rules *rules);

/* Adds a key to a rule. Copies bytes. Returns VIGIL_OK or VIGIL_ERROR_MEMORY. */
enum vigil_code rules_add_key(struct vigil_rules *rules, uint32_t rule, uint32_t kind,
			      const void *bytes, size_t length);

/* Sets the condition for a parent's image. Returns false if out of memory. */
bool rules_set_parent(const struct vigil_rules *rules, struct rules_parent *parent,
		      const char *text);

/* Builds the index after rules and keys were added. Returns false if out of memory. */
bool rules_index(struct vigil_rules *rules);

/* Returns the number of the first rule that matches; RULES_UNKNOWN(verdict) if a deny or audit
 * rule before it may match too, because some information is unknown; RULES_NONE if none matches.
 * Does not allocate or wait, except in subject->learn. */
uint32_t rules_find(const struct vigil_rules *rules, struct rules_subject *subject);

/* Returns the rule for a result of rules_find other than RULES_NONE. */
const struct rule *rules_rule(const struct vigil_rules *rules, uint32_t number);

/* Rules with the same id continue the counters of `before`. */
void rules_inherit(struct vigil_rules *rules, const struct vigil_rules *before);

/* Returns the number or SID of a user, from a name or number; NULL: no such user, or out of
 * memory. The caller frees it. (user.c) */
char *rules_user(const char *name, bool windows);

/* Like vigil_rules_parse(), with the path conventions of the given system. */
enum vigil_code rules_parse(struct vigil_rules **out, const char *text, size_t length,
			    const char *name, bool windows, struct vigil_error *error);

#endif /* VIGIL_RULES_SET_H */
