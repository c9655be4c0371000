/* SPDX-License-Identifier: MIT */
#include "record/fields.h"

#define ENTRY(field, value_kind, in_types, getter, text) \
	{ .name = (field), \
	  .kind = VIGIL_VALUE_##value_kind, \
	  .types = (in_types), \
	  .description = (text), \
	  .get = vigil_get_##getter },

static const struct vigil_field FIELDS[] = { VIGIL_FIELDS(ENTRY) };

#define FIELD_COUNT (sizeof(FIELDS) / sizeof(FIELDS[0]))

const struct vigil_field *vigil_fields(size_t *count)
{
	*count = FIELD_COUNT;
	return FIELDS;
}

const struct vigil_field *vigil_field_find(const char *name)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (strcmp(FIELDS[i].name, name) == 0)
			return &FIELDS[i];
	return NULL;
}

GETTER(nothing)
{
	(void)event;
	(void)value;
	return false;
}

bool vigil_set_entity(struct vigil_value *value, const struct vigil_event *event,
		      const struct vigil_id *id)
{
	if (id == NULL || id->start_key == 0)
		return false;
	vigil_format_entity(value->buffer, event->machine, id->pid, id->start_key);
	return vigil_set_buffer(value, VIGIL_GUID_LENGTH);
}

bool vigil_set_device(struct vigil_value *value, uint64_t device)
{
	size_t length;

	if (device == 0)
		return false;
	length = vigil_format_unsigned(value->buffer, device >> 20);
	value->buffer[length++] = ':';
	length += vigil_format_unsigned(value->buffer + length, device & 0xfffff);
	return vigil_set_buffer(value, length);
}
