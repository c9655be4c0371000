/* SPDX-License-Identifier: MIT */
/*
 * records.h - the records of the live sensor that are made in user space: image loads,
 * STATUS, SNAPSHOT_END. Those about losses are in losses.h.
 *
 * queue: the one whose share of the batch the record uses. If that is full, nothing is added,
 * and the caller tries again after records were taken from the batch. Reader's thread only.
 */
#ifndef VIGIL_SENSOR_LINUX_RECORDS_H
#define VIGIL_SENSOR_LINUX_RECORDS_H

#include "record/builder.h"
#include "sensor/linux/sensor.h"

/* An internal type: marks where an exec passes its point of no return. It is never delivered.
 * */
#define LINUX_EXEC_BEGINS 0xffff

/* Begins a record with at most `parts` bytes of parts. Returns its body; NULL: the queue's
 * share of the batch is full. */
void *linux_begin(struct linux_source *s, struct record_builder *builder, uint32_t queue,
		  uint16_t type, size_t parts);

static inline struct vigil_header *linux_header(const struct record_builder *builder)
{
	return (struct vigil_header *)(void *)builder->to;
}

/* Ends the record, adds it with the time in its header, and counts it. */
void linux_add(struct linux_source *s, uint32_t queue, const struct record_builder *builder);

/* Adds the STATUS record that begins a stream. types: VIGIL_TYPE_BIT of each recorded type. */
void linux_report_started(struct linux_source *s, uint32_t types);

/* Adds a STATUS record with a warning at the time `now` (CLOCK_BOOTTIME, ns). */
void linux_report_warning(struct linux_source *s, uint64_t now, const char *text);

/* Adds the record of the end of the snapshot. error: errno if reading it failed, else 0. */
void linux_report_snapshot_end(struct linux_source *s, int error);

/* Add an image load, or the mark of an exec, from a perf record. They return false if the
 * queue's share of the batch is full. */
bool linux_add_image(struct linux_source *s, uint32_t queue, const struct perf_record *map);
bool linux_add_exec_begins(struct linux_source *s, uint32_t queue, const struct perf_record *comm);

#endif /* VIGIL_SENSOR_LINUX_RECORDS_H */
