/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - reads the records of the BPF task iterator: the processes and threads that
 * already run. Arguments are added by enrich.c. Reader's thread only.
 */
#ifndef VIGIL_SENSOR_LINUX_SNAPSHOT_H
#define VIGIL_SENSOR_LINUX_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

struct snapshot {
	int fd; /* of the iterator; -1: finished, or never begun */
	uint8_t *data;
	size_t begin, end;
	uint8_t *record; /* the current one */
};

/* Takes ownership of the iterator's descriptor, also on an error. Returns 0 or -ENOMEM. */
int snapshot_open(struct snapshot *snapshot, int fd);
void snapshot_close(struct snapshot *snapshot);

/* Returns the next record, complete except for wall-clock times, valid until the next call.
 * NULL: the end; *error is 0, or the errno of the read that failed. */
const struct vigil_header *snapshot_next(struct snapshot *snapshot, int *error);

#endif /* VIGIL_SENSOR_LINUX_SNAPSHOT_H */
