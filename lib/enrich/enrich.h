/* SPDX-License-Identifier: MIT */
/*
 * enrich.h - a source around a source: adds to each record that names a program or
 * library what its file is, and to what already ran its arguments. lookup.h finds that
 * out beside the reader. Records wait for it in a queue and leave it in the order in which
 * they came: when theirs is known, when they have waited long enough, or when the queue is
 * full. What was not ready is marked VIGIL_PART_LATE, what could not be read
 * VIGIL_PART_UNREADABLE. While nothing is waited for, records pass without a copy.
 */
#ifndef VIGIL_ENRICH_ENRICH_H
#define VIGIL_ENRICH_ENRICH_H

#include "enrich/lookup.h"
#include "record/source.h"

/* A part VIGIL_BUILD_ID with this flag at the end of an image load asks for its build-id, a part
 * VIGIL_IMAGE for the path, the device and the inode of the file. */
#define ENRICH_WANTED VIGIL_PART_LATE

/* Takes inner and lookup over: they are closed with *out, or here if this fails. */
enum vigil_code enrich_open(struct source **out, struct source *inner, struct lookup *lookup,
			    const struct vigil_options *options, struct vigil_error *error);

#endif /* VIGIL_ENRICH_ENRICH_H */
