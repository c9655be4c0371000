/* SPDX-License-Identifier: MIT */
#include "import/jsonl_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *jsonl_text(const struct json_value *line, const char *name)
{
	const struct json_value *value = json_find(line, name);

	return value && value->type == JSON_TEXT ? value->text : NULL;
}

uint64_t jsonl_unsigned(const struct json_value *line, const char *name)
{
	return json_unsigned(json_find(line, name));
}

bool jsonl_lists(const struct json_value *line, const char *name, const char *item)
{
	const struct json_value *list = json_find(line, name), *value = NULL;

	if (!item || !list || list->type != JSON_ARRAY)
		return false;
	while ((value = json_next_item(list, value)) != NULL)
		if (strcmp(value->text, item) == 0)
			return true;
	return false;
}

/* Reads `digits` decimal digits at *text. */
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
	/* In years that begin in March, the leap day is the last one. */
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

static bool decimal(const char *text, const char **end, uint64_t *out)
{
	char *after;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &after, 10);
	*end = after;
	return errno == 0;
}

/* Returns whether the digits of a JSON_INTEGER fit into a number of this signedness. */
static bool is_in_range(const char *digits, bool is_signed)
{
	errno = 0;
	if (is_signed)
		strtoll(digits, NULL, 10);
	else
		strtoull(digits, NULL, 10);
	return errno == 0 && (is_signed || *digits != '-');
}

/* Finds the number that has this name. */
static bool read_word(const char *text, const struct field_source *source, uint64_t *out)
{
	for (uint32_t i = 0; text && i < 64; i++)
		if (source->word(i) && strcmp(source->word(i), text) == 0) {
			*out = i;
			return true;
		}
	return false;
}

/* major:minor */
static bool read_device(const char *text, uint64_t *out)
{
	const char *end;
	uint64_t minor;

	if (!decimal(text, &end, out) || *end != ':' || !decimal(end + 1, &end, &minor))
		return false;
	if (*out >> 44 || minor >> 20 || *end)
		return false;
	*out = *out << 20 | minor;
	return true;
}

static bool read_integer(const struct json_value *value, bool is_signed, uint64_t *out)
{
	if (value->type != JSON_INTEGER || !is_in_range(value->text, is_signed))
		return false;
	*out = is_signed ? (uint64_t)json_signed(value) : json_unsigned(value);
	return true;
}

static bool read_plain(const struct json_value *value, enum vigil_value_kind kind, uint64_t *out)
{
	const char *text = value->type == JSON_TEXT ? value->text : NULL;
	const char *end;

	switch (kind) {
	case VIGIL_VALUE_TIME:
		return (*out = jsonl_time(text)) != 0;
	case VIGIL_VALUE_HEX:
		return text && strncmp(text, "0x", 2) == 0 && strlen(text) <= 18 &&
		       read_hex(text + 2, strlen(text) - 2, out);
	case VIGIL_VALUE_STRING:
		return decimal(text, &end, out) && !*end;
	default:
		return read_integer(value, kind == VIGIL_VALUE_SIGNED, out);
	}
}

static bool fits(uint64_t number, unsigned bits, bool is_signed)
{
	if (bits >= 64)
		return true;
	if (is_signed)
		return (int64_t)number >> (bits - 1) == 0 || (int64_t)number >> (bits - 1) == -1;
	return number >> bits == 0;
}

bool jsonl_number(const struct json_value *value, const struct field_source *source,
		  enum vigil_value_kind kind, uint64_t *out)
{
	const char *text = value->type == JSON_TEXT ? value->text : NULL;
	bool is_read;

	switch (source->form) {
	case FORM_FLAG:
		*out = source->flag;
		return value->type == JSON_TRUE;
	case FORM_WORD:
		is_read = read_word(text, source, out);
		break;
	case FORM_DEVICE:
		is_read = read_device(text, out);
		break;
	case FORM_MAJOR:
		is_read = read_integer(value, false, out) && *out >> 12 == 0;
		*out <<= 20;
		break;
	default:
		is_read = read_plain(value, kind, out);
	}
	return is_read && fits(*out, source->bytes * 8u, kind == VIGIL_VALUE_SIGNED);
}

/* ---- bytes ---- */

/* *rest: the first character that is not base64. */
static size_t from_base64(char *to, const char *text, const char **rest)
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
		count = (count + 6) % 8; /* bits that are not a whole byte yet */
		if (count < 6)
			to[length++] = (char)(bits >> count);
	}
	*rest = text + strspn(text, "=");
	return length;
}

static size_t from_hex(char *to, const char *text, const char **rest)
{
	size_t length = 0;
	uint64_t byte;

	while (text[2 * length] && read_hex(text + 2 * length, 2, &byte))
		to[length++] = (char)byte;
	*rest = text + 2 * length;
	return length;
}

static bool is_list_of_texts(const struct json_value *list)
{
	const struct json_value *item = NULL;

	while ((item = json_next_item(list, item)) != NULL)
		if (item->type != JSON_TEXT)
			return false;
	return true;
}

static size_t from_list(char *to, const struct json_value *list)
{
	const struct json_value *item = NULL;
	size_t length = 0;

	while ((item = json_next_item(list, item)) != NULL) {
		if (to) {
			memcpy(to + length, item->text, item->text_length);
			to[length + item->text_length] = '\0';
		}
		length += item->text_length + 1;
	}
	return length;
}

/* A value of vigil.raw or vigil.cut, whose keys are dotted names. */
static const struct json_value *beside(const struct json_value *line, const char *object,
				       const char *name)
{
	const struct json_value *value = json_find(line, object);

	return value ? json_member(value, name, strlen(name)) : NULL;
}

static void note_missing(const struct json_value *line, const char *name, struct jsonl_bytes *out)
{
	const struct json_value *cut = beside(line, "vigil.cut", name);
	uint64_t original = json_unsigned(cut);

	if (cut && cut->type == JSON_NULL)
		out->missing = VIGIL_UNKNOWN; /* more than a record can express */
	else if (original > out->length)
		out->missing = original - out->length;
}

static bool allocate(struct jsonl_bytes *out, size_t size)
{
	out->memory = malloc(size + 1);
	out->failed = !out->memory;
	return !out->failed;
}

bool jsonl_bytes(const struct json_value *line, const char *name, struct jsonl_bytes *out)
{
	const struct json_value *value = json_find(line, name),
				*raw = beside(line, "vigil.raw", name);
	const char *rest = "";

	*out = (struct jsonl_bytes){ 0 };
	if (raw && raw->type == JSON_TEXT) {
		if (allocate(out, raw->text_length))
			out->length = from_base64(out->memory, raw->text, &rest);
	} else if (value && value->type == JSON_ARRAY) {
		if (allocate(out, from_list(NULL, value)))
			out->length = from_list(out->memory, value);
		out->unreadable = !is_list_of_texts(value);
		/* The last item of a list that was cut has no terminator. */
		if (out->length && beside(line, "vigil.cut", name))
			out->length--;
	} else if (value && value->type == JSON_TEXT) {
		const struct vigil_field *field = vigil_field_find(name);

		out->data = value->text;
		out->length = value->text_length;
		if (field && field->kind == VIGIL_VALUE_BINARY) {
			out->length = 0;
			if (allocate(out, value->text_length))
				out->length = from_hex(out->memory, value->text, &rest);
		}
	} else if (value && value->type != JSON_NULL) {
		out->unreadable = true;
	}
	out->unreadable |= *rest != '\0';
	if (out->memory)
		out->data = out->memory;
	note_missing(line, name, out);
	if (out->length)
		return true;
	free(out->memory);
	*out = (struct jsonl_bytes){ .failed = out->failed, .unreadable = out->unreadable };
	return false;
}
