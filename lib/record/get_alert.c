/* SPDX-License-Identifier: MIT */
/* get_alert.c - computed fields of alerts: what the tags of a detection rule say. */
#include <stdio.h>

#include "record/fields.h"

/* Tactics of MITRE ATT&CK for Enterprise, as tags name them. */
static const struct {
	const char *tag, *id, *name;
} TACTICS[] = {
	{ "reconnaissance", "TA0043", "Reconnaissance" },
	{ "resource-development", "TA0042", "Resource Development" },
	{ "initial-access", "TA0001", "Initial Access" },
	{ "execution", "TA0002", "Execution" },
	{ "persistence", "TA0003", "Persistence" },
	{ "privilege-escalation", "TA0004", "Privilege Escalation" },
	{ "defense-evasion", "TA0005", "Defense Evasion" },
	{ "credential-access", "TA0006", "Credential Access" },
	{ "discovery", "TA0007", "Discovery" },
	{ "lateral-movement", "TA0008", "Lateral Movement" },
	{ "collection", "TA0009", "Collection" },
	{ "exfiltration", "TA0010", "Exfiltration" },
	{ "command-and-control", "TA0011", "Command and Control" },
	{ "impact", "TA0040", "Impact" },
};

GETTER(rule_name)
{
	if (event->record->type != VIGIL_EVENT_ALERT)
		return vigil_set_string(value, event->part[VIGIL_PART_RULE]);
	return vigil_set_string(value, vigil_part_value(event, VIGIL_PART_RULE_INFO, "title"));
}

GETTER(event_severity)
{
	uint32_t severity;

	if (!vigil_event_is(event, ALERTS))
		return false;
	severity = vigil_level_severity(event->alert->level);
	return vigil_set_unsigned(value, severity, severity != 0);
}

/* ---- tags ---- */

/* Returns the rest of a tag after a prefix; length 0: it has another prefix. */
static struct vigil_string after(struct vigil_string tag, const char *prefix)
{
	uint32_t length = (uint32_t)strlen(prefix);

	if (tag.length <= length || memcmp(tag.data, prefix, length) != 0)
		return (struct vigil_string){ "", 0, 0 };
	return (struct vigil_string){ tag.data + length, tag.length - length, 0 };
}

/* Adds an item to the list in the value's buffer unless it is there; one that does not fit is left
 * out. `upper` letters at its beginning are made upper case. Returns the new length. */
static size_t add_item(struct vigil_value *value, size_t used, const char *item, size_t length,
		       size_t upper)
{
	char *to = value->buffer + used;

	if (length == 0 || length >= sizeof(value->buffer) - used)
		return used;
	memcpy(to, item, length);
	to[length] = '\0';
	for (size_t i = 0; i < upper && i < length; i++)
		if (to[i] >= 'a' && to[i] <= 'z')
			to[i] = (char)(to[i] - 'a' + 'A');
	for (size_t at = 0; at < used; at += strlen(value->buffer + at) + 1)
		if (strcmp(value->buffer + at, to) == 0)
			return used;
	return used + length + 1;
}

/* Adds what one tag says; *used: bytes of the list so far. */
typedef void add_function(struct vigil_value *value, size_t *used, struct vigil_string tag);

static bool list_tags(const struct vigil_event *event, struct vigil_value *value, add_function *add)
{
	struct vigil_string tags = event->part[VIGIL_PART_TAGS];
	const char *at = tags.data, *end = at ? at + tags.length : NULL;
	size_t used = 0;

	while (at && at < end) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));
		uint32_t length = (uint32_t)((nul ? nul : end) - at);

		add(value, &used, (struct vigil_string){ at, length, length });
		at += length + 1;
	}
	return vigil_set_buffer(value, used);
}

static bool is_number(struct vigil_string id, char letter)
{
	if (id.length < 2 || (id.data[0] | 0x20) != letter)
		return false;
	for (uint32_t i = 1; i < id.length; i++)
		if ((id.data[i] < '0' || id.data[i] > '9') && id.data[i] != '.')
			return false;
	return true;
}

/* "attack.g0016" */
static void add_id(struct vigil_value *value, size_t *used, struct vigil_string tag, char letter)
{
	struct vigil_string id = after(tag, "attack.");

	if (is_number(id, letter))
		*used = add_item(value, *used, id.data, id.length, 1);
}

static void add_group(struct vigil_value *value, size_t *used, struct vigil_string tag)
{
	add_id(value, used, tag, 'g');
}

static void add_software(struct vigil_value *value, size_t *used, struct vigil_string tag)
{
	add_id(value, used, tag, 's');
}

static void add_technique(struct vigil_value *value, size_t *used, struct vigil_string tag)
{
	struct vigil_string id = after(tag, "attack.");
	const char *dot = id.length > 0 ? memchr(id.data, '.', id.length) : NULL;

	if (is_number(id, 't'))
		*used =
		    add_item(value, *used, id.data, dot ? (size_t)(dot - id.data) : id.length, 1);
}

static void add_subtechnique(struct vigil_value *value, size_t *used, struct vigil_string tag)
{
	struct vigil_string id = after(tag, "attack.");

	if (is_number(id, 't') && memchr(id.data, '.', id.length))
		*used = add_item(value, *used, id.data, id.length, 1);
}

/* Returns the index in TACTICS, or -1. Older rules write an underscore for the hyphen. */
static int tactic_of(struct vigil_string tag)
{
	struct vigil_string name = after(tag, "attack.");

	for (int i = 0; i < (int)(sizeof(TACTICS) / sizeof(TACTICS[0])); i++) {
		const char *tactic = TACTICS[i].tag;
		uint32_t n = 0;

		if (strlen(tactic) != name.length)
			continue;
		while (n < name.length &&
		       (name.data[n] == tactic[n] || (name.data[n] == '_' && tactic[n] == '-')))
			n++;
		if (n == name.length)
			return i;
	}
	return -1;
}

static void add_tactic_id(struct vigil_value *value, size_t *used, struct vigil_string tag)
{
	int i = tactic_of(tag);

	if (i >= 0)
		*used = add_item(value, *used, TACTICS[i].id, strlen(TACTICS[i].id), 0);
}

static void add_tactic(struct vigil_value *value, size_t *used, struct vigil_string tag)
{
	int i = tactic_of(tag);

	if (i >= 0)
		*used = add_item(value, *used, TACTICS[i].name, strlen(TACTICS[i].name), 0);
}

/* "cve.2021-44228", in older rules "cve.2021.44228" */
static void add_cve(struct vigil_value *value, size_t *used, struct vigil_string tag)
{
	struct vigil_string id = after(tag, "cve.");
	char text[40];
	int length;

	if (id.length < 6 || id.length > 20 || (id.data[4] != '-' && id.data[4] != '.'))
		return;
	length =
	    snprintf(text, sizeof(text), "CVE-%.4s-%.*s", id.data, (int)id.length - 5, id.data + 5);
	*used = add_item(value, *used, text, (size_t)length, 0);
}

static void add_any(struct vigil_value *value, size_t *used, struct vigil_string tag)
{
	add_technique(value, used, tag);
	add_tactic_id(value, used, tag);
	add_group(value, used, tag);
	add_software(value, used, tag);
}

GETTER(threat_framework)
{
	return list_tags(event, value, add_any) && vigil_set_text(value, "MITRE ATT&CK");
}

GETTER(threat_group)
{
	return list_tags(event, value, add_group);
}

GETTER(threat_software)
{
	return list_tags(event, value, add_software);
}

GETTER(threat_tactic_id)
{
	return list_tags(event, value, add_tactic_id);
}

GETTER(threat_tactic)
{
	return list_tags(event, value, add_tactic);
}

GETTER(threat_technique)
{
	return list_tags(event, value, add_technique);
}

GETTER(threat_subtechnique)
{
	return list_tags(event, value, add_subtechnique);
}

GETTER(vulnerability_id)
{
	return list_tags(event, value, add_cve);
}
