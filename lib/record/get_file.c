/* SPDX-License-Identifier: MIT */
/* get_file.c - getters of what user space read of a file: its hash, its version, who
 * signed it. */
#include "record/file_info.h"

#include "record/fields.h"

#define LOADED (STARTS | IMAGES)

/* The item that begins at `at`, which moves on to the next one. */
static struct vigil_string item_at(struct vigil_string list, uint32_t *at)
{
	const char *begin = list.data + *at;
	const char *nul = memchr(begin, '\0', list.length - *at);
	uint32_t length = nul != NULL ? (uint32_t)(nul - begin) : list.length - *at;

	*at += nul != NULL ? length + 1 : length;
	return (struct vigil_string){ begin, length, length };
}

struct vigil_string vigil_version_value(const struct vigil_event *event, const char *key)
{
	struct vigil_string list = event->part[VIGIL_FILE_VERSION];
	size_t length = strlen(key);

	for (uint32_t at = 0; at < list.length;) {
		struct vigil_string item = item_at(list, &at);

		if (item.length > length && item.data[length] == '=' &&
		    memcmp(item.data, key, length) == 0) {
			item.data += length + 1;
			item.length -= (uint32_t)length + 1;
			item.original = item.length;
			return item;
		}
	}
	return (struct vigil_string){ "", 0, 0 };
}

struct vigil_string vigil_signature_item(const struct vigil_event *event, unsigned number)
{
	struct vigil_string list = event->part[VIGIL_SIGNATURE];
	uint32_t at = 0;

	for (unsigned i = 0; at < list.length; i++) {
		struct vigil_string item = item_at(list, &at);

		if (i == number)
			return item;
	}
	return (struct vigil_string){ "", 0, 0 };
}

bool vigil_signature_is(const struct vigil_event *event, const char *status)
{
	struct vigil_string found = vigil_signature_item(event, VIGIL_SIGNATURE_STATUS);

	return found.length == strlen(status) && memcmp(found.data, status, found.length) == 0;
}

bool vigil_is_signed(const struct vigil_event *event)
{
	return event->part[VIGIL_SIGNATURE].length > 0 && !vigil_signature_is(event, "unsigned") &&
	       !vigil_signature_is(event, "error");
}

GET_PART(file_sha256, LOADED, VIGIL_SHA256)

static bool set_version(const struct vigil_event *event, const char *key, struct vigil_value *value)
{
	return vigil_event_is(event, LOADED) &&
	       vigil_set_string(value, vigil_version_value(event, key));
}

GETTER(file_company)
{
	return set_version(event, "CompanyName", value);
}

GETTER(file_description)
{
	return set_version(event, "FileDescription", value);
}

GETTER(file_version)
{
	return set_version(event, "FileVersion", value);
}

GETTER(file_original_name)
{
	return set_version(event, "OriginalFilename", value);
}

GETTER(file_product)
{
	return set_version(event, "ProductName", value);
}

GETTER(signature_exists)
{
	return vigil_event_is(event, LOADED) &&
	       vigil_set_unsigned(value, 1, vigil_is_signed(event));
}

GETTER(signature_status)
{
	return vigil_event_is(event, LOADED) &&
	       vigil_set_string(value, vigil_signature_item(event, VIGIL_SIGNATURE_STATUS));
}

GETTER(signature_subject)
{
	return vigil_event_is(event, LOADED) &&
	       vigil_set_string(value, vigil_signature_item(event, VIGIL_SIGNATURE_SIGNER));
}

GETTER(signature_valid)
{
	return vigil_event_is(event, LOADED) &&
	       vigil_set_unsigned(value, 1, vigil_signature_is(event, "valid"));
}
