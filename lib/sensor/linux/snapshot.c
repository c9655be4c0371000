/* SPDX-License-Identifier: MIT */
#include "sensor/linux/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared.h"

/* The kernel returns at most 8 pages per read (bpf_seq_read in kernel/bpf/bpf_iter.c). */
#define CHUNK (64u << 10)

int snapshot_open(struct snapshot *snapshot, int fd)
{
	*snapshot = (struct snapshot){ .fd = fd };
	snapshot->data = malloc(CHUNK);
	snapshot->record = malloc(VIGIL_RECORD_MAX);
	if (snapshot->data && snapshot->record)
		return 0;
	snapshot_close(snapshot);
	return -ENOMEM;
}

void snapshot_close(struct snapshot *snapshot)
{
	if (snapshot->fd >= 0)
		close(snapshot->fd);
	free(snapshot->data);
	free(snapshot->record);
	*snapshot = (struct snapshot){ .fd = -1 };
}

const struct vigil_header *snapshot_next(struct snapshot *snapshot, int *error)
{
	struct vigil_header *record = (void *)snapshot->record;
	size_t left = snapshot->end - snapshot->begin;

	*error = 0;
	if (snapshot->fd < 0)
		return NULL;
	if (left < sizeof(*record) ||
	    ((struct vigil_header *)(void *)(snapshot->data + snapshot->begin))->size > left) {
		ssize_t got;

		memmove(snapshot->data, snapshot->data + snapshot->begin, left);
		snapshot->begin = 0;
		snapshot->end = left;
		do
			got = read(snapshot->fd, snapshot->data + left, CHUNK - left);
		while (got < 0 && (errno == EINTR || errno == EAGAIN));
		if (got <= 0) {
			*error = got < 0 ? errno : 0;
			close(snapshot->fd);
			snapshot->fd = -1;
			return NULL;
		}
		snapshot->end += (size_t)got;
		return snapshot_next(snapshot, error);
	}
	memcpy(record, snapshot->data + snapshot->begin, sizeof(*record));
	memcpy(record, snapshot->data + snapshot->begin, record->size);
	snapshot->begin += record->size;
	return record;
}
