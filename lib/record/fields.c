/* SPDX-License-Identifier: MIT */
/* fields.c - makes tables and getters from the fields of schema.h. */
#include "record/fields.h"

#include "record/names.h"
#include "users/users.h"

/* ---- values ---- */

bool vigil_set_name(struct vigil_value *value, const char *name)
{
	size_t length = name ? strlen(name) : 0;

	if (length == 0 || length > sizeof(value->buffer))
		return false;
	memcpy(value->buffer, name, length);
	return vigil_set_buffer(value, length);
}

static bool set_pid(struct vigil_value *value, const struct vigil_id *id)
{
	return vigil_id_known(id) && vigil_set_unsigned(value, id->pid, true);
}

static bool set_entity(struct vigil_value *value, const struct vigil_event *event,
		       const struct vigil_id *id)
{
	if (!id || id->start_key == 0)
		return false;
	vigil_format_entity(value->buffer, event->machine, id->pid, id->start_key);
	return vigil_set_buffer(value, VIGIL_GUID_LENGTH);
}

static bool set_device(struct vigil_value *value, uint64_t device)
{
	size_t length = vigil_format_unsigned(value->buffer, device >> 20);

	value->buffer[length++] = ':';
	length += vigil_format_unsigned(value->buffer + length, device & 0xfffff);
	return vigil_set_buffer(value, length);
}

/* ---- sources ---- */

FIELD_INLINE bool set_form(const struct field_source *source, enum vigil_value_kind kind,
			   const struct vigil_event *event, uint64_t number,
			   struct vigil_value *value)
{
	switch (source->form) {
	case FORM_WORD:
		return vigil_set_text(value, source->word((uint32_t)number));
	case FORM_DEVICE:
		return set_device(value, number);
	case FORM_MAJOR:
		return vigil_set_unsigned(value, number >> 20, true);
	case FORM_MINOR:
		return vigil_set_unsigned(value, number & 0xfffff, true);
	case FORM_USER_NAME:
		return vigil_set_name(value,
				      vigil_user_name((uint32_t)number, event->record->time));
	default:
		return kind == VIGIL_VALUE_STRING ? vigil_set_number_text(value, number)
						  : vigil_set_unsigned(value, number, true);
	}
}

FIELD_INLINE bool set_number(const struct field_source *source, enum vigil_value_kind kind,
			     uint32_t types, const struct vigil_event *event,
			     struct vigil_value *value)
{
	uint64_t number;

	if (!field_is_of(event, source->system) || !field_number(source, types, event, &number))
		return false;
	if (source->form == FORM_FLAG)
		return vigil_set_unsigned(value, 1, (number & source->flag) != 0);
	if (!source->always_known && (number == source->unknown || number == source->other))
		return false;
	return set_form(source, kind, event, number, value);
}

FIELD_INLINE const struct vigil_process_info *proc_of(const struct vigil_event *event, size_t at)
{
	const struct vigil_process_info *proc;

	memcpy(&proc, (const char *)event + at, sizeof(proc));
	return proc;
}

FIELD_INLINE bool set_id(const struct field_source *source, const struct vigil_event *event,
			 const struct vigil_id *id, struct vigil_value *value)
{
	return source->form == FORM_PID ? set_pid(value, id) : set_entity(value, event, id);
}

FIELD_INLINE bool set_known(const struct field_source *source, const struct vigil_event *event,
			    struct vigil_value *value)
{
	const struct vigil_process_info *proc = proc_of(event, source->proc_at);
	const void *member;

	if (!proc)
		return false;
	member = (const char *)proc + source->known_at;
	if (source->place == PLACE_KNOWN_ID)
		return set_id(source, event, member, value);
	return ((const struct vigil_string *)member)->data != NULL &&
	       vigil_set_string(value, *(const struct vigil_string *)member);
}

/* Reads any source that is neither a number nor a process of the table. */
FIELD_INLINE bool set_other(const struct field_source *source, uint32_t types,
			    const struct vigil_event *event, struct vigil_value *value)
{
	if (!vigil_event_is(event, types))
		return false;
	switch (source->place) {
	case PLACE_BODY_ID:
		return field_has_member(source, event) &&
		       set_id(source, event, (const void *)((const char *)event->body + source->at),
			      value);
	case PLACE_PART:
		return event->part[source->part].data &&
		       vigil_set_string(value, event->part[source->part]);
	case PLACE_ITEM:
		return vigil_set_string(value,
					source->key
					    ? vigil_part_value(event, source->part, source->key)
					    : vigil_part_item(event, source->part, source->item));
	case PLACE_TEST:
		return vigil_set_unsigned(value, 1, source->test(event));
	default:
		return false;
	}
}

FIELD_INLINE bool field_read(const struct field_source *source, enum vigil_value_kind kind,
			     uint32_t types, const struct vigil_event *event,
			     struct vigil_value *value)
{
	switch (source->place) {
	case PLACE_HEADER:
	case PLACE_BODY:
	case PLACE_PROCESS:
		return set_number(source, kind, types, event, value);
	case PLACE_ID:
		return set_id(source, event, source->id(event), value);
	case PLACE_KNOWN_ID:
	case PLACE_KNOWN:
		return set_known(source, event, value);
	case PLACE_SUBJECT:
		return vigil_set_string(value, source->text(event));
	case PLACE_INFO:
		return vigil_set_string(value, vigil_container_value(event, source->key));
	default:
		return set_other(source, types, event, value);
	}
}

/* ---- tables ---- */

/* A source expands to several arguments: the types that may have it, then its members. The first
 * macro passes them on, so that the next one receives each as a separate argument. */
#define GET(id, name, kind, types, run, text, ...) GET_(id, kind, types, __VA_ARGS__)
#define GET_(...)                                  GET__(__VA_ARGS__)
#define GET__(id, kind, types, possible, ...) \
	_Static_assert(((types) & ~(uint32_t)(possible)) == 0, \
		       "a type of the field " #id " has no such body"); \
	static bool get_##id(const struct vigil_event *event, struct vigil_value *value) \
	{ \
		static const struct field_source SOURCE = { __VA_ARGS__ }; \
\
		return field_read(&SOURCE, VIGIL_VALUE_##kind, types, event, value); \
	}
SCHEMA_FIELDS(GET, IGNORE_)

#define ENTRY(id, field, value_kind, in_types, getter, text) \
	[FIELD_##id] = { .name = (field), \
			 .kind = VIGIL_VALUE_##value_kind, \
			 .types = (in_types), \
			 .description = (text), \
			 .get = (getter) },
#define PLAIN(id, name, kind, types, run, text, ...) ENTRY(id, name, kind, types, get_##id, text)
#define COMPUTED(id, name, kind, types, run, text) \
	ENTRY(id, name, kind, types, vigil_get_##id, text)

static const struct vigil_field FIELDS[] = { SCHEMA_FIELDS(PLAIN, COMPUTED) };

#define OWN_STORE(id, name, kind, types, run, text, ...) STORE(id, types, __VA_ARGS__)
#define STORE(...)                                       STORE_(__VA_ARGS__)
#define STORE_(id, types_, possible, ...) \
	{ .field = FIELD_##id, .types = (types_), .source = { __VA_ARGS__ } },

const struct field_store field_stores[] = { SCHEMA_FIELDS(OWN_STORE, IGNORE_)
						SCHEMA_STORED(STORE) };
const size_t field_store_count = sizeof(field_stores) / sizeof(field_stores[0]);

#define CHECK(...) CHECK_(__VA_ARGS__)
#define CHECK_(id, types, possible, ...) \
	_Static_assert(((types) & ~(uint32_t)(possible)) == 0, \
		       "a type of the stored field " #id " has no such body");
SCHEMA_STORED(CHECK)

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
