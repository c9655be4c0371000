/* SPDX-License-Identifier: MIT */
/*
 * blocks.h - a queue of records that are to be written to a recording: a ring of blocks in
 * memory. One block is being filled; those before it are ready to be written. Memory is
 * allocated as needed, and is bounded: when all blocks are ready, records are dropped and
 * counted, and LOST records replace them as soon as there is space again.
 *
 * The caller locks, except where stated otherwise.
 */
#ifndef VIGIL_RECORDING_BLOCKS_H
#define VIGIL_RECORDING_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

#define BLOCKS_MAX   256 /* of STORE_BLOCK bytes */
#define BLOCKS_SPARE 4   /* written blocks whose memory is kept for reuse */

struct block {
	uint8_t *data;
	size_t used;
	uint32_t count, wanted; /* records; those without VIGIL_RECORD_CONTEXT */
	uint64_t first_seq, last_seq, first_time, last_time; /* times in ns since 1970 UTC */
	int64_t since_ms; /* when its first record was added (os_now_ms) */
};

struct blocks {
	struct block block[BLOCKS_MAX];
	size_t first, ready; /* the oldest ready block, and the number of ready blocks */
	struct blocks_loss {
		uint64_t count;
		struct vigil_header last; /* of the last record that was dropped */
	} lost[VIGIL_TYPE_MAX];           /* not reported yet; [0]: of several types */
	uint64_t dropped;                 /* the sum of those counts */
	uint64_t missing; /* all dropped records except LOST, which report earlier losses */
	uint8_t *spare[BLOCKS_SPARE];
	size_t spares;
};

void blocks_free(struct blocks *blocks);

/* Copies the record, with these flags added. Returns false if it was dropped. */
bool blocks_add(struct blocks *blocks, const struct vigil_header *record, uint32_t flags);

/* The nth ready block; n is less than a value of `ready` that the caller has read. Needs no
 * lock, because only blocks_pop() moves the first block. */
struct block *blocks_ready(struct blocks *blocks, size_t n);

/* The block that is being filled. */
struct block *blocks_filling(struct blocks *blocks);

/* Adds LOST records for dropped records, and makes the block that is being filled ready, if it
 * is not empty and there is another block to fill. */
void blocks_turn(struct blocks *blocks);

/* Drops all records in memory because they cannot be written. A ready block with LOST records
 * remains, if there are any and there is memory. */
void blocks_give_up(struct blocks *blocks);

/* Removes the n oldest blocks, which have been written. */
void blocks_pop(struct blocks *blocks, size_t n);

#endif /* VIGIL_RECORDING_BLOCKS_H */
