/* SPDX-License-Identifier: MIT */
/*
 * memory.h - what was found in a file, by the file's device and inode, and as what file.
 *
 * Whether the file is still the same one is for a worker to say, which alone can stat it:
 * what is remembered goes along with the next request. Only a build-id is told without
 * asking: of a file that root alone can write to, for TRUST_MS after it was looked at.
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

/* Adds what is known of the file that the message asks about. */
void memory_recall(struct memory *memory, struct inspect_message *message);

void memory_keep(struct memory *memory, const struct inspect_request *request,
		 const struct inspect_answer *answer, int64_t now);

/* NULL: ask; *length 0: it has none. */
const uint8_t *memory_build_id(struct memory *memory, uint64_t device, uint64_t inode,
			       uint64_t generation, int64_t now, size_t *length);

#endif /* VIGIL_INSPECT_MEMORY_H */
