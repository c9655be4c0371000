/* SPDX-License-Identifier: MIT */
/*
 * prune.h - keeps a recording within --max-size and --max-age: the oldest blocks go,
 * whole, with the rows that were made of them. What still runs by then is kept as
 * `context`, so that a replay knows it.
 */
#ifndef VIGIL_RECORDING_PRUNE_H
#define VIGIL_RECORDING_PRUNE_H

#include "recording/schema.h"

/* 0: no bound. */
struct prune {
	uint64_t max_bytes; /* of the file; its log comes on top while it is recorded to */
	uint64_t max_age_ns;
};

/* Drops what is too much or too old by `now` (ns since 1970 UTC). SQLite's result. */
int prune_run(sqlite3 *db, const struct prune *prune, uint64_t now);

#endif /* VIGIL_RECORDING_PRUNE_H */
