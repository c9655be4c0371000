/* SPDX-License-Identifier: MIT */
/*
 * subject.h - the process that an event is about, whether or not the process table knows it.
 *
 * The table's entry is preferred: it has what earlier events reported. Without an entry, the values
 * come from the record's body.
 */
#ifndef VIGIL_RECORD_SUBJECT_H
#define VIGIL_RECORD_SUBJECT_H

#include <vigil/vigil.h>

#include "record/names.h"

#define VIGIL_TYPES_START \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXEC) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_SNAPSHOT))
#define VIGIL_TYPES_THREAD \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) | VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_EXIT) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_SNAPSHOT))
/* Types in which one process acts on another. */
#define VIGIL_TYPES_AIMED \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS))
/* Types that the sensor reports about itself, without a process. */
#define VIGIL_TYPES_SENSOR \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_LOST) | VIGIL_TYPE_BIT(VIGIL_EVENT_SNAPSHOT_END) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_STATUS))

/* Returns whether the event is of one of these types and has its body. */
static inline bool vigil_event_is(const struct vigil_event *event, uint32_t types)
{
	return (vigil_type_bit(event->record->type) & types) != 0 && event->body;
}

static inline bool vigil_id_known(const struct vigil_id *id)
{
	return id && (id->pid != 0 || id->start_key != 0);
}

/* Returns the body of CREATE, EXEC, PROCESS_SNAPSHOT; otherwise NULL. */
static inline const struct vigil_process_body *vigil_start_of(const struct vigil_event *event)
{
	return vigil_event_is(event, VIGIL_TYPES_START) ? event->start : NULL;
}

/* A number of a process: from the record if it has it, otherwise from the table. start:
 * vigil_start_of(event). */
#define VIGIL_OF_PROCESS(event, start, member, unknown) \
	((start) != NULL && (start)->member != (unknown) ? (start)->member \
	 : (event)->process != NULL                      ? (event)->process->member \
							 : (unknown))

/* Returns whether a start is that of a new program. A fork (Linux) runs its creator's, which JSON
 * repeats in it. */
static inline bool vigil_starts_program(const struct vigil_event *event)
{
	if (!vigil_start_of(event) || (event->record->type == VIGIL_EVENT_PROCESS_CREATE &&
				       event->record->encoding == VIGIL_BYTES))
		return false;
	return event->part[VIGIL_PART_IMAGE].length > 0 ||
	       event->part[VIGIL_PART_ARGS].length > 0 ||
	       event->part[VIGIL_PART_COMMAND_LINE].length > 0;
}

/* NULL: the event has no subject, or it is unknown. */
const struct vigil_id *vigil_subject_id(const struct vigil_event *event);
const struct vigil_id *vigil_parent_id(const struct vigil_event *event);
const struct vigil_id *vigil_target_id(const struct vigil_event *event);
/* Returns the actor if it is not the subject. */
const struct vigil_id *vigil_other_actor(const struct vigil_event *event);

/* Returns what the table knows about the subject, otherwise a part of the record with the same
 * meaning. length 0: unknown. */
struct vigil_string vigil_subject_image(const struct vigil_event *event);
struct vigil_string vigil_subject_name(const struct vigil_event *event);
struct vigil_string vigil_subject_args(const struct vigil_event *event);
struct vigil_string vigil_subject_command(const struct vigil_event *event);
struct vigil_string vigil_subject_directory(const struct vigil_event *event);
struct vigil_string vigil_subject_filename(const struct vigil_event *event);
struct vigil_string vigil_subject_user(const struct vigil_event *event);

/* Returns users and groups of the subject when the event happened: those in the record, otherwise
 * the latest ones in the table. For CREDENTIALS these are the ones before the change.
 * VIGIL_UNKNOWN: not known. */
struct vigil_ids vigil_subject_ids(const struct vigil_event *event);

/* Returns the last element of a path. The separator of Windows is recognized if the record is from
 * Windows. */
struct vigil_string vigil_base_name(const struct vigil_event *event, struct vigil_string path);

/* Gets the CPU time, in ns, of a process that ended; returns false and sets 0 if it is unknown. */
bool vigil_exit_cpu_time(const struct vigil_exit_body *exit, uint64_t *ns);

#endif /* VIGIL_RECORD_SUBJECT_H */
