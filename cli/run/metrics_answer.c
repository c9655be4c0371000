/* SPDX-License-Identifier: MIT */
/* metrics_answer.c - answers to HTTP requests: what is asked for, and nothing else of HTTP. */
#include "metrics.h"

#include <string.h>

static void put_response(struct vigil_buffer *out, const char *status, bool metrics, bool head,
			 const struct vigil_buffer *body)
{
	vigil_put_text(out, "HTTP/1.0 ");
	vigil_put_text(out, status);
	vigil_put_text(out, "\r\nContent-Type: text/plain; ");
	vigil_put_text(out, metrics ? "version=0.0.4; charset=utf-8" : "charset=utf-8");
	vigil_put_text(out, "\r\nContent-Length: ");
	vigil_put_unsigned(out, body->length);
	vigil_put_text(out, "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
	if (!head)
		vigil_put(out, body->data, body->length);
	out->failed |= body->failed;
}

static void put_short(struct vigil_buffer *out, const char *status, bool head)
{
	struct vigil_buffer body = { .failed = false };

	vigil_put_text(&body, status + 4); /* after the number */
	vigil_put_char(&body, '\n');
	put_response(out, status, false, head, &body);
	vigil_buffer_free(&body);
}

static bool is_alive(const struct health *health, uint64_t now_ms)
{
	return health && (now_ms < health->beat_ms || now_ms - health->beat_ms < METRICS_SILENT_MS);
}

/* The end of the headers: an empty line. */
static bool is_complete(const char *request, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++)
		if (request[i] == '\n' &&
		    (request[i + 1] == '\n' ||
		     (request[i + 1] == '\r' && i + 2 < length && request[i + 2] == '\n')))
			return true;
	return false;
}

/* Whether the request's path, which ends at a blank or a question mark, is this one. */
static bool is_path(const char *at, size_t length, const char *path)
{
	size_t size = strlen(path);

	return length > size && memcmp(at, path, size) == 0 && (at[size] == ' ' || at[size] == '?');
}

static void answer_path(struct vigil_buffer *out, const char *at, size_t length, bool head,
			const struct health *health, uint64_t now_ms)
{
	struct vigil_buffer body = { .failed = false };
	bool alive = is_alive(health, now_ms);

	if (is_path(at, length, "/livez")) {
		put_short(out, alive ? "200 OK" : "503 Service Unavailable", head);
	} else if (is_path(at, length, "/readyz")) {
		put_short(out, alive && health->is_ready ? "200 OK" : "503 Service Unavailable",
			  head);
	} else if (!is_path(at, length, "/metrics")) {
		put_short(out, "404 Not Found", head);
	} else if (!health) {
		put_short(out, "503 Service Unavailable", head);
	} else {
		metrics_put(&body, health, now_ms);
		put_response(out, "200 OK", true, head, &body);
	}
	vigil_buffer_free(&body);
}

bool metrics_answer(struct vigil_buffer *out, const char *request, size_t length,
		    const struct health *health, uint64_t now_ms)
{
	const char *line_end = memchr(request, '\n', length);
	size_t line = line_end ? (size_t)(line_end - request) : length;
	bool head = line > 5 && memcmp(request, "HEAD ", 5) == 0;
	size_t method = head ? 5 : 4;

	for (size_t i = 0; i < line; i++)
		if ((unsigned char)request[i] < ' ' && !(request[i] == '\r' && i + 1 == line)) {
			put_short(out, "400 Bad Request", false);
			return true;
		}
	if (!is_complete(request, length)) {
		if (length < METRICS_REQUEST)
			return false;
		put_short(out, "431 Request Header Fields Too Large", false);
	} else if (!head && (line < 4 || memcmp(request, "GET ", 4) != 0)) {
		put_short(out, "405 Method Not Allowed", false);
	} else {
		answer_path(out, request + method, line - method, head, health, now_ms);
	}
	return true;
}
