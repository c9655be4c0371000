/* SPDX-License-Identifier: MIT */
#include "enrich/mapped.h"

#include <string.h>

#include "record/parts.h"

/* What the kernel appends to the path of a file without a name. */
static const char DELETED[] = " (deleted)";
#define DELETED_LENGTH (sizeof(DELETED) - 1)

/* Removes the last bytes of a part of the record. */
static void shorten_part(struct vigil_header *record, const struct vigil_part *found, uint32_t less)
{
	struct vigil_part *part = (struct vigil_part *)(uintptr_t)found;
	uint8_t *end = (uint8_t *)record + record->size;
	uint8_t *from = (uint8_t *)part + part_size(part->length), *to;

	part->length -= less;
	part->original -= less;
	memset((uint8_t *)(part + 1) + part->length, 0, less);
	to = (uint8_t *)part + part_size(part->length);
	memmove(to, from, (size_t)(end - from));
	record->size -= (uint32_t)(from - to);
}

void mapped_set_deleted(struct vigil_header *image_load, bool deleted)
{
	struct vigil_image_body *image = (void *)(image_load + 1);
	const struct vigil_part *path = part_find(image_load, VIGIL_PART_IMAGE);

	image->attributes &= ~(uint32_t)VIGIL_IMAGE_MAYBE_DELETED;
	if (!deleted)
		return;
	image->attributes |= VIGIL_IMAGE_DELETED;
	if (path && path->length > DELETED_LENGTH)
		shorten_part(image_load, path, DELETED_LENGTH);
}

void mapped_set_file(struct vigil_header *image_load, const struct lookup_result *result)
{
	struct vigil_image_body *image = (void *)(image_load + 1);

	image->device = result->device;
	image->inode = result->inode;
	if (result->path_length > DELETED_LENGTH &&
	    memcmp(result->path + result->path_length - DELETED_LENGTH, DELETED, DELETED_LENGTH) ==
		0)
		image->attributes |= VIGIL_IMAGE_MAYBE_DELETED;
}
