/* SPDX-License-Identifier: MIT */
#include "sensor/linux/anonymous.h"

#include <errno.h>
#include <stdlib.h>

#define KINDS    3
#define WRITABLE 2 /* vigil_image_body.protection */

int anonymous_open(struct anonymous *anonymous)
{
	anonymous->seen = calloc(ANONYMOUS_PIDS, sizeof(*anonymous->seen));
	return anonymous->seen ? 0 : -ENOMEM;
}

void anonymous_close(struct anonymous *anonymous)
{
	free(anonymous->seen);
	*anonymous = (struct anonymous){ 0 };
}

/* Returns the bit of a mapping that perf names "//anon", "[heap]" or "[stack]". */
static uint8_t mapping_kind(const struct vigil_image_body *image, const struct vigil_header *record)
{
	const struct vigil_part *name = (const void *)((const uint8_t *)record + record->fixed);
	char second = name->length > 1 ? ((const char *)(name + 1))[1] : '\0';
	unsigned kind = second == 'h' ? 1 : second == 's' ? 2 : 0;

	return (uint8_t)(1u << (image->protection & WRITABLE ? kind + KINDS : kind));
}

bool anonymous_is(const struct vigil_header *record)
{
	const struct vigil_image_body *image = (const void *)(record + 1);

	return record->type == VIGIL_EVENT_IMAGE_LOAD && image->attributes & VIGIL_IMAGE_ANONYMOUS;
}

bool anonymous_is_repeated(struct anonymous *anonymous, const struct vigil_header *record)
{
	const struct vigil_process_body *process = (const void *)(record + 1);
	const struct vigil_image_body *image = (const void *)(record + 1);
	uint32_t pid = process->process.pid;
	uint8_t kind;

	if (pid >= ANONYMOUS_PIDS)
		return false;
	switch (record->type) {
	case VIGIL_EVENT_PROCESS_CREATE:
	case VIGIL_EVENT_PROCESS_EXEC:
	case VIGIL_EVENT_PROCESS_EXIT:    /* its body also begins with the process */
		if (anonymous->seen[pid]) /* do not allocate a page only to write a zero */
			anonymous->seen[pid] = 0;
		return false;
	case VIGIL_EVENT_IMAGE_LOAD:
		if (!anonymous_is(record))
			return false;
		kind = mapping_kind(image, record);
		if (anonymous->seen[pid] & kind)
			return true;
		anonymous->seen[pid] |= kind;
		return false;
	default:
		return false;
	}
}
