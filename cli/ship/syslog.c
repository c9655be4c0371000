/* SPDX-License-Identifier: MIT */
/*
 * syslog.c - sends to a syslog server by TCP: messages of RFC 5424 with octet counting (RFC 6587);
 * or to the local one, by the socket /dev/log in its traditional form.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "core/error.h"
#include "local.h"
#include "os/os.h"

#define DEFAULT_URL     "unix:/dev/log"
#define DEFAULT_PORT    "514"
#define FACILITY_MAX    23
#define PRIORITY_INFO   6
#define PRIORITY_NOTICE 5
#define BUFFER_ENOUGH   (256u << 10) /* bytes that wait for the socket */
#define CONNECT_MS      10000
#define ACK_DELAY_MS    1000

struct outlet {
	struct shipper *shipper;
	const struct ship_settings *settings;
	uint64_t facility;
	char *host, *port; /* of TCP */
	bool is_local;
	struct local local;
	int fd; /* of TCP; -1: not connected */
	bool connecting;
	int64_t connect_ms; /* when connecting has taken too long */
	struct vigil_buffer out;
	size_t out_from; /* what precedes is sent */
	struct unconfirmed sent;
};

/* ---- settings ---- */

/* Reads unix:PATH or tcp://HOST[:PORT]; a HOST with colons is in brackets. */
static bool read_url(struct outlet *o, const char *url)
{
	const char *end;

	if (strncmp(url, "unix:", 5) == 0) {
		o->is_local = true;
		return url[5] == '/' && (size_t)snprintf(o->local.path, sizeof(o->local.path), "%s",
							 url + 5) < sizeof(o->local.path);
	}
	if (strncmp(url, "tcp://", 6) != 0)
		return false;
	url += 6;
	end = *url == '[' ? strchr(url, ']') : url + strcspn(url, ":/");
	if (!end || end == url)
		return false;
	o->host = strndup(url + (*url == '['), (size_t)(end - url) - (*url == '['));
	end += *end == ']';
	o->port = strdup(*end == ':' && end[1] ? end + 1 : DEFAULT_PORT);
	return (*end == ':' || !*end) && o->host && o->port &&
	       strspn(o->port, "0123456789") == strlen(o->port);
}

static void free_settings(struct outlet *o)
{
	free(o->host);
	free(o->port);
}

static bool read_settings(struct outlet *o, const struct ship_settings *settings,
			  struct vigil_error *error)
{
	const char *url = ship_setting(settings, "url");
	uint64_t delay = ACK_DELAY_MS;

	o->facility = 1; /* user-level messages */
	o->settings = settings;
	if (!ship_setting_number(settings, "facility", 0, FACILITY_MAX, &o->facility, error) ||
	    !ship_setting_ms(settings, "ack-delay", &delay, error))
		return false;
	o->sent.delay_ms = o->local.sent.delay_ms = (int64_t)delay;
	if (read_url(o, url ? url : DEFAULT_URL))
		return true;
	vigil_fail(error, VIGIL_ERROR_USAGE,
		   "output %s: invalid url `%.200s`: expected tcp://HOST:PORT or unix:/dev/log",
		   settings->name, url);
	return false;
}

static enum vigil_code syslog_check(const struct ship_settings *settings, struct vigil_error *error)
{
	struct outlet *o = calloc(1, sizeof(*o));
	bool fine;

	if (!o)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	fine = read_settings(o, settings, error);
	free_settings(o);
	free(o);
	return fine ? VIGIL_OK : error->code;
}

/* ---- the connection ---- */

static void disconnect(struct outlet *o, const char *what, int reason)
{
	char text[200];

	snprintf(text, sizeof(text), "%s %s:%s: %s", what, o->host, o->port, strerror(reason));
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
	o->out.length = o->out_from = 0;
	unconfirmed_fail(&o->sent, o->shipper, text);
}

/* Begins to connect to the first address; the next attempt takes the one after it. */
static int connect_tcp(struct outlet *o)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found = NULL;
	int on = 1, fd = -1, reason = getaddrinfo(o->host, o->port, &hints, &found);

	if (reason) {
		errno = reason == EAI_SYSTEM ? errno : EHOSTUNREACH;
		return -1;
	}
	for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0 || connect(fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS)
			continue;
		reason = errno;
		close(fd);
		fd = -1;
		errno = reason;
	}
	freeaddrinfo(found);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Returns whether there is a connection that can be written to, or is being made. */
static bool is_connected(struct outlet *o)
{
	if (o->fd >= 0)
		return true;
	o->fd = connect_tcp(o);
	o->connecting = true;
	o->connect_ms = os_now_ms() + CONNECT_MS;
	return o->fd >= 0;
}

/* Completes the connection. Returns false as long as it cannot be used. */
static bool finish_connecting(struct outlet *o)
{
	struct pollfd fd = { .fd = o->fd, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int reason = 0;

	if (!o->connecting)
		return true;
	if (poll(&fd, 1, 0) <= 0) {
		if (os_now_ms() > o->connect_ms)
			disconnect(o, "cannot connect to", ETIMEDOUT);
		return false;
	}
	getsockopt(o->fd, SOL_SOCKET, SO_ERROR, &reason, &size);
	if (reason) {
		disconnect(o, "cannot connect to", reason);
		return false;
	}
	o->connecting = false;
	return true;
}

/* ---- messages ---- */

static unsigned priority_of(const struct outlet *o, const struct ship_item *item)
{
	bool notable = item->type == VIGIL_EVENT_LOST || item->type == VIGIL_EVENT_ALERT;

	return (unsigned)o->facility * 8 + (notable ? PRIORITY_NOTICE : PRIORITY_INFO);
}

/* RFC 5424, with the number of its bytes before it. The identifier of the item is in structured
 * data; 32473 is the enterprise number for examples (RFC 5612). */
static void put_message(struct outlet *o, const struct ship_item *item)
{
	struct vigil_buffer head = { 0 };
	const char *type = vigil_type_name((uint16_t)item->type);

	vigil_put_char(&head, '<');
	vigil_put_unsigned(&head, priority_of(o, item));
	vigil_put_text(&head, ">1 ");
	vigil_put_utc(&head, (uint64_t)item->time_ns, 'T', 6);
	vigil_put_text(&head, "Z ");
	vigil_put_text(&head, o->settings->host);
	vigil_put_text(&head, " vigil - ");
	vigil_put_text(&head, type ? type : "-");
	vigil_put_text(&head, " [vigil@32473 id=\"");
	vigil_put_text(&head, item->id);
	vigil_put_text(&head, "\"] ");
	vigil_put_unsigned(&o->out, head.length + item->length);
	vigil_put_char(&o->out, ' ');
	vigil_put(&o->out, head.data, head.length);
	vigil_put(&o->out, item->body, item->length);
	o->out.failed |= head.failed;
	vigil_buffer_free(&head);
}

/* What the local daemon reads: RFC 3164 without a host. */
static void put_local(void *context, struct vigil_buffer *out, const struct ship_item *item)
{
	time_t when = (time_t)(item->time_ns / 1000000000);
	char date[32] = "Jan  1 00:00:00";
	struct tm tm;

	if (localtime_r(&when, &tm))
		strftime(date, sizeof(date), "%b %e %H:%M:%S", &tm);
	vigil_put_char(out, '<');
	vigil_put_unsigned(out, priority_of(context, item));
	vigil_put_char(out, '>');
	vigil_put_text(out, date);
	vigil_put_text(out, " vigil: ");
	vigil_put(out, item->body, item->length);
}

/* ---- calls ---- */

static enum vigil_code syslog_open(struct outlet **outlet, struct shipper *shipper,
				   const struct ship_settings *settings, struct vigil_error *error)
{
	struct outlet *o = calloc(1, sizeof(*o));

	*outlet = NULL;
	if (!o)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	o->shipper = shipper;
	o->fd = o->local.fd = -1;
	o->local.shipper = shipper;
	o->local.context = o;
	o->local.put = put_local;
	if (!read_settings(o, settings, error)) {
		free_settings(o);
		free(o);
		return error->code;
	}
	*outlet = o;
	return VIGIL_OK;
}

static size_t syslog_send(struct outlet *o, const struct ship_item *items, size_t count)
{
	size_t i = 0;

	if (o->is_local)
		return local_send(&o->local, items, count);
	if (!is_connected(o)) { /* one item stands for the attempt */
		int reason = errno;

		unconfirmed_add(&o->sent, items[0].number, 0);
		disconnect(o, "cannot connect to", reason);
		return 1;
	}
	for (; i < count && o->out.length - o->out_from < BUFFER_ENOUGH; i++) {
		size_t before = o->out.length;

		if (o->sent.count == UNCONFIRMED_MAX)
			break;
		put_message(o, &items[i]);
		if (o->out.failed) {
			o->out.length = before;
			o->out.failed = false;
			break;
		}
		unconfirmed_add(&o->sent, items[i].number, o->out.length - before);
	}
	return i;
}

/* Writes what waits. */
static void write_out(struct outlet *o)
{
	while (o->fd >= 0 && o->out_from < o->out.length) {
		ssize_t n = send(o->fd, o->out.data + o->out_from, o->out.length - o->out_from,
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			disconnect(o, "cannot send to", errno);
		if (n < 0)
			break;
		o->out_from += (size_t)n;
	}
	if (o->out_from == o->out.length || o->out_from >= BUFFER_ENOUGH) {
		o->out.length -= o->out_from;
		memmove(o->out.data, o->out.data + o->out_from, o->out.length);
		o->out_from = 0;
	}
}

/* A server sends nothing: the end of the stream, or an error. */
static void check_peer(struct outlet *o, short events)
{
	char ignored[512];
	ssize_t n;

	if (o->fd < 0 || !(events & (POLLIN | POLLERR | POLLHUP)))
		return;
	n = recv(o->fd, ignored, sizeof(ignored), MSG_DONTWAIT);
	if (n == 0)
		disconnect(o, "the connection was closed by", ECONNRESET);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		disconnect(o, "the connection was lost to", errno);
}

static size_t syslog_poll(struct outlet *o, int timeout_ms)
{
	struct pollfd fd = { .fd = o->fd, .events = POLLIN };
	int outstanding = 0;

	if (o->is_local)
		return local_poll(&o->local, timeout_ms);
	if (o->fd < 0)
		return 0;
	if (o->connecting || o->out_from < o->out.length)
		fd.events |= POLLOUT;
	poll(&fd, 1, o->sent.count > 0 || o->connecting ? timeout_ms : 0);
	if (!finish_connecting(o))
		return o->sent.count;
	check_peer(o, fd.revents);
	write_out(o);
	if (o->fd < 0)
		return 0;
	if (ioctl(o->fd, SIOCOUTQ, &outstanding) < 0)
		outstanding = 0;
	unconfirmed_look(&o->sent, o->shipper,
			 (uint64_t)outstanding + (o->out.length - o->out_from));
	return o->sent.count;
}

static void syslog_close(struct outlet *o)
{
	if (o->fd >= 0)
		close(o->fd);
	local_close(&o->local);
	vigil_buffer_free(&o->out);
	free_settings(o);
	free(o);
}

static const struct outlet_setting syslog_settings[] = {
	{ "url", "URL", "tcp://HOST:PORT, or unix:/dev/log, which is the default", false },
	{ "facility", "N", "number of the facility, 0 to 23 (default 1)", false },
	{ "ack-delay", "TIME",
	  "syslog has no acknowledgements: events count as sent when the other system has received "
	  "them and the connection has then been up for this long (default 1s)",
	  false },
	{ NULL, NULL, NULL, false },
};

const struct outlet_calls syslog_outlet = {
	.name = "syslog",
	.help = "a syslog server by TCP (RFC 5424), or the local one",
	.settings = syslog_settings,
	.check = syslog_check,
	.open = syslog_open,
	.send = syslog_send,
	.poll = syslog_poll,
	.close = syslog_close,
};
