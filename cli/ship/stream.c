/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "os/os.h"

#define CONNECT_MS 10000 /* the handshake included */
#define SETTLE_MS  300

void stream_close(struct stream *s)
{
	tls_end(&s->tls);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static bool stream_fail(struct stream *s, const char *what, const char *why)
{
	snprintf(s->why, sizeof(s->why), "%s %.100s:%s: %s", what, s->host, s->port, why);
	if (s->state != STREAM_UP)
		s->turn++;
	stream_close(s);
	return false;
}

/* ---- connecting ---- */

/* Returns a socket that is connected, or is being connected; otherwise -1 with errno. */
static int connect_one(const struct addrinfo *to)
{
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
	int reason;

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS)
		return fd;
	reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

/* Takes the first address that does not fail at once, beginning with another one each turn. */
static int connect_any(const struct addrinfo *found, unsigned turn)
{
	unsigned count = 0;
	int fd = -1;

	for (const struct addrinfo *a = found; a; a = a->ai_next)
		count++;
	for (unsigned i = 0; i < count && fd < 0; i++) {
		const struct addrinfo *a = found;

		for (unsigned skip = (turn + i) % count; skip > 0; skip--)
			a = a->ai_next;
		fd = connect_one(a);
	}
	return fd;
}

bool stream_connect(struct stream *s)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found = NULL;
	int failed;

	if (s->fd >= 0)
		return true;
	s->state = STREAM_CONNECTING;
	failed = getaddrinfo(s->host, s->port, &hints, &found);
	if (failed)
		return stream_fail(s, "cannot find", gai_strerror(failed));
	s->fd = connect_any(found, s->turn);
	failed = errno;
	freeaddrinfo(found);
	s->end_ms = os_now_ms() + CONNECT_MS;
	return s->fd >= 0 || stream_fail(s, "cannot connect to", strerror(failed));
}

/* The socket is connected, or has failed. */
static bool finish_connecting(struct stream *s)
{
	socklen_t size = sizeof(int);
	int reason = 0;

	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &reason, &size);
	if (reason)
		return stream_fail(s, "cannot connect to", strerror(reason));
	s->state = s->has_tls ? STREAM_HANDSHAKE : STREAM_UP;
	if (s->has_tls && !tls_begin(&s->tls, s->fd))
		return stream_fail(s, "no TLS with", s->tls.why);
	return true;
}

/* With TLS 1.3 the server checks the client's certificate after the client's handshake is complete.
 * Most servers then send something, a session ticket or the refusal: nothing is written before. */
static bool shake_hands(struct stream *s)
{
	int done = tls_handshake(&s->tls);

	if (done < 0)
		return stream_fail(s, "no TLS with", s->tls.why);
	if (done > 0) {
		s->state = STREAM_SETTLING;
		s->end_ms = os_now_ms() + SETTLE_MS;
	}
	return true;
}

/* ---- connected ---- */

/* A server sends nothing but the end, or an error. */
static bool check_server(struct stream *s)
{
	char ignored[512];
	ssize_t n;

	if (s->has_tls)
		return tls_read(&s->tls, ignored, sizeof(ignored)) >= 0 ||
		       stream_fail(s,
				   s->state == STREAM_UP ? "the connection was lost to"
							 : "no TLS with",
				   s->tls.why);
	n = recv(s->fd, ignored, sizeof(ignored), MSG_DONTWAIT);
	if (n == 0)
		return stream_fail(s, "the connection was lost to", "it closed the connection");
	return n > 0 || errno == EAGAIN || errno == EINTR ||
	       stream_fail(s, "the connection was lost to", strerror(errno));
}

/* Nothing has happened. */
static bool check_time(struct stream *s)
{
	if (s->state == STREAM_UP || os_now_ms() < s->end_ms)
		return true;
	if (s->state == STREAM_CONNECTING)
		return stream_fail(s, "cannot connect to", strerror(ETIMEDOUT));
	if (s->state == STREAM_HANDSHAKE)
		return stream_fail(s, "no TLS with",
				   "no answer to the beginning of TLS. Is it a server with TLS?");
	s->state = STREAM_UP;
	return true;
}

bool stream_poll(struct stream *s, bool wants_write, int timeout_ms)
{
	struct pollfd fd = { .fd = s->fd, .events = POLLIN };

	if (s->state == STREAM_CONNECTING || (s->state == STREAM_UP && wants_write))
		fd.events |= POLLOUT;
	else if (s->state == STREAM_HANDSHAKE)
		fd.events = s->tls.wants;
	poll(&fd, 1, timeout_ms);
	if (!fd.revents)
		return check_time(s);
	if (s->state == STREAM_CONNECTING)
		return finish_connecting(s);
	if (s->state == STREAM_HANDSHAKE)
		return shake_hands(s);
	if (fd.revents & (POLLIN | POLLERR | POLLHUP) && !check_server(s))
		return false;
	s->state = STREAM_UP;
	return true;
}

ssize_t stream_write(struct stream *s, const char *data, size_t length)
{
	ssize_t n;

	if (s->state != STREAM_UP)
		return 0;
	if (s->has_tls) {
		n = tls_write(&s->tls, data, length);
		if (n < 0)
			stream_fail(s, "cannot send to", s->tls.why);
		return n;
	}
	n = send(s->fd, data, length, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		stream_fail(s, "cannot send to", strerror(errno));
	return n;
}

size_t stream_outstanding(const struct stream *s)
{
	int bytes = 0;

	return s->fd >= 0 && ioctl(s->fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? (size_t)bytes : 0;
}
