/* SPDX-License-Identifier: MIT */
/*
 * metrics.h - the figures of the service for Prometheus: a process that answers HTTP requests on a
 * loopback address or a socket in the file system, from what the sensor publishes (health.h).
 *
 * It is a separate process, without privileges: whatever a client sends, or does not read, the
 * sensor does not notice. It answers a few clients at a time, each for a few seconds.
 *
 *	GET /metrics   the figures, in the text format of Prometheus
 *	GET /livez     200 if the sensor has published within the last 10 s, else 503
 *	GET /readyz    likewise; 503 also before the sensor runs
 */
#ifndef VIGIL_METRICS_H
#define VIGIL_METRICS_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "common/health.h"
#include "common/published.h"
#include "common/side_process.h"
#include "core/bytes.h"

#define METRICS_CLIENTS   8
#define METRICS_REQUEST   2048 /* bytes of a request */
#define METRICS_CLIENT_MS 5000 /* from accepting a client to closing it */
#define METRICS_SILENT_MS 10000

struct metrics_address {
	struct sockaddr_storage socket;
	socklen_t length;
	const char *path; /* of a socket in the file system; NULL: an address of the network */
};

struct metrics {
	struct side_process process;
	char *path; /* of the socket, to be removed; NULL: none */
};

/* Reads 127.0.0.1:PORT, [::1]:PORT or unix:PATH. Other addresses are refused. */
enum vigil_code metrics_parse(struct metrics_address *address, const char *text,
			      struct vigil_error *error);

/* Opens the address and starts the process. To be called before privileges are given up; figures
 * are open. */
enum vigil_code metrics_start(struct metrics *metrics, const struct metrics_address *address,
			      const struct published *figures, struct vigil_error *error);

/* Returns whether the process has ended by itself and is not started again, once. Does not wait. */
bool metrics_has_ended(struct metrics *metrics);

/* Ends the process and removes the socket. Does nothing if it does not run. */
void metrics_stop(struct metrics *metrics);

/* Writes the figures in Prometheus' text format. now_ms: os_now_ms(). (metrics_text.c) */
void metrics_put(struct vigil_buffer *out, const struct health *health, uint64_t now_ms);

/* Makes the answer to the first `length` bytes of a request. Returns false if the request is not
 * complete. health: NULL: nothing was published. (metrics_answer.c) */
bool metrics_answer(struct vigil_buffer *out, const char *request, size_t length,
		    const struct health *health, uint64_t now_ms);

/* Answers clients of the listening socket until stop, a descriptor, is readable or at its end. */
void metrics_serve(int listening, int stop, const struct published *figures);

#endif /* VIGIL_METRICS_H */
