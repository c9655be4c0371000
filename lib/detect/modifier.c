/* SPDX-License-Identifier: MIT */
/* modifier.c - the modifiers after the name of a field. */
#include "detect/modifier.h"

#include <string.h>

#define TEXT    (1u << USE_TEXT)
#define REGEX   (1u << USE_REGEX)
#define CIDR    (1u << USE_CIDR)
#define FIELD   (1u << USE_FIELD)
#define COMPARE (1u << USE_COMPARE)
#define TIME    (1u << USE_TIME)

/* Each with the uses that it can follow. */
static const struct {
	const char *name;
	enum modifier modifier;
	unsigned after;
} modifier_table[] = {
	{ "contains", MODIFIER_CONTAINS, TEXT | REGEX | FIELD },
	{ "startswith", MODIFIER_STARTSWITH, TEXT | REGEX | FIELD },
	{ "endswith", MODIFIER_ENDSWITH, TEXT | REGEX | FIELD },
	{ "windash", MODIFIER_WINDASH, TEXT },
	{ "base64", MODIFIER_BASE64, TEXT },
	{ "base64offset", MODIFIER_BASE64OFFSET, TEXT },
	{ "utf16le", MODIFIER_UTF16LE, TEXT },
	{ "wide", MODIFIER_UTF16LE, TEXT },
	{ "utf16be", MODIFIER_UTF16BE, TEXT },
	{ "utf16", MODIFIER_UTF16, TEXT },
	{ "expand", MODIFIER_EXPAND, TEXT },
	{ "all", MODIFIER_ALL, TEXT | REGEX | CIDR | FIELD | COMPARE | TIME },
	{ "cased", MODIFIER_CASED, TEXT | FIELD },
	{ "neq", MODIFIER_NEQ, TEXT | REGEX | CIDR | FIELD | TIME },
	{ "i", MODIFIER_I, REGEX },
	{ "m", MODIFIER_M, REGEX },
	{ "s", MODIFIER_S, REGEX },
	{ "re", MODIFIER_RE, TEXT },
	{ "cidr", MODIFIER_CIDR, TEXT },
	{ "fieldref", MODIFIER_FIELDREF, TEXT },
	{ "exists", MODIFIER_EXISTS, TEXT },
	{ "gt", MODIFIER_GT, TEXT | TIME },
	{ "gte", MODIFIER_GTE, TEXT | TIME },
	{ "lt", MODIFIER_LT, TEXT | TIME },
	{ "lte", MODIFIER_LTE, TEXT | TIME },
	{ "minute", MODIFIER_MINUTE, TEXT },
	{ "hour", MODIFIER_HOUR, TEXT },
	{ "day", MODIFIER_DAY, TEXT },
	{ "week", MODIFIER_WEEK, TEXT },
	{ "month", MODIFIER_MONTH, TEXT },
	{ "year", MODIFIER_YEAR, TEXT },
};

static int modifier_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(modifier_table) / sizeof(*modifier_table); i++)
		if (strlen(modifier_table[i].name) == length &&
		    memcmp(modifier_table[i].name, name, length) == 0)
			return (int)i;
	return -1;
}

/* Changes how a value is compared: not after a modifier that changed the value, nor twice. */
static bool modifier_set_use(struct modifiers *m, enum modifier_use use)
{
	bool text = m->use == USE_TEXT && m->changes == 0;

	if (!text || (m->cased && use != USE_FIELD) || (use == USE_EXISTS && (m->all || m->neq)) ||
	    (use == USE_COMPARE && m->neq))
		return false;
	m->use = use;
	return true;
}

static bool modifier_change(struct modifiers *m, enum modifier modifier)
{
	if (m->use == USE_REGEX) {
		m->regex |= modifier == MODIFIER_STARTSWITH ? REGEX_START : 0u;
		m->regex |= modifier == MODIFIER_ENDSWITH ? REGEX_END : 0u;
		return true;
	}
	if (m->use == USE_FIELD) {
		m->starts |= modifier != MODIFIER_ENDSWITH;
		m->ends |= modifier != MODIFIER_STARTSWITH;
		return true;
	}
	if (m->changes == MODIFIERS_MAX)
		return false;
	m->change[m->changes++] = (uint8_t)modifier;
	return true;
}

static bool modifier_compare(struct modifiers *m, enum modifier modifier)
{
	static const enum detect_operator operators[] = { DETECT_GT, DETECT_GTE, DETECT_LT,
							  DETECT_LTE };

	if (m->operator!= DETECT_EQ ||
	    m->neq ||(m->use != USE_TIME && !modifier_set_use(m, USE_COMPARE)))
		return false;
	m->operator= operators[modifier - MODIFIER_GT];
	return true;
}

static bool modifier_apply(struct modifiers *m, enum modifier modifier)
{
	switch (modifier) {
	case MODIFIER_ALL:
		return m->all = true;
	case MODIFIER_CASED:
		return m->cased = true;
	case MODIFIER_NEQ:
		m->neq = true;
		return m->operator== DETECT_EQ;
	case MODIFIER_I:
	case MODIFIER_M:
	case MODIFIER_S:
		m->regex |= (unsigned)REGEX_CASELESS << (modifier - MODIFIER_I);
		return true;
	case MODIFIER_RE:
		return modifier_set_use(m, USE_REGEX);
	case MODIFIER_CIDR:
		return modifier_set_use(m, USE_CIDR);
	case MODIFIER_FIELDREF:
		return modifier_set_use(m, USE_FIELD);
	case MODIFIER_EXISTS:
		return modifier_set_use(m, USE_EXISTS);
	case MODIFIER_GT:
	case MODIFIER_GTE:
	case MODIFIER_LT:
	case MODIFIER_LTE:
		return modifier_compare(m, modifier);
	case MODIFIER_MINUTE:
	case MODIFIER_HOUR:
	case MODIFIER_DAY:
	case MODIFIER_WEEK:
	case MODIFIER_MONTH:
	case MODIFIER_YEAR:
		m->part = (enum moment_part)(modifier - MODIFIER_MINUTE + MOMENT_MINUTE);
		return modifier_set_use(m, USE_TIME);
	default:
		return modifier_change(m, modifier);
	}
}

bool modifiers_read(struct load *load, struct modifiers *out, const char *text, uint32_t line)
{
	*out = (struct modifiers){ .operator= DETECT_EQ, .text = text };
	while (*text) {
		size_t length = strcspn(text, "|");
		int found = modifier_find(text, length);

		if (found < 0)
			return load_fail(load, DETECT_INVALID, line, "unknown modifier '%.*s'",
					 (int)(length < 40 ? length : 40), text);
		if (!(modifier_table[found].after & (1u << out->use)) ||
		    !modifier_apply(out, modifier_table[found].modifier))
			return load_fail(load, DETECT_INVALID, line,
					 "the modifier '%.*s' cannot follow those before it",
					 (int)length, text);
		text += length;
		text += *text == '|';
	}
	return true;
}
