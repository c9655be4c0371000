/* SPDX-License-Identifier: MIT */
/*
 * enrich.h - a source around a source: adds to each record that names a program or
 * library what its file is (VIGIL_SHA256, VIGIL_FILE_VERSION, VIGIL_SIGNATURE). The
 * files are read by a thread of its own. Records wait for it in a queue and leave it in the order in which they came:
 * when theirs is read, when they have waited long enough, or when the queue is full.
 * What was not ready is marked VIGIL_PART_LATE, what could not be read
 * VIGIL_PART_UNREADABLE.
 */
#ifndef VIGIL_ENRICH_H
#define VIGIL_ENRICH_H

#include "source.h"

/* Whether this system can look for what the options ask. */
enum vigil_code enrich_check(const struct vigil_options *options, struct vigil_error *error);

/* Takes inner over: it is closed with *out, or here if this fails. */
enum vigil_code enrich_open(struct source **out, struct source *inner,
			    const struct vigil_options *options, struct vigil_error *error);

#endif /* VIGIL_ENRICH_H */
