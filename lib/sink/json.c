/* SPDX-License-Identifier: MIT */
/*
 * json.c - one ECS object a line, made from the table of fields.
 *
 * "process.parent.pid" becomes {"process":{"parent":{"pid":...}}}. Since the
 * table keeps together what shares a beginning, it is enough to know for each
 * field how many objects it shares with the field before it: the objects to
 * close and to open follow. All text but the values is made in advance.
 */
#include "sink/sink.h"

#include <stdlib.h>

#include "model/names.h"

#define DEPTH_MAX 8

struct json_field {
	const struct vigil_field *field;
	char *text;            /* {"process":{"parent":{"pid": without the first brace */
	uint8_t at[DEPTH_MAX]; /* where in text the nth object's key begins */
	uint8_t length, depth; /* of text; objects around the value */
};

struct json_step {
	uint16_t field;
	uint8_t shared; /* objects shared with the step before */
};

struct vigil_json {
	struct json_field *fields;
	size_t field_count;
	char *texts;
	struct json_step *steps; /* of all types, one type after the other */
	struct {
		uint32_t first, count;
	} types[VIGIL_TYPE_MAX];
	/* Of the event that is being printed: */
	uint16_t *cut, *raw; /* fields that were cut, that are not UTF-8 */
	uint16_t cut_count, raw_count;
	bool broken; /* the value just written was not UTF-8 */
};

/* ---- preparation ---- */

static unsigned shared_objects(const char *a, const char *b)
{
	unsigned shared = 0;

	for (; *a == *b && *a != '\0'; a++, b++)
		if (*a == '.')
			shared++;
	return shared;
}

static char *prepare_field(struct json_field *field, char *text)
{
	const char *name = field->field->name;

	field->text = text;
	while (name != NULL) {
		size_t length = strcspn(name, ".");

		field->at[field->depth] = (uint8_t)(text - field->text);
		*text++ = '"';
		memcpy(text, name, length);
		text += length;
		memcpy(text, "\":", 2);
		text += 2;
		name = name[length] == '.' ? name + length + 1 : NULL;
		if (name != NULL) {
			*text++ = '{';
			field->depth++;
		}
	}
	field->length = (uint8_t)(text - field->text);
	return text;
}

static void prepare_fields(struct vigil_json *json, const struct vigil_field *fields)
{
	char *text = json->texts;

	for (size_t i = 0; i < json->field_count; i++) {
		json->fields[i].field = &fields[i];
		text = prepare_field(&json->fields[i], text);
	}
}

static void prepare_types(struct vigil_json *json)
{
	uint32_t n = 0;

	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++) {
		const char *before = "";

		json->types[type].first = n;
		for (size_t i = 0; i < json->field_count; i++) {
			const struct vigil_field *field = json->fields[i].field;

			if ((field->types & VIGIL_TYPE_BIT(type)) == 0)
				continue;
			json->steps[n].field = (uint16_t)i;
			json->steps[n++].shared = (uint8_t)shared_objects(before, field->name);
			before = field->name;
		}
		json->types[type].count = n - json->types[type].first;
	}
}

struct vigil_json *vigil_json_new(void)
{
	struct vigil_json *json = calloc(1, sizeof(*json));
	const struct vigil_field *fields;
	size_t bytes = 0;

	if (json == NULL)
		return NULL;
	fields = vigil_fields(&json->field_count);
	for (size_t i = 0; i < json->field_count; i++)
		bytes += (strlen(fields[i].name) + 1) * 4; /* a part "x." becomes "x":{ */
	json->fields = calloc(json->field_count, sizeof(*json->fields));
	json->texts = malloc(bytes);
	json->steps = calloc(json->field_count * VIGIL_TYPE_MAX, sizeof(*json->steps));
	json->cut = calloc(json->field_count, sizeof(*json->cut));
	json->raw = calloc(json->field_count, sizeof(*json->raw));
	if (json->fields == NULL || json->texts == NULL || json->steps == NULL ||
	    json->cut == NULL || json->raw == NULL) {
		vigil_json_free(json);
		return NULL;
	}
	prepare_fields(json, fields);
	prepare_types(json);
	return json;
}

void vigil_json_free(struct vigil_json *json)
{
	if (json == NULL)
		return;
	free(json->fields);
	free(json->texts);
	free(json->steps);
	free(json->cut);
	free(json->raw);
	free(json);
}

/* ---- strings ---- */

#define EACH(byte) (0x0101010101010101u * (byte))

/* Whether eight bytes are ASCII that JSON takes as it is. Each term sets the
 * high bit of a byte that is 0 after the subtraction's borrow or the xor. */
static inline bool is_plain(uint64_t x)
{
	uint64_t quote = x ^ EACH(0x22u), backslash = x ^ EACH(0x5cu), del = x ^ EACH(0x7fu);
	uint64_t low = x - EACH(0x20u);

	return ((x | low | (quote - EACH(1u)) | (backslash - EACH(1u)) | (del - EACH(1u))) &
		EACH(0x80u)) == 0;
}

static char *write_escape(char *to, uint32_t code)
{
	static const char SHORT[] = "\b\bb\t\tt\n\nn\f\ff\r\rr";
	const char *found = code < 0x20 && code != 0 ? strchr(SHORT, (int)code) : NULL;

	*to++ = '\\';
	if (code == '"' || code == '\\') {
		*to++ = (char)code;
	} else if (found != NULL) {
		*to++ = found[2];
	} else {
		*to++ = 'u';
		vigil_format_hex(to, code, 4);
		to += 4;
	}
	return to;
}

/* One character. C1 controls are escaped too: a terminal may obey them. */
static char *write_character(struct vigil_json *json, char *to, const char **from, const char *end)
{
	uint32_t code = 0;
	int step = vigil_utf8_step(*from, (size_t)(end - *from), &code);

	if (step < 0) {
		json->broken = true;
		memcpy(to, "\xef\xbf\xbd", 3);
		*from -= step;
		return to + 3;
	}
	if (code < 0x20 || code == '"' || code == '\\' || (code >= 0x7f && code < 0xa0)) {
		to = write_escape(to, code);
	} else {
		memcpy(to, *from, (size_t)step);
		to += step;
	}
	*from += step;
	return to;
}

static void write_string(struct vigil_json *json, struct vigil_buffer *b, const char *from,
			 size_t length)
{
	const char *end = from + length;
	char *to;

	/* At worst each byte becomes \u0001. */
	if (length > SIZE_MAX / 8 || !vigil_buffer_room(b, 6 * length + 10))
		return;
	to = b->data + b->length;
	*to++ = '"';
	while (from < end) {
		uint64_t eight;

		if (end - from >= 8) {
			memcpy(&eight, from, 8);
			if (is_plain(eight)) {
				memcpy(to, from, 8);
				to += 8;
				from += 8;
				continue;
			}
		}
		for (int i = 0; i < 8 && from < end; i++)
			to = write_character(json, to, &from, end);
	}
	*to++ = '"';
	b->length = (size_t)(to - b->data);
}

static void write_list(struct vigil_json *json, struct vigil_buffer *b, struct vigil_string list)
{
	const char *item = list.data, *end = list.data + list.length;

	vigil_put_char(b, '[');
	while (item < end) {
		const char *nul = memchr(item, '\0', (size_t)(end - item));
		size_t length = (size_t)((nul != NULL ? nul : end) - item);

		if (item != list.data)
			vigil_put_char(b, ',');
		write_string(json, b, item, length);
		item += length + 1;
	}
	vigil_put_char(b, ']');
}

/* ---- events ---- */

static void write_value(struct vigil_json *json, struct vigil_buffer *b, enum vigil_value_kind kind,
			const struct vigil_value *value)
{
	switch (kind) {
	case VIGIL_VALUE_UNSIGNED:
	case VIGIL_VALUE_DURATION:
		vigil_put_unsigned(b, value->u);
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
		vigil_put_char(b, '"');
		vigil_put_utc(b, value->u, 'T', 9);
		vigil_put(b, "Z\"", 2);
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
	case VIGIL_VALUE_OBJECT:
		break;
	}
}

static bool has_string(enum vigil_value_kind kind)
{
	return kind == VIGIL_VALUE_STRING || kind == VIGIL_VALUE_LIST || kind == VIGIL_VALUE_BINARY;
}

/* vigil.cut or vigil.raw: an object of what the values before have left to say. */
static void write_object(struct vigil_json *json, struct vigil_buffer *b,
			 const struct vigil_event *event, bool is_raw)
{
	const uint16_t *list = is_raw ? json->raw : json->cut;
	unsigned count = is_raw ? json->raw_count : json->cut_count;
	struct vigil_value value;

	for (unsigned i = 0; i < count; i++) {
		const struct vigil_field *field = json->fields[list[i]].field;

		vigil_put(b, i == 0 ? "{\"" : ",\"", 2);
		vigil_put_text(b, field->name);
		vigil_put(b, "\":", 2);
		if (!field->get(event, &value))
			value.s = (struct vigil_string){ "", 0, 0 };
		if (is_raw) {
			vigil_put_char(b, '"');
			vigil_put_base64(b, value.s.data, value.s.length);
			vigil_put_char(b, '"');
		} else {
			vigil_put_unsigned(b, value.s.original);
		}
	}
	vigil_put_char(b, '}');
}

/* Closes and opens objects on the way from the field written last. */
static void write_key(struct vigil_buffer *b, const struct json_field *field, unsigned depth,
		      unsigned shared, bool first)
{
	unsigned at = field->at[shared], length = field->length - at;
	char *to;

	if (!vigil_buffer_room(b, DEPTH_MAX + 1 + length))
		return;
	to = b->data + b->length;
	for (; depth > shared; depth--)
		*to++ = '}';
	if (!first)
		*to++ = ',';
	memcpy(to, field->text + at, length);
	b->length = (size_t)(to + length - b->data);
}

/* Notes what vigil.cut and vigil.raw will have to say of the value just written. */
static void note(struct vigil_json *json, const struct vigil_value *value, uint16_t field)
{
	if (value->s.original > value->s.length)
		json->cut[json->cut_count++] = field;
	if (json->broken)
		json->raw[json->raw_count++] = field;
	json->broken = false;
}

void vigil_json_print(struct vigil_printer *printer, const struct vigil_event *event)
{
	struct vigil_json *json = printer->json;
	struct vigil_buffer *b = &printer->out;
	uint32_t type = event->record->type;
	const struct json_step *step = &json->steps[json->types[type].first];
	const struct json_step *end = step + json->types[type].count;
	unsigned depth = 0, shared = 0;
	struct vigil_value value;

	json->cut_count = json->raw_count = 0;
	json->broken = false;
	vigil_put_char(b, '{');
	for (; step < end; step++) {
		const struct json_field *field = &json->fields[step->field];
		enum vigil_value_kind kind = field->field->kind;
		bool is_raw = kind == VIGIL_VALUE_OBJECT && step + 1 == end;
		bool is_object = kind == VIGIL_VALUE_OBJECT;

		if (step->shared < shared)
			shared = step->shared;
		if (is_object ? (is_raw ? json->raw_count : json->cut_count) == 0
			      : !field->field->get(event, &value))
			continue;
		write_key(b, field, depth, shared, b->length == 1);
		depth = field->depth;
		shared = DEPTH_MAX;
		if (is_object) {
			write_object(json, b, event, is_raw);
			continue;
		}
		write_value(json, b, kind, &value);
		if (has_string(kind))
			note(json, &value, step->field);
	}
	while (depth-- > 0)
		vigil_put_char(b, '}');
	vigil_put(b, "}\n", 2);
}
