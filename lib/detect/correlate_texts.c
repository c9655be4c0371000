/* SPDX-License-Identifier: MIT */
#include "detect/correlate_texts.h"

#include <stdlib.h>
#include <string.h>

#include "detect/scalar.h"

#define NO_TEXT UINT32_MAX /* length of "no text" */

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

uint64_t texts_hash(const void *data, size_t length)
{
	const char *p = data;
	uint64_t hash = length, word;

	for (; length >= sizeof(word); length -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = mix(hash, word);
	}
	word = 0;
	if (length > 0)
		memcpy(&word, p, length);
	return mix(hash, word);
}

/* Appends a length and space for the text and its NUL; returns the space, or NULL. */
static char *texts_extend(struct correlate_texts *texts, uint32_t length, uint32_t space)
{
	char *data = realloc(texts->data, texts->length + sizeof(length) + space + 1);

	if (!data)
		return NULL;
	texts->data = data;
	data += texts->length;
	memcpy(data, &length, sizeof(length));
	data[sizeof(length) + space] = '\0';
	texts->length += (uint32_t)sizeof(length) + space + 1;
	return data + sizeof(length);
}

/* Writes a number; returns its length. */
static uint32_t format_number(char out[24], int64_t number)
{
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	char digits[24];
	uint32_t length = 0, count = 0;

	do
		digits[count++] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (number < 0)
		out[length++] = '-';
	while (count > 0)
		out[length++] = digits[--count];
	return length;
}

static enum texts_result texts_put(struct correlate_texts *texts, const char *text, uint32_t length)
{
	char end[48] = "...[";
	uint32_t kept = length, ending = 0;
	char *out;

	if (length > TEXTS_VALUE_MAX) {
		ending = 4 + format_number(end + 4, length);
		memcpy(end + ending, " bytes]", 7);
		ending += 7;
		kept = TEXTS_VALUE_MAX - ending;
	}
	out = texts_extend(texts, kept + ending, kept + ending);
	if (!out)
		return TEXTS_NO_MEMORY;
	if (kept > 0)
		memcpy(out, text, kept);
	memcpy(out + kept, end, ending);
	return TEXTS_OK;
}

static enum texts_result texts_add_list(struct correlate_texts *texts,
					const struct detect_value *list)
{
	struct detect_value joined = { .kind = DETECT_STRING };
	size_t space = 0;
	enum texts_result result;
	char *text;

	for (uint32_t i = 0; i < list->length; i++)
		space += 26 + (list->item[i].kind == DETECT_STRING ? list->item[i].length : 0);
	text = malloc(space + 1);
	if (!text)
		return TEXTS_NO_MEMORY;
	for (uint32_t i = 0; i < list->length; i++) {
		const struct detect_value *item = &list->item[i];

		if (item->kind != DETECT_STRING && item->kind != DETECT_NUMBER) {
			free(text);
			return TEXTS_NO_VALUE;
		}
		if (i > 0) {
			memcpy(text + joined.length, ", ", 2);
			joined.length += 2;
		}
		if (item->kind == DETECT_NUMBER) {
			joined.length += format_number(text + joined.length, item->number);
			continue;
		}
		if (item->length > 0)
			memcpy(text + joined.length, item->string, item->length);
		joined.length += item->length;
	}
	joined.string = text;
	result = list->length > 0 ? texts_add(texts, &joined) : TEXTS_NO_VALUE;
	free(text);
	return result;
}

enum texts_result texts_add(struct correlate_texts *texts, const struct detect_value *value)
{
	char digits[24];

	switch (value->kind) {
	case DETECT_STRING:
		return texts_put(texts, value->string, value->length);
	case DETECT_NUMBER:
		return texts_put(texts, digits, format_number(digits, value->number));
	case DETECT_LIST:
		return texts_add_list(texts, value);
	default:
		return TEXTS_NO_VALUE;
	}
}

enum texts_result texts_add_none(struct correlate_texts *texts)
{
	return texts_extend(texts, NO_TEXT, 0) ? TEXTS_OK : TEXTS_NO_MEMORY;
}

const char *texts_get(const struct correlate_texts *texts, uint32_t index, uint32_t *length)
{
	const char *p = texts->data;

	for (;; index--) {
		memcpy(length, p, sizeof(*length));
		p += sizeof(*length);
		if (index == 0)
			return *length == NO_TEXT ? NULL : p;
		p += (*length == NO_TEXT ? 0 : *length) + 1;
	}
}

bool texts_copy(struct correlate_texts *out, const struct correlate_texts *in)
{
	*out = (struct correlate_texts){ 0 };
	if (in->length == 0)
		return true;
	out->data = malloc(in->length);
	if (!out->data)
		return false;
	memcpy(out->data, in->data, in->length);
	out->length = in->length;
	return true;
}

bool texts_number(const struct detect_value *value, double *number)
{
	char text[64];
	enum doc_type type;

	if (value->kind == DETECT_NUMBER) {
		*number = (double)value->number;
		return true;
	}
	if (value->kind != DETECT_STRING || value->cut || value->length == 0 ||
	    value->length >= sizeof(text))
		return false;
	memcpy(text, value->string, value->length);
	text[value->length] = '\0';
	if (strspn(text, "+-.0123456789eE") != value->length)
		return false;
	type = scalar_type(text, value->length);
	if (type != DOC_INTEGER && type != DOC_FLOAT)
		return false;
	*number = scalar_double(text);
	return true;
}
