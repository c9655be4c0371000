/* SPDX-License-Identifier: MIT */
/* Getters of what every event has, and of what the sensor says of itself. */
#include "record/fields.h"

#define ECS_VERSION "8.17.0"

/* A list in a literal: its last NUL is the one that the compiler adds. */
#define LIST_OF(items) \
	{ \
		items, sizeof(items), sizeof(items) \
	}

/* How ECS sorts each type; docs/fields.md says which words there are. */
static const struct category {
	const char *kind;
	struct vigil_string category;
	struct vigil_string type;
	const char *action;
} CATEGORIES[VIGIL_TYPE_MAX] = {
	[VIGIL_PROCESS_CREATE] = { "event", LIST_OF("process"), LIST_OF("start"), "fork" },
	[VIGIL_PROCESS_EXEC] = { "event", LIST_OF("process"), LIST_OF("start"), "exec" },
	[VIGIL_PROCESS_EXIT] = { "event", LIST_OF("process"), LIST_OF("end"), "end" },
	[VIGIL_THREAD_CREATE] = { "event", LIST_OF("process"), LIST_OF("start"), "thread_start" },
	[VIGIL_THREAD_EXIT] = { "event", LIST_OF("process"), LIST_OF("end"), "thread_end" },
	[VIGIL_IMAGE_LOAD] = { "event", LIST_OF("library"), LIST_OF("start"), "load" },
	[VIGIL_DRIVER_LOAD] = { "event", LIST_OF("driver"), LIST_OF("start"), "load" },
	[VIGIL_REMOTE_THREAD] = { "event", LIST_OF("process"), LIST_OF("change"), "remote_thread" },
	[VIGIL_PROCESS_ACCESS] = { "event", LIST_OF("process"), LIST_OF("access"), "access" },
	[VIGIL_PROCESS_DENIED] = { "alert", LIST_OF("process\0intrusion_detection"),
				   LIST_OF("denied"), "denied" },
	[VIGIL_LOST] = { "pipeline_error", LIST_OF("process"), LIST_OF("info"), "lost" },
	[VIGIL_EXISTING] = { "state", LIST_OF("process"), LIST_OF("info"), "existing" },
	[VIGIL_EXISTING_THREAD] = { "state", LIST_OF("process"), LIST_OF("info"),
				    "existing_thread" },
	[VIGIL_SNAPSHOT_END] = { "state", LIST_OF("host"), LIST_OF("info"), "snapshot_end" },
	[VIGIL_STATUS] = { "event", LIST_OF("configuration"), LIST_OF("change"), "status" },
	[VIGIL_CREDENTIALS] = { "event", LIST_OF("process"), LIST_OF("change"), "credentials" },
	[VIGIL_EXEC_FAILED] = { "event", LIST_OF("process"), LIST_OF("info"), "exec_failed" },
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

/* Whether a rule only watched: the start went ahead. */
static bool was_allowed(const struct vigil_event *event)
{
	return vigil_event_is(event, DENIED) && event->denied->verdict == VIGIL_VERDICT_AUDIT;
}

GETTER(timestamp)
{
	return vigil_set_unsigned(value, event->record->time, event->record->time != 0);
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
	if (event->record->type == VIGIL_PROCESS_CREATE && is_windows(event))
		return vigil_set_text(value, "start");
	if (was_allowed(event))
		return vigil_set_text(value, "audited");
	if (vigil_event_is(event, BIT(STATUS)) && vigil_state_name(event->status->state) != NULL)
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

GETTER(event_sequence)
{
	return vigil_set_unsigned(value, event->record->seq, event->record->seq != 0);
}

GETTER(host_name)
{
	return event->host.data != NULL && vigil_set_string(value, event->host);
}

GETTER(host_os_type)
{
	return vigil_set_text(value, is_windows(event) ? "windows" : "linux");
}

GETTER(vigil_type)
{
	return vigil_set_text(value, vigil_type_name(event->record->type));
}

GETTER(cpu)
{
	return vigil_set_unsigned(value, event->record->cpu, event->record->cpu != 0xffff);
}

GETTER(monotonic)
{
	return vigil_set_unsigned(value, event->record->mono, event->record->mono != 0);
}

GETTER(late)
{
	return vigil_set_unsigned(value, 1, (event->record->flags & VIGIL_RECORD_LATE) != 0);
}

GETTER(incomplete)
{
	return vigil_set_unsigned(value, 1, (event->record->flags & VIGIL_RECORD_INCOMPLETE) != 0);
}

/* All the names together fit into a value's buffer; a test holds that. */
static size_t append_name(struct vigil_value *value, size_t length, const char *name)
{
	size_t bytes = name != NULL ? strlen(name) + 1 : 0;

	if (bytes == 0 || bytes > sizeof(value->buffer) - length)
		return length;
	memcpy(value->buffer + length, name, bytes);
	return length + bytes;
}

static bool parts_with(const struct vigil_event *event, uint8_t flag, struct vigil_value *value)
{
	static const uint8_t NONE[VIGIL_KIND_MAX];
	size_t length = 0;

	if (memcmp(event->part_flags, NONE, sizeof(NONE)) == 0)
		return false;
	for (uint32_t kind = 0; kind < VIGIL_KIND_MAX; kind++)
		if ((event->part_flags[kind] & flag) != 0)
			length = append_name(value, length, vigil_kind_name(kind));
	return vigil_set_buffer(value, length);
}

GETTER(unreadable)
{
	return parts_with(event, VIGIL_PART_UNREADABLE, value);
}

GETTER(too_late)
{
	return parts_with(event, VIGIL_PART_LATE, value);
}

GETTER(cut_head)
{
	return parts_with(event, VIGIL_PART_CUT_HEAD, value);
}

GETTER(path_source)
{
	return vigil_set_text(value, vigil_source_name(event->part_source[VIGIL_IMAGE]));
}

/* ---- what the sensor says of itself ---- */

GET_PART(message, BIT(STATUS), VIGIL_TEXT)
GET_PART(status_backend, BIT(STATUS), VIGIL_BACKEND)
GET_TEXT(status_state, BIT(STATUS), vigil_state_name(event->status->state))
GET_UNSIGNED(status_machine, BIT(STATUS), event->status->machine, 0)
GET_COUNT(status_produced, BIT(STATUS), event->status->produced)
GET_COUNT(status_delivered, BIT(STATUS), event->status->delivered)
GET_COUNT(status_dropped, BIT(STATUS), event->status->dropped)
GET_COUNT(snapshot_processes, BIT(SNAPSHOT_END), event->snapshot->processes)
GET_COUNT(snapshot_threads, BIT(SNAPSHOT_END), event->snapshot->threads)
GET_COUNT(lost_count, BIT(LOST), event->lost->count)
GET_TEXT(lost_type, BIT(LOST), vigil_type_name(event->lost->type))
GET_TEXT(lost_reason, BIT(LOST), vigil_loss_name(event->lost->reason))

GET_PART(lost_cgroup_path, BIT(LOST), VIGIL_CGROUP)

/* NULL: the sensor does not know control groups, or not who lost these records. */
static const struct vigil_lost_by *lost_by(const struct vigil_event *event)
{
	const struct vigil_lost_by *by = event->body;
	bool has_it = vigil_event_is(event, BIT(LOST)) &&
		      event->record->fixed >= sizeof *event->record + sizeof *by;

	return has_it && by->cgroup ? by : NULL;
}

GETTER(lost_cgroup_id)
{
	const struct vigil_lost_by *by = lost_by(event);

	return by && vigil_set_number_text(value, by->cgroup);
}

GETTER(lost_cgroup_count)
{
	const struct vigil_lost_by *by = lost_by(event);

	return by && vigil_set_unsigned(value, by->cgroup_count, true);
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
