/* SPDX-License-Identifier: MIT */
/*
 * load.h - a set that is being loaded, and the document that is being read.
 *
 * Functions that fail call load_fail(), which keeps the first reason of a document, and return
 * NULL or false. Lack of memory ends loading as a whole.
 */
#ifndef VIGIL_DETECT_LOAD_H
#define VIGIL_DETECT_LOAD_H

#include "detect/set.h"
#include "detect/text.h"
#include "detect/doc.h"

/* Values of a placeholder. */
struct placeholder {
	const char *name;
	struct texts values;
};

/* A Sigma filter, until it is applied. */
struct filter {
	struct detect_info info;
	struct detect_strings rules;
	struct expression *expression;
	uint32_t note;
};

/* A correlation, until what it refers to is known. */
struct draft_correlation {
	struct detect_correlation made;
	struct detect_strings rules;
	struct doc_node *aliases; /* in the arena of the set */
	uint32_t sources;         /* of the events of its rules */
	uint32_t note;
	enum {
		DRAFT_OPEN,
		DRAFT_DONE,
		DRAFT_FAILED
	} state;
};

struct load {
	struct detect_set *set;
	const struct detect_options *options;
	struct arena *scratch;    /* memory of the document: its tree, and values being changed */
	bool memory;              /* out of memory */
	struct detect_note *note; /* of the document */
	uint32_t values;          /* of the document, so far */
	size_t bytes_before;      /* memory of the set before the document */
	uint32_t terms;           /* of the condition, so far */
	struct placeholder *placeholder;
	struct filter *filter;
	struct draft_correlation *correlation;
	uint32_t placeholders, placeholder_capacity, filters, filter_capacity;
	uint32_t correlations, correlation_capacity;
	uint32_t files;
};

/* Sets the outcome and the reason of the document, unless it has one. Returns NULL. */
VIGIL_PRINTF(4, 5)
void *load_fail(struct load *load, enum detect_outcome outcome, uint32_t line, const char *format,
		...);

/* The same for lack of memory. */
void *load_out_of_memory(struct load *load);

/* Fails if the document has used more memory than it may. */
bool load_check_memory(struct load *load);

/* Whether the document has failed. */
static inline bool load_failed(const struct load *load)
{
	return load->memory || load->note->outcome != DETECT_LOADED;
}

/* Reads all documents of a text. */
void load_text(struct load *load, const char *file, const char *text, size_t length);

/* Adds a note for a file that could not be read. */
void load_note(struct load *load, const char *file, enum detect_outcome outcome, uint32_t line,
	       const char *reason);

/* Applies filters, resolves fields and correlations, and builds the index. (finish.c) */
bool load_finish(struct load *load);

/* Asks the resolver for a field of a log source, once. (finish.c) */
void field_ask(struct load *load, uint32_t number, unsigned source);

/* Reads title, id and the rest of a document's metadata. (info.c) */
bool info_read(struct load *load, struct detect_info *info, const struct doc_node *root);

/* Reads strings, one or a list. Missing: none. (info.c) */
bool info_strings(struct load *load, struct detect_strings *out, const struct doc_node *map,
		  const char *key);

/* Returns the logic of an item of a search identifier: field and modifiers, and their values;
 * key NULL: keywords. (item.c) */
struct expression *item_read(struct load *load, const char *selection, const struct doc_node *key,
			     const struct doc_node *values);

/* Reads the search identifiers and the condition of `detection` or `filter`. Keys in `except`, a
 * list that ends with NULL, are not search identifiers. (detection.c) */
struct expression *detection_read(struct load *load, const struct doc_node *map,
				  const char *const *except, struct selection **selection,
				  uint32_t *selections);

/* Parses a condition. (condition.c) */
struct expression *condition_parse(struct load *load, const char *text, uint32_t line,
				   const struct selection *selection, uint32_t selections);

/* Reads a correlation. (correlation.c) */
bool correlation_read(struct load *load, struct detect_info *info, const struct doc_node *root);
bool correlations_resolve(struct load *load); /* (resolve.c) */

/* Replaces the placeholders of a string, and adds the results. (placeholder.c) */
bool placeholder_expand(struct load *load, struct texts *out, const struct text *in, uint32_t line);

/* Returns the number of an atom equal to this one, which is added if it is new. key identifies
 * its value. DETECT_NO_FIELD: failed. (atoms.c) */
uint32_t atoms_add(struct load *load, const struct atom *atom, const struct literal *literal,
		   const char *key, size_t length);

#endif /* VIGIL_DETECT_LOAD_H */
