/* SPDX-License-Identifier: MIT */
#include "rules/pack.h"

#include <stdlib.h>
#include <string.h>

#include <vigil/control.h>

#include "core/bytes.h"
#include "core/error.h"

struct packer {
	uint8_t *bytes;
	size_t length, capacity;
};

static bool reserve_bytes(struct packer *p, size_t more)
{
	size_t capacity = p->capacity ? p->capacity : 4096;
	uint8_t *larger;

	while (capacity < p->length + more)
		capacity *= 2;
	if (capacity == p->capacity)
		return true;
	larger = realloc(p->bytes, capacity);
	if (!larger)
		return false;
	p->bytes = larger;
	p->capacity = capacity;
	return true;
}

/* Appends text as UTF-16LE. Returns the number of bytes; -1: ill-formed. */
static long pack_text(struct packer *p, const char *text)
{
	size_t length = strlen(text), bytes;

	if (!vigil_utf8_valid(text, length))
		return -1;
	bytes = vigil_utf8_to_utf16(p->bytes + p->length, text, length);
	p->length += bytes;
	return (long)bytes;
}

/* Appends a SID ("S-1-5-21-...") in binary. Returns the number of bytes; 0: invalid. */
static size_t pack_sid(struct packer *p, const char *text)
{
	uint8_t *sid = p->bytes + p->length;
	unsigned long long number;
	unsigned count = 0;
	char *end;

	if (strncmp(text, "S-1-", 4) != 0)
		return 0;
	number = strtoull(text + 4, &end, 0);
	sid[0] = 1;
	for (int i = 0; i < 6; i++)
		sid[2 + i] = (uint8_t)(number >> (8 * (5 - i)));
	for (; *end == '-' && count < 15; count++) {
		number = strtoull(end + 1, &end, 10);
		for (int i = 0; i < 4; i++)
			sid[8 + 4 * count + (unsigned)i] = (uint8_t)(number >> (8 * i));
	}
	sid[1] = (uint8_t)count;
	p->length += 8 + 4 * count;
	return *end || !count ? 0 : 8 + 4 * count;
}

static uint16_t kind_of(uint32_t kind)
{
	switch (kind) {
	case VIGIL_TARGET_PATH:
		return VIGIL_RULE_EXACT;
	case VIGIL_TARGET_FOLDER:
		return VIGIL_RULE_PREFIX;
	case VIGIL_TARGET_NAME:
		return VIGIL_RULE_NAME;
	default:
		return VIGIL_RULE_WILDCARD;
	}
}

static uint16_t parent_kind_of(const struct rule *rule, const struct rules_parent *parent)
{
	uint16_t kind = parent->wildcard ? VIGIL_RULE_WILDCARD
			: parent->name   ? VIGIL_RULE_NAME
					 : VIGIL_RULE_EXACT;

	return rule->info.ancestor ? kind | VIGIL_RULE_ANCESTOR : kind;
}

/* Appends the texts of a key, and sets their lengths. Returns false if one cannot be sent. */
static bool pack_texts(struct packer *p, const struct rule *rule, const struct rules_key *key,
		       const struct rules_parent *parent, struct vigil_control_rule *head)
{
	long id, pattern, by = 0;
	size_t user = 0;

	id = pack_text(p, rule->info.id);
	pattern = pack_text(p, key->bytes);
	if (parent->text) {
		by = pack_text(p, parent->text);
		head->parent_kind = parent_kind_of(rule, parent);
	}
	if (rule->user)
		user = pack_sid(p, rule->user);
	head->user_bytes = (uint16_t)user;
	if (id < 0 || pattern < 0 || by < 0 || (rule->user && !user) ||
	    pattern > (long)VIGIL_RULE_PATTERN_MAX)
		return false;
	head->id_bytes = (uint32_t)id;
	head->pattern_bytes = (uint32_t)pattern;
	head->parent_bytes = (uint32_t)by;
	return true;
}

/* Appends one key of a rule, with the rule's conditions. */
static enum vigil_code pack_key(struct packer *p, const struct rule *rule,
				const struct rules_key *key, struct vigil_error *error)
{
	/* The kernel reports images with the names of their devices. */
	const struct rules_parent *parent =
	    rule->resolved_parent.text ? &rule->resolved_parent : &rule->parents;
	struct vigil_control_rule head = { .kind = kind_of(key->kind),
					   .verdict = (uint16_t)rule->info.verdict };
	size_t from = p->length, most = sizeof(head) + 2 * strlen(rule->info.id) + 2 * key->length +
					2 * VIGIL_RULE_USER_BYTES_MAX + 16 +
					(parent->text ? 2 * strlen(parent->text) : 0);

	if (key->kind == VIGIL_TARGET_HASH)
		return vigil_fail(
		    error, VIGIL_ERROR_UNSUPPORTED,
		    "line %u (%.64s): hash= is not supported on Windows yet; remove the "
		    "rule, or use path=",
		    rule->info.line, rule->info.id);
	if (!reserve_bytes(p, most))
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "out of memory for the rules");
	p->length += sizeof(head);
	if (!pack_texts(p, rule, key, parent, &head))
		return vigil_fail(error, VIGIL_ERROR_FORMAT,
				  "the rule in line %u (%.64s) cannot be sent to the driver: %s",
				  rule->info.line, rule->info.id,
				  rule->user && !head.user_bytes ? "its user= is not a SID"
								 : "it is not UTF-8, or too long");
	while ((p->length - from) % 8)
		p->bytes[p->length++] = 0;
	head.size = (uint32_t)(p->length - from);
	memcpy(p->bytes + from, &head, sizeof(head));
	return VIGIL_OK;
}

/* The keys form two sequences, each in the order of the rules; patterns are the second. */
enum vigil_code rules_pack(const struct vigil_rules *rules, uint8_t **request, size_t *bytes,
			   struct vigil_error *error)
{
	struct vigil_control_rules head = { { VIGIL_CONTROL_VERSION, 0 }, 0, 0, 0 };
	uint32_t plain = 0, pattern = rules->first_pattern;
	enum vigil_code code = VIGIL_OK;
	struct packer p = { 0 };

	if (!reserve_bytes(&p, sizeof(head)))
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "out of memory for the rules");
	p.length = sizeof(head);
	for (uint32_t i = 0; i < rules->count && code == VIGIL_OK; i++) {
		while (code == VIGIL_OK && plain < rules->first_pattern &&
		       rules->key[plain].rule == i) {
			code = pack_key(&p, &rules->rule[i], &rules->key[plain++], error);
			head.count++;
		}
		while (code == VIGIL_OK && pattern < rules->keys && rules->key[pattern].rule == i) {
			code = pack_key(&p, &rules->rule[i], &rules->key[pattern++], error);
			head.count++;
		}
	}
	if (code == VIGIL_OK && p.length > VIGIL_RULES_BYTES_MAX)
		code =
		    vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
			       "these rules need %zu bytes, but the driver accepts %u: remove some",
			       p.length, VIGIL_RULES_BYTES_MAX);
	if (code < 0) {
		free(p.bytes);
		return code;
	}
	head.head.size = (uint32_t)p.length;
	head.unknown = (uint16_t)rules->unknown;
	memcpy(p.bytes, &head, sizeof(head));
	*request = p.bytes;
	*bytes = p.length;
	return VIGIL_OK;
}

static struct rule *rule_of(struct vigil_rules *rules, const char *id, size_t length)
{
	for (uint32_t i = 0; i < rules->count; i++)
		if (strlen(rules->rule[i].info.id) == length &&
		    memcmp(rules->rule[i].info.id, id, length) == 0)
			return &rules->rule[i];
	return NULL;
}

void rules_take_hits(struct vigil_rules *rules, const uint8_t *reply, size_t bytes)
{
	size_t at = sizeof(struct vigil_control_rules);
	struct vigil_control_rule head;

	while (bytes >= at + sizeof(head)) {
		char id[3 * VIGIL_RULE_ID_BYTES_MAX];
		struct rule *rule;

		memcpy(&head, reply + at, sizeof(head));
		if (head.size < sizeof(head) || head.size > bytes - at ||
		    head.id_bytes > VIGIL_RULE_ID_BYTES_MAX ||
		    sizeof(head) + head.id_bytes > head.size)
			return;
		rule = rule_of(rules, id,
			       vigil_utf16_to_utf8(id, reply + at + sizeof(head), head.id_bytes));
		if (rule)
			rule->counter->hits = head.hits;
		at += head.size;
	}
}
