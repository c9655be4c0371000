/* SPDX-License-Identifier: MIT */
/* statistics.h - counts of events produced, delivered, filtered, dropped and queued. */
#ifndef VIGIL_PUBLIC_STATISTICS_H
#define VIGIL_PUBLIC_STATISTICS_H

#include <vigil/sensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Counts of the events of a handle, all at one moment. */
struct vigil_statistics;

/* What is counted. For each type: PRODUCED = DELIVERED + FILTERED + DROPPED + QUEUED. The counters
 * from WAITING on are not counted by type. */
enum vigil_counter {
	VIGIL_COUNT_PRODUCED = 1,   /* records that the sensor produced or had to drop */
	VIGIL_COUNT_DELIVERED = 2,  /* returned by vigil_next() */
	VIGIL_COUNT_FILTERED = 3,   /* not asked for, or reported already */
	VIGIL_COUNT_DROPPED = 4,    /* lost, for any reason: see vigil_statistics_dropped() */
	VIGIL_COUNT_QUEUED = 5,     /* not yet returned by vigil_next() */
	VIGIL_COUNT_WAITING = 6,    /* of QUEUED: held until their files are read (inspect) */
	VIGIL_COUNT_UNREADABLE = 7, /* parts that could not be read; the records were delivered */
	VIGIL_COUNT_LATE = 8,       /* delivered after a record with a later time */
	VIGIL_COUNT_PROCESSES = 9,  /* running processes in the process table */
	VIGIL_COUNT_REMEMBERED = 10 /* ended processes in the process table */
};

#define VIGIL_ANY_TYPE 0xffffffffu

/* Counts the events of a handle since it was opened.
 *
 * Returns counts that the handle owns. They are valid until the next call of this function or of
 * vigil_close() on v. */
VIGIL_API const struct vigil_statistics *vigil_get_statistics(struct vigil *v);

/* Returns one count.
 *
 * type is an enum vigil_type, 0 for records of an unknown type (all of them lost), or
 * VIGIL_ANY_TYPE for all types. It is ignored for counters that are not counted by type.
 *
 * Returns 0 for a counter or type that the library does not know. */
VIGIL_API uint64_t vigil_statistics_count(const struct vigil_statistics *statistics,
					  enum vigil_counter counter, uint32_t type);

/* Returns how many records were lost for one reason (enum vigil_loss).
 *
 * type is as in vigil_statistics_count(). */
VIGIL_API uint64_t vigil_statistics_dropped(const struct vigil_statistics *statistics,
					    uint32_t type, uint32_t reason);

/* What the processes of one control group have lost because the queue in the kernel was full
 * (Linux). It is owned by the handle. Later releases may append members. */
struct vigil_cgroup_loss {
	uint64_t cgroup;          /* its id; 0: all cgroups without a separate count */
	struct vigil_string path; /* at most its last 256 bytes; empty if cgroup is 0 */
	uint64_t total;           /* lost records of all types */
};

/* Lists the control groups that have lost most events (Linux).
 *
 * Sets the first elements of out, at most max, to the cgroups that have lost most, in descending
 * order. They are valid until the next call of this function or of vigil_close() on v.
 *
 * The queues of IMAGE_LOAD and PROCESS_DENIED do not know cgroups. Of the other types, the sum
 * over all cgroups is the count of VIGIL_LOSS_QUEUE_FULL. 1,023 cgroups have a separate count;
 * the others share one.
 *
 * Returns how many cgroups have lost something, which may be more than max. 0 if nothing was
 * lost, if v is not the live sensor of Linux, and if memory is exhausted. */
VIGIL_API size_t vigil_losses_by_cgroup(struct vigil *v, const struct vigil_cgroup_loss **out,
					size_t max);

/* Returns how many records of one type (enum vigil_type) a control group has lost. */
VIGIL_API uint64_t vigil_cgroup_loss_dropped(const struct vigil_cgroup_loss *loss, uint32_t type);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_STATISTICS_H */
