/* SPDX-License-Identifier: MIT */
/*
 * enrich.h - a source that wraps another one. It adds to each record that names a program or
 * library information about its file, and to a snapshot of a process its arguments. lookup.h
 * finds that out in parallel. Records wait in a queue and leave it in their order: when the
 * information is known, at a deadline, or when the queue is full. What was not ready is marked
 * VIGIL_PART_FLAG_LATE, what could not be read VIGIL_PART_FLAG_UNREADABLE. While no record waits,
 * records pass without a copy.
 */
#ifndef VIGIL_ENRICH_ENRICH_H
#define VIGIL_ENRICH_ENRICH_H

#include "enrich/lookup.h"
#include "record/source.h"

/* A part VIGIL_PART_BUILD_ID with this flag at the end of an image load requests its build-id; a part
 * VIGIL_PART_IMAGE requests the path, the device and the inode of the file. */
#define ENRICH_WANTED VIGIL_PART_FLAG_LATE

/* Takes ownership of inner and lookup: they are closed with *out, or here on failure. */
enum vigil_code enrich_open(struct source **out, struct source *inner, struct lookup *lookup,
			    const struct vigil_options *options, struct vigil_error *error);

#endif /* VIGIL_ENRICH_ENRICH_H */
