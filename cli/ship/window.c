/* SPDX-License-Identifier: MIT */
#include "window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"

static struct window_slot *slot_of(struct window *w, uint64_t number)
{
	return &w->slot[number & (WINDOW_SLOTS - 1)];
}

bool window_open(struct window *w, uint64_t begin)
{
	*w = (struct window){ .slot = calloc(WINDOW_SLOTS, sizeof(*w->slot)),
			      .begin = begin,
			      .end = begin,
			      .cursor = begin };
	return w->slot;
}

static void free_slot(struct window *w, struct window_slot *slot)
{
	w->bytes -= slot->item.length;
	spool_block_release(slot->block);
	free(slot->own);
	slot->block = NULL;
	slot->own = NULL;
}

void window_close(struct window *w)
{
	for (; w->slot && w->begin < w->end; w->begin++)
		free_slot(w, slot_of(w, w->begin));
	free(w->slot);
	w->slot = NULL;
}

bool window_has_room(const struct window *w)
{
	return w->end - w->begin < WINDOW_SLOTS && w->bytes < WINDOW_BYTES_MAX;
}

/* HOST-SESSION-NUMBER */
static void write_id(char *id, const struct spool_header *segment, uint64_t number)
{
	size_t length = strlen(segment->host);
	char digits[VIGIL_DECIMAL_MAX];
	size_t count = vigil_format_unsigned(digits, number);

	memcpy(id, segment->host, length);
	id[length++] = '-';
	vigil_format_hex(id + length, segment->session, 16);
	length += 16;
	id[length++] = '-';
	memcpy(id + length, digits, count);
	id[length + count] = '\0';
}

static struct window_slot *add_slot(struct window *w, const struct spool_entry *entry,
				    uint64_t number)
{
	struct window_slot *slot = slot_of(w, number);

	slot->state = WINDOW_READY;
	write_id(slot->id, entry->segment, number);
	slot->item = (struct ship_item){ .number = number,
					 .id = slot->id,
					 .type = entry->frame->type,
					 .time_ns = entry->frame->time_ns,
					 .key = entry->key,
					 .body = entry->body,
					 .length = entry->frame->body_length };
	w->end = number + 1;
	return slot;
}

void window_add(struct window *w, const struct spool_entry *entry)
{
	struct window_slot *slot = add_slot(w, entry, entry->frame->number);

	slot->block = entry->block;
	slot->block->users++;
	w->bytes += slot->item.length;
}

void window_add_missing(struct window *w, const struct spool_entry *entry, char *body)
{
	uint64_t number = entry->frame->number - 1;
	struct window_slot *slot;
	size_t length;

	w->begin = w->cursor = number;
	slot = add_slot(w, entry, number);
	/* The items themselves may have been sent before: this id differs from theirs. */
	length = strlen(slot->id);
	snprintf(slot->id + length, sizeof(slot->id) - length, "-lost");
	slot->own = body;
	slot->item.type = VIGIL_EVENT_LOST;
	slot->item.key = "";
	slot->item.body = body;
	slot->item.length = strlen(body);
	w->bytes += slot->item.length;
}

size_t window_send(struct window *w, struct ship_item *items, size_t most)
{
	size_t count = 0;

	for (; w->cursor < w->end && count < most; w->cursor++) {
		struct window_slot *slot = slot_of(w, w->cursor);

		if (slot->state != WINDOW_READY)
			continue;
		slot->state = WINDOW_SENT;
		items[count++] = slot->item;
	}
	return count;
}

struct window_slot *window_find(struct window *w, uint64_t number)
{
	struct window_slot *slot = slot_of(w, number);

	if (number < w->begin || number >= w->end || slot->state != WINDOW_SENT)
		return NULL;
	return slot;
}

void window_again(struct window *w, uint64_t number, bool attempt)
{
	struct window_slot *slot = window_find(w, number);

	if (!slot)
		return;
	slot->state = WINDOW_READY;
	slot->item.attempts += attempt;
	if (number < w->cursor)
		w->cursor = number;
}

void window_advance(struct window *w)
{
	for (; w->begin < w->end && slot_of(w, w->begin)->state == WINDOW_DONE; w->begin++)
		free_slot(w, slot_of(w, w->begin));
	if (w->cursor < w->begin)
		w->cursor = w->begin;
}
