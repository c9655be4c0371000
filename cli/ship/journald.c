/* SPDX-License-Identifier: MIT */
/* journald.c - sends to systemd-journald by its native protocol, with the fields VIGIL_... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "local.h"

#define SOCKET_PATH     "/run/systemd/journal/socket"
#define PRIORITY_INFO   "6"
#define PRIORITY_NOTICE "5"
#define ACK_DELAY_MS    100

struct outlet {
	struct local local;
};

static void put_field(struct vigil_buffer *out, const char *name, const char *value, size_t length)
{
	vigil_put_text(out, name);
	vigil_put_char(out, '=');
	vigil_put(out, value, length);
	vigil_put_char(out, '\n');
}

/* Values have no newline: the shorter of the two forms. */
static void put_entry(void *context, struct vigil_buffer *out, const struct ship_item *item)
{
	bool notable = item->type == VIGIL_EVENT_LOST || item->type == VIGIL_EVENT_ALERT;
	const char *type = vigil_type_name((uint16_t)item->type);
	const char *priority = notable ? PRIORITY_NOTICE : PRIORITY_INFO;

	(void)context;
	put_field(out, "MESSAGE", item->body, item->length);
	put_field(out, "PRIORITY", priority, strlen(priority));
	put_field(out, "SYSLOG_IDENTIFIER", "vigil", 5);
	put_field(out, "VIGIL_ID", item->id, strlen(item->id));
	if (type)
		put_field(out, "VIGIL_TYPE", type, strlen(type));
	vigil_put_text(out, "VIGIL_NUMBER=");
	vigil_put_unsigned(out, item->number);
	vigil_put_text(out, "\nVIGIL_TIME=");
	vigil_put_utc(out, (uint64_t)item->time_ns, 'T', 9);
	vigil_put_text(out, "Z\n");
}

static bool read_settings(struct local *l, const struct ship_settings *settings,
			  struct vigil_error *error)
{
	const char *path = ship_setting(settings, "path");
	uint64_t delay = ACK_DELAY_MS;

	if (!ship_setting_ms(settings, "ack-delay", &delay, error))
		return false;
	l->sent.delay_ms = (int64_t)delay;
	if ((size_t)snprintf(l->path, sizeof(l->path), "%s", path ? path : SOCKET_PATH) <
	    sizeof(l->path))
		return true;
	vigil_fail(error, VIGIL_ERROR_USAGE, "output %s: the path of the socket is too long",
		   settings->name);
	return false;
}

static enum vigil_code journald_open(struct outlet **outlet, struct shipper *shipper,
				     const struct ship_settings *settings,
				     struct vigil_error *error)
{
	struct outlet *o = calloc(1, sizeof(*o));

	*outlet = NULL;
	if (!o)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	if (!read_settings(&o->local, settings, error)) {
		free(o);
		return error->code;
	}
	o->local.shipper = shipper;
	o->local.fd = -1;
	o->local.takes_files = true;
	o->local.put = put_entry;
	*outlet = o;
	return VIGIL_OK;
}

static enum vigil_code journald_check(const struct ship_settings *settings,
				      struct vigil_error *error)
{
	struct local *l = calloc(1, sizeof(*l));
	bool fine;

	if (!l)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	fine = read_settings(l, settings, error);
	free(l);
	return fine ? VIGIL_OK : error->code;
}

static size_t journald_send(struct outlet *o, const struct ship_item *items, size_t count)
{
	return local_send(&o->local, items, count);
}

static size_t journald_poll(struct outlet *o, int timeout_ms)
{
	return local_poll(&o->local, timeout_ms);
}

static void journald_close(struct outlet *o)
{
	local_close(&o->local);
	free(o);
}

static const struct outlet_setting journald_settings[] = {
	{ "path", "PATH", "its socket (default " SOCKET_PATH ")", false },
	{ "ack-delay", "TIME",
	  "events count as sent this long after journald has read them, if it still runs (default "
	  "100ms)",
	  false },
	{ NULL, NULL, NULL, false },
};

const struct outlet_calls journald_outlet = {
	.name = "journald",
	.help =
	    "the journal of systemd, with fields VIGIL_ID, VIGIL_TYPE, VIGIL_NUMBER, VIGIL_TIME",
	.settings = journald_settings,
	.check = journald_check,
	.open = journald_open,
	.send = journald_send,
	.poll = journald_poll,
	.close = journald_close,
};
