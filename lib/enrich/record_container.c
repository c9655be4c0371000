/* SPDX-License-Identifier: MIT */
#include "enrich/record_container.h"

#include <string.h>

#include "process/container.h"
#include "record/parts.h"
#include "record/subject.h"

bool record_container_id(const struct vigil_header *record, char id[LOOKUP_CONTAINER_ID])
{
	const struct vigil_part *path = part_find(record, VIGIL_PART_CGROUP);
	const struct vigil_part *others = part_find(record, VIGIL_PART_CGROUP_OTHERS);
	struct container found = { CONTAINER_NONE, 0, "" };

	if (!(vigil_type_bit(record->type) & VIGIL_TYPES_START) || !path)
		return false;
	if (!container_of_cgroups((const char *)(path + 1), path->length,
				  others ? (const char *)(others + 1) : "",
				  others ? others->length : 0, &found) ||
	    found.length != LOOKUP_CONTAINER_ID - 1)
		return false;
	memcpy(id, found.id, LOOKUP_CONTAINER_ID);
	return true;
}
