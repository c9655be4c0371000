/* SPDX-License-Identifier: MIT */
#include "enrich/look_parts.h"

#include <string.h>

#define VALUE_UNITS 120u /* of one item at most */

static size_t room_of(size_t length)
{
	return (sizeof(struct vigil_part) + length + 7) & ~(size_t)7;
}

size_t look_parts_room(uint32_t what)
{
	size_t room = 0;

	if (what & VIGIL_LOOK_HASH)
		room += room_of(LOOK_HASH_BYTES);
	if (what & VIGIL_LOOK_VERSION)
		room += room_of(2 * LOOK_TEXT_UNITS);
	if (what & VIGIL_LOOK_SIGNATURE)
		room += room_of(2 * LOOK_TEXT_UNITS);
	if (what & LOOK_BUILD_ID)
		room += room_of(UINT8_MAX);
	if (what & (LOOK_ARGS | LOOK_MAPPING)) /* asked for one by one */
		room += room_of(LOOK_ARGS_MAX);
	if (what & VIGIL_LOOK_CONTAINER)
		room += room_of(LOOK_CONTAINER_MAX);
	return room;
}

/* Returns where the next part goes. */
static uint8_t *put(uint8_t *to, uint16_t kind, const void *value, size_t length, size_t missing)
{
	struct vigil_part *part = (void *)to;

	memset(to, 0, room_of(length));
	*part = (struct vigil_part){ .kind = kind,
				     .source = VIGIL_SOURCE_FILE,
				     .flags = missing ? VIGIL_PART_CUT : 0,
				     .length = (uint32_t)length,
				     .original = (uint32_t)(length + missing) };
	memcpy(part + 1, value, length);
	return to + room_of(length);
}

/* A file without a build-id has no part for it. */
static uint8_t *put_build_id(uint8_t *to, const struct look_result *result)
{
	if (!result->build_id_length)
		return to;
	return put(to, VIGIL_BUILD_ID, result->build_id, result->build_id_length, 0);
}

static uint8_t *put_args(uint8_t *to, const struct look_result *result)
{
	struct vigil_part *part = (void *)to;

	if (!result->args_length)
		return to;
	to = put(to, VIGIL_ARGS, result->args, result->args_length, 0);
	part->source = VIGIL_SOURCE_QUERY;
	if (result->args_cut) {
		part->flags = VIGIL_PART_CUT;
		part->original = VIGIL_UNKNOWN;
	}
	return to;
}

static uint8_t *put_path(uint8_t *to, const struct look_result *result)
{
	struct vigil_part *part = (void *)to;

	to = put(to, VIGIL_IMAGE, result->path, result->path_length, 0);
	part->source = VIGIL_SOURCE_QUERY;
	if (result->path_cut) {
		part->flags = VIGIL_PART_CUT_HEAD;
		part->original = VIGIL_UNKNOWN;
	}
	return to;
}

/* A container of which nothing is found has no part. */
static uint8_t *put_container(uint8_t *to, const struct look_result *result)
{
	struct vigil_part *part = (void *)to;

	if (!result->container_length)
		return to;
	to = put(to, VIGIL_CONTAINER_INFO, result->container, result->container_length, 0);
	if (result->container_cut) {
		part->flags = VIGIL_PART_CUT;
		part->original = VIGIL_UNKNOWN;
	}
	return to;
}

static uint8_t *put_none(uint8_t *to, uint16_t kind, uint8_t flag)
{
	uint8_t *next = put(to, kind, "", 0, 0);

	((struct vigil_part *)(void *)to)->flags = flag;
	((struct vigil_part *)(void *)to)->source = VIGIL_SOURCE_NONE;
	return next;
}

static uint8_t *put_text(uint8_t *to, uint16_t kind, const struct look_text *text)
{
	if (!text->units)
		return to;
	return put(to, kind, text->unit, 2u * text->units, 2u * text->missing);
}

size_t look_parts(void *to, uint32_t what, const struct look_result *result)
{
	uint32_t known = what & result->known, unknown = what & ~result->known;
	uint8_t *at = to;

	if (known & VIGIL_LOOK_HASH)
		at = put(at, VIGIL_SHA256, result->sha256, LOOK_HASH_BYTES, 0);
	if (unknown & VIGIL_LOOK_HASH)
		at = put_none(at, VIGIL_SHA256, VIGIL_PART_UNREADABLE);
	if (known & VIGIL_LOOK_VERSION)
		at = put_text(at, VIGIL_FILE_VERSION, &result->version);
	if (unknown & VIGIL_LOOK_VERSION)
		at = put_none(at, VIGIL_FILE_VERSION, VIGIL_PART_UNREADABLE);
	if (known & VIGIL_LOOK_SIGNATURE)
		at = put_text(at, VIGIL_SIGNATURE, &result->signature);
	if (unknown & VIGIL_LOOK_SIGNATURE)
		at = put_none(at, VIGIL_SIGNATURE, VIGIL_PART_UNREADABLE);
	if (known & LOOK_BUILD_ID)
		at = put_build_id(at, result);
	if (known & LOOK_ARGS)
		at = put_args(at, result);
	if (known & LOOK_MAPPING)
		at = put_path(at, result);
	if (unknown & LOOK_MAPPING)
		at = put_none(at, VIGIL_IMAGE, VIGIL_PART_UNREADABLE);
	if (known & VIGIL_LOOK_CONTAINER)
		at = put_container(at, result);
	if (unknown & VIGIL_LOOK_CONTAINER)
		at = put_none(at, VIGIL_CONTAINER_INFO, VIGIL_PART_UNREADABLE);
	if (unknown & LOOK_ARGS)
		at = put_none(at, VIGIL_ARGS, VIGIL_PART_UNREADABLE);
	return (size_t)(at - (uint8_t *)to);
}

size_t look_parts_late(void *to, uint32_t what)
{
	uint8_t *at = to;

	if (what & VIGIL_LOOK_HASH)
		at = put_none(at, VIGIL_SHA256, VIGIL_PART_LATE);
	if (what & VIGIL_LOOK_VERSION)
		at = put_none(at, VIGIL_FILE_VERSION, VIGIL_PART_LATE);
	if (what & VIGIL_LOOK_SIGNATURE)
		at = put_none(at, VIGIL_SIGNATURE, VIGIL_PART_LATE);
	if (what & LOOK_BUILD_ID)
		at = put_none(at, VIGIL_BUILD_ID, VIGIL_PART_LATE);
	if (what & LOOK_MAPPING)
		at = put_none(at, VIGIL_IMAGE, VIGIL_PART_LATE);
	if (what & LOOK_ARGS)
		at = put_none(at, VIGIL_ARGS, VIGIL_PART_LATE);
	if (what & VIGIL_LOOK_CONTAINER)
		at = put_none(at, VIGIL_CONTAINER_INFO, VIGIL_PART_LATE);
	return (size_t)(at - (uint8_t *)to);
}

/* A value may be longer than its text, which ends at the first NUL. */
static size_t text_units(const uint16_t *value, size_t units)
{
	for (size_t i = 0; i < units; i++)
		if (!value[i])
			return i;
	return units;
}

void look_text_add(struct look_text *text, const char *key, const uint16_t *value, size_t units)
{
	size_t key_units = strlen(key), whole = text_units(value, units);
	size_t kept = whole < VALUE_UNITS ? whole : VALUE_UNITS;
	size_t needed = key_units + (key_units ? 1 : 0) + kept + 1;

	if (needed > LOOK_TEXT_UNITS - text->units) {
		text->missing += (uint32_t)needed;
		return;
	}
	for (size_t i = 0; i < key_units; i++)
		text->unit[text->units++] = (uint8_t)key[i];
	if (key_units)
		text->unit[text->units++] = '=';
	memcpy(text->unit + text->units, value, kept * sizeof *value);
	text->units += (uint32_t)kept;
	text->unit[text->units++] = 0;
	text->missing += (uint32_t)(whole - kept);
}

void look_text_add_word(struct look_text *text, const char *word)
{
	for (; *word && text->units < LOOK_TEXT_UNITS - 1; word++)
		text->unit[text->units++] = (uint8_t)*word;
	text->unit[text->units++] = 0;
}

const char *look_status(uint32_t verdict)
{
	static const struct {
		uint32_t verdict;
		const char *word;
	} WORDS[] = {
		{ 0, "valid" },
		{ 0x800b0100, "unsigned" },  /* TRUST_E_NOSIGNATURE */
		{ 0x800b0001, "unsigned" },  /* TRUST_E_PROVIDER_UNKNOWN */
		{ 0x800b0003, "unsigned" },  /* TRUST_E_SUBJECT_FORM_UNKNOWN */
		{ 0x800b0101, "expired" },   /* CERT_E_EXPIRED */
		{ 0x800b010c, "revoked" },   /* CERT_E_REVOKED */
		{ 0x80092010, "revoked" },   /* CRYPT_E_REVOKED */
		{ 0x800b0004, "untrusted" }, /* TRUST_E_SUBJECT_NOT_TRUSTED */
		{ 0x800b0109, "untrusted" }, /* CERT_E_UNTRUSTEDROOT */
		{ 0x800b010a, "untrusted" }, /* CERT_E_CHAINING */
		{ 0x800b010d, "untrusted" }, /* CERT_E_UNTRUSTEDTESTROOT */
		{ 0x800b0110, "untrusted" }, /* CERT_E_WRONG_USAGE */
		{ 0x800b0111, "untrusted" }, /* TRUST_E_EXPLICIT_DISTRUST */
		{ 0x80096010, "damaged" },   /* TRUST_E_BAD_DIGEST */
	};

	for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
		if (WORDS[i].verdict == verdict)
			return WORDS[i].word;
	return "error";
}
