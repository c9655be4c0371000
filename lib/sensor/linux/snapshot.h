/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - what already ran: the records of the BPF task iterator, read at
 * the reader's pace. Arguments are added by enrich.c.
 */
#ifndef VIGIL_SENSOR_LINUX_SNAPSHOT_H
#define VIGIL_SENSOR_LINUX_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

struct snapshot {
	int fd; /* of the iterator; -1: through, or never begun */
	uint8_t *data;
	size_t begin, end;
	uint8_t *record; /* the current one */
};

/* Takes the iterator's descriptor over. 0 or -ENOMEM. */
int snapshot_open(struct snapshot *snapshot, int fd);
void snapshot_close(struct snapshot *snapshot);

/* The next record, completed but for wall-clock times. NULL: through; *error is
 * 0 or the errno of the read that failed. */
const struct vigil_header *snapshot_next(struct snapshot *snapshot, int *error);

#endif /* VIGIL_SENSOR_LINUX_SNAPSHOT_H */
