/* SPDX-License-Identifier: MIT */
/*
 * tls.h - TLS over a connected socket that does not block, through libssl, which is loaded when an
 * output needs it. The certificate of the server is verified, and so is that it is for the host.
 */
#ifndef VIGIL_SHIP_TLS_H
#define VIGIL_SHIP_TLS_H

#include <sys/types.h>

#include "outlet.h"

struct tls {
	const char *host; /* name or address that the certificate must be for */
	struct ssl_ctx_st *context;
	struct ssl_st *session; /* NULL: none */
	bool has_certificate;
	bool is_new;     /* the session: nothing was written yet */
	bool has_failed; /* the session: nothing more may be written */
	short wants;     /* POLLIN or POLLOUT: what the handshake waits for */
	char why[300];   /* why the last call returned -1 */
};

/* Loads libssl and the files of OUTLET_TLS_SETTINGS. host stays valid. After a failure tls_close() is called as well. */
enum vigil_code tls_open(struct tls *tls, const struct ship_settings *settings, const char *host,
			 struct vigil_error *error);
void tls_close(struct tls *tls);

/* Begins a session on a connected socket. Returns false if memory is short. */
bool tls_begin(struct tls *tls, int fd);

/* Says to the server that it ends, if that is possible without waiting. The socket stays open. */
void tls_end(struct tls *tls);

/* Each of these does not wait. Returns -1 if the session has failed; 0: not now. */
int tls_handshake(struct tls *tls);                                  /* 1: complete */
ssize_t tls_write(struct tls *tls, const char *data, size_t length); /* the bytes sent */
ssize_t tls_read(struct tls *tls, char *data, size_t size);

#endif /* VIGIL_SHIP_TLS_H */
