/* SPDX-License-Identifier: MIT */
#include "source/file.h"

#include <stdio.h>
#include <string.h>

#include "error.h"
#include "store/file.h"

void source_count(const struct vigil_header *record, uint64_t told[VIGIL_TYPE_MAX],
		  uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX])
{
	struct vigil_lost lost;

	if (record->type >= VIGIL_TYPE_MAX)
		return;
	told[record->type]++;
	if (record->type != VIGIL_LOST || record->size < sizeof *record + sizeof lost)
		return;
	memcpy(&lost, record + 1, sizeof lost);
	dropped[lost.type < VIGIL_TYPE_MAX ? lost.type : 0]
	       [lost.reason < VIGIL_LOSS_MAX ? lost.reason : 0] += lost.count;
}

void source_counted(struct vigil_statistics *out, const uint64_t told[VIGIL_TYPE_MAX],
		    uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX])
{
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		out->type[type].produced += told[type];
		for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++) {
			out->type[type].dropped[reason] += dropped[type][reason];
			out->type[type].produced += dropped[type][reason];
		}
	}
}

enum vigil_code source_open_file(struct source **out, const char *path, struct vigil_error *error)
{
	enum vigil_code code = store_check_file(path, false, error);

	return code < 0 ? code : source_open_recording(out, path, error);
}
