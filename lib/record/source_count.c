/* SPDX-License-Identifier: MIT */
#include "record/source_count.h"

#include "core/statistics.h"

#include <string.h>

void source_count(const struct vigil_header *record, uint64_t read[VIGIL_TYPE_MAX],
		  uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX])
{
	struct vigil_lost_body lost;

	if (record->type >= VIGIL_TYPE_MAX)
		return;
	read[record->type]++;
	if (record->type != VIGIL_EVENT_LOST || record->size < sizeof(*record) + sizeof(lost))
		return;
	memcpy(&lost, record + 1, sizeof(lost));
	dropped[lost.type < VIGIL_TYPE_MAX ? lost.type : 0]
	       [lost.reason < VIGIL_LOSS_MAX ? lost.reason : 0] += lost.count;
}

void source_counted(struct vigil_statistics *out, const uint64_t read[VIGIL_TYPE_MAX],
		    uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX])
{
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		out->type[type].produced += read[type];
		for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++) {
			out->type[type].dropped[reason] += dropped[type][reason];
			out->type[type].produced += dropped[type][reason];
		}
	}
}
