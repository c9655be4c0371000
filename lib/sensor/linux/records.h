/* SPDX-License-Identifier: MIT */
/*
 * records.h - the records of the live sensor that are made in user space: image loads,
 * STATUS, SNAPSHOT_END. Those about losses are in losses.h.
 *
 * queue: the one whose memory in the batch the record takes. Where that is full, nothing is
 * added, and the caller tries again after some of the batch was given out.
 */
#ifndef VIGIL_SENSOR_LINUX_RECORDS_H
#define VIGIL_SENSOR_LINUX_RECORDS_H

#include "record/builder.h"
#include "sensor/linux/sensor.h"

/* Marks in the stream where an exec passes its point of no return; never given out. */
#define LINUX_EXEC_BEGINS 0xffff

/* Begins a record with `parts` bytes of parts at most. Returns its body; NULL: no memory now. */
void *linux_begin(struct linux_source *s, struct record_builder *builder, uint32_t queue,
		  uint16_t type, size_t parts);

static inline struct vigil_header *linux_header(const struct record_builder *builder)
{
	return (struct vigil_header *)(void *)builder->to;
}

/* Ends the record, adds it at the time of its header, and counts it. */
void linux_add(struct linux_source *s, uint32_t queue, const struct record_builder *builder);

/* Adds the record that a stream begins with. types: VIGIL_TYPE_BIT of what is recorded. */
void linux_report_started(struct linux_source *s, uint32_t types);

/* Adds a STATUS with this text, at the time `now` (CLOCK_BOOTTIME, ns). */
void linux_report_warning(struct linux_source *s, uint64_t now, const char *text);

/* Adds the end of the snapshot. error: why reading it failed, 0 if it did not. */
void linux_report_snapshot_end(struct linux_source *s, int error);

/* Adds an image load, or the mark of an exec, from a record of perf. False: no memory. */
bool linux_add_image(struct linux_source *s, uint32_t queue, const struct perf_record *map);
bool linux_add_exec_begins(struct linux_source *s, uint32_t queue, const struct perf_record *comm);

#endif /* VIGIL_SENSOR_LINUX_RECORDS_H */
