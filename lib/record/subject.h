/* SPDX-License-Identifier: MIT */
/*
 * subject.h - whom an event is about, whether or not the process table knows it.
 *
 * The table's entry comes first: it has what earlier events told. Without one,
 * the body of the record itself answers.
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
/* One process acts on another. */
#define VIGIL_TYPES_AIMED \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD) | VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS))
/* The sensor speaks, of no process. */
#define VIGIL_TYPES_SENSOR \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_LOST) | VIGIL_TYPE_BIT(VIGIL_EVENT_SNAPSHOT_END) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_STATUS))

/* Whether the event is of one of these types and has its body. */
static inline bool vigil_event_is(const struct vigil_event *event, uint32_t types)
{
	return (vigil_type_bit(event->record->type) & types) != 0 && event->body;
}

static inline bool vigil_id_known(const struct vigil_id *id)
{
	return id && (id->pid != 0 || id->start_key != 0);
}

/* The body of CREATE, EXEC, PROCESS_SNAPSHOT; else NULL. */
static inline const struct vigil_process *vigil_start_of(const struct vigil_event *event)
{
	return vigil_event_is(event, VIGIL_TYPES_START) ? event->start : NULL;
}

/* One number of a process: from the record where it has it, else from the table. start:
 * vigil_start_of(event). */
#define VIGIL_OF_PROCESS(event, start, member, unknown) \
	((start) != NULL && (start)->member != (unknown) ? (start)->member \
	 : (event)->process != NULL                      ? (event)->process->member \
							 : (unknown))

/* Whether a start brings a program of its own. A fork (Linux) runs its creator's, which
 * JSON repeats in it. */
static inline bool vigil_starts_program(const struct vigil_event *event)
{
	if (!vigil_start_of(event) || (event->record->type == VIGIL_EVENT_PROCESS_CREATE &&
				       event->record->encoding == VIGIL_BYTES))
		return false;
	return event->part[VIGIL_PART_IMAGE].length > 0 ||
	       event->part[VIGIL_PART_ARGS].length > 0 ||
	       event->part[VIGIL_PART_COMMAND_LINE].length > 0;
}

/* NULL: the event has none, or nothing tells. */
const struct vigil_id *vigil_subject_id(const struct vigil_event *event);
const struct vigil_id *vigil_parent_id(const struct vigil_event *event);
const struct vigil_id *vigil_target_id(const struct vigil_event *event);
/* The actor, where it is another process than the subject. */
const struct vigil_id *vigil_other_actor(const struct vigil_event *event);

/* What the table knows of the subject, else a part of the record that says the
 * same. length 0: unknown. */
struct vigil_string vigil_subject_image(const struct vigil_event *event);
struct vigil_string vigil_subject_name(const struct vigil_event *event);
struct vigil_string vigil_subject_args(const struct vigil_event *event);
struct vigil_string vigil_subject_command(const struct vigil_event *event);
struct vigil_string vigil_subject_directory(const struct vigil_event *event);
struct vigil_string vigil_subject_filename(const struct vigil_event *event);
struct vigil_string vigil_subject_user(const struct vigil_event *event);

/* Users and groups of the subject when the event happened: those in the record, else the latest
 * that the table knows. In a CREDENTIALS they are the ones before. VIGIL_UNKNOWN: not known. */
struct vigil_ids vigil_subject_ids(const struct vigil_event *event);

/* The last element of a path; Windows' separator counts where the record is
 * from Windows. */
struct vigil_string vigil_base_name(const struct vigil_event *event, struct vigil_string path);

/* CPU time of a process that ended, in ns; false, and 0: unknown. */
bool vigil_exit_cpu_time(const struct vigil_exit *exit, uint64_t *ns);

#endif /* VIGIL_RECORD_SUBJECT_H */
