/* SPDX-License-Identifier: MIT */
/* implied.c - the rules of SCHEMA_IMPLIED. Each compares the event's value with the one that the
 * JSON import would conclude. */
#include "record/implied.h"

#include <string.h>

static bool is_same_id(const struct vigil_id *a, const struct vigil_id *b)
{
	return a && b && a->pid == b->pid && a->start_key == b->start_key && a->start_key != 0;
}

static bool is_linux(const struct vigil_event *event)
{
	return field_is_of(event, LINUX);
}

/* ---- the value of another field ---- */

static bool is_text(enum vigil_value_kind kind)
{
	return kind == VIGIL_VALUE_STRING || kind == VIGIL_VALUE_LIST || kind == VIGIL_VALUE_BINARY;
}

static bool is_equal(enum vigil_value_kind kind, const struct vigil_value *a,
		     const struct vigil_value *b)
{
	if (!is_text(kind))
		return a->u == b->u;
	return a->s.length == b->s.length && a->s.original == b->s.original &&
	       (a->s.data == b->s.data || memcmp(a->s.data, b->s.data, a->s.length) == 0);
}

static enum implied same_as(const struct vigil_event *event, enum field_system system,
			    enum field_id field, enum field_id other)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);
	struct vigil_value value, implied;

	if (!field_is_of(event, system) || !fields[other].get(event, &implied))
		return IMPLIED_NOT;
	if (!fields[field].get(event, &value))
		return IMPLIED_UNKNOWN;
	return is_equal(fields[field].kind, &value, &implied) ? IMPLIED_VALUE : IMPLIED_NOT;
}

/* ---- constants ---- */

static enum implied implied_event_module(const struct vigil_event *event)
{
	(void)event;
	return IMPLIED_VALUE;
}

/* The time of the event. */
static enum implied implied_process_end(const struct vigil_event *event)
{
	return event->record->time != 0 ? IMPLIED_VALUE : IMPLIED_NOT;
}

/* What most records of the type have. */
static enum implied implied_path_source(const struct vigil_event *event)
{
	uint8_t source = event->part_origin[VIGIL_PART_IMAGE];
	uint8_t usual = event->record->type == VIGIL_EVENT_PROCESS_EXEC ? VIGIL_PART_ORIGIN_KERNEL
									: VIGIL_PART_ORIGIN_PERF;

	if (!is_linux(event) || event->part[VIGIL_PART_IMAGE].length == 0)
		return IMPLIED_NOT;
	if (source == usual)
		return IMPLIED_VALUE;
	return vigil_source_name(source) ? IMPLIED_NOT : IMPLIED_UNKNOWN;
}

/* All of root, none of anybody else. */
static enum implied implied_capabilities(const struct vigil_event *event)
{
	const struct vigil_process_body *start = vigil_start_of(event);

	if (!is_linux(event) || !start || start->euid == VIGIL_UNKNOWN)
		return IMPLIED_NOT;
	return start->capabilities == implied_capabilities_of(start->euid) ? IMPLIED_VALUE
									   : IMPLIED_NOT;
}

/* ---- arguments ---- */

/* Returns whether two strings are equal except that `joined` has a blank for each NUL of `list`.
 * Compares 8 bytes at a time, as every exec has arguments. */
static bool is_joined(const char *list, const char *joined, uint32_t length)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
	uint32_t i = 0;

	for (; i + 8 <= length; i += 8) {
		uint64_t a = field_load(list + i, 8), b = field_load(joined + i, 8);
		uint64_t nuls = ~(((a & low) + low) | a | low); /* 0x80 for each NUL */

		if ((a ^ b) != nuls >> 2)
			return false;
	}
	for (; i < length; i++)
		if (joined[i] != (list[i] ? list[i] : ' '))
			return false;
	return true;
}

bool implied_args(const struct vigil_event *event, bool *blanks)
{
	struct vigil_string args = vigil_subject_args(event),
			    command = vigil_subject_command(event);

	if (!is_linux(event) || event->record->type == VIGIL_EVENT_PROCESS_CREATE ||
	    command.length == 0 || command.length != command.original ||
	    args.length != command.length + 1 || args.length != args.original ||
	    args.data[command.length] != '\0')
		return false;
	*blanks = memchr(args.data, ' ', command.length) != NULL;
	return is_joined(args.data, command.data, command.length);
}

static enum implied implied_process_args(const struct vigil_event *event)
{
	struct vigil_value lengths;
	bool blanks;

	if (!implied_args(event, &blanks))
		return IMPLIED_NOT;
	return !blanks || vigil_get_args_lengths(event, &lengths) ? IMPLIED_VALUE : IMPLIED_NOT;
}

/* ---- times ---- */

/* Start keys of Linux are times since boot, as vigil.monotonic: the difference between the clocks
 * is that of any process whose start is in the line. */
static enum implied implied_monotonic(const struct vigil_event *event)
{
	const struct vigil_id *id = vigil_subject_id(event);
	struct vigil_value start;
	size_t count;

	if (!is_linux(event) || !id || id->start_key == 0 ||
	    !vigil_fields(&count)[FIELD_process_start].get(event, &start))
		return IMPLIED_NOT;
	if (event->record->mono == 0)
		return IMPLIED_UNKNOWN;
	return event->record->mono == id->start_key + (event->record->time - start.u)
		   ? IMPLIED_VALUE
		   : IMPLIED_NOT;
}

static enum implied implied_parent_start(const struct vigil_event *event)
{
	const struct vigil_id *id = vigil_parent_id(event);
	const struct vigil_process_info *parent = event->parent;

	if (!is_linux(event) || !id || id->start_key == 0 || event->record->mono == 0 || !parent ||
	    parent->name.length == 0)
		return IMPLIED_NOT;
	if (parent->start == 0)
		return IMPLIED_UNKNOWN;
	return parent->start == event->record->time - (event->record->mono - id->start_key)
		   ? IMPLIED_VALUE
		   : IMPLIED_NOT;
}

static enum implied implied_exit_cpu_time(const struct vigil_event *event)
{
	const struct vigil_exit_body *exit = event->exit;

	if (!is_linux(event) || !vigil_event_is(event, EXIT) ||
	    (exit->attributes & VIGIL_EXIT_CPU_UNKNOWN) != 0)
		return IMPLIED_NOT;
	if (exit->cpu_time == exit->user_time + exit->system_time)
		return IMPLIED_VALUE;
	return exit->cpu_time != 0 ? IMPLIED_NOT : IMPLIED_UNKNOWN;
}

/* ---- leaders ---- */

/* Returns whether a process is the subject or its parent: its PID alone names it. */
static bool is_in_line(const struct vigil_event *event, const struct vigil_id *id)
{
	return is_same_id(id, vigil_subject_id(event)) || is_same_id(id, vigil_parent_id(event));
}

static bool has_pid_of_line(const struct vigil_event *event, uint32_t pid)
{
	const struct vigil_id *subject = vigil_subject_id(event), *parent = vigil_parent_id(event);

	return (subject && subject->pid == pid) || (parent && parent->pid == pid);
}

/* shown: the PID that the line would have; 0: none. An entity id contains the PID. */
static enum implied leader_pid(const struct vigil_event *event, const struct vigil_id *leader,
			       uint32_t shown)
{
	if (leader->start_key == 0)
		return IMPLIED_NOT;
	if (shown == 0)
		return IMPLIED_UNKNOWN;
	return shown == leader->pid && !is_in_line(event, leader) ? IMPLIED_VALUE : IMPLIED_NOT;
}

static enum implied leader_entity(const struct vigil_event *event, const struct vigil_id *leader,
				  uint32_t shown)
{
	if (leader->start_key != 0)
		return shown == leader->pid && is_in_line(event, leader) ? IMPLIED_VALUE
									 : IMPLIED_NOT;
	return shown != 0 && has_pid_of_line(event, shown) ? IMPLIED_UNKNOWN : IMPLIED_NOT;
}

static uint32_t session_pid(const struct vigil_event *event)
{
	struct vigil_value value;
	size_t count;

	if (!vigil_fields(&count)[FIELD_process_session_leader].get(event, &value))
		return 0;
	return (uint32_t)value.u;
}

static enum implied implied_process_session_leader(const struct vigil_event *event)
{
	if (!is_linux(event) || !event->process)
		return IMPLIED_NOT;
	return leader_pid(event, &event->process->session_leader, session_pid(event));
}

static enum implied implied_session_leader_entity_id(const struct vigil_event *event)
{
	if (!is_linux(event) || !event->process)
		return IMPLIED_NOT;
	return leader_entity(event, &event->process->session_leader, session_pid(event));
}

/* The leader of the process group and the entry leader are the session leader where the line has
 * nothing else. */
static enum implied other_leader(const struct vigil_event *event, const struct vigil_id *leader,
				 bool entity)
{
	const struct vigil_id *session = &event->process->session_leader;

	if (is_same_id(leader, session))
		return IMPLIED_VALUE;
	if (!vigil_id_known(leader))
		return session->start_key != 0 && !entity ? IMPLIED_UNKNOWN : IMPLIED_NOT;
	return entity ? leader_entity(event, leader, leader->pid)
		      : leader_pid(event, leader, leader->pid);
}

uint32_t implied_leaders(const struct vigil_event *event)
{
	const struct vigil_process_info *process = event->process;
	const struct vigil_id *const leaders[] = { &process->session_leader, &process->group_leader,
						   &process->entry_leader };
	uint32_t bits = 0;

	for (size_t i = 0; i < sizeof(leaders) / sizeof(leaders[0]); i++)
		bits = bits << 1 |
		       (leaders[i]->start_key != 0 ? is_in_line(event, leaders[i])
						   : has_pid_of_line(event, leaders[i]->pid));
	return bits;
}

#define LEADER_RULES(leader) \
	static enum implied implied_##leader##_pid(const struct vigil_event *event) \
	{ \
		if (!is_linux(event) || !event->process) \
			return IMPLIED_NOT; \
		return other_leader(event, &event->process->leader, false); \
	} \
	static enum implied implied_##leader##_entity_id(const struct vigil_event *event) \
	{ \
		if (!is_linux(event) || !event->process) \
			return IMPLIED_NOT; \
		return other_leader(event, &event->process->leader, true); \
	}
LEADER_RULES(entry_leader)
LEADER_RULES(group_leader)

/* ---- the actor ---- */

/* Returns the actor if it is the parent. */
static const struct vigil_id *parent_actor(const struct vigil_event *event)
{
	const struct vigil_id *actor = vigil_other_actor(event);

	return is_same_id(actor, vigil_parent_id(event)) ? actor : NULL;
}

static bool is_create(const struct vigil_event *event)
{
	return event->record->type == VIGIL_EVENT_PROCESS_CREATE;
}

/* In a line of the type create, no actor means the parent; elsewhere the process itself. */
static enum implied implied_actor_pid(const struct vigil_event *event)
{
	const struct vigil_id *parent = vigil_parent_id(event);

	if (!is_create(event) || !parent || parent->start_key == 0)
		return IMPLIED_NOT;
	if (parent_actor(event))
		return IMPLIED_VALUE;
	return vigil_other_actor(event) ? IMPLIED_NOT : IMPLIED_UNKNOWN;
}

/* The parent's PID alone means the parent. */
static enum implied implied_actor_entity_id(const struct vigil_event *event)
{
	const struct vigil_id *actor = vigil_other_actor(event), *parent = vigil_parent_id(event);

	if (parent_actor(event))
		return IMPLIED_VALUE;
	return actor && parent && actor->start_key == 0 && actor->pid == parent->pid
		   ? IMPLIED_UNKNOWN
		   : IMPLIED_NOT;
}

/* Returns whether the line has what is known about the actor as facts about the parent. */
static enum implied shown_as_parent(const struct vigil_event *event)
{
	bool has_parent = (VIGIL_TYPE_BIT(event->record->type) & LIVES) != 0;

	return has_parent && parent_actor(event) && event->parent && event->actor == event->parent
		   ? IMPLIED_VALUE
		   : IMPLIED_NOT;
}

static enum implied implied_actor_name(const struct vigil_event *event)
{
	return shown_as_parent(event);
}

static enum implied implied_actor_executable(const struct vigil_event *event)
{
	if (event->parent && event->parent->image.length == 0)
		return IMPLIED_NOT; /* the record may have it */
	return shown_as_parent(event);
}

/* The first thread of another actor (Linux: its TID is the PID); otherwise process.thread.id has
 * it. */
static enum implied implied_actor_thread(const struct vigil_event *event)
{
	const struct vigil_id *actor = &event->record->actor;

	if ((VIGIL_TYPE_BIT(event->record->type) & (LIVES | THREADS)) == 0)
		return IMPLIED_VALUE;
	if (!is_linux(event) || !vigil_other_actor(event))
		return IMPLIED_NOT;
	if (actor->tid == actor->pid)
		return IMPLIED_VALUE;
	return actor->tid != 0 ? IMPLIED_NOT : IMPLIED_UNKNOWN;
}

/* ---- tables ---- */

#define SAME(id, types, system, other) \
	static enum implied implied_##id(const struct vigil_event *event) \
	{ \
		return same_as(event, system, FIELD_##id, FIELD_##other); \
	}
SCHEMA_IMPLIED(SAME, IGNORE_)

struct rule {
	implied_rule *rule;
	uint32_t types;
	uint16_t same_as; /* one more than that field; 0: none */
	uint8_t system;
};

#define SAME_RULE(id, types_, system_, other) \
	[FIELD_##id] = { implied_##id, (types_), FIELD_##other + 1, (system_) },
#define RULE(id, types_, system_) [FIELD_##id] = { implied_##id, (types_), 0, (system_) },

static const struct rule RULES[FIELD_COUNT] = { SCHEMA_IMPLIED(SAME_RULE, RULE) };

implied_rule *implied_rule_of(uint16_t field, uint32_t type)
{
	return (RULES[field].types & vigil_type_bit(type)) != 0 ? RULES[field].rule : NULL;
}

uint16_t implied_same_as(uint16_t field, uint32_t type, enum field_system system)
{
	const struct rule *rule = &RULES[field];

	if (rule->same_as == 0 || (rule->types & vigil_type_bit(type)) == 0 ||
	    (rule->system != ANY && rule->system != system))
		return FIELD_COUNT;
	return (uint16_t)(rule->same_as - 1);
}
