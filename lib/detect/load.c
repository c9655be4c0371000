/* SPDX-License-Identifier: MIT */
/* load.c - reads the documents of a rules file: rules, filters and correlations. */
#include "detect/load.h"

#include <stdarg.h>
#include <string.h>

#include "core/error.h"
#include "detect/limits.h"

void *load_fail(struct load *load, enum detect_outcome outcome, uint32_t line, const char *format,
		...)
{
	va_list list;

	if (load_failed(load))
		return NULL;
	va_start(list, format);
	load->note->reason = arena_format(&load->set->arena, format, list);
	va_end(list);
	load->note->outcome = outcome;
	load->note->line = line;
	if (!load->note->reason)
		load->memory = true;
	return NULL;
}

void *load_out_of_memory(struct load *load)
{
	load->memory = true;
	return NULL;
}

bool load_check_memory(struct load *load)
{
	if (load->set->arena.bytes + load->scratch->bytes - load->bytes_before <= LIMIT_RULE_BYTES)
		return true;
	return load_fail(load, DETECT_REFUSED, load->note->info.line,
			 "the rule needs too much memory");
}

/* Appends the note of a document. */
static void load_keep_note(struct load *load, const struct detect_note *note)
{
	struct detect_set *set = load->set;

	if (load->memory || !set_grow(&set->note, set->notes, &set->note_capacity, sizeof(*note))) {
		load->memory = true;
		return;
	}
	set->note[set->notes++] = *note;
}

void load_note(struct load *load, const char *file, enum detect_outcome outcome, uint32_t line,
	       const char *reason)
{
	struct arena *arena = &load->set->arena;
	struct detect_note note = { .outcome = outcome, .line = line };

	note.info.file = arena_copy(arena, file, strlen(file));
	note.info.line = line;
	note.reason = arena_copy(arena, reason, strlen(reason));
	if (!note.info.file || !note.reason)
		load->memory = true;
	load_keep_note(load, &note);
}

static bool load_rule(struct load *load, const struct doc_node *root,
		      const struct doc_node *detection)
{
	static const char *const except[] = { "condition", "timeframe", NULL };
	struct detect_set *set = load->set;
	struct selection *selection = NULL;
	struct rule rule = { .info.info = load->note->info, .note = set->notes };

	if (!doc_find(root, "logsource"))
		return load_fail(load, DETECT_INVALID, root->line, "there is no log source");
	rule.root = detection_read(load, detection, except, &selection, &rule.selections);
	if (!rule.root)
		return false;
	if (rule.root->weight > LIMIT_VALUES)
		return load_fail(load, DETECT_REFUSED, root->line, "too many values");
	rule.selection = selection;
	if (set->rules == LIMIT_RULES)
		return load_fail(load, DETECT_REFUSED, root->line, "too many rules");
	if (!set_grow(&set->rule, set->rules, &set->rule_capacity, sizeof(rule)))
		return load_out_of_memory(load);
	set->rule[set->rules++] = rule;
	return true;
}

/* Whether a condition is true for events that match none of its search identifiers. */
static bool condition_holds_for_others(const struct expression *e)
{
	uint32_t yes = 0;

	if (e->named)
		return false;
	if (e->kind == EXPRESSION_NOT)
		return !condition_holds_for_others(e->child[0]);
	for (uint32_t i = 0; i < e->count; i++)
		yes += condition_holds_for_others(e->child[i]);
	return e->kind == EXPRESSION_AND  ? yes == e->count
	       : e->kind == EXPRESSION_OR ? yes > 0
					  : yes >= e->need;
}

/* Returns what a filter suppresses. A condition that holds for the other events, such as "not
 * selection", says what to keep (detect.h). NULL: failed. */
static struct expression *filter_suppresses(struct load *load, struct expression *condition)
{
	if (!condition_holds_for_others(condition))
		return condition;
	condition = expression_not(&load->set->arena, condition);
	return condition ? condition : load_out_of_memory(load);
}

static bool load_filter(struct load *load, const struct doc_node *root, const struct doc_node *map)
{
	static const char *const except[] = { "condition", "rules", NULL };
	struct selection *selection;
	uint32_t selections;
	struct filter filter = { .info = load->note->info, .note = load->set->notes };

	if (!doc_find(root, "logsource"))
		return load_fail(load, DETECT_INVALID, root->line, "there is no log source");
	filter.expression = detection_read(load, map, except, &selection, &selections);
	if (!filter.expression || !info_strings(load, &filter.rules, map, "rules"))
		return false;
	filter.expression = filter_suppresses(load, filter.expression);
	if (!filter.expression)
		return false;
	if (filter.expression->weight > LIMIT_VALUES)
		return load_fail(load, DETECT_REFUSED, root->line, "too many values");
	if (filter.rules.count == 0)
		return load_fail(load, DETECT_INVALID, root->line, "the filter names no rules");
	if (!set_grow(&load->filter, load->filters, &load->filter_capacity, sizeof(filter)))
		return load_out_of_memory(load);
	load->filter[load->filters++] = filter;
	return true;
}

static bool load_by_kind(struct load *load, const struct doc_node *root)
{
	struct detect_note *note = load->note;
	const struct doc_node *detection, *filter;

	if (root->kind != DOC_MAP)
		return load_fail(load, DETECT_INVALID, root->line, "the document is not a map");
	detection = doc_find(root, "detection");
	filter = doc_find(root, "filter");
	note->document = doc_find(root, "correlation") ? DETECT_DOCUMENT_CORRELATION
			 : filter                      ? DETECT_DOCUMENT_FILTER
			 : detection                   ? DETECT_DOCUMENT_RULE
						       : DETECT_DOCUMENT_UNKNOWN;
	if (!info_read(load, &note->info, root))
		return false;
	if (load->set->arena.bytes > LIMIT_SET_BYTES)
		return load_fail(load, DETECT_REFUSED, root->line, "the set needs too much memory");
	switch (note->document) {
	case DETECT_DOCUMENT_RULE:
		return load_rule(load, root, detection);
	case DETECT_DOCUMENT_FILTER:
		return load_filter(load, root, filter);
	case DETECT_DOCUMENT_CORRELATION:
		return correlation_read(load, &note->info, root);
	default:
		return load_fail(load, DETECT_INVALID, root->line,
				 "neither 'detection', 'correlation' nor 'filter'");
	}
}

static void load_document(struct load *load, const char *file, const struct doc_node *root)
{
	struct detect_note note = { .line = root->line, .reason = "" };

	note.info.file = file;
	note.info.line = root->line;
	load->note = &note;
	load->values = load->terms = 0;
	load->bytes_before = load->set->arena.bytes + load->scratch->bytes;
	load_by_kind(load, root);
	load->note = NULL;
	load_keep_note(load, &note);
}

void load_text(struct load *load, const char *file, const char *text, size_t length)
{
	struct doc_parser *parser = doc_open(text, length);
	enum doc_result result = DOC_MEMORY;
	const char *name = arena_copy(&load->set->arena, file, strlen(file));

	if (!parser || !name)
		load->memory = true;
	while (!load->memory) {
		struct arena arena = { 0 };
		struct doc_node *root;

		/* cppcheck-suppress autoVariables - is NULL again before the arena ends */
		load->scratch = &arena;
		result = doc_next(parser, &arena, &root);
		if (result == DOC_DOCUMENT && root)
			load_document(load, name, root);
		load->scratch = NULL;
		arena_free(&arena);
		if (result != DOC_DOCUMENT)
			break;
	}
	if (!load->memory && (result == DOC_INVALID || result == DOC_REFUSED))
		load_note(load, name, result == DOC_INVALID ? DETECT_INVALID : DETECT_REFUSED,
			  doc_line(parser), doc_reason(parser));
	load->memory |= result == DOC_MEMORY;
	doc_close(parser);
}
