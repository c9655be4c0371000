/* SPDX-License-Identifier: MIT */
#include "record/subject.h"

#include <string.h>

const struct vigil_id *vigil_subject_id(const struct vigil_event *event)
{
	uint32_t bit = vigil_type_bit(event->record->type);

	if ((bit & VIGIL_TYPES_SENSOR) != 0)
		return NULL;
	if (event->process)
		return &event->process->id;
	if (!event->body)
		return NULL;
	if ((bit & VIGIL_TYPES_START) != 0)
		return &event->start->process;
	if ((bit & VIGIL_TYPES_THREAD) != 0)
		return &event->thread->thread;
	if (event->record->type == VIGIL_EVENT_PROCESS_EXIT)
		return &event->exit->process;
	if (event->record->type == VIGIL_EVENT_IMAGE_LOAD)
		return &event->image->process;
	if (event->record->type == VIGIL_EVENT_ALERT)
		return &event->alert->process;
	return &event->record->actor;
}

const struct vigil_id *vigil_parent_id(const struct vigil_event *event)
{
	if (event->process && vigil_id_known(&event->process->parent))
		return &event->process->parent;
	if (vigil_start_of(event))
		return &event->start->parent;
	if (vigil_event_is(event, VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT)))
		return &event->exit->parent;
	return event->parent ? &event->parent->id : NULL;
}

const struct vigil_id *vigil_target_id(const struct vigil_event *event)
{
	if (vigil_event_is(event, VIGIL_TYPE_BIT(VIGIL_EVENT_ALERT)))
		return vigil_id_known(&event->alert->target) ? &event->alert->target : NULL;
	if (!vigil_event_is(event, VIGIL_TYPES_AIMED))
		return NULL;
	if (event->target)
		return &event->target->id;
	return event->record->type == VIGIL_EVENT_PROCESS_ACCESS ? &event->access->target
								 : &event->thread->thread;
}

const struct vigil_id *vigil_other_actor(const struct vigil_event *event)
{
	const struct vigil_id *actor = &event->record->actor, *subject = vigil_subject_id(event);

	if (!vigil_id_known(actor) || (subject && subject->pid == actor->pid))
		return NULL;
	return actor;
}

static const struct vigil_string NOTHING = { "", 0, 0 };

/* Returns a part of the record if it describes the subject: it does so only when the subject
 * starts. */
static struct vigil_string own_part(const struct vigil_event *event, enum vigil_part_id kind)
{
	if (!vigil_start_of(event) || !event->part[kind].data)
		return NOTHING;
	return event->part[kind];
}

static struct vigil_string known_or_part(const struct vigil_event *event,
					 const struct vigil_string *known, enum vigil_part_id kind)
{
	if (known && known->length > 0 && known->data)
		return *known;
	return own_part(event, kind);
}

#define SUBJECT_STRING(member, kind) \
	struct vigil_string vigil_subject_##member(const struct vigil_event *event) \
	{ \
		return known_or_part(event, event->process ? &event->process->member : NULL, \
				     kind); \
	}

SUBJECT_STRING(args, VIGIL_PART_ARGS)
SUBJECT_STRING(command, VIGIL_PART_COMMAND_LINE)
SUBJECT_STRING(directory, VIGIL_PART_DIRECTORY)
SUBJECT_STRING(filename, VIGIL_PART_FILENAME)
SUBJECT_STRING(user, VIGIL_PART_USER)

struct vigil_string vigil_subject_image(const struct vigil_event *event)
{
	struct vigil_string image =
	    known_or_part(event, event->process ? &event->process->image : NULL, VIGIL_PART_IMAGE);

	/* If the table has no entry, the sensor may still have named the actor. */
	if (image.length == 0 && !event->process && event->part[VIGIL_PART_ACTOR_IMAGE].data &&
	    vigil_subject_id(event) == &event->record->actor)
		return event->part[VIGIL_PART_ACTOR_IMAGE];
	return image;
}

struct vigil_string vigil_subject_name(const struct vigil_event *event)
{
	struct vigil_string name =
	    known_or_part(event, event->process ? &event->process->name : NULL, VIGIL_PART_NAME);

	return name.length > 0 ? name : vigil_base_name(event, vigil_subject_image(event));
}

#define IDS_OF(from) \
	((struct vigil_ids){ \
	    .uid = (from)->uid, .gid = (from)->gid, .euid = (from)->euid, .egid = (from)->egid })

/* The ids that the record contains. */
static struct vigil_ids recorded_ids(const struct vigil_event *event)
{
	struct vigil_ids ids = { VIGIL_UNKNOWN, VIGIL_UNKNOWN, VIGIL_UNKNOWN, VIGIL_UNKNOWN };

	if (vigil_event_is(event, VIGIL_TYPES_START))
		return IDS_OF(event->start);
	if (vigil_event_is(event, VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_DENIED)))
		return IDS_OF(&event->denied->process);
	if (vigil_event_is(event, VIGIL_TYPE_BIT(VIGIL_EVENT_CREDENTIALS)))
		return IDS_OF(&event->credentials->before);
	if (event->part[VIGIL_PART_IDS].length >= sizeof(ids))
		memcpy(&ids, event->part[VIGIL_PART_IDS].data, sizeof(ids));
	return ids;
}

static uint32_t known_or(uint32_t id, uint32_t otherwise)
{
	return id != VIGIL_UNKNOWN ? id : otherwise;
}

struct vigil_ids vigil_subject_ids(const struct vigil_event *event)
{
	struct vigil_ids ids = recorded_ids(event);
	const struct vigil_process_info *process = event->process;

	if (!process)
		return ids;
	return (struct vigil_ids){ .uid = known_or(ids.uid, process->uid),
				   .gid = known_or(ids.gid, process->gid),
				   .euid = known_or(ids.euid, process->euid),
				   .egid = known_or(ids.egid, process->egid) };
}

struct vigil_string vigil_base_name(const struct vigil_event *event, struct vigil_string path)
{
	bool windows = event->record->encoding == VIGIL_UTF16LE;

	for (uint32_t i = path.length; i > 0; i--) {
		char c = path.data[i - 1];

		if (c == '/' || (windows && c == '\\')) {
			path.data += i;
			path.length -= i;
			path.original = path.length;
			break;
		}
	}
	return path;
}

bool vigil_exit_cpu_time(const struct vigil_exit_body *exit, uint64_t *ns)
{
	*ns = exit->cpu_time != 0 ? exit->cpu_time : exit->user_time + exit->system_time;
	return (exit->attributes & VIGIL_EXIT_CPU_UNKNOWN) == 0;
}
