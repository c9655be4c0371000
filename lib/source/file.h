/* SPDX-License-Identifier: MIT */
/* file.h - sources of records that are not this machine. */
#ifndef VIGIL_SOURCE_FILE_H
#define VIGIL_SOURCE_FILE_H

#include "source/source.h"

/* A recording or a file of JSON lines, whichever it is; "-": JSON from standard input.
 * trust_path: as in vigil_options. */
enum vigil_code source_open_file(struct source **out, const char *path, bool trust_path,
				 struct vigil_error *error);

enum vigil_code source_open_recording(struct source **out, const char *path, bool trust_path,
				      struct vigil_error *error);

enum vigil_code source_open_jsonl(struct source **out, const char *path, struct vigil_error *error);

/* Counts a record that was read, and what a LOST record stands for; then tells it. */
void source_count(const struct vigil_header *record, uint64_t told[VIGIL_TYPE_MAX],
		  uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX]);
void source_counted(struct vigil_statistics *out, const uint64_t told[VIGIL_TYPE_MAX],
		    uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX]);

#endif /* VIGIL_SOURCE_FILE_H */
