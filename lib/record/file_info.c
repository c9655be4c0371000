/* SPDX-License-Identifier: MIT */
#include "record/file_info.h"

#include <string.h>

static const struct vigil_string NOTHING = { "", 0, 0 };

/* Returns the item that begins at `at`, and moves `at` to the next one. */
static struct vigil_string next_item(struct vigil_string list, uint32_t *at)
{
	const char *begin = list.data + *at;
	const char *nul = memchr(begin, '\0', list.length - *at);
	uint32_t length = nul ? (uint32_t)(nul - begin) : list.length - *at;

	*at += nul ? length + 1 : length;
	return (struct vigil_string){ begin, length, length };
}

/* Returns whether the item is KEY=VALUE with a value, and sets *value to it. */
static bool has_key(struct vigil_string item, const char *key, struct vigil_string *value)
{
	uint32_t length = (uint32_t)strlen(key);

	if (item.length <= length || item.data[length] != '=' ||
	    memcmp(item.data, key, length) != 0)
		return false;
	value->data = item.data + length + 1;
	value->length = value->original = item.length - length - 1;
	return true;
}

struct vigil_string vigil_part_value(const struct vigil_event *event, enum vigil_part_id kind,
				     const char *key)
{
	struct vigil_string list = event->part[kind], value;

	for (uint32_t at = 0; at < list.length;)
		if (has_key(next_item(list, &at), key, &value))
			return value;
	return NOTHING;
}

struct vigil_string vigil_part_item(const struct vigil_event *event, enum vigil_part_id kind,
				    unsigned number)
{
	struct vigil_string list = event->part[kind];
	uint32_t at = 0;

	for (unsigned i = 0; at < list.length; i++) {
		struct vigil_string item = next_item(list, &at);

		if (i == number)
			return item;
	}
	return NOTHING;
}

bool vigil_signature_is(const struct vigil_event *event, const char *status)
{
	struct vigil_string found =
	    vigil_part_item(event, VIGIL_PART_SIGNATURE, VIGIL_SIGNATURE_STATUS);

	return found.length == strlen(status) && memcmp(found.data, status, found.length) == 0;
}

bool vigil_is_signed(const struct vigil_event *event)
{
	return event->part[VIGIL_PART_SIGNATURE].length > 0 &&
	       !vigil_signature_is(event, "unsigned") && !vigil_signature_is(event, "error");
}

bool vigil_is_signature_valid(const struct vigil_event *event)
{
	return vigil_signature_is(event, "valid");
}

/* ---- containers ---- */

static struct vigil_string info_of(const struct vigil_event *event)
{
	return event->process ? event->process->container_info : NOTHING;
}

struct vigil_string vigil_container_value(const struct vigil_event *event, const char *key)
{
	struct vigil_string info = info_of(event), item, value;

	for (uint32_t at = 0; at < info.length;) {
		item = next_item(info, &at);
		if (item.length == 0)
			break; /* the labels follow */
		if (has_key(item, key, &value))
			return value;
	}
	return NOTHING;
}

struct vigil_string vigil_container_labels(const struct vigil_event *event)
{
	struct vigil_string info = info_of(event);
	uint32_t at = 0;

	while (at < info.length && next_item(info, &at).length > 0)
		;
	return (struct vigil_string){ info.data + at, info.length - at, info.length - at };
}
