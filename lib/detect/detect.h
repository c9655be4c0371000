/* SPDX-License-Identifier: MIT */
/*
 * detect.h - detection: a set of Sigma rules, and the events that match them.
 *
 * The rules follow the Sigma specification 2.1. A set is loaded from files and folders as a
 * whole and never changes, so threads can share it. What changes during evaluation is in a
 * detect_state, one for each thread. To replace a set, load another one, make a state for it, and
 * only then free the old ones: if a step fails, the old set is still in use.
 *
 * This layer knows no records. It asks for the value of a field through the caller's functions:
 * at load `resolve` gives each field of a log source an id, and at evaluation `get` supplies its
 * value.
 *
 * Logic has three values, true, false and unknown (Kleene). A value that exists but is not known
 * makes a comparison unknown, never false; "unknown or true" is true, "unknown and false" is
 * false, "not unknown" is unknown. A rule whose result is unknown is not a hit; it is counted
 * (detect_count.unknown), and detect_undecided() names it.
 *
 * How the specification is read where it leaves a choice:
 *   - Strings are compared without case by Unicode's simple case folding (C and S of
 *     CaseFolding.txt); with `cased` byte by byte. `re` has case unless it has `i`.
 *   - `*` matches any characters, also none; `?` matches one character, or one byte that is not
 *     UTF-8. `re` finds a match anywhere in the value unless the expression is anchored.
 *   - A number in a rule matches an event's number of the same value, and a string that is the
 *     number as the rule writes it. A string in a rule matches a number's decimal digits.
 *   - `null` matches a field that is absent or null. Every other value, `neq` and `exists`
 *     excepted, does not match such a field. `neq` is the negation of the item without `neq`,
 *     so an absent field is different from every value.
 *   - A field with several values matches if one of them does.
 *   - `windash` makes - / U+2013 U+2014 U+2015 equal wherever they are in the value.
 *   - `them` and patterns leave out search identifiers that begin with an underscore, unless the
 *     pattern begins with one. `1 of` and `all of` that match no search identifier are an error.
 *   - A keyword matches a string of the event that contains it.
 *   - A filter suppresses hits of the rules that it refers to. The specification allows
 *     "selection" and "not selection" as its condition; both mean that events of the selection
 *     are suppressed. So a condition that is true for events that match none of its search
 *     identifiers says which hits stay, and any other one says which are suppressed.
 *   - Scalars have the types of YAML 1.2 (`yes` is a string).
 */
#ifndef VIGIL_DETECT_DETECT_H
#define VIGIL_DETECT_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

/* ---- log sources ---- */

enum detect_product {
	DETECT_WINDOWS,
	DETECT_LINUX,
	DETECT_PRODUCTS
};

enum detect_category {
	DETECT_PROCESS_CREATION,
	DETECT_IMAGE_LOAD,
	DETECT_DRIVER_LOAD,
	DETECT_CREATE_REMOTE_THREAD,
	DETECT_PROCESS_ACCESS,
	DETECT_PROCESS_TERMINATION,
	DETECT_CATEGORIES
};

/* A log source is a number below DETECT_SOURCES; a set of them is a mask of bits 1 << source. */
#define DETECT_SOURCES ((unsigned)DETECT_PRODUCTS * (unsigned)DETECT_CATEGORIES)

static inline unsigned detect_source(enum detect_product product, enum detect_category category)
{
	return (unsigned)product * (unsigned)DETECT_CATEGORIES + (unsigned)category;
}

/* Names as rules write them: "windows", "process_creation". NULL: no such number. */
const char *detect_product_name(unsigned product);
const char *detect_category_name(unsigned category);

/* Returns the log sources that a rule's `logsource` covers: those whose product and category are
 * equal, where NULL is any. 0: none of them, or a service is given; then *reason is set to a
 * string constant. */
uint32_t detect_sources_of(const char *product, const char *category, const char *service,
			   const char **reason);

/* ---- values of an event ---- */

enum detect_kind {
	DETECT_ABSENT,  /* the event has no such field */
	DETECT_NULL,    /* the field is there and has no value */
	DETECT_UNKNOWN, /* the event may have the field; its value is not known */
	DETECT_STRING,
	DETECT_NUMBER,
	DETECT_LIST /* several values: strings, numbers, UNKNOWN */
};

struct detect_value {
	enum detect_kind kind;
	bool cut;        /* STRING: only the beginning of the value is known */
	uint32_t length; /* STRING: bytes; LIST: items */
	union {
		const char *string; /* UTF-8, or any bytes; a NUL does not end it */
		int64_t number;
		const struct detect_value *item;
	};
};

struct detect_event {
	unsigned source;
	uint64_t time; /* ns since 1970 UTC */
	/* Sets *value to the value of a field. Is called at most once for an id during an
	 * evaluation, and only if a rule may depend on it. Strings and items must stay valid until
	 * the next evaluation with the same state. */
	void (*get)(void *user, uint32_t id, struct detect_value *value);
	void *user;
};

/* ---- rules ---- */

enum detect_level {
	DETECT_LEVEL_NONE, /* the rule has no level */
	DETECT_INFORMATIONAL,
	DETECT_LOW,
	DETECT_MEDIUM,
	DETECT_HIGH,
	DETECT_CRITICAL,
	DETECT_LEVELS
};

enum detect_status {
	DETECT_STATUS_NONE, /* the rule has no status */
	DETECT_STABLE,
	DETECT_TEST,
	DETECT_EXPERIMENTAL,
	DETECT_DEPRECATED,
	DETECT_UNSUPPORTED,
	DETECT_STATUSES
};

/* Names as rules write them; "" for NONE. NULL: no such number. The functions that end in _of
 * return -1 for text that is no such name. */
const char *detect_level_name(unsigned level);
const char *detect_status_name(unsigned status);
int detect_level_of(const char *name);
int detect_status_of(const char *name);

struct detect_strings {
	const char *const *text;
	uint32_t count;
};

/* What a rule says about itself. Strings that it does not have are NULL, except the title. */
struct detect_info {
	const char *file; /* as it was named: a path of detect_load, or below it */
	uint32_t line;    /* the first line of the rule, from 1 */
	const char *id, *name, *title, *description, *author, *license, *date, *modified;
	const char *taxonomy, *product, *category, *service;
	enum detect_level level;
	enum detect_status status;
	struct detect_strings references, tags, falsepositives, fields, scope;
};

struct detect_rule {
	struct detect_info info;
	uint32_t number;  /* its index in the set */
	uint32_t sources; /* for which log sources it is evaluated */
	/* Only a correlation that does not `generate` refers to it: its hits are not alerts, but
	 * they are counted and passed to the correlation. */
	bool silent;
};

/* ---- loading ---- */

struct detect_resolver {
	void *user;
	/* Returns NULL and sets *id, any number below DETECT_IDS_MAX, if events of the log source
	 * can answer the field; otherwise the reason, a string that outlives the set. field NULL:
	 * for keywords, the list of all strings of the event. */
	const char *(*resolve)(void *user, unsigned source, const char *field, uint32_t *id);
};

#define DETECT_IDS_MAX 1024u

struct detect_options {
	struct detect_resolver resolver;
	/* Whether a rule is to be loaded; NULL: all are. Called after the rule was parsed. */
	bool (*wanted)(void *user, const struct detect_info *info);
	void *wanted_user;
	/* A folder with the values of placeholders: the file NAME.txt has those of %NAME%, one a
	 * line, in the syntax of Sigma strings. NULL: rules with `expand` are not loaded. */
	const char *placeholders;
	bool cased; /* texts are compared with case, as if all of them had the modifier `cased` */
};

/* What became of a document of a rules file. */
enum detect_outcome {
	DETECT_LOADED,
	DETECT_UNWANTED,      /* `wanted` returned false */
	DETECT_NOT_EVALUABLE, /* valid; the log source or a field is not available here */
	DETECT_INVALID,       /* the specification does not allow it */
	DETECT_REFUSED,       /* a limit was reached (limits.h), or a file could not be read */
	DETECT_OUTCOMES
};

enum detect_document {
	DETECT_DOCUMENT_UNKNOWN, /* not read as far as that */
	DETECT_DOCUMENT_RULE,
	DETECT_DOCUMENT_CORRELATION,
	DETECT_DOCUMENT_FILTER
};

struct detect_note {
	enum detect_outcome outcome;
	enum detect_document document;
	struct detect_info info; /* as far as it was read: file and line are always set */
	uint32_t line;           /* of what the reason is about */
	const char *reason;      /* "" if loaded */
	const char *field;       /* NOT_EVALUABLE: the field, or NULL if it is the log source */
	uint32_t rule;           /* LOADED rule or correlation: its number */
};

struct detect_set;

/* Loads the rules of files and folders (*.yml and *.yaml, in the order of names, subfolders too).
 * A document that is not loaded is no error: its note has the reason. Returns VIGIL_OK;
 * VIGIL_ERROR_USAGE: a path of `paths` does not exist or is no file or folder; or
 * VIGIL_ERROR_MEMORY. Reads files: not for use between events of a confined process. */
enum vigil_code detect_load(struct detect_set **set, const char *const *paths, size_t count,
			    const struct detect_options *options, struct vigil_error *error);

/* The same for rules in memory; name is used as their file. */
enum vigil_code detect_load_text(struct detect_set **set, const char *name, const char *text,
				 size_t length, const struct detect_options *options,
				 struct vigil_error *error);

/* Frees a set, which no state uses any more; NULL is ignored. */
void detect_free(struct detect_set *set);

uint32_t detect_rules(const struct detect_set *set);
const struct detect_rule *detect_rule(const struct detect_set *set, uint32_t number);

/* One note for each document, in the order of files. */
uint32_t detect_notes(const struct detect_set *set);
const struct detect_note *detect_note(const struct detect_set *set, uint32_t index);

/* Returns the log sources for which the set has rules: events of others need no evaluation. */
uint32_t detect_sources(const struct detect_set *set);

/* Returns the approximate memory of a set in bytes. */
size_t detect_memory(const struct detect_set *set);

/* ---- evaluation ---- */

struct detect_state;

/* A value of the event that a hit depends on. */
struct detect_match {
	const char *selection; /* the search identifier */
	const char *field;     /* as the rule names it; NULL: a keyword */
	const char *test;      /* modifiers and value as written: "endswith: \cmd.exe" */
	struct detect_value value;
};

struct detect_hit {
	const struct detect_rule *rule;
	const struct detect_match *match; /* in no particular order; of alternatives one */
	uint32_t matches;
};

/* The counts of a rule in a state. An evaluation counts once, in one of them. */
struct detect_count {
	uint64_t hits;
	uint64_t unknown;   /* not decided, because a value was not known */
	uint64_t limited;   /* not decided, because a regular expression reached its limit, or a
			   * value could not be prepared for lack of memory */
	uint64_t evaluated; /* events that had a string of each clause of the rule (index.h) */
	uint64_t measured;  /* of these, with the clock of detect_measure() */
	uint64_t ns;        /* that those took which were measured */
};

/* Makes the state of a thread that evaluates a set, which must outlive it. NULL: out of memory. */
struct detect_state *detect_state_new(const struct detect_set *set);
void detect_state_free(struct detect_state *state);

/* Evaluates the rules of an event's log source. Returns the number of hits and sets *hits to
 * them, in the order of rules; they and their matches are valid until the next call, and refer
 * to the event's values. Allocates memory only when a value is longer than all before it. */
uint32_t detect_eval(struct detect_state *state, const struct detect_event *event,
		     const struct detect_hit **hits);

/* Returns how many rules the last evaluation could not decide, and sets *rules to their numbers. */
uint32_t detect_undecided(const struct detect_state *state, const uint32_t **rules);

/* Returns the counts of a rule since the state was made. */
struct detect_count detect_count(const struct detect_state *state, uint32_t rule);

/* Returns how many values of events could not be compared, because memory ran out. */
uint64_t detect_no_memory(const struct detect_state *state);

/* Measures from now on how long the evaluation of each rule takes, with a clock in ns that is read
 * before and after it; NULL: no longer. What rules share is counted once: a comparison for the first rule that needs
 * it, the search for strings for none. */
void detect_measure(struct detect_state *state, uint64_t (*clock)(void));

/* ---- why: for `vigil detect test` ---- */

enum detect_truth {
	DETECT_FALSE,
	DETECT_UNDECIDED,
	DETECT_TRUE
};

/* A search identifier of a rule, or an item of one, and what it evaluates to. */
struct detect_step {
	const char *selection;
	const char *field, *test;  /* as in detect_match; test NULL: the search identifier itself */
	struct detect_value value; /* of the field; ABSENT for the search identifier */
	enum detect_truth truth;
};

/* Evaluates all parts of a rule and calls show() for each: for a search identifier first, then
 * for its items. Returns the result of the rule. Slow; overwrites the results of detect_eval, and
 * does not count. */
enum detect_truth detect_explain(struct detect_state *state, uint32_t rule,
				 const struct detect_event *event,
				 void (*show)(void *user, const struct detect_step *step),
				 void *user);

/* ---- rules that are a list of texts: for `vigil detect block` ---- */

enum detect_text_shape {
	DETECT_TEXT_IS,
	DETECT_TEXT_BEGINS,
	DETECT_TEXT_ENDS,
	DETECT_TEXT_HAS,
	DETECT_TEXT_GLOB /* * in it are any bytes */
};

struct detect_text {
	enum detect_text_shape shape;
	bool cased; /* otherwise the bytes are folded, as the value is to be (fold.h) */
	const char *bytes;
	uint32_t length;
};

/* Returns a field that a rule needs besides those in a list, which ends with NULL; "" for keywords;
 * NULL: there is none. */
const char *detect_other_field(const struct detect_set *set, uint32_t rule,
			       const char *const *fields);

/* Calls add() for each comparison of a rule that is true if one of them is, and only then. add()
 * returns NULL, or a reason to stop. Returns that reason, or why the rule is not such a list: string
 * constants; NULL: it is one. */
const char *detect_any_of(const struct detect_set *set, uint32_t rule,
			  const char *(*add)(void *user, const struct detect_text *text),
			  void *user);

/* ---- correlations ----
 *
 * The engine parses correlation rules and resolves what they refer to. Counting over time is
 * done by the caller (correlate.h): after each detect_eval it looks for hits whose rules a
 * correlation refers to, and reads the fields to group by with detect_field_value().
 */

enum detect_correlation_type {
	DETECT_EVENT_COUNT,
	DETECT_VALUE_COUNT,
	DETECT_TEMPORAL,
	DETECT_TEMPORAL_ORDERED,
	DETECT_VALUE_SUM,
	DETECT_VALUE_AVG,
	DETECT_VALUE_PERCENTILE,
	DETECT_CORRELATION_TYPES
};

enum detect_operator {
	DETECT_GT,
	DETECT_GTE,
	DETECT_LT,
	DETECT_LTE,
	DETECT_EQ,
	DETECT_NEQ
};

struct detect_criterion {
	enum detect_operator operator;
	double value;
};

#define DETECT_NO_FIELD UINT32_MAX

/* A rule that a correlation refers to. */
struct detect_reference {
	bool correlation; /* `number` counts correlations of the set, else rules */
	uint32_t number;
	/* Field numbers for detect_field_value(), aliases replaced: of `group_by` and of `fields`,
	 * in their order. Those of a correlation are fields of an event that it counted. */
	const uint32_t *group, *field;
};

struct detect_correlation {
	struct detect_info info; /* line and file too; product and category are NULL */
	uint32_t number;
	enum detect_correlation_type type;
	const struct detect_reference *reference; /* in the order of `rules` */
	uint32_t references;
	uint64_t timespan; /* ns */
	struct detect_strings group_by;
	struct detect_strings fields; /* of the condition */
	struct detect_criterion criterion[4];
	uint32_t criteria; /* all must hold; 0: temporal without a condition */
	bool generate;
	bool silent; /* only another correlation uses its matches */
};

/* Each has a larger number than those that it refers to. */
uint32_t detect_correlations(const struct detect_set *set);
const struct detect_correlation *detect_correlation(const struct detect_set *set, uint32_t number);

/* Sets *value to a field of the event of the last detect_eval, for the numbers in a
 * detect_reference. To be called before the next evaluation, while the event is valid. */
void detect_field_value(struct detect_state *state, const struct detect_event *event,
			uint32_t field, struct detect_value *value);

#endif /* VIGIL_DETECT_DETECT_H */
