/* SPDX-License-Identifier: MIT */
/*
 * memory.h - a cache of what was found in files, by device and inode, with the state of the
 * file at that time.
 *
 * Only a worker can determine whether a file is still the same, because only it calls stat(2):
 * the cached result is sent with the next request. A build-id is returned without a request
 * only if root alone can write to the file, for TRUST_MS after it was checked.
 */
#ifndef VIGIL_INSPECT_MEMORY_H
#define VIGIL_INSPECT_MEMORY_H

#include "inspect/protocol.h"

#define MEMORY_FILES 8192
#define TRUST_MS     1000

struct memory {
	struct lru *files;
};

int memory_open(struct memory *memory); /* 0 or -ENOMEM */
void memory_close(struct memory *memory);

/* Adds the cached result to a message about the file. */
void memory_recall(struct memory *memory, struct inspect_message *message);

void memory_keep(struct memory *memory, const struct inspect_request *request,
		 const struct inspect_answer *answer, int64_t now);

/* NULL: send a request; *length 0: it has none. */
const uint8_t *memory_build_id(struct memory *memory, uint64_t device, uint64_t inode,
			       uint64_t generation, int64_t now, size_t *length);

#endif /* VIGIL_INSPECT_MEMORY_H */
