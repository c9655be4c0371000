/* SPDX-License-Identifier: MIT */
/*
 * prune.h - keeps a recording within --max-size and --max-age: removes the oldest blocks, and the
 * rows that were made from them. The processes that run at the start of the first block that
 * remains are kept as `context`, so that a replay knows them.
 */
#ifndef VIGIL_RECORDING_PRUNE_H
#define VIGIL_RECORDING_PRUNE_H

#include "recording/schema.h"

/* The limits; 0: none. */
struct prune {
	uint64_t max_bytes; /* of the file, without its log, which exists during recording */
	uint64_t max_age_ns;
};

/* Removes blocks beyond the limits at the time `now` (ns since 1970 UTC). Returns SQLite's
 * result. */
int prune_run(sqlite3 *db, const struct prune *prune, uint64_t now);

#endif /* VIGIL_RECORDING_PRUNE_H */
