/* SPDX-License-Identifier: MIT */
/* get_process.c - computed fields of processes: the subject, its parent, its users, the target and
 * the actor. */
#include "record/fields.h"
#include "record/implied.h"
#include "users/users.h"

/* A fork has its creator's arguments until it executes a program. */
GETTER(process_args)
{
	return event->record->type != VIGIL_EVENT_PROCESS_CREATE &&
	       vigil_set_string(value, vigil_subject_args(event));
}

GETTER(process_args_count)
{
	if (!vigil_get_process_args(event, value))
		return false;
	value->u = 0;
	for (const char *at = value->s.data, *end = at + value->s.length; at < end; value->u++) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));

		at = nul ? nul + 1 : end;
	}
	return value->s.length == value->s.original;
}

/* Left out, as are all lengths of a list that is too long for the buffer, where the arguments have
 * no blanks or do not follow from the command line. */
GETTER(args_lengths)
{
	struct vigil_string args = vigil_subject_args(event);
	const char *at = args.data, *end = at + args.length;
	size_t length = 0;
	bool blanks;

	if (!memchr(args.data, ' ', args.length) || !implied_args(event, &blanks))
		return false;
	while (at < end) {
		size_t bytes = strlen(at);

		if (sizeof(value->buffer) - length <= VIGIL_DECIMAL_MAX)
			return false;
		if (length > 0)
			value->buffer[length++] = ' ';
		length += vigil_format_unsigned(value->buffer + length, bytes);
		at += bytes + 1;
	}
	return vigil_set_buffer(value, length);
}

GETTER(process_end)
{
	if (event->record->type == VIGIL_EVENT_PROCESS_EXIT)
		return vigil_set_unsigned(value, event->record->time, event->record->time != 0);
	return event->process &&
	       vigil_set_unsigned(value, event->process->end, event->process->end != 0);
}

GETTER(entry_leader_type)
{
	return event->process &&
	       vigil_set_text(value, vigil_entry_name(event->process->entry_type));
}

/* Sets a list. In an event from a line of JSON it is a part of the record. */
static bool set_list(struct vigil_value *value, struct vigil_string list, struct vigil_string part)
{
	return vigil_set_string(value, list.length > 0 ? list : part);
}

GETTER(ancestors)
{
	return set_list(value, event->ancestors, event->part[VIGIL_PART_ANCESTORS]);
}

GETTER(ancestor_names)
{
	return set_list(value, event->ancestor_names, event->part[VIGIL_PART_ANCESTOR_NAMES]);
}

GETTER(filename)
{
	struct vigil_string image = vigil_subject_image(event), filename;

	if (!event->process || event->process->filename.length == 0)
		return false;
	filename = event->process->filename;
	return (filename.length != image.length ||
		memcmp(filename.data, image.data, image.length) != 0) &&
	       vigil_set_string(value, filename);
}

/* ---- users and groups ---- */

/* VIGIL_UNKNOWN is also -1, which is not a valid user id. Windows has no user numbers. */
static bool set_id(const struct vigil_event *event, struct vigil_value *value, uint32_t id)
{
	return id != VIGIL_UNKNOWN && event->record->encoding == VIGIL_BYTES &&
	       vigil_set_number_text(value, id);
}

static bool set_name(const struct vigil_event *event, struct vigil_value *value, uint32_t id,
		     const char *(*name_of)(uint32_t, uint64_t))
{
	if (id == VIGIL_UNKNOWN || event->record->encoding != VIGIL_BYTES)
		return false;
	return vigil_set_name(value, name_of(id, event->record->time));
}

static const struct vigil_account *account_of(const struct vigil_event *event)
{
	return vigil_account_of(vigil_subject_user(event), event->record->time);
}

GETTER(user_id)
{
	return vigil_set_string(value, vigil_subject_user(event)) ||
	       set_id(event, value, vigil_subject_ids(event).uid);
}

/* A Windows process has one user: its account is used for every id. */
static bool set_user_name(const struct vigil_event *event, struct vigil_value *value, uint32_t id)
{
	const struct vigil_account *account = account_of(event);

	if (account)
		return vigil_set_name(value, account->name);
	return set_name(event, value, id, vigil_user_name);
}

GETTER(user_name)
{
	return set_user_name(event, value, vigil_subject_ids(event).uid);
}

GETTER(user_domain)
{
	const struct vigil_account *account = account_of(event);

	return account && vigil_set_name(value, account->domain);
}

GETTER(effective_user_id)
{
	return set_id(event, value, vigil_subject_ids(event).euid);
}

GETTER(effective_user_name)
{
	return set_user_name(event, value, vigil_subject_ids(event).euid);
}

GETTER(group_id)
{
	return set_id(event, value, vigil_subject_ids(event).gid);
}

GETTER(group_name)
{
	return set_name(event, value, vigil_subject_ids(event).gid, vigil_group_name);
}

GETTER(effective_group_id)
{
	return set_id(event, value, vigil_subject_ids(event).egid);
}

GETTER(effective_group_name)
{
	return set_name(event, value, vigil_subject_ids(event).egid, vigil_group_name);
}

/* ---- new credentials ---- */

/* The new id if it has changed, otherwise VIGIL_UNKNOWN. */
#define CHANGED(event, id) \
	(vigil_event_is(event, BIT(CREDENTIALS)) && \
		 (event)->credentials->before.id != (event)->credentials->after.id \
	     ? (event)->credentials->after.id \
	     : VIGIL_UNKNOWN)

#define GET_CHANGED(name, id, name_of) \
	GETTER(name##_id) \
	{ \
		return set_id(event, value, CHANGED(event, id)); \
	} \
	GETTER(name##_name) \
	{ \
		return set_name(event, value, CHANGED(event, id), name_of); \
	}

GET_CHANGED(changed_user, uid, vigil_user_name)
GET_CHANGED(changed_effective_user, euid, vigil_user_name)
GET_CHANGED(changed_effective_group, egid, vigil_group_name)
GET_CHANGED(changed_group, gid, vigil_group_name)

/* ---- the parent ---- */

GETTER(parent_start)
{
	return event->parent &&
	       vigil_set_unsigned(value, event->parent->start, event->parent->start != 0);
}

/* The current parent: reported only if it is not the process that started it. */
GETTER(parent_now)
{
	const struct vigil_id *first = vigil_parent_id(event), *now = NULL;

	if (vigil_start_of(event))
		now = &event->start->parent;
	else if (vigil_event_is(event, EXIT))
		now = &event->exit->parent;
	return vigil_id_known(now) && first &&
	       vigil_set_unsigned(value, now->pid, first->pid != now->pid);
}

/* ---- the target ---- */

GETTER(target_thread_id)
{
	if (vigil_event_is(event, BIT(REMOTE_THREAD)))
		value->u = event->thread->thread.tid;
	else if (vigil_event_is(event, BIT(PROCESS_ACCESS)))
		value->u = event->access->target.tid;
	else
		return false;
	return value->u != 0;
}

/* ---- the actor, if it is not the subject ---- */

GETTER(actor_name)
{
	return vigil_other_actor(event) && event->actor && event->actor->name.data &&
	       vigil_set_string(value, event->actor->name);
}

GETTER(actor_executable)
{
	if (!vigil_other_actor(event))
		return false;
	if (event->actor && event->actor->image.length > 0)
		return vigil_set_string(value, event->actor->image);
	return event->part[VIGIL_PART_ACTOR_IMAGE].data &&
	       vigil_set_string(value, event->part[VIGIL_PART_ACTOR_IMAGE]);
}

/* A thread of the subject is reported only if it is not the first one. */
GETTER(actor_thread)
{
	const struct vigil_id *actor = &event->record->actor;

	return actor->tid != 0 && (vigil_other_actor(event) || actor->tid != actor->pid) &&
	       vigil_set_unsigned(value, actor->tid, true);
}
