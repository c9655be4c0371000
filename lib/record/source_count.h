/* SPDX-License-Identifier: MIT */
/* source_count.h - counts the records of a stored stream. */
#ifndef VIGIL_RECORD_SOURCE_COUNT_H
#define VIGIL_RECORD_SOURCE_COUNT_H

#include <vigil/vigil.h>

/* Counts a record that was read, and the records that a LOST record represents. */
void source_count(const struct vigil_header *record, uint64_t read[VIGIL_TYPE_MAX],
		  uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX]);

/* Adds both counts to the statistics. */
void source_counted(struct vigil_statistics *out, const uint64_t read[VIGIL_TYPE_MAX],
		    uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX]);

#endif /* VIGIL_RECORD_SOURCE_COUNT_H */
