/* SPDX-License-Identifier: MIT */
/* set.h - what a set of rules consists of. */
#ifndef VIGIL_DETECT_SET_H
#define VIGIL_DETECT_SET_H

#include "core/string_table.h"
#include "detect/arena.h"
#include "detect/atom.h"
#include "detect/detect.h"
#include "detect/expression.h"
#include "detect/index.h"

/* The field number of keywords: all strings of the event. */
#define FIELD_KEYWORDS 0u

/* A search identifier. */
struct selection {
	const char *name;
	struct expression *expression;
};

struct rule {
	struct detect_rule info;
	struct expression *root;
	const struct selection *selection;
	uint32_t selections;
	uint32_t note; /* its index */
};

/* Where a field is in each log source. */
struct field {
	const char *name;
	uint32_t asked; /* mask of the log sources of which the rest is known */
	uint32_t id[DETECT_SOURCES];
	const char *reason[DETECT_SOURCES]; /* NULL: it can be answered */
};

struct detect_set {
	struct arena arena;
	struct string_table atom_keys;   /* only while loading */
	struct string_table field_names; /* numbers are those of `field` */
	struct field *field;
	struct atom *atom;
	struct literal *literal; /* by atom, only while loading */
	struct regex **regex;
	struct rule *rule;
	struct detect_note *note;
	struct detect_correlation *correlation;
	uint32_t fields, field_capacity, atoms, atom_capacity, literal_capacity;
	uint32_t regexes, regex_capacity;
	uint32_t rules, rule_capacity, notes, note_capacity, correlations, correlation_capacity;
	size_t regex_bytes;
	uint32_t sources, keys;
	struct index index[DETECT_SOURCES];
};

/* Makes an array of the heap larger if it is full. Returns false if out of memory. */
bool set_grow(void *array, uint32_t count, uint32_t *capacity, size_t size);

/* Returns the number of a field by its name, "" for keywords, which is added if it is new.
 * DETECT_NO_FIELD: out of memory. */
uint32_t set_field(struct detect_set *set, const char *name);

#endif /* VIGIL_DETECT_SET_H */
