/* SPDX-License-Identifier: MIT */
/*
 * set.h - a set of rules, and the one of them that decides.
 *
 * A rule has keys: what it names, as written, and what the source of the system
 * adds (where a symbolic link leads, the file's number). Keys are found by hashes
 * in one pass over a path, so the number of rules does not matter; patterns are
 * tried one by one, and are limited in number for that. A set that has been
 * indexed does not change any more but for its counters: threads share it.
 */
#ifndef VIGIL_RULES_SET_H
#define VIGIL_RULES_SET_H

#include <vigil/vigil.h>

#define RULES_NONE UINT32_MAX
/* Not a rule of the file but its setting `unknown`: what is not known of the start decides. */
#define RULES_UNKNOWN(verdict) (UINT32_MAX - 4 + (uint32_t)(verdict))
#define RULES_MAX              100000u
#define RULES_PATTERNS_MAX     1024u
#define RULES_PATTERN_MAX      1024u /* bytes of a pattern */
#define RULES_HASH_BYTES       32u   /* SHA-256 */
#define RULES_IMAGES_MAX       64u   /* ancestors that are looked at */
#define RULES_ALSO_MAX         2u
#define RULES_UNKNOWN_ID       "unknown"

/* Kinds of keys: those of the targets, and the file itself. */
enum {
	RULES_KEY_FILE = VIGIL_TARGET_HASH + 1 /* struct rules_file */
};

struct rules_file {
	uint64_t device, inode;
};

/* Hits of a rule; sets that follow one another share it. */
struct rules_counter {
	uint32_t references;
	uint32_t slot; /* where the kernel counts them (lib/enforce/linux); 0: nowhere yet */
	uint64_t hits;
};

/* A path, name or pattern that a parent's image may have. */
struct rules_parent {
	char *text; /* folded */
	struct vigil_wildcard *wildcard;
	bool name; /* has no separator: the image's own name */
};

struct rule {
	struct vigil_rule told;
	char *strings;               /* what told points to */
	char *user;                  /* as the system tells it apart: number, SID; NULL: any */
	struct rules_parent parents; /* of parent= or ancestor=; text NULL: any */
	struct rules_parent really;  /* where a link leads; text NULL: nowhere else */
	struct rules_counter *counter;
};

struct rules_key {
	struct vigil_wildcard *pattern;
	char *bytes;
	uint32_t length, hash, rule;
	uint32_t next; /* in its bucket: rules rise */
	uint32_t kind;
};

struct vigil_rules {
	struct rule *rule;
	struct rules_key *key;
	uint32_t *bucket;
	uint32_t count, rooms; /* of rules */
	uint32_t keys, key_rooms, patterns, hashes, buckets;
	uint32_t first_pattern;     /* patterns stand behind all others */
	bool ancestors;             /* some rule has ancestor= */
	bool stay;                  /* the setting: in force when who enforces them has ended */
	bool windows;               /* '\' parts folders, and letters' case does not count */
	enum vigil_verdict unknown; /* the setting of that name */
	struct rule unknown_rule[VIGIL_VERDICT_ALLOW + 1]; /* by verdict; one counter */
};

/* Program of a process on the way from who asks for the start to the first process. */
struct rules_image {
	const char *path; /* NULL: unknown; "": the process has none */
	bool chosen;      /* the process may have chosen this name: no allow rule matches it */
};

/*
 * A start while it is being judged. What is NULL, 0 or incomplete is unknown: a rule
 * that asks for it may match or not, and then the setting `unknown` decides.
 */
struct rules_subject {
	const char *path; /* as this system's own mounts name the program */
	size_t length;
	/* Further names, which the caller may have chosen (by mounts in a namespace of its
	 * own): deny and audit rules match them too, allow rules do not. */
	const char *also[RULES_ALSO_MAX];
	struct rules_file file; /* inode 0: unknown */
	const uint8_t *hash;    /* SHA-256 of the content, RULES_HASH_BYTES */
	/* Fills in the rest, when a rule that asks for it is reached; NULL: it is there
	 * already. */
	void (*learn)(struct rules_subject *subject);
	const char *user; /* as rule.user; "": none */
	/* Who asks, its parent, and so on. complete: up to the first process. */
	struct rules_image image[RULES_IMAGES_MAX];
	uint32_t images;
	bool complete;
	/* Results of rules_find. */
	bool conditional; /* the verdict would differ for another caller or other content */
	bool wants_hash;  /* a rule that asks for the hash would decide */
};

struct vigil_rules *rules_new(bool windows); /* NULL: no memory */

/* A new rule at the end, empty. NULL: no memory, or RULES_MAX. */
struct rule *rules_add(struct vigil_rules *rules);

/* One more key for a rule. Copies bytes. */
enum vigil_code rules_add_key(struct vigil_rules *rules, uint32_t rule, uint32_t kind,
			      const void *bytes, size_t length);

/* Reads what a parent must be. False: no memory. */
bool rules_set_parent(const struct vigil_rules *rules, struct rules_parent *parent,
		      const char *text);

/* Makes what was added searchable. False: no memory. */
bool rules_index(struct vigil_rules *rules);

/* The number of the first rule that matches; RULES_UNKNOWN(verdict) if a deny or audit
 * rule before it may match as well, for want of something that is not known; RULES_NONE.
 * Neither allocates nor waits, but for subject->learn. */
uint32_t rules_find(const struct vigil_rules *rules, struct rules_subject *subject);

/* The rule of a number that rules_find returned, other than RULES_NONE. */
const struct rule *rules_rule(const struct vigil_rules *rules, uint32_t number);

/* Rules of the same id go on counting where those of `before` are. */
void rules_inherit(struct vigil_rules *rules, const struct vigil_rules *before);

/* A user as the system tells it apart, out of a name or number; NULL: there is
 * none, or no memory. To be freed. (user.c) */
char *rules_user(const char *name, bool windows);

/* vigil_rules_parse(), by the conventions of either system. */
enum vigil_code rules_parse(struct vigil_rules **out, const char *text, size_t length,
			    const char *name, bool windows, struct vigil_error *error);

#endif /* VIGIL_RULES_SET_H */
