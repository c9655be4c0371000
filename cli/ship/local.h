/* SPDX-License-Identifier: MIT */
/* local.h - sends items as datagrams to a socket of this machine: that of syslog or of journald. */
#ifndef VIGIL_SHIP_LOCAL_H
#define VIGIL_SHIP_LOCAL_H

#include <sys/un.h>

#include "core/bytes.h"
#include "outlet.h"
#include "unconfirmed.h"

struct local {
	struct shipper *shipper;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int fd;           /* -1: not connected */
	bool takes_files; /* a message that is too long is sent as a file in memory */
	void *context;
	/* Writes the message of an item to `out`, which is empty. */
	void (*put)(void *context, struct vigil_buffer *out, const struct ship_item *item);
	struct vigil_buffer out;
	struct unconfirmed sent;
	unsigned unread; /* messages since the daemon was last seen to have read all */
	uint64_t read;   /* of sent.written: what it has read */
	bool full;       /* the last message was not taken */
};

/* As the calls of an outlet. */
size_t local_send(struct local *local, const struct ship_item *items, size_t count);
size_t local_poll(struct local *local, int timeout_ms);
void local_close(struct local *local);

#endif /* VIGIL_SHIP_LOCAL_H */
