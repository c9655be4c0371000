/* SPDX-License-Identifier: MIT */
#include "sensor/linux/exec_reorder.h"

#include <stdlib.h>
#include <string.h>

void exec_reorder_close(struct exec_reorder *reorder)
{
	for (size_t i = 0; i < reorder->count; i++)
		free(reorder->held[i]);
	free(reorder->given);
	*reorder = (struct exec_reorder){ 0 };
}

static struct exec_under_way *find_exec(struct exec_reorder *reorder, uint32_t pid)
{
	for (size_t i = 0; i < reorder->execs; i++)
		if (reorder->exec[i].pid == pid)
			return &reorder->exec[i];
	return NULL;
}

void exec_reorder_begin(struct exec_reorder *reorder, uint32_t pid, uint64_t mono)
{
	struct exec_under_way *exec = find_exec(reorder, pid);

	if (!exec && reorder->execs < EXEC_REORDER_EXECS)
		exec = &reorder->exec[reorder->execs++];
	if (exec)
		*exec = (struct exec_under_way){ pid, mono };
}

bool exec_reorder_hold(struct exec_reorder *reorder, const struct vigil_header *record)
{
	struct vigil_header *copy;

	if (!reorder->execs || reorder->count == EXEC_REORDER_RECORDS ||
	    !find_exec(reorder, record->actor.pid))
		return false;
	copy = malloc(record->size);
	if (!copy)
		return false; /* report it early rather than lose it */
	memcpy(copy, record, record->size);
	reorder->held[reorder->count++] = copy;
	return true;
}

void exec_reorder_end(struct exec_reorder *reorder, uint32_t pid, uint64_t mono)
{
	struct exec_under_way *exec = find_exec(reorder, pid);

	if (!exec)
		return;
	*exec = reorder->exec[--reorder->execs];
	reorder->free_pid = pid;
	reorder->free_mono = mono;
}

bool exec_reorder_expire(struct exec_reorder *reorder, uint64_t mono)
{
	for (size_t i = 0; i < reorder->execs; i++)
		if (reorder->exec[i].mono < mono) {
			exec_reorder_end(reorder, reorder->exec[i].pid, 0);
			return true;
		}
	return false;
}

struct vigil_header *exec_reorder_next(struct exec_reorder *reorder)
{
	free(reorder->given);
	reorder->given = NULL;
	for (size_t i = 0; reorder->free_pid && i < reorder->count; i++) {
		struct vigil_header *record = reorder->held[i];

		if (record->actor.pid != reorder->free_pid)
			continue;
		reorder->count--;
		memmove(&reorder->held[i], &reorder->held[i + 1],
			(reorder->count - i) * sizeof(reorder->held[0]));
		if (record->mono < reorder->free_mono)
			record->mono = reorder->free_mono;
		reorder->given = record;
		return record;
	}
	reorder->free_pid = 0;
	return NULL;
}
