/* SPDX-License-Identifier: MIT */
/*
 * fields.h - how the getters of the field list are written.
 *
 * A getter looks at the event alone and allocates nothing. Its name is that of
 * the list behind "vigil_get_".
 */
#ifndef VIGIL_RECORD_FIELDS_H
#define VIGIL_RECORD_FIELDS_H

#include "core/bytes.h"
#include "record/field_list.h"

#define GETTER(name) \
	bool vigil_get_##name(const struct vigil_event *event, struct vigil_value *value)

#define DECLARE(name, kind, types, getter, description) GETTER(getter);
VIGIL_FIELDS(DECLARE)
#undef DECLARE

static inline bool vigil_set_string(struct vigil_value *value, struct vigil_string s)
{
	value->s = s;
	return s.length > 0;
}

/* text: constant, or NULL for unknown. */
static inline bool vigil_set_text(struct vigil_value *value, const char *text)
{
	if (text == NULL)
		return false;
	value->s.data = text;
	value->s.length = (uint32_t)strlen(text);
	value->s.original = value->s.length;
	return true;
}

/* The first length bytes of the value's own buffer. */
static inline bool vigil_set_buffer(struct vigil_value *value, size_t length)
{
	value->s.data = value->buffer;
	value->s.length = (uint32_t)length;
	value->s.original = value->s.length;
	return length > 0;
}

/* A number that is an id, not a quantity: written as a string. */
static inline bool vigil_set_number_text(struct vigil_value *value, uint64_t number)
{
	return vigil_set_buffer(value, vigil_format_unsigned(value->buffer, number));
}

static inline bool vigil_set_unsigned(struct vigil_value *value, uint64_t u, bool known)
{
	value->u = u;
	return known;
}

bool vigil_set_entity(struct vigil_value *value, const struct vigil_event *event,
		      const struct vigil_id *id);
bool vigil_set_device(struct vigil_value *value, uint64_t device);

/* Getters of one member of a body. */
#define GET_UNSIGNED(name, types, expression, unknown) \
	GETTER(name) \
	{ \
		if (!vigil_event_is(event, types)) \
			return false; \
		value->u = (expression); \
		return value->u != (unknown); \
	}

/* A count, which is known even if it is 0. */
#define GET_COUNT(name, types, expression) \
	GETTER(name) \
	{ \
		if (!vigil_event_is(event, types)) \
			return false; \
		value->u = (expression); \
		return true; \
	}

#define GET_FLAG(name, types, expression, flag) \
	GETTER(name) \
	{ \
		value->u = 1; \
		return vigil_event_is(event, types) && ((expression) & (flag)) != 0; \
	}

#define GET_TEXT(name, types, expression) \
	GETTER(name) \
	{ \
		return vigil_event_is(event, types) && vigil_set_text(value, expression); \
	}

#define GET_PART(name, types, kind) \
	GETTER(name) \
	{ \
		return vigil_event_is(event, types) && event->part[kind].data != NULL && \
		       vigil_set_string(value, event->part[kind]); \
	}

#endif /* VIGIL_RECORD_FIELDS_H */
