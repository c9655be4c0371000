/* SPDX-License-Identifier: MIT */
/* get_event.c - computed fields that every event has, and those of the sensor's own events. */
#include "record/fields.h"
#include "record/implied.h"

#define ECS_VERSION "8.17.0"

/* A list in a literal: the compiler adds its last NUL. */
#define LIST_OF(items) \
	{ \
		items, sizeof(items), sizeof(items) \
	}

/* The ECS category of each type; docs/fields.md lists the words. */
static const struct category {
	const char *kind;
	struct vigil_string category;
	struct vigil_string type;
	const char *action;
} CATEGORIES[VIGIL_TYPE_MAX] = {
#define CATEGORY(argument, type_, body, longest, name, kind_, category_, ecs_type, action_) \
	[SCHEMA_TYPE(type_)] = { (kind_), LIST_OF(category_), LIST_OF(ecs_type), (action_) },
	SCHEMA_TYPES(CATEGORY, )
#undef CATEGORY
};

static const struct category *category_of(const struct vigil_event *event)
{
	uint32_t type = event->record->type;

	return &CATEGORIES[type < VIGIL_TYPE_MAX ? type : 0];
}

static bool is_windows(const struct vigil_event *event)
{
	return event->record->encoding == VIGIL_UTF16LE;
}

/* Returns whether a rule only audited the start and did not prevent it. */
static bool was_allowed(const struct vigil_event *event)
{
	return vigil_event_is(event, DENIED) && event->denied->verdict == VIGIL_VERDICT_AUDIT;
}

GETTER(ecs_version)
{
	(void)event;
	return vigil_set_text(value, ECS_VERSION);
}

GETTER(event_kind)
{
	return vigil_set_text(value, category_of(event)->kind);
}

GETTER(event_category)
{
	return vigil_set_string(value, category_of(event)->category);
}

GETTER(event_type)
{
	static const struct vigil_string ALLOWED = LIST_OF("allowed"), INFO = LIST_OF("info");

	if (was_allowed(event))
		return vigil_set_string(value, ALLOWED);
	if (vigil_event_is(event, BIT(STATUS)) && event->status->state == VIGIL_STATUS_WARNING)
		return vigil_set_string(value, INFO);
	return vigil_set_string(value, category_of(event)->type);
}

GETTER(event_action)
{
	if (event->record->type == VIGIL_EVENT_PROCESS_CREATE && is_windows(event))
		return vigil_set_text(value, "start");
	if (was_allowed(event))
		return vigil_set_text(value, "audited");
	if (vigil_event_is(event, BIT(STATUS)) && vigil_state_name(event->status->state))
		return vigil_set_text(value, vigil_state_name(event->status->state));
	return vigil_set_text(value, category_of(event)->action);
}

GETTER(event_outcome)
{
	if (vigil_event_is(event, BIT(PROCESS_ACCESS)) &&
	    (event->access->attributes & VIGIL_ACCESS_ASKED) != 0)
		return vigil_set_text(value, "unknown");
	if (vigil_event_is(event, BIT(PROCESS_ACCESS)))
		return vigil_set_text(value, event->access->result < 0 ? "failure" : "success");
	if (vigil_event_is(event, FAILED))
		return vigil_set_text(value, "failure");
	if (vigil_event_is(event, DENIED))
		return vigil_set_text(value, was_allowed(event) ? "success" : "failure");
	return false;
}

GETTER(event_module)
{
	(void)event;
	return vigil_set_text(value, "vigil");
}

GETTER(host_name)
{
	return event->host.data && vigil_set_string(value, event->host);
}

GETTER(host_os_type)
{
	return vigil_set_text(value, is_windows(event) ? "windows" : "linux");
}

GETTER(vigil_type)
{
	return vigil_set_text(value, vigil_type_name(event->record->type));
}

GETTER(line_format)
{
	(void)event;
	return vigil_set_unsigned(value, IMPLIED_FORMAT, true);
}

/* All names together fit into a value's buffer; a test checks that. */
static size_t append_name(struct vigil_value *value, size_t length, const char *name)
{
	size_t bytes = name ? strlen(name) + 1 : 0;

	if (bytes == 0 || bytes > sizeof(value->buffer) - length)
		return length;
	memcpy(value->buffer + length, name, bytes);
	return length + bytes;
}

static bool parts_with(const struct vigil_event *event, uint8_t flag, struct vigil_value *value)
{
	static const uint8_t NONE[VIGIL_PART_MAX];
	size_t length = 0;

	if (memcmp(event->part_flags, NONE, sizeof(NONE)) == 0)
		return false;
	for (uint32_t kind = 0; kind < VIGIL_PART_MAX; kind++)
		if ((event->part_flags[kind] & flag) != 0)
			length = append_name(value, length, vigil_kind_name(kind));
	return vigil_set_buffer(value, length);
}

GETTER(unreadable)
{
	return parts_with(event, VIGIL_PART_FLAG_UNREADABLE, value);
}

GETTER(too_late)
{
	return parts_with(event, VIGIL_PART_FLAG_LATE, value);
}

GETTER(cut_head)
{
	return parts_with(event, VIGIL_PART_FLAG_CUT_HEAD, value);
}

GETTER(path_source)
{
	return vigil_set_text(value, vigil_source_name(event->part_origin[VIGIL_PART_IMAGE]));
}

GETTER(status_types)
{
	size_t length = 0;

	if (!vigil_event_is(event, BIT(STATUS)))
		return false;
	for (uint32_t type = 1; type < VIGIL_TYPE_MAX; type++)
		if ((event->status->types & VIGIL_TYPE_BIT(type)) != 0)
			length = append_name(value, length, vigil_type_name(type));
	return vigil_set_buffer(value, length);
}
