/* SPDX-License-Identifier: MIT */
#include "recording/blocks.h"

#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "record/builder.h"
#include "recording/schema.h"

#define LOST_SIZE (sizeof(struct vigil_header) + sizeof(struct vigil_lost_by_body))

void blocks_free(struct blocks *blocks)
{
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		free(blocks->block[i].data);
	while (blocks->spares)
		free(blocks->spare[--blocks->spares]);
}

struct block *blocks_ready(struct blocks *blocks, size_t n)
{
	return &blocks->block[(blocks->first + n) % BLOCKS_MAX];
}

struct block *blocks_filling(struct blocks *blocks)
{
	return &blocks->block[(blocks->first + blocks->ready) % BLOCKS_MAX];
}

void blocks_pop(struct blocks *blocks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct block *block = blocks_ready(blocks, i);

		if (blocks->spares < BLOCKS_SPARE)
			blocks->spare[blocks->spares++] = block->data;
		else
			free(block->data);
		*block = (struct block){ 0 };
	}
	blocks->first = (blocks->first + n) % BLOCKS_MAX;
	blocks->ready -= n;
}

/* Returns a block with space for `size` bytes; NULL: there is none. */
static struct block *find_space(struct blocks *blocks, size_t size)
{
	struct block *block = blocks_filling(blocks);

	if (block->used + size > STORE_BLOCK) {
		if (blocks->ready == BLOCKS_MAX - 1)
			return NULL;
		blocks->ready++;
		block = blocks_filling(blocks);
	}
	if (!block->data)
		block->data =
		    blocks->spares ? blocks->spare[--blocks->spares] : malloc(STORE_BLOCK);
	return block->data ? block : NULL;
}

static void append_record(struct block *block, const struct vigil_header *record, uint32_t flags)
{
	struct vigil_header *copy = (void *)(block->data + block->used);

	memcpy(copy, record, record->size);
	copy->flags |= flags;
	if (!block->count) {
		block->first_seq = record->seq;
		block->first_time = record->time;
		block->since_ms = os_now_ms();
	}
	block->last_seq = record->seq;
	block->last_time = record->time;
	block->used += record->size;
	block->count++;
}

/* Ends a LOST record with the number and the time of the last record that it replaces. */
static const struct vigil_header *end_lost_record(const struct record_builder *builder,
						  const struct vigil_header *last)
{
	struct vigil_header *header = builder_end(builder);

	header->cpu = last->cpu;
	header->seq = last->seq;
	header->time = last->time;
	header->mono = last->mono;
	return header;
}

/* Appends one LOST record for each type, in order of their sequence numbers. */
static void append_losses(struct blocks *blocks, struct block *block)
{
	for (;;) {
		_Alignas(8) uint8_t bytes[LOST_SIZE];
		struct record_builder builder;
		struct vigil_lost_body *body;
		uint32_t type = VIGIL_TYPE_MAX;

		for (uint32_t i = 0; i < VIGIL_TYPE_MAX; i++)
			if (blocks->lost[i].count &&
			    (type == VIGIL_TYPE_MAX ||
			     blocks->lost[i].last.seq < blocks->lost[type].last.seq))
				type = i;
		if (type == VIGIL_TYPE_MAX)
			return;
		body = builder_begin(&builder, bytes, sizeof(bytes), VIGIL_EVENT_LOST,
				     blocks->lost[type].last.encoding);
		body->count = blocks->lost[type].count;
		body->type = (uint16_t)type;
		body->reason = VIGIL_LOSS_NOT_WRITTEN;
		append_record(block, end_lost_record(&builder, &blocks->lost[type].last), 0);
		blocks->lost[type].count = 0;
		blocks->dropped = 0;
	}
}

static void drop_record(struct blocks *blocks, const struct vigil_header *record)
{
	uint16_t type = record->type < VIGIL_TYPE_MAX ? record->type : 0;
	uint64_t count = 1;

	blocks->missing += type != VIGIL_EVENT_LOST;
	if (type == VIGIL_EVENT_LOST) { /* counts as the records that it replaces */
		struct vigil_lost_body body;

		memcpy(&body, record + 1, sizeof(body));
		type = body.type < VIGIL_TYPE_MAX ? body.type : 0;
		count = body.count;
	}
	blocks->lost[type].count += count;
	blocks->lost[type].last = *record;
	blocks->dropped += count;
}

bool blocks_add(struct blocks *blocks, const struct vigil_header *record, uint32_t flags)
{
	size_t losses = blocks->dropped ? VIGIL_TYPE_MAX * LOST_SIZE : 0;
	struct block *block = find_space(blocks, record->size + losses);

	if (!block) {
		drop_record(blocks, record);
		return false;
	}
	if (losses)
		append_losses(blocks, block);
	append_record(block, record, flags);
	block->wanted += !(flags & VIGIL_RECORD_CONTEXT);
	return true;
}

static void drop_block(struct blocks *blocks, struct block *block)
{
	for (size_t at = 0; at < block->used;) {
		const struct vigil_header *record = (const void *)(block->data + at);

		drop_record(blocks, record);
		at += record->size;
	}
	*block = (struct block){ .data = block->data };
}

void blocks_give_up(struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->ready; i++)
		drop_block(blocks, blocks_ready(blocks, i));
	drop_block(blocks, blocks_filling(blocks));
	blocks->ready = 0;
	blocks_turn(blocks);
}

void blocks_turn(struct blocks *blocks)
{
	struct block *block =
	    blocks->dropped ? find_space(blocks, VIGIL_TYPE_MAX * LOST_SIZE) : NULL;

	if (block)
		append_losses(blocks, block);
	if (blocks_filling(blocks)->count && blocks->ready < BLOCKS_MAX - 1)
		blocks->ready++;
}
