/* SPDX-License-Identifier: MIT */
/*
 * compat.h - the names of libvigil 0.1, for one release.
 *
 * Include it after all other headers. A program that was written for 0.1 then compiles, except
 * where it uses vigil_printer_options or vigil_start without a `size`, or the arrays of struct
 * vigil_cgroup_loss.
 */
#ifndef VIGIL_COMPAT_H
#define VIGIL_COMPAT_H

#include <vigil/vigil.h>

/* Functions. */
#define vigil_error_of         vigil_last_error
#define vigil_find             vigil_lookup_process
#define vigil_stop             vigil_drain
#define vigil_recorder_failing vigil_recorder_status

/* Members of struct vigil_options. */
#define at_any_cost    full_access_types
#define look           inspect
#define look_bytes_max inspect_bytes_max
#define look_wait_ms   inspect_wait_ms
#define unread         resume

/* Constants. */
#define VIGIL_ERROR_PEER     VIGIL_ERROR_PIPE
#define VIGIL_LOOK_HASH      VIGIL_INSPECT_HASH
#define VIGIL_LOOK_VERSION   VIGIL_INSPECT_VERSION
#define VIGIL_LOOK_SIGNATURE VIGIL_INSPECT_SIGNATURE
#define VIGIL_LOOK_CONTAINER VIGIL_INSPECT_CONTAINER

/* Event types, parts, their flags and origins. */
#define VIGIL_PROCESS_CREATE  VIGIL_EVENT_PROCESS_CREATE
#define VIGIL_PROCESS_EXEC    VIGIL_EVENT_PROCESS_EXEC
#define VIGIL_PROCESS_EXIT    VIGIL_EVENT_PROCESS_EXIT
#define VIGIL_THREAD_CREATE   VIGIL_EVENT_THREAD_CREATE
#define VIGIL_THREAD_EXIT     VIGIL_EVENT_THREAD_EXIT
#define VIGIL_IMAGE_LOAD      VIGIL_EVENT_IMAGE_LOAD
#define VIGIL_DRIVER_LOAD     VIGIL_EVENT_DRIVER_LOAD
#define VIGIL_REMOTE_THREAD   VIGIL_EVENT_REMOTE_THREAD
#define VIGIL_PROCESS_ACCESS  VIGIL_EVENT_PROCESS_ACCESS
#define VIGIL_PROCESS_DENIED  VIGIL_EVENT_PROCESS_DENIED
#define VIGIL_LOST            VIGIL_EVENT_LOST
#define VIGIL_SNAPSHOT_END    VIGIL_EVENT_SNAPSHOT_END
#define VIGIL_STATUS          VIGIL_EVENT_STATUS
#define VIGIL_CREDENTIALS     VIGIL_EVENT_CREDENTIALS
#define VIGIL_EXEC_FAILED     VIGIL_EVENT_EXEC_FAILED
#define VIGIL_EXISTING        VIGIL_EVENT_PROCESS_SNAPSHOT
#define VIGIL_EXISTING_THREAD VIGIL_EVENT_THREAD_SNAPSHOT
#define VIGIL_IMAGE           VIGIL_PART_IMAGE
#define VIGIL_COMMAND_LINE    VIGIL_PART_COMMAND_LINE
#define VIGIL_ARGS            VIGIL_PART_ARGS
#define VIGIL_DIRECTORY       VIGIL_PART_DIRECTORY
#define VIGIL_FILENAME        VIGIL_PART_FILENAME
#define VIGIL_ROOT            VIGIL_PART_ROOT
#define VIGIL_CGROUP          VIGIL_PART_CGROUP
#define VIGIL_NAME            VIGIL_PART_NAME
#define VIGIL_USER            VIGIL_PART_USER
#define VIGIL_BUILD_ID        VIGIL_PART_BUILD_ID
#define VIGIL_RULE            VIGIL_PART_RULE
#define VIGIL_TEXT            VIGIL_PART_TEXT
#define VIGIL_HOST            VIGIL_PART_HOST
#define VIGIL_BACKEND         VIGIL_PART_BACKEND
#define VIGIL_ACTOR_IMAGE     VIGIL_PART_ACTOR_IMAGE
#define VIGIL_SHA256          VIGIL_PART_SHA256
#define VIGIL_FILE_VERSION    VIGIL_PART_FILE_VERSION
#define VIGIL_SIGNATURE       VIGIL_PART_SIGNATURE
#define VIGIL_CGROUP_OTHERS   VIGIL_PART_CGROUP_OTHERS
#define VIGIL_IDS             VIGIL_PART_IDS
#define VIGIL_LEADERS         VIGIL_PART_LEADERS
#define VIGIL_ANCESTORS       VIGIL_PART_ANCESTORS
#define VIGIL_ANCESTOR_NAMES  VIGIL_PART_ANCESTOR_NAMES
#define VIGIL_CONTAINER_INFO  VIGIL_PART_CONTAINER_INFO
#define VIGIL_ENVIRONMENT     VIGIL_PART_ENVIRONMENT
#define VIGIL_PART_CUT        VIGIL_PART_FLAG_CUT
#define VIGIL_PART_CUT_HEAD   VIGIL_PART_FLAG_CUT_HEAD
#define VIGIL_PART_UNREADABLE VIGIL_PART_FLAG_UNREADABLE
#define VIGIL_PART_LATE       VIGIL_PART_FLAG_LATE
#define VIGIL_SOURCE_NONE     VIGIL_PART_ORIGIN_NONE
#define VIGIL_SOURCE_KERNEL   VIGIL_PART_ORIGIN_KERNEL
#define VIGIL_SOURCE_NOTIFY   VIGIL_PART_ORIGIN_NOTIFY
#define VIGIL_SOURCE_FILE     VIGIL_PART_ORIGIN_FILE
#define VIGIL_SOURCE_FILTER   VIGIL_PART_ORIGIN_FILTER
#define VIGIL_SOURCE_CACHE    VIGIL_PART_ORIGIN_CACHE
#define VIGIL_SOURCE_QUERY    VIGIL_PART_ORIGIN_QUERY
#define VIGIL_SOURCE_PERF     VIGIL_PART_ORIGIN_PERF
#define VIGIL_KIND_MAX        VIGIL_PART_MAX
#define vigil_kind            vigil_part_id
#define vigil_source          vigil_part_origin
#define part_source           part_origin

/* Structs: what the library knows about a process, and the bodies of records. */
#define vigil_proc        vigil_process_info
#define vigil_process     vigil_process_body
#define vigil_exit        vigil_exit_body
#define vigil_thread      vigil_thread_body
#define vigil_thread_end  vigil_thread_end_body
#define vigil_image       vigil_image_body
#define vigil_access      vigil_access_body
#define vigil_credentials vigil_credentials_body
#define vigil_exec_failed vigil_exec_failed_body
#define vigil_denied      vigil_denied_body
#define vigil_lost        vigil_lost_body
#define vigil_lost_by     vigil_lost_by_body
#define vigil_snapshot    vigil_snapshot_body
#define vigil_status      vigil_status_body

/* Statistics were one struct with an array by type. */
struct vigil_statistics_0_1 {
	struct {
		uint64_t produced, delivered, withheld;
		uint64_t dropped[VIGIL_LOSS_MAX];
		uint64_t queued;
	} type[VIGIL_TYPE_MAX];
	uint64_t unreadable, late, processes, remembered, waiting;
};

static inline void vigil_statistics_0_1(struct vigil *v, struct vigil_statistics_0_1 *out)
{
	const struct vigil_statistics *s = vigil_get_statistics(v);

	for (uint32_t i = 0; i < VIGIL_TYPE_MAX; i++) {
		out->type[i].produced = vigil_statistics_count(s, VIGIL_COUNT_PRODUCED, i);
		out->type[i].delivered = vigil_statistics_count(s, VIGIL_COUNT_DELIVERED, i);
		out->type[i].withheld = vigil_statistics_count(s, VIGIL_COUNT_FILTERED, i);
		out->type[i].queued = vigil_statistics_count(s, VIGIL_COUNT_QUEUED, i);
		for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++)
			out->type[i].dropped[reason] = vigil_statistics_dropped(s, i, reason);
	}
	out->unreadable = vigil_statistics_count(s, VIGIL_COUNT_UNREADABLE, VIGIL_ANY_TYPE);
	out->late = vigil_statistics_count(s, VIGIL_COUNT_LATE, VIGIL_ANY_TYPE);
	out->processes = vigil_statistics_count(s, VIGIL_COUNT_PROCESSES, VIGIL_ANY_TYPE);
	out->remembered = vigil_statistics_count(s, VIGIL_COUNT_REMEMBERED, VIGIL_ANY_TYPE);
	out->waiting = vigil_statistics_count(s, VIGIL_COUNT_WAITING, VIGIL_ANY_TYPE);
}
#define vigil_statistics vigil_statistics_0_1

#endif /* VIGIL_COMPAT_H */
