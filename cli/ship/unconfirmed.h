/* SPDX-License-Identifier: MIT */
/*
 * unconfirmed.h - the items that were written to a socket whose protocol has no acknowledgement:
 * syslog, journald. An item counts as acknowledged when the other end's system has received its
 * bytes (of a local socket: when its process has read them), and the connection has then stayed up
 * for a while; if it breaks before, the item is sent again.
 */
#ifndef VIGIL_SHIP_UNCONFIRMED_H
#define VIGIL_SHIP_UNCONFIRMED_H

#include "outlet.h"

#define UNCONFIRMED_MAX   65536u /* items; a power of two */
#define UNCONFIRMED_LOOKS 8u     /* in the time of ack-delay */

struct unconfirmed {
	struct unconfirmed_item {
		uint64_t number, end; /* offset in the stream after its last byte */
	} item[UNCONFIRMED_MAX];
	size_t first, count;
	uint64_t written; /* bytes of the stream */
	/* What the other end had at the last looks; the one to be replaced next is ack-delay old. */
	uint64_t received[UNCONFIRMED_LOOKS];
	unsigned looks;
	int64_t looked_ms;
	int64_t delay_ms; /* the setting ack-delay */
};

/* Adds an item of `length` bytes. Returns false if there are too many. */
bool unconfirmed_add(struct unconfirmed *u, uint64_t number, size_t length);

/* Reports items as acknowledged. outstanding: bytes that the other end has not received. */
void unconfirmed_look(struct unconfirmed *u, struct shipper *shipper, uint64_t outstanding);

/* The connection is lost: all items are to be sent again. */
void unconfirmed_fail(struct unconfirmed *u, struct shipper *shipper, const char *reason);

#endif /* VIGIL_SHIP_UNCONFIRMED_H */
