/* SPDX-License-Identifier: MIT */
/*
 * stream.h - a connection by TCP, with TLS or without, to a server that is only written to. No call
 * waits, except for the look-up of the host's name.
 */
#ifndef VIGIL_SHIP_STREAM_H
#define VIGIL_SHIP_STREAM_H

#include "tls.h"

struct stream {
	const char *host, *port;
	bool has_tls; /* `tls` is open, and used */
	struct tls tls;
	int fd; /* -1: not connected */
	enum {
		STREAM_CONNECTING,
		STREAM_HANDSHAKE,
		STREAM_SETTLING, /* the handshake is complete; the server may not accept it yet */
		STREAM_UP
	} state;
	int64_t end_ms; /* when this state has taken too long */
	unsigned turn;  /* attempts that failed: each takes the next address of the host */
	char why[500];  /* why the connection failed */
};

/* Begins to connect, unless that was done. Returns false, with `why`, if it fails. */
bool stream_connect(struct stream *stream);

/* Waits for at most timeout_ms until something can be done, and does it: connects, shakes hands,
 * notices that the server has gone. wants_write: there is something to write. Returns false, with
 * `why`, if the connection failed; it is closed then. */
bool stream_poll(struct stream *stream, bool wants_write, int timeout_ms);

/* Writes what can be written now. Returns the bytes; -1, with `why`, if the connection failed; it is
 * closed then. */
ssize_t stream_write(struct stream *stream, const char *data, size_t length);

/* Returns the bytes that the other end's system has not received; those of TLS are included. */
size_t stream_outstanding(const struct stream *stream);

void stream_close(struct stream *stream);

#endif /* VIGIL_SHIP_STREAM_H */
