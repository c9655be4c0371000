/* SPDX-License-Identifier: MIT */
/*
 * syslog.c - sends to a syslog server by TCP (RFC 6587) or TLS (RFC 5425): messages of RFC 5424 with
 * octet counting; or to the local one, by the socket /dev/log in its traditional form.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/error.h"
#include "local.h"
#include "os/os.h"
#include "stream.h"

#define DEFAULT_URL     "unix:/dev/log"
#define TCP_PORT        "514"
#define TLS_PORT        "6514"
#define FACILITY_MAX    23
#define PRIORITY_INFO   6
#define PRIORITY_NOTICE 5
#define BUFFER_ENOUGH   (256u << 10) /* bytes that wait for the socket */
#define ACK_DELAY_MS    1000

struct outlet {
	struct shipper *shipper;
	const struct ship_settings *settings;
	uint64_t facility;
	char *host, *port; /* of TCP and TLS */
	bool is_local;
	struct local local;
	struct stream stream;
	struct vigil_buffer out;
	size_t out_from; /* what precedes is sent */
	struct unconfirmed sent;
};

/* ---- settings ---- */

/* Reads HOST[:PORT]; a HOST with colons is in brackets. */
static bool read_host(struct outlet *o, const char *url, const char *default_port)
{
	const char *end = *url == '[' ? strchr(url, ']') : url + strcspn(url, ":/");

	if (!end || end == url)
		return false;
	o->host = strndup(url + (*url == '['), (size_t)(end - url) - (*url == '['));
	end += *end == ']';
	o->port = strdup(*end == ':' && end[1] ? end + 1 : default_port);
	return (*end == ':' || !*end) && o->host && o->port &&
	       strspn(o->port, "0123456789") == strlen(o->port);
}

static bool read_url(struct outlet *o, const char *url)
{
	if (strncmp(url, "unix:", 5) == 0) {
		o->is_local = true;
		return url[5] == '/' && (size_t)snprintf(o->local.path, sizeof(o->local.path), "%s",
							 url + 5) < sizeof(o->local.path);
	}
	o->stream.has_tls = strncmp(url, "tls://", 6) == 0;
	if (o->stream.has_tls || strncmp(url, "tcp://", 6) == 0)
		return read_host(o, url + 6, o->stream.has_tls ? TLS_PORT : TCP_PORT);
	return false;
}

static void free_settings(struct outlet *o)
{
	free(o->host);
	free(o->port);
}

/* Files that nothing would read are a mistake: the connection would not be what was meant. */
static bool read_tls(const struct outlet *o, const struct ship_settings *settings,
		     struct vigil_error *error)
{
	if (o->stream.has_tls ||
	    (!ship_setting(settings, "ca-file") && !ship_setting(settings, "cert-file")))
		return ship_setting_pair(settings, "cert-file", "key-file", error);
	vigil_fail(error, VIGIL_ERROR_USAGE,
		   "output %.60s: ca-file and cert-file need url = tls://HOST:PORT",
		   settings->name);
	return false;
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
	if (!read_url(o, url ? url : DEFAULT_URL))
		return ship_setting_fail(settings, "url",
					 "tls://HOST:PORT, tcp://HOST:PORT or unix:/dev/log",
					 error);
	return read_tls(o, settings, error);
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

/* The connection has failed, and is closed: all that was written to it is sent again. */
static void disconnected(struct outlet *o)
{
	o->out.length = o->out_from = 0;
	unconfirmed_fail(&o->sent, o->shipper, o->stream.why);
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

static void syslog_close(struct outlet *o)
{
	stream_close(&o->stream);
	tls_close(&o->stream.tls);
	local_close(&o->local);
	vigil_buffer_free(&o->out);
	free_settings(o);
	free(o);
}

static enum vigil_code syslog_open(struct outlet **outlet, struct shipper *shipper,
				   const struct ship_settings *settings, struct vigil_error *error)
{
	struct outlet *o = calloc(1, sizeof(*o));

	*outlet = NULL;
	if (!o)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	o->shipper = shipper;
	o->stream.fd = o->local.fd = -1;
	o->local.shipper = shipper;
	o->local.context = o;
	o->local.put = put_local;
	if (!read_settings(o, settings, error) ||
	    (o->stream.has_tls && tls_open(&o->stream.tls, settings, o->host, error) < 0)) {
		syslog_close(o);
		return error->code;
	}
	o->stream.host = o->host;
	o->stream.port = o->port;
	*outlet = o;
	return VIGIL_OK;
}

static size_t syslog_send(struct outlet *o, const struct ship_item *items, size_t count)
{
	size_t i = 0;

	if (o->is_local)
		return local_send(&o->local, items, count);
	if (!stream_connect(&o->stream)) { /* one item stands for the attempt */
		unconfirmed_add(&o->sent, items[0].number, 0);
		disconnected(o);
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

/* Writes what waits, as far as that is possible now. Returns false if the connection failed. */
static bool write_out(struct outlet *o)
{
	ssize_t n = 1;

	while (n > 0 && o->out_from < o->out.length) {
		n = stream_write(&o->stream, o->out.data + o->out_from,
				 o->out.length - o->out_from);
		o->out_from += n > 0 ? (size_t)n : 0;
	}
	if (o->out_from == o->out.length || o->out_from >= BUFFER_ENOUGH) {
		o->out.length -= o->out_from;
		memmove(o->out.data, o->out.data + o->out_from, o->out.length);
		o->out_from = 0;
	}
	return n >= 0;
}

static size_t syslog_poll(struct outlet *o, int timeout_ms)
{
	struct stream *s = &o->stream;
	size_t waits = o->out.length - o->out_from;

	if (o->is_local)
		return local_poll(&o->local, timeout_ms);
	if (s->fd < 0)
		return 0;
	if (o->sent.count == 0 && s->state == STREAM_UP)
		timeout_ms = 0;
	if (!stream_poll(s, waits > 0, timeout_ms) || !write_out(o)) {
		disconnected(o);
		return 0;
	}
	waits = o->out.length - o->out_from;
	unconfirmed_look(&o->sent, o->shipper, stream_outstanding(s) + waits);
	return o->sent.count;
}

static const struct outlet_setting syslog_settings[] = {
	{ "url", "URL",
	  "tls://HOST:PORT (RFC 5425; the default port is 6514), tcp://HOST:PORT (514), or "
	  "unix:/dev/log, which is the default",
	  false },
	OUTLET_TLS_SETTINGS,
	{ "facility", "N", "number of the facility, 0 to 23 (default 1)", false },
	{ "ack-delay", "TIME",
	  "syslog has no acknowledgements: events count as sent when the other system has received "
	  "them and the connection has then been up for this long (default 1s)",
	  false },
	{ NULL, NULL, NULL, false },
};

const struct outlet_calls syslog_outlet = {
	.name = "syslog",
	.help = "a syslog server by TLS or TCP (RFC 5424), or the local one",
	.settings = syslog_settings,
	.check = syslog_check,
	.open = syslog_open,
	.send = syslog_send,
	.poll = syslog_poll,
	.close = syslog_close,
};
