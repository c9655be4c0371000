/* SPDX-License-Identifier: MIT */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared.h"

/* The kernel hands out at most 8 pages at once (bpf_seq_read in kernel/bpf/bpf_iter.c). */
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

/* Reads a file of /proc/PID whole, up to room bytes. *more: it has more. */
static ssize_t read_proc(uint32_t pid, const char *name, void *to, size_t room, bool *more)
{
	char path[64];
	size_t n = 0;
	ssize_t got = 0;
	int fd;
	char beyond;

	snprintf(path, sizeof path, "/proc/%u/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (n < room && (got = read(fd, (char *)to + n, room - n)) > 0)
		n += (size_t)got;
	*more = n == room && read(fd, &beyond, 1) == 1;
	close(fd);
	return got < 0 ? -1 : (ssize_t)n;
}

/* Whether /proc/PID is still the process that the iterator saw: its start in
 * clock ticks is field 22 of stat, and the name in field 2 may hold anything. */
static bool is_same(const struct vigil_id *id)
{
	char stat[1024], *at;
	unsigned long long ticks = 0;
	uint64_t tick = 1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK);
	bool more;
	ssize_t n = read_proc(id->pid, "stat", stat, sizeof stat - 1, &more);

	if (n <= 0)
		return false;
	stat[n] = '\0';
	at = strrchr(stat, ')');
	for (int field = 2; at && field < 22; field++) {
		at = strchr(at + 1, ' ');
	}
	if (!at || sscanf(at, "%llu", &ticks) != 1)
		return false;
	return ticks == id->start_key / tick;
}

static void add_args(struct vigil_header *record)
{
	const struct vigil_process *body = (const void *)(record + 1);
	struct vigil_part *part = (void *)((uint8_t *)record + record->size);
	char *value = (char *)(part + 1);
	bool more = false;
	ssize_t n;

	if (body->attributes & VIGIL_PROCESS_KERNEL)
		return;
	n = read_proc(body->process.pid, "cmdline", value, VIGIL_ARGS_MAX, &more);
	if (n <= 0 || !is_same(&body->process))
		return;
	*part = (struct vigil_part){ .kind = VIGIL_ARGS,
				     .source = VIGIL_SOURCE_QUERY,
				     .flags = more ? VIGIL_PART_CUT : 0,
				     .length = (uint32_t)n,
				     .original = more ? VIGIL_UNKNOWN : (uint32_t)n };
	memset(value + n, 0, 8);
	record->size = (record->size + (uint32_t)sizeof *part + (uint32_t)n + 7) & ~7u;
}

const struct vigil_header *snapshot_next(struct snapshot *snapshot, int *error)
{
	struct vigil_header *record = (void *)snapshot->record;
	size_t left = snapshot->end - snapshot->begin;

	*error = 0;
	if (snapshot->fd < 0)
		return NULL;
	if (left < sizeof *record ||
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
	memcpy(record, snapshot->data + snapshot->begin, sizeof *record);
	memcpy(record, snapshot->data + snapshot->begin, record->size);
	snapshot->begin += record->size;
	if (record->type == VIGIL_EXISTING)
		add_args(record);
	return record;
}
