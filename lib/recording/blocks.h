/* SPDX-License-Identifier: MIT */
/*
 * blocks.h - records on their way into a recording: a ring of blocks in memory. One
 * is filled, those before it are ready to be written. Memory is taken as it is
 * needed, and bounded: when all blocks are ready, records are dropped and counted,
 * and LOST records stand in their place as soon as there is room again.
 */
#ifndef VIGIL_RECORDING_BLOCKS_H
#define VIGIL_RECORDING_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

#define BLOCKS_MAX   256
#define BLOCKS_SPARE 4 /* of those written, whose memory is kept for the next */

struct block {
	uint8_t *data;
	size_t used;
	uint32_t count, wanted; /* records; those that were added without VIGIL_RECORD_CONTEXT */
	uint64_t first_seq, last_seq, first_time, last_time;
	int64_t since_ms; /* when its first record came */
};

struct blocks {
	struct block block[BLOCKS_MAX];
	size_t first, ready; /* block[first] is the oldest of those that are ready */
	struct blocks_loss {
		uint64_t count;
		struct vigil_header last; /* of the last record that was dropped */
	} lost[VIGIL_TYPE_MAX];           /* not yet told; 0: of more types than one */
	uint64_t dropped;                 /* of those counts: not yet told */
	uint64_t missing; /* all records that were dropped, but LOST: those were lost before */
	uint8_t *spare[BLOCKS_SPARE];
	size_t spares;
};

void blocks_free(struct blocks *blocks);

/* Copies the record, with these flags added. false: it was dropped. */
bool blocks_add(struct blocks *blocks, const struct vigil_header *record, uint32_t flags);

/* The nth of those that are ready, which the caller has counted. Needs no lock: only
 * blocks_pop moves the first. */
struct block *blocks_ready(struct blocks *blocks, size_t n);

/* The one that is being filled. */
struct block *blocks_filling(struct blocks *blocks);

/* Makes the one that is being filled ready, if it holds something and there is another
 * to be filled. Losses are told first. */
void blocks_turn(struct blocks *blocks);

/* Nothing of what is in memory can be written: drops it. What is left is a block with the
 * LOST records, ready, if there are any and there is memory. */
void blocks_give_up(struct blocks *blocks);

/* The n oldest have been written. */
void blocks_pop(struct blocks *blocks, size_t n);

#endif /* VIGIL_RECORDING_BLOCKS_H */
