/* SPDX-License-Identifier: MIT */
/*
 * json.c - one ECS object per line, made from the table of fields.
 *
 * "process.parent.pid" becomes {"process":{"parent":{"pid":...}}}. The table keeps fields with a
 * common prefix together. It is therefore enough to know for each field how many objects it shares
 * with the field before it: this gives the objects to close and to open. All text except the values
 * is prepared in advance.
 */
#include "core/json_string.h"
#include "format/format.h"

#include <stdlib.h>

#include "format/choice.h"
#include "format/json_cache.h"
#include "record/implied.h"
#include "record/names.h"

#define NUMBERS       64
#define MINUTES       8
#define MINUTE_NS     60000000000u
#define MINUTE_LENGTH 17 /* 2026-11-20T20:14: */
#define DEPTH_MAX     8
#define KEY_STEP      32 /* bytes of a key that are always copied, even if it is shorter */

/* A field in one type of event. */
struct json_step {
	bool (*get)(const struct vigil_event *event, struct vigil_value *value);
	const struct vigil_field *field;
	implied_rule *implied; /* NULL: none */
	const char *text;      /* "process":{"parent":{"pid": */
	uint8_t at[DEPTH_MAX]; /* where in text the nth object's key begins */
	uint8_t length, depth; /* of text; objects around the value */
	uint8_t shared;        /* objects shared with the step before */
	uint8_t kind;          /* of the value */
	uint8_t run;           /* the run that begins here, see json_cache.h; MEMO_NONE */
	uint8_t run_steps;     /* how many steps it has */
	uint32_t run_fields;   /* which fields of the run those are */
};

/* The position of a field in its run, which has at most 32 fields. */
struct json_member {
	uint8_t run;
	uint32_t bit;
};

struct vigil_json {
	char *texts;
	struct json_step *steps; /* of all types, one type after another */
	struct {
		uint32_t first, count;
	} types[VIGIL_TYPE_MAX];
	/* Of the event that is being printed: */
	const struct json_step **cut, **raw; /* values that were cut, that are not UTF-8 */
	unsigned cut_count, raw_count;
	bool broken; /* the last written value was not UTF-8 */
	struct memo *memo;
	/* Text of values that the next event is likely to have too: namespaces, minutes. */
	struct number {
		uint64_t value;
		uint8_t length;
		char text[VIGIL_DECIMAL_MAX];
	} numbers[NUMBERS];
	struct minute {
		uint64_t end; /* ns; 0: not yet used */
		char text[MINUTE_LENGTH];
	} minutes[MINUTES];
};

/* ---- values ---- */

static void write_string(struct vigil_json *json, struct vigil_buffer *b, const char *from,
			 size_t length)
{
	if (!vigil_put_json(b, from, length))
		json->broken = true;
}

static void write_list(struct vigil_json *json, struct vigil_buffer *b, struct vigil_string list)
{
	const char *item = list.data, *end = list.data + list.length;

	vigil_put_char(b, '[');
	while (item < end) {
		const char *nul = memchr(item, '\0', (size_t)(end - item));
		size_t length = (size_t)((nul ? nul : end) - item);

		if (item != list.data)
			vigil_put_char(b, ',');
		write_string(json, b, item, length);
		item += length + 1;
	}
	vigil_put_char(b, ']');
}

/* Caches the text of large numbers: formatting them is slow, and most of them are repeated. */
static void write_unsigned(struct vigil_json *json, struct vigil_buffer *b, uint64_t value)
{
	struct number *number = &json->numbers[(value * 0x9e3779b97f4a7c15u) >> 58];

	if (value < 10) {
		vigil_put_char(b, (char)('0' + value));
		return;
	}
	if (value < 100000000) {
		vigil_put_unsigned(b, value);
		return;
	}
	if (number->value != value) {
		number->value = value;
		number->length = (uint8_t)vigil_format_unsigned(number->text, value);
	}
	if (vigil_buffer_reserve(b, VIGIL_DECIMAL_MAX)) {
		memcpy(b->data + b->length, number->text, VIGIL_DECIMAL_MAX);
		b->length += number->length;
	}
}

static const char *minute_of(struct vigil_json *json, struct vigil_buffer *b, uint64_t number)
{
	struct minute *minute = &json->minutes[number % MINUTES];
	size_t before = b->length;

	if (minute->end != (number + 1) * MINUTE_NS) {
		minute->end = (number + 1) * MINUTE_NS;
		vigil_put_utc(b, number * MINUTE_NS, 'T', 0);
		memcpy(minute->text, b->data + before, MINUTE_LENGTH);
		b->length = before;
	}
	return minute->text;
}

static void write_time(struct vigil_json *json, struct vigil_buffer *b, uint64_t ns)
{
	char *to;

	if (!vigil_buffer_reserve(b, 40))
		return;
	to = b->data + b->length;
	memcpy(to + 1, minute_of(json, b, ns / MINUTE_NS), MINUTE_LENGTH);
	*to = '"';
	to += 1 + MINUTE_LENGTH;
	vigil_format_padded(to, ns / 1000000000 % 60, 2);
	to[2] = '.';
	vigil_format_padded(to + 3, ns % 1000000000, 9);
	memcpy(to + 12, "Z\"", 2);
	b->length = (size_t)(to + 14 - b->data);
}

static void write_value(struct vigil_json *json, struct vigil_buffer *b, enum vigil_value_kind kind,
			const struct vigil_value *value)
{
	switch (kind) {
	case VIGIL_VALUE_UNSIGNED:
	case VIGIL_VALUE_DURATION:
		write_unsigned(json, b, value->u);
		break;
	case VIGIL_VALUE_SIGNED:
		vigil_put_signed(b, value->i);
		break;
	case VIGIL_VALUE_BOOL:
		vigil_put_text(b, value->u != 0 ? "true" : "false");
		break;
	case VIGIL_VALUE_HEX:
		vigil_put_char(b, '"');
		vigil_put_hex(b, value->u);
		vigil_put_char(b, '"');
		break;
	case VIGIL_VALUE_TIME:
		write_time(json, b, value->u);
		break;
	case VIGIL_VALUE_STRING:
		write_string(json, b, value->s.data, value->s.length);
		break;
	case VIGIL_VALUE_LIST:
		write_list(json, b, value->s);
		break;
	case VIGIL_VALUE_BINARY:
		vigil_put_char(b, '"');
		vigil_put_hex_bytes(b, value->s.data, value->s.length);
		vigil_put_char(b, '"');
		break;
	default: /* a getter never returns an object */
		break;
	}
}

/* ---- preparation ---- */

static unsigned shared_objects(const char *a, const char *b)
{
	unsigned shared = 0;

	for (; *a == *b && *a != '\0'; a++, b++)
		if (*a == '.')
			shared++;
	return shared;
}

/* Returns the end of the text, where the next one begins. */
static char *prepare_step(struct json_step *step, const struct vigil_field *field,
			  const struct vigil_field *before, char *text)
{
	const char *name = field->name;

	step->get = field->get;
	step->field = field;
	step->kind = (uint8_t)field->kind;
	step->shared = (uint8_t)(before ? shared_objects(before->name, name) : 0);
	step->text = text;
	while (name) {
		size_t length = strcspn(name, ".");

		step->at[step->depth] = (uint8_t)(text - step->text);
		*text++ = '"';
		memcpy(text, name, length);
		text += length;
		memcpy(text, "\":", 2);
		text += 2;
		name = name[length] == '.' ? name + length + 1 : NULL;
		if (name) {
			*text++ = '{';
			step->depth++;
		}
	}
	step->length = (uint8_t)(text - step->text);
	return text;
}

/* Combines consecutive steps of one run into the first of them. */
static void join_runs(struct json_step *steps, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct json_step *first = &steps[i];

		while (first->run != MEMO_NONE && i + 1 < count && steps[i + 1].run == first->run) {
			first->run_steps++;
			first->run_fields |= steps[++i].run_fields;
			steps[i].run = MEMO_NONE;
		}
	}
}

static void find_runs(struct json_member *members, size_t count)
{
	uint32_t next[UINT8_MAX + 1] = { 0 };

	for (size_t i = 0; i < count; i++) {
		uint8_t run = memo_run_of(i);

		members[i].run = run;
		members[i].bit = run != MEMO_NONE ? 1u << next[run]++ : 0;
	}
}

static void prepare_types(struct vigil_json *json, const struct json_member *members,
			  const struct field_choice *choice)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);
	char *text = json->texts;
	uint32_t n = 0;

	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		const struct vigil_field *before = NULL;

		json->types[type].first = n;
		for (size_t i = 0; i < count; i++) {
			struct json_step *step = &json->steps[n];

			if ((choice->types[i] & VIGIL_TYPE_BIT(type)) == 0)
				continue;
			text = prepare_step(step, &fields[i], before, text);
			step->implied = choice->lean ? implied_rule_of((uint16_t)i, type) : NULL;
			step->run = members[i].run;
			step->run_steps = 1;
			step->run_fields = members[i].bit;
			before = &fields[i];
			n++;
		}
		json->types[type].count = n - json->types[type].first;
		join_runs(json->steps + json->types[type].first, json->types[type].count);
	}
}

struct vigil_json *vigil_json_new(const struct vigil_printer_options *options)
{
	struct vigil_json *json = calloc(1, sizeof(*json));
	size_t count, bytes = 0;
	const struct vigil_field *fields = vigil_fields(&count);
	struct json_member *members = calloc(count + 1, sizeof(*members));
	struct field_choice choice;

	if (!json || !members || !field_choice_make(&choice, options)) {
		free(json);
		free(members);
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		bytes += (strlen(fields[i].name) + 1) * 4; /* a part "x." becomes "x":{ */
	json->texts = calloc(1, bytes * VIGIL_TYPE_MAX + KEY_STEP);
	json->steps = calloc((count + 1) * VIGIL_TYPE_MAX, sizeof(*json->steps));
	json->cut = calloc(count + 1, sizeof(*json->cut));
	json->raw = calloc(count + 1, sizeof(*json->raw));
	json->memo = memo_new();
	find_runs(members, count);
	if (json->texts && json->steps && json->cut && json->raw && json->memo) {
		prepare_types(json, members, &choice);
	} else {
		vigil_json_free(json);
		json = NULL;
	}
	free(members);
	return json;
}

void vigil_json_free(struct vigil_json *json)
{
	if (!json)
		return;
	free(json->texts);
	free(json->steps);
	free(json->cut);
	free(json->raw);
	memo_free(json->memo);
	free(json);
}

/* ---- events ---- */

static bool has_string(unsigned kind)
{
	return kind == VIGIL_VALUE_STRING || kind == VIGIL_VALUE_LIST || kind == VIGIL_VALUE_BINARY;
}

/* Notes what vigil.cut and vigil.raw have to contain about the value just written. */
static void note(struct vigil_json *json, const struct vigil_value *value,
		 const struct json_step *step)
{
	if (value->s.original > value->s.length)
		json->cut[json->cut_count++] = step;
	if (json->broken)
		json->raw[json->raw_count++] = step;
	json->broken = false;
}

static struct vigil_string string_of(const struct json_step *step, const struct vigil_event *event,
				     struct vigil_value *value)
{
	static const struct vigil_string NOTHING = { "", 0, 0 };

	return step->get(event, value) ? value->s : NOTHING;
}

static void write_name(struct vigil_buffer *b, const struct json_step *step, bool first)
{
	vigil_put(b, first ? "{\"" : ",\"", 2);
	vigil_put_text(b, step->field->name);
	vigil_put(b, "\":", 2);
}

static void write_cut(struct vigil_json *json, struct vigil_buffer *b,
		      const struct vigil_event *event)
{
	struct vigil_value value;

	for (unsigned i = 0; i < json->cut_count; i++) {
		uint32_t original = string_of(json->cut[i], event, &value).original;

		write_name(b, json->cut[i], i == 0);
		if (original == VIGIL_UNKNOWN)
			vigil_put_text(b, "null");
		else
			vigil_put_unsigned(b, original);
	}
	vigil_put_char(b, '}');
}

static void write_raw(struct vigil_json *json, struct vigil_buffer *b,
		      const struct vigil_event *event)
{
	struct vigil_value value;

	for (unsigned i = 0; i < json->raw_count; i++) {
		struct vigil_string s = string_of(json->raw[i], event, &value);

		write_name(b, json->raw[i], i == 0);
		vigil_put_char(b, '"');
		vigil_put_base64(b, s.data, s.length);
		vigil_put_char(b, '"');
	}
	vigil_put_char(b, '}');
}

/* The objects at the end of the table: vigil.cut, then vigil.raw. */
static void write_object(struct vigil_json *json, struct vigil_buffer *b,
			 const struct json_step *step, const struct vigil_event *event)
{
	if (strcmp(step->field->name, "vigil.cut") == 0)
		write_cut(json, b, event);
	else
		write_raw(json, b, event);
}

/* Closes and opens the objects between the last value and this one. */
static inline void write_key(struct vigil_buffer *b, const struct json_step *step, unsigned depth,
			     unsigned shared)
{
	unsigned at = step->at[shared], length = step->length - at;
	char *to;

	if (!vigil_buffer_reserve(b, DEPTH_MAX + 1 + KEY_STEP + length))
		return;
	to = b->data + b->length;
	memcpy(to, "}}}}}}}}", DEPTH_MAX);
	to += depth > shared ? depth - shared : 0;
	/* The first key directly follows the brace of its object. */
	if (b->length > 1)
		*to++ = ',';
	/* Most keys are short: a copy of fixed size is a few instructions. */
	memcpy(to, step->text + at, KEY_STEP);
	if (length > KEY_STEP)
		memcpy(to + KEY_STEP, step->text + at + KEY_STEP, length - KEY_STEP);
	b->length = (size_t)(to + length - b->data);
}

static bool has_object(const struct vigil_json *json, const struct json_step *step)
{
	if (json->cut_count + json->raw_count == 0)
		return false;
	return (strcmp(step->field->name, "vigil.cut") == 0 ? json->cut_count : json->raw_count) >
	       0;
}

/* The position of the line in its objects. */
struct place {
	unsigned depth;  /* objects that are open */
	unsigned shared; /* how many of those the next field has too, at most */
};

static void open_value(struct vigil_buffer *b, const struct json_step *step, struct place *place)
{
	write_key(b, step, place->depth, place->shared);
	place->depth = step->depth;
	place->shared = DEPTH_MAX;
}

/* Returns whether the rule of a field decides what the line has: nothing or null. */
static bool is_settled(struct vigil_buffer *b, const struct vigil_event *event,
		       const struct json_step *step, struct place *place)
{
	enum implied implied = step->implied(event);

	if (implied == IMPLIED_UNKNOWN) {
		open_value(b, step, place);
		vigil_put(b, "null", 4);
	}
	return implied != IMPLIED_NOT;
}

static void write_step(struct vigil_printer *printer, const struct vigil_event *event,
		       const struct json_step *step, struct place *place,
		       const struct vigil_value *value)
{
	struct vigil_json *json = printer->json;
	struct vigil_buffer *b = &printer->out;

	open_value(b, step, place);
	if (step->kind == VIGIL_VALUE_OBJECT) {
		write_object(json, b, step, event);
		return;
	}
	write_value(json, b, step->kind, value);
	if (has_string(step->kind))
		note(json, value, step);
}

/* Inline: most fields of a type are absent in most of its events. */
static inline void print_step(struct vigil_printer *printer, const struct vigil_event *event,
			      const struct json_step *step, struct place *place)
{
	struct vigil_value value;

	if (step->shared < place->shared)
		place->shared = step->shared;
	if (step->implied && is_settled(&printer->out, event, step, place))
		return;
	if (step->kind == VIGIL_VALUE_OBJECT ? has_object(printer->json, step)
					     : step->get(event, &value))
		write_step(printer, event, step, place, &value);
}

/* Writes the fields of a run, from the cache if they are there. */
static void print_run(struct vigil_printer *printer, const struct vigil_event *event,
		      const struct json_step *step, struct place *place)
{
	struct vigil_json *json = printer->json;
	struct vigil_buffer *b = &printer->out;
	unsigned notes = json->cut_count + json->raw_count;
	size_t begin = b->length;
	struct memo_entry *entry = NULL;
	struct memo_key key;

	if (memo_key_of(step->run, step->run_fields, event, place->depth << 8 | place->shared,
			&key)) {
		entry = memo_at(json->memo, step->run, &key);
		if (memo_holds(entry, &key)) {
			vigil_put(b, entry->text, entry->length);
			*place = (struct place){ entry->depth, entry->shared };
			return;
		}
	}
	for (unsigned i = 0; i < step->run_steps; i++)
		print_step(printer, event, step + i, place);
	/* Do not cache values that need a note: the note is not part of their text. */
	if (!entry || json->cut_count + json->raw_count != notes || b->failed)
		return;
	memo_keep(entry, &key, b->data + begin, b->length - begin);
	entry->depth = (uint8_t)place->depth;
	entry->shared = (uint8_t)place->shared;
}

void vigil_json_print(struct vigil_printer *printer, const struct vigil_event *event)
{
	struct vigil_json *json = printer->json;
	struct vigil_buffer *b = &printer->out;
	uint32_t type = event->record->type;
	const struct json_step *step = &json->steps[json->types[type].first];
	const struct json_step *end = step + json->types[type].count;
	struct place place = { 0, 0 };

	json->cut_count = json->raw_count = 0;
	json->broken = false;
	vigil_put_char(b, '{');
	while (step < end) {
		if (step->run != MEMO_NONE) {
			print_run(printer, event, step, &place);
			step += step->run_steps;
		} else {
			print_step(printer, event, step++, &place);
		}
	}
	if (b->length == 1) { /* no field was chosen of which the event has a value */
		b->length = 0;
		return;
	}
	while (place.depth-- > 0)
		vigil_put_char(b, '}');
	vigil_put(b, "}\n", 2);
}
