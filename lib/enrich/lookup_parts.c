/* SPDX-License-Identifier: MIT */
#include "enrich/lookup_parts.h"

#include <string.h>

#include "record/builder.h"

#define VALUE_UNITS 120u /* per item */

size_t lookup_parts_size(uint32_t what)
{
	size_t bytes = 0;

	if (what & VIGIL_INSPECT_HASH)
		bytes += part_size(LOOKUP_HASH_BYTES);
	if (what & VIGIL_INSPECT_VERSION)
		bytes += part_size(2 * LOOKUP_TEXT_UNITS);
	if (what & VIGIL_INSPECT_SIGNATURE)
		bytes += part_size(2 * LOOKUP_TEXT_UNITS);
	if (what & LOOKUP_BUILD_ID)
		bytes += part_size(UINT8_MAX);
	if (what & (LOOKUP_ARGS | LOOKUP_MAPPING)) /* requested one at a time */
		bytes += part_size(LOOKUP_ARGS_MAX);
	if (what & VIGIL_INSPECT_CONTAINER)
		bytes += part_size(LOOKUP_CONTAINER_MAX);
	return bytes;
}

static void put_found(struct record_builder *builder, uint16_t kind, const void *value,
		      size_t length, size_t missing)
{
	struct vigil_part *part = builder_add(builder, kind, VIGIL_PART_ORIGIN_FILE, value, length);

	if (part && missing) {
		part->flags = VIGIL_PART_FLAG_CUT;
		part->original += (uint32_t)missing;
	}
}

/* Writes a value whose full length is unknown if it was truncated; cut: the flag for that, or 0.
 * An empty value gets no part. */
static void put_cut(struct record_builder *builder, uint16_t kind, uint8_t source,
		    const void *value, size_t length, uint8_t cut)
{
	struct vigil_part *part = length ? builder_add(builder, kind, source, value, length) : NULL;

	if (part && cut) {
		part->flags = cut;
		part->original = VIGIL_UNKNOWN;
	}
}

static void put_text_part(struct record_builder *builder, uint16_t kind,
			  const struct lookup_text *text)
{
	if (text->units)
		put_found(builder, kind, text->unit, 2u * text->units, 2u * text->missing);
}

/* The part for each kind of information. */
static const struct {
	uint32_t what;
	uint16_t kind;
	bool is_optional; /* a file may have none, which is not a failure */
} PARTS[] = {
	{ VIGIL_INSPECT_HASH, VIGIL_PART_SHA256, false },
	{ VIGIL_INSPECT_VERSION, VIGIL_PART_FILE_VERSION, false },
	{ VIGIL_INSPECT_SIGNATURE, VIGIL_PART_SIGNATURE, false },
	{ LOOKUP_BUILD_ID, VIGIL_PART_BUILD_ID, true },
	{ LOOKUP_MAPPING, VIGIL_PART_IMAGE, false },
	{ LOOKUP_ARGS, VIGIL_PART_ARGS, false },
	{ VIGIL_INSPECT_CONTAINER, VIGIL_PART_CONTAINER_INFO, false },
};

static void put_known(struct record_builder *builder, uint32_t what,
		      const struct lookup_result *result)
{
	if (what & VIGIL_INSPECT_HASH)
		put_found(builder, VIGIL_PART_SHA256, result->sha256, LOOKUP_HASH_BYTES, 0);
	if (what & VIGIL_INSPECT_VERSION)
		put_text_part(builder, VIGIL_PART_FILE_VERSION, &result->version);
	if (what & VIGIL_INSPECT_SIGNATURE)
		put_text_part(builder, VIGIL_PART_SIGNATURE, &result->signature);
	if (what & LOOKUP_BUILD_ID && result->build_id_length)
		put_found(builder, VIGIL_PART_BUILD_ID, result->build_id, result->build_id_length,
			  0);
	if (what & LOOKUP_ARGS)
		put_cut(builder, VIGIL_PART_ARGS, VIGIL_PART_ORIGIN_QUERY, result->args,
			result->args_length, result->args_cut ? VIGIL_PART_FLAG_CUT : 0);
	if (what & LOOKUP_MAPPING)
		put_cut(builder, VIGIL_PART_IMAGE, VIGIL_PART_ORIGIN_QUERY, result->path,
			result->path_length, result->path_cut ? VIGIL_PART_FLAG_CUT_HEAD : 0);
	if (what & VIGIL_INSPECT_CONTAINER)
		put_cut(builder, VIGIL_PART_CONTAINER_INFO, VIGIL_PART_ORIGIN_FILE,
			result->container, result->container_length,
			result->container_cut ? VIGIL_PART_FLAG_CUT : 0);
}

static void put_none(struct record_builder *builder, uint16_t kind, uint8_t flag)
{
	struct vigil_part *part = builder_add(builder, kind, VIGIL_PART_ORIGIN_NONE, NULL, 0);

	if (part)
		part->flags = flag;
}

size_t lookup_parts(void *to, uint32_t what, const struct lookup_result *result)
{
	struct record_builder builder;
	uint32_t unknown = what & ~result->known;

	builder_begin_parts(&builder, to, lookup_parts_size(what));
	put_known(&builder, what & result->known, result);
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++)
		if (unknown & PARTS[i].what && !PARTS[i].is_optional)
			put_none(&builder, PARTS[i].kind, VIGIL_PART_FLAG_UNREADABLE);
	return builder.size;
}

size_t lookup_parts_late(void *to, uint32_t what)
{
	struct record_builder builder;

	builder_begin_parts(&builder, to, lookup_parts_size(what));
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++)
		if (what & PARTS[i].what)
			put_none(&builder, PARTS[i].kind, VIGIL_PART_FLAG_LATE);
	return builder.size;
}

/* Returns the length of a value up to its first NUL. */
static size_t text_units(const uint16_t *value, size_t units)
{
	for (size_t i = 0; i < units; i++)
		if (!value[i])
			return i;
	return units;
}

void lookup_text_add(struct lookup_text *text, const char *key, const uint16_t *value, size_t units)
{
	size_t key_units = strlen(key), whole = text_units(value, units);
	size_t kept = whole < VALUE_UNITS ? whole : VALUE_UNITS;
	size_t needed = key_units + (key_units ? 1 : 0) + kept + 1;

	if (needed > LOOKUP_TEXT_UNITS - text->units) {
		text->missing += (uint32_t)needed;
		return;
	}
	for (size_t i = 0; i < key_units; i++)
		text->unit[text->units++] = (uint8_t)key[i];
	if (key_units)
		text->unit[text->units++] = '=';
	memcpy(text->unit + text->units, value, kept * sizeof(*value));
	text->units += (uint32_t)kept;
	text->unit[text->units++] = 0;
	text->missing += (uint32_t)(whole - kept);
}

void lookup_text_add_word(struct lookup_text *text, const char *word)
{
	for (; *word && text->units < LOOKUP_TEXT_UNITS - 1; word++)
		text->unit[text->units++] = (uint8_t)*word;
	text->unit[text->units++] = 0;
}

const char *signature_status(uint32_t verdict)
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

	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
		if (WORDS[i].verdict == verdict)
			return WORDS[i].word;
	return "error";
}
