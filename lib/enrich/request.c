/* SPDX-License-Identifier: MIT */
#include "enrich/request.h"

#include "enrich/enrich.h"
#include "enrich/record_container.h"
#include "record/parts.h"

/* Whether the sensor requests more with this part. */
static bool is_wanted(const struct vigil_header *record, uint16_t kind)
{
	const struct vigil_part *part = part_find(record, kind);

	return part && part->flags & ENRICH_WANTED;
}

/* Fills in a request for Windows, where a record has only the path of a file. */
static bool fill_by_path(struct lookup_request *request, const struct vigil_header *record)
{
	const struct vigil_process_body *start = (const void *)(record + 1);
	const struct vigil_part *part = part_find(record, VIGIL_PART_IMAGE);

	switch (record->type) {
	case VIGIL_EVENT_PROCESS_SNAPSHOT:
		/* A file that was changed since its start is not the one that ran. */
		request->time = start->start;
		break;
	case VIGIL_EVENT_PROCESS_CREATE:
	case VIGIL_EVENT_IMAGE_LOAD:
	case VIGIL_EVENT_DRIVER_LOAD:
		break;
	default:
		return false;
	}
	return part && part->length && !part->flags;
}

/* Returns what must be looked up for a mapped file even if no option requests it. */
static uint32_t request_of_image(const struct vigil_header *record)
{
	const struct vigil_image_body *image = (const void *)(record + 1);
	uint32_t what = 0;

	if (is_wanted(record, VIGIL_PART_IMAGE))
		return LOOKUP_MAPPING;
	if (is_wanted(record, VIGIL_PART_BUILD_ID))
		what |= LOOKUP_BUILD_ID;
	if (image->attributes & VIGIL_IMAGE_MAYBE_DELETED && image->inode)
		what |= LOOKUP_LINKS;
	return what;
}

bool request_is_always_made(const struct vigil_header *record)
{
	return record->type == VIGIL_EVENT_IMAGE_LOAD
		   ? request_of_image(record) != 0
		   : record->type == VIGIL_EVENT_PROCESS_SNAPSHOT;
}

/* Fills in which file of which process a mapped image is. */
static void fill_by_mapping(struct lookup_request *request, const struct vigil_image_body *image)
{
	request->pid = image->process.pid;
	request->in_memory = image->attributes & VIGIL_IMAGE_MEMORY_ONLY;
	request->base = image->base;
	request->size = image->size;
	request->device = image->device;
	request->inode = image->inode;
	request->generation = image->generation;
	request->offset = image->offset;
}

void request_fill(struct lookup_request *request, const struct vigil_header *record, uint32_t what)
{
	const struct vigil_process_body *start = (const void *)(record + 1);

	*request = (struct lookup_request){ .time = record->time, .path = "" };
	if (record->encoding == VIGIL_UTF16LE) {
		if (fill_by_path(request, record))
			request->what = what;
		return;
	}
	switch (record->type) {
	case VIGIL_EVENT_PROCESS_SNAPSHOT:
		if (!(start->attributes & VIGIL_PROCESS_KERNEL) &&
		    !part_find(record, VIGIL_PART_ARGS))
			request->what = LOOKUP_ARGS;
		request->start_key = start->process.start_key;
		/* fall through */
	case VIGIL_EVENT_PROCESS_EXEC:
		request->pid = start->process.pid;
		request->runs = true;
		request->in_memory = start->attributes & VIGIL_PROCESS_MEMORY_ONLY;
		request->device = start->device;
		request->inode = start->inode;
		break;
	case VIGIL_EVENT_IMAGE_LOAD:
		fill_by_mapping(request, (const void *)(record + 1));
		request->what = request_of_image(record);
		break;
	default:
		return;
	}
	if (request->inode)
		request->what |= what & ~VIGIL_INSPECT_CONTAINER;
	if (what & VIGIL_INSPECT_CONTAINER && record_container_id(record, request->container))
		request->what |= VIGIL_INSPECT_CONTAINER;
}
