/* SPDX-License-Identifier: MIT */
/*
 * window.h - the items that a shipper has read from the spool and which are not done yet: ready to
 * be sent, or sent. Items are done when the engine has acknowledged or refused them. They may be
 * done in any order; the first number that is not done is the mark.
 */
#ifndef VIGIL_SHIP_WINDOW_H
#define VIGIL_SHIP_WINDOW_H

#include "outlet.h"
#include "spool_reader.h"

#define WINDOW_SLOTS     65536u      /* a power of two */
#define WINDOW_BYTES_MAX (32u << 20) /* of the items; one is accepted in any case */
#define WINDOW_ID_SIZE   (SPOOL_HOST_SIZE + 1 + 16 + 1 + 20 + 12)

enum window_state {
	WINDOW_READY,
	WINDOW_SENT,
	WINDOW_DONE
};

struct window_slot {
	struct ship_item item;
	struct spool_block *block; /* that has the texts; NULL: `own` has the body */
	char *own;
	enum window_state state;
	char id[WINDOW_ID_SIZE];
};

struct window {
	struct window_slot *slot; /* WINDOW_SLOTS; by the low bits of the number */
	uint64_t begin;           /* the first number that is not done */
	uint64_t end;             /* one above the last number */
	uint64_t cursor;          /* no number before it is ready */
	uint64_t bytes;           /* of the items */
};

/* begin: the number of the first item. Returns false if memory is short. */
bool window_open(struct window *window, uint64_t begin);
void window_close(struct window *window);

/* Returns whether another item can be added. */
bool window_has_room(const struct window *window);

/* Adds the item that spool_next() returned; its number must be window->end. */
void window_add(struct window *window, const struct spool_entry *entry);

/* Adds an item that reports that `missing` items before `entry` are not in the spool. The window
 * must be empty. body: allocated; the window frees it. */
void window_add_missing(struct window *window, const struct spool_entry *entry, char *body);

/* Copies up to `most` items that are ready, and marks them as sent. Returns how many. */
size_t window_send(struct window *window, struct ship_item *items, size_t most);

/* Makes an item that was sent ready again, because the outlet did not take it or the attempt
 * failed. attempt: it counts as one. */
void window_again(struct window *window, uint64_t number, bool attempt);

/* Returns the slot of an item that is sent and not done; NULL: there is no such item. */
struct window_slot *window_find(struct window *window, uint64_t number);

/* Frees the items at the beginning that are done. */
void window_advance(struct window *window);

#endif /* VIGIL_SHIP_WINDOW_H */
