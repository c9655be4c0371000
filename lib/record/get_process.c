/* SPDX-License-Identifier: MIT */
/* Getters of processes: the subject, its parent, its users, target and actor. */
#include "record/fields.h"
#include "users/users.h"

#define OF_PROCESS(member, unknown) VIGIL_OF_PROCESS(event, start, member, unknown)

#define GET_PROCESS(name, member, unknown) \
	GETTER(name) \
	{ \
		const struct vigil_process *start = vigil_start_of(event); \
\
		value->u = OF_PROCESS(member, unknown); \
		return value->u != (unknown); \
	}

#define GET_PROCESS_FLAG(name, flag) \
	GETTER(name) \
	{ \
		const struct vigil_process *start = vigil_start_of(event); \
\
		value->u = 1; \
		return (OF_PROCESS(attributes, 0) & (flag)) != 0; \
	}

#define GET_STRING_OF(name, proc, member) \
	GETTER(name) \
	{ \
		return event->proc != NULL && event->proc->member.data != NULL && \
		       vigil_set_string(value, event->proc->member); \
	}

static bool set_pid(struct vigil_value *value, const struct vigil_id *id)
{
	return vigil_id_known(id) && vigil_set_unsigned(value, id->pid, true);
}

/* ---- the subject ---- */

GETTER(process_pid)
{
	return set_pid(value, vigil_subject_id(event));
}

GETTER(process_entity_id)
{
	return vigil_set_entity(value, event, vigil_subject_id(event));
}

GETTER(process_name)
{
	return vigil_set_string(value, vigil_subject_name(event));
}

GETTER(process_executable)
{
	return vigil_set_string(value, vigil_subject_image(event));
}

GETTER(process_command_line)
{
	return vigil_set_string(value, vigil_subject_command(event));
}

/* A fork has the arguments of its creator until it runs a program. */
GETTER(process_args)
{
	return event->record->type != VIGIL_PROCESS_CREATE &&
	       vigil_set_string(value, vigil_subject_args(event));
}

GETTER(process_args_count)
{
	if (!vigil_get_process_args(event, value))
		return false;
	value->u = 0;
	for (const char *at = value->s.data, *end = at + value->s.length; at < end; value->u++) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));

		at = nul != NULL ? nul + 1 : end;
	}
	return value->s.length == value->s.original;
}

GET_PART(process_environment, BIT(PROCESS_EXEC), VIGIL_ENVIRONMENT)

GETTER(process_working_directory)
{
	return vigil_set_string(value, vigil_subject_directory(event));
}

GET_PROCESS(process_vpid, ns_pid, VIGIL_UNKNOWN)
GET_PROCESS(process_start, start, 0)

GETTER(process_end)
{
	if (event->record->type == VIGIL_PROCESS_EXIT)
		return vigil_set_unsigned(value, event->record->time, event->record->time != 0);
	return event->process != NULL &&
	       vigil_set_unsigned(value, event->process->end, event->process->end != 0);
}

static bool has_terminal(const struct vigil_event *event, uint32_t *tty)
{
	const struct vigil_process *start = vigil_start_of(event);

	*tty = OF_PROCESS(tty, 0);
	return *tty != 0 && *tty != VIGIL_UNKNOWN;
}

GETTER(process_tty_major)
{
	uint32_t tty;

	return has_terminal(event, &tty) && vigil_set_unsigned(value, tty >> 20, true);
}

GETTER(process_tty_minor)
{
	uint32_t tty;

	return has_terminal(event, &tty) && vigil_set_unsigned(value, tty & 0xfffff, true);
}

/* What a session is called differs: a leader's PID, or a number of its own. */
static bool get_session(const struct vigil_event *event, uint8_t encoding,
			struct vigil_value *value)
{
	const struct vigil_process *start = vigil_start_of(event);

	if (event->record->encoding != encoding)
		return false;
	value->u = OF_PROCESS(session, VIGIL_UNKNOWN);
	return value->u != VIGIL_UNKNOWN && (encoding == VIGIL_UTF16LE || value->u != 0);
}

GETTER(process_session_leader)
{
	return get_session(event, VIGIL_BYTES, value);
}

GETTER(session)
{
	return get_session(event, VIGIL_UTF16LE, value);
}

/* ---- those above it ---- */

#define GET_LEADER(name, leader) \
	GETTER(name##_pid) \
	{ \
		return event->process != NULL && set_pid(value, &event->process->leader); \
	} \
	GETTER(name##_entity_id) \
	{ \
		return event->process != NULL && \
		       vigil_set_entity(value, event, &event->process->leader); \
	}

GET_LEADER(entry_leader, entry_leader)
GET_LEADER(group_leader, group_leader)

GETTER(session_leader_entity_id)
{
	return event->process != NULL &&
	       vigil_set_entity(value, event, &event->process->session_leader);
}

GETTER(entry_leader_type)
{
	return event->process != NULL &&
	       vigil_set_text(value, vigil_entry_name(event->process->entry_type));
}

/* A line of JSON has them as parts of the record. */
static bool set_list(struct vigil_value *value, struct vigil_string list, struct vigil_string part)
{
	return vigil_set_string(value, list.length > 0 ? list : part);
}

GETTER(ancestors)
{
	return set_list(value, event->ancestors, event->part[VIGIL_ANCESTORS]);
}

GETTER(ancestor_names)
{
	return set_list(value, event->ancestor_names, event->part[VIGIL_ANCESTOR_NAMES]);
}

GET_PROCESS_FLAG(is_kernel, VIGIL_PROCESS_KERNEL)
GET_PROCESS_FLAG(is_vfork, VIGIL_PROCESS_VFORK)
GET_PROCESS_FLAG(is_shared_memory, VIGIL_PROCESS_SHARED_MM)
GET_PROCESS_FLAG(is_deleted, VIGIL_PROCESS_DELETED)
GET_PROCESS_FLAG(is_memory_only, VIGIL_PROCESS_MEMORY_ONLY)
GET_PROCESS_FLAG(is_script, VIGIL_PROCESS_SCRIPT)
GET_PROCESS_FLAG(is_elevated, VIGIL_PROCESS_ELEVATED)
GET_PROCESS_FLAG(is_subsystem, VIGIL_PROCESS_SUBSYSTEM)
GET_PROCESS_FLAG(is_by_thread, VIGIL_PROCESS_BY_THREAD)
GET_PROCESS_FLAG(is_ended_early, VIGIL_PROCESS_ENDED_EARLY)

/* 0 is a true level, yet also what a Linux sensor leaves there. */
GETTER(integrity)
{
	const struct vigil_process *start = vigil_start_of(event);

	value->u = OF_PROCESS(integrity, VIGIL_UNKNOWN);
	return value->u != VIGIL_UNKNOWN && event->record->encoding == VIGIL_UTF16LE;
}

GETTER(cgroup_id)
{
	const struct vigil_process *start = vigil_start_of(event);
	uint64_t cgroup = OF_PROCESS(cgroup, 0);

	return cgroup != 0 && vigil_set_number_text(value, cgroup);
}

GET_STRING_OF(cgroup_path, process, cgroup_path)
GET_STRING_OF(cgroup_others, process, cgroup_others)
GET_STRING_OF(machine, process, machine)
GET_STRING_OF(container_id, process, container)
GET_PART(root, STARTS, VIGIL_ROOT)

GETTER(filename)
{
	struct vigil_string image = vigil_subject_image(event), filename;

	if (event->process == NULL || event->process->filename.length == 0)
		return false;
	filename = event->process->filename;
	return (filename.length != image.length ||
		memcmp(filename.data, image.data, image.length) != 0) &&
	       vigil_set_string(value, filename);
}

/* The namespaces that the machine began with say nothing of a process, and nearly
 * every line would have all eight. Their numbers are fixed: PROC_..._INIT_INO in
 * include/linux/proc_ns.h; those of net and mnt since Linux 6.18. */
#define GET_NAMESPACE(name, member, initial) \
	GET_UNSIGNED(name, STARTS, event->start->member != (initial) ? event->start->member : 0, 0)

GET_NAMESPACE(ns_mnt, ns_mnt, 0xeffffff8u)
GET_NAMESPACE(ns_pid, ns_pid_ns, 0xeffffffcu)
GET_NAMESPACE(ns_net, ns_net, 0xeffffff9u)
GET_NAMESPACE(ns_user, ns_user, 0xeffffffdu)
GET_NAMESPACE(ns_uts, ns_uts, 0xeffffffeu)
GET_NAMESPACE(ns_ipc, ns_ipc, 0xefffffffu)
GET_NAMESPACE(ns_cgroup, ns_cgroup, 0xeffffffbu)
GET_NAMESPACE(ns_time, ns_time, 0xeffffffau)

/* No capabilities at all is a fact, on Linux. */
GETTER(capabilities)
{
	return vigil_event_is(event, STARTS) && event->record->encoding == VIGIL_BYTES &&
	       vigil_set_unsigned(value, event->start->capabilities, true);
}

GETTER(process_device)
{
	return vigil_event_is(event, STARTS) && vigil_set_device(value, event->start->device);
}

GETTER(process_inode)
{
	return vigil_event_is(event, STARTS) && event->start->inode != 0 &&
	       vigil_set_number_text(value, event->start->inode);
}

GETTER(tracer_pid)
{
	return vigil_event_is(event, STARTS) && set_pid(value, &event->start->tracer);
}

GETTER(tracer_entity_id)
{
	return vigil_event_is(event, STARTS) &&
	       vigil_set_entity(value, event, &event->start->tracer);
}

/* ---- users and groups ---- */

/* VIGIL_UNKNOWN is also -1, which no user has. On Windows there are no numbers. */
static bool set_id(const struct vigil_event *event, struct vigil_value *value, uint32_t id)
{
	return id != VIGIL_UNKNOWN && event->record->encoding == VIGIL_BYTES &&
	       vigil_set_number_text(value, id);
}

static bool set_words(struct vigil_value *value, const char *words)
{
	size_t length = words != NULL ? strlen(words) : 0;

	if (length == 0 || length > sizeof(value->buffer))
		return false;
	memcpy(value->buffer, words, length);
	return vigil_set_buffer(value, length);
}

static bool set_name(const struct vigil_event *event, struct vigil_value *value, uint32_t id,
		     const char *(*name_of)(uint32_t, uint64_t))
{
	if (id == VIGIL_UNKNOWN || event->record->encoding != VIGIL_BYTES)
		return false;
	return set_words(value, name_of(id, event->record->time));
}

static const struct vigil_account *account_of(const struct vigil_event *event)
{
	return vigil_account_of(vigil_subject_user(event), event->record->time);
}

static uint32_t login_user_of(const struct vigil_event *event)
{
	const struct vigil_process *start = vigil_start_of(event);

	return OF_PROCESS(login_uid, VIGIL_UNKNOWN);
}

GETTER(user_id)
{
	return vigil_set_string(value, vigil_subject_user(event)) ||
	       set_id(event, value, vigil_subject_ids(event).uid);
}

/* A process of Windows has one user, whose rights are its own. */
static bool set_user_name(const struct vigil_event *event, struct vigil_value *value, uint32_t id)
{
	const struct vigil_account *account = account_of(event);

	if (account != NULL)
		return set_words(value, account->name);
	return set_name(event, value, id, vigil_user_name);
}

GETTER(user_name)
{
	return set_user_name(event, value, vigil_subject_ids(event).uid);
}

GETTER(user_domain)
{
	const struct vigil_account *account = account_of(event);

	return account != NULL && set_words(value, account->domain);
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

/* The new id where it is another one than before, else VIGIL_UNKNOWN. */
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

/* Those of one side. */
#define GET_CRED_ID(side, id) \
	GETTER(side##_##id) \
	{ \
		return vigil_event_is(event, BIT(CREDENTIALS)) && \
		       set_id(event, value, event->credentials->side.id); \
	}

#define GET_CREDENTIALS(side) \
	GET_CRED_ID(side, uid) \
	GET_CRED_ID(side, euid) \
	GET_CRED_ID(side, suid) \
	GET_CRED_ID(side, fsuid) \
	GET_CRED_ID(side, gid) \
	GET_CRED_ID(side, egid) \
	GET_CRED_ID(side, sgid) \
	GET_CRED_ID(side, fsgid) \
	GET_COUNT(side##_capabilities, BIT(CREDENTIALS), event->credentials->side.effective) \
	GET_COUNT(side##_permitted, BIT(CREDENTIALS), event->credentials->side.permitted) \
	GET_UNSIGNED(side##_namespace, BIT(CREDENTIALS), event->credentials->side.ns_user, 0)

GET_CREDENTIALS(before)
GET_CREDENTIALS(after)

GETTER(login_user_id)
{
	return set_id(event, value, login_user_of(event));
}

GETTER(login_user_name)
{
	return set_name(event, value, login_user_of(event), vigil_user_name);
}

/* ---- the parent ---- */

GETTER(parent_pid)
{
	return set_pid(value, vigil_parent_id(event));
}

GETTER(parent_entity_id)
{
	return vigil_set_entity(value, event, vigil_parent_id(event));
}

GETTER(parent_start)
{
	return event->parent != NULL &&
	       vigil_set_unsigned(value, event->parent->start, event->parent->start != 0);
}

GET_STRING_OF(parent_name, parent, name)
GET_STRING_OF(parent_executable, parent, image)
GET_STRING_OF(parent_command_line, parent, command)

/* Who cares for it now: told where it is not the one who started it. */
GETTER(parent_now)
{
	const struct vigil_id *first = vigil_parent_id(event), *now = NULL;

	if (vigil_start_of(event) != NULL)
		now = &event->start->parent;
	else if (vigil_event_is(event, EXIT))
		now = &event->exit->parent;
	return vigil_id_known(now) && first != NULL && first->pid != now->pid &&
	       set_pid(value, now);
}

/* ---- the target ---- */

GETTER(target_pid)
{
	return set_pid(value, vigil_target_id(event));
}

GETTER(target_entity_id)
{
	return vigil_set_entity(value, event, vigil_target_id(event));
}

GET_STRING_OF(target_name, target, name)
GET_STRING_OF(target_executable, target, image)
GET_STRING_OF(target_command_line, target, command)

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

GET_UNSIGNED(target_start_address, BIT(REMOTE_THREAD), event->thread->start_address, 0)

/* ---- the actor, where it is not the subject itself ---- */

static const struct vigil_id *other_actor(const struct vigil_event *event)
{
	const struct vigil_id *actor = &event->record->actor, *subject = vigil_subject_id(event);

	if (!vigil_id_known(actor) || (subject != NULL && subject->pid == actor->pid))
		return NULL;
	return actor;
}

GETTER(actor_pid)
{
	return set_pid(value, other_actor(event));
}

GETTER(actor_entity_id)
{
	return vigil_set_entity(value, event, other_actor(event));
}

GETTER(actor_name)
{
	return other_actor(event) != NULL && event->actor != NULL &&
	       event->actor->name.data != NULL && vigil_set_string(value, event->actor->name);
}

GETTER(actor_executable)
{
	if (other_actor(event) == NULL)
		return false;
	if (event->actor != NULL && event->actor->image.length > 0)
		return vigil_set_string(value, event->actor->image);
	return event->part[VIGIL_ACTOR_IMAGE].data != NULL &&
	       vigil_set_string(value, event->part[VIGIL_ACTOR_IMAGE]);
}

/* A thread of the subject itself is told only where it is not the first one. */
GETTER(actor_thread)
{
	const struct vigil_id *actor = &event->record->actor;

	return actor->tid != 0 && (other_actor(event) != NULL || actor->tid != actor->pid) &&
	       vigil_set_unsigned(value, actor->tid, true);
}
