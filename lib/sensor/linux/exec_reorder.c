/* SPDX-License-Identifier: MIT */
#include "sensor/linux/exec_reorder.h"

#include <stdlib.h>
#include <string.h>

void hold_close(struct hold *hold)
{
	for (size_t i = 0; i < hold->count; i++)
		free(hold->held[i]);
	free(hold->given);
	*hold = (struct hold){ 0 };
}

static struct hold_exec *find(struct hold *hold, uint32_t pid)
{
	for (size_t i = 0; i < hold->execs; i++)
		if (hold->exec[i].pid == pid)
			return &hold->exec[i];
	return NULL;
}

void hold_begin(struct hold *hold, uint32_t pid, uint64_t mono)
{
	struct hold_exec *exec = find(hold, pid);

	if (!exec && hold->execs < HOLD_EXECS)
		exec = &hold->exec[hold->execs++];
	if (exec)
		*exec = (struct hold_exec){ pid, mono };
}

bool hold_keep(struct hold *hold, const struct vigil_header *record)
{
	struct vigil_header *copy;

	if (!hold->execs || hold->count == HOLD_RECORDS || !find(hold, record->actor.pid))
		return false;
	copy = malloc(record->size);
	if (!copy)
		return false; /* better a little early than not at all */
	memcpy(copy, record, record->size);
	hold->held[hold->count++] = copy;
	return true;
}

void hold_end(struct hold *hold, uint32_t pid, uint64_t mono)
{
	struct hold_exec *exec = find(hold, pid);

	if (!exec)
		return;
	*exec = hold->exec[--hold->execs];
	hold->free_pid = pid;
	hold->free_mono = mono;
}

bool hold_expire(struct hold *hold, uint64_t mono)
{
	for (size_t i = 0; i < hold->execs; i++)
		if (hold->exec[i].mono < mono) {
			hold_end(hold, hold->exec[i].pid, 0);
			return true;
		}
	return false;
}

struct vigil_header *hold_next(struct hold *hold)
{
	free(hold->given);
	hold->given = NULL;
	for (size_t i = 0; hold->free_pid && i < hold->count; i++) {
		struct vigil_header *record = hold->held[i];

		if (record->actor.pid != hold->free_pid)
			continue;
		hold->count--;
		memmove(&hold->held[i], &hold->held[i + 1],
			(hold->count - i) * sizeof hold->held[0]);
		if (record->mono < hold->free_mono)
			record->mono = hold->free_mono;
		hold->given = record;
		return record;
	}
	hold->free_pid = 0;
	return NULL;
}
