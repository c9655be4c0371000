/* SPDX-License-Identifier: MIT */
#include "source/jsonl_value.h"

#include <stdlib.h>
#include <string.h>

struct json_object *jsonl_find(struct json_object *line, const char *name)
{
	struct json_object *at = line;

	while (at && *name) {
		size_t length = strcspn(name, ".");
		char key[32];

		if (length >= sizeof key || !json_object_is_type(at, json_type_object))
			return NULL;
		memcpy(key, name, length);
		key[length] = '\0';
		if (!json_object_object_get_ex(at, key, &at))
			return NULL;
		name += length + (name[length] == '.');
	}
	return at;
}

const char *jsonl_text(struct json_object *line, const char *name)
{
	struct json_object *value = jsonl_find(line, name);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

uint64_t jsonl_unsigned(struct json_object *line, const char *name)
{
	struct json_object *value = jsonl_find(line, name);

	return json_object_is_type(value, json_type_int) ? json_object_get_uint64(value) : 0;
}

bool jsonl_lists(struct json_object *line, const char *name, const char *item)
{
	struct json_object *list = jsonl_find(line, name);

	if (!item || !json_object_is_type(list, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(list, i));

		if (text && strcmp(text, item) == 0)
			return true;
	}
	return false;
}

/* `digits` decimal digits at *text. */
static bool read_digits(const char **text, unsigned digits, uint64_t *out)
{
	*out = 0;
	for (; digits > 0; digits--, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		*out = *out * 10 + (uint64_t)(**text - '0');
	}
	return true;
}

uint64_t jsonl_time(const char *text)
{
	static const struct {
		unsigned digits;
		char behind;
	} PARTS[] = { { 4, '-' }, { 2, '-' }, { 2, 'T' }, { 2, ':' },
		      { 2, ':' }, { 2, '.' }, { 9, 'Z' } };
	uint64_t part[7], days, years, month;

	for (size_t i = 0; i < 7; i++, text++)
		if (!text || !read_digits(&text, PARTS[i].digits, &part[i]) ||
		    *text != PARTS[i].behind)
			return 0;
	if (part[0] < 1970 || part[1] < 1 || part[1] > 12)
		return 0;
	/* Years that begin in March have their leap day at the end. */
	years = part[0] - (part[1] <= 2);
	month = (part[1] + 9) % 12;
	days = years * 365 + years / 4 - years / 100 + years / 400 + (month * 153 + 2) / 5 +
	       part[2] - 1 - 719468;
	return (((days * 24 + part[3]) * 60 + part[4]) * 60 + part[5]) * 1000000000u + part[6];
}

static bool read_hex(const char *text, size_t digits, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < digits; i++) {
		const char *found = text[i] ? strchr("0123456789abcdef", text[i]) : NULL;

		if (!found)
			return false;
		*out = *out << 4 | (uint64_t)(found - "0123456789abcdef");
	}
	return true;
}

bool jsonl_entity(const char *text, uint32_t *machine, struct vigil_id *id)
{
	char digits[33];
	size_t count = 0;
	uint64_t host, pid, key;

	for (; text && *text && count < 32; text++)
		if (*text != '-')
			digits[count++] = *text;
	if (count != 32 || *text)
		return false;
	digits[32] = '\0';
	if (!read_hex(digits, 8, &host) || !read_hex(digits + 8, 8, &pid) ||
	    !read_hex(digits + 16, 16, &key))
		return false;
	*machine = (uint32_t)host;
	id->pid = (uint32_t)pid;
	id->start_key = key;
	return true;
}

uint32_t jsonl_terminal(struct json_object *line)
{
	return (uint32_t)(jsonl_unsigned(line, "process.tty.char_device.major") << 20 |
			  jsonl_unsigned(line, "process.tty.char_device.minor"));
}

static bool decimal(const char *text, const char **end, uint64_t *out)
{
	char *behind;

	if (!text || *text < '0' || *text > '9')
		return false;
	*out = strtoull(text, &behind, 10);
	*end = behind;
	return true;
}

bool jsonl_number(struct json_object *value, const struct back *back, enum vigil_value_kind kind,
		  uint64_t *out)
{
	const char *text =
	    json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
	const char *end;
	uint64_t minor;

	switch (back->way) {
	case BACK_FLAG:
		return json_object_is_type(value, json_type_boolean) &&
		       json_object_get_boolean(value);
	case BACK_WORD:
		for (uint32_t i = 0; text && i < 64; i++)
			if (back->word(i) && strcmp(back->word(i), text) == 0) {
				*out = i;
				return true;
			}
		return false;
	case BACK_DEVICE:
		if (!decimal(text, &end, out) || *end != ':' || !decimal(end + 1, &end, &minor))
			return false;
		*out = *out << 20 | minor;
		return true;
	default:
		break;
	}
	if (kind == VIGIL_VALUE_TIME)
		return (*out = jsonl_time(text)) != 0;
	if (kind == VIGIL_VALUE_HEX)
		return text && strncmp(text, "0x", 2) == 0 && strlen(text) <= 18 &&
		       read_hex(text + 2, strlen(text) - 2, out);
	if (kind == VIGIL_VALUE_STRING)
		return decimal(text, &end, out) && !*end;
	if (!json_object_is_type(value, json_type_int))
		return false;
	*out = kind == VIGIL_VALUE_SIGNED ? (uint64_t)json_object_get_int64(value)
					  : json_object_get_uint64(value);
	return true;
}

/* ---- bytes ---- */

static size_t from_base64(char *to, const char *text)
{
	static const char DIGITS[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	size_t length = 0;
	unsigned count = 0;

	for (; *text && *text != '='; text++) {
		const char *digit = strchr(DIGITS, *text);

		if (!digit)
			break;
		bits = bits << 6 | (uint32_t)(digit - DIGITS);
		count = (count + 6) % 8; /* bits that are no whole byte yet */
		if (count < 6)
			to[length++] = (char)(bits >> count);
	}
	return length;
}

static size_t from_hex(char *to, const char *text)
{
	size_t length = 0;
	uint64_t byte;

	while (text[2 * length] && read_hex(text + 2 * length, 2, &byte))
		to[length++] = (char)byte;
	return length;
}

static size_t from_list(char *to, struct json_object *list)
{
	size_t length = 0;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		size_t bytes = (size_t)json_object_get_string_len(item);

		if (to && bytes)
			memcpy(to + length, json_object_get_string(item), bytes);
		length += bytes;
		if (to)
			to[length] = '\0';
		length++;
	}
	return length;
}

/* A value of vigil.raw or vigil.cut: their keys are the dotted names. */
static struct json_object *beside(struct json_object *line, const char *object, const char *name)
{
	struct json_object *value = jsonl_find(line, object);

	if (!json_object_is_type(value, json_type_object) ||
	    !json_object_object_get_ex(value, name, &value))
		return NULL;
	return value;
}

static void note_missing(struct json_object *line, const char *name, struct jsonl_bytes *out)
{
	struct json_object *cut = beside(line, "vigil.cut", name);
	uint64_t original = cut ? json_object_get_uint64(cut) : 0;

	if (original > out->length && original <= UINT32_MAX)
		out->missing = (uint32_t)(original - out->length);
}

bool jsonl_bytes(struct json_object *line, const char *name, struct jsonl_bytes *out)
{
	struct json_object *value = jsonl_find(line, name), *raw = beside(line, "vigil.raw", name);
	const char *text;

	*out = (struct jsonl_bytes){ 0 };
	if (raw && json_object_is_type(raw, json_type_string)) {
		text = json_object_get_string(raw);
		out->memory = malloc(strlen(text) + 1);
		out->length = out->memory ? from_base64(out->memory, text) : 0;
	} else if (json_object_is_type(value, json_type_array)) {
		out->memory = malloc(from_list(NULL, value) + 1);
		out->length = out->memory ? from_list(out->memory, value) : 0;
		/* The last item of a list that was cut has no end of its own. */
		if (out->length && beside(line, "vigil.cut", name))
			out->length--;
	} else if (json_object_is_type(value, json_type_string)) {
		const struct vigil_field *field = vigil_field_find(name);

		text = json_object_get_string(value);
		out->data = text;
		out->length = (size_t)json_object_get_string_len(value);
		if (field && field->kind == VIGIL_VALUE_BINARY) {
			out->memory = malloc(out->length + 1);
			out->length = out->memory ? from_hex(out->memory, text) : 0;
		}
	}
	if (out->memory)
		out->data = out->memory;
	note_missing(line, name, out);
	if (out->length)
		return true;
	free(out->memory);
	*out = (struct jsonl_bytes){ 0 };
	return false;
}
