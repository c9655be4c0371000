/* SPDX-License-Identifier: MIT */
/*
 * nats.c - the outlet of NATS JetStream. An item is published with the address of a reply that ends
 * with its number; the reply is the stream's acknowledgment. With the setting `batch` a message has
 * several items, whose numbers follow each other. libnats has functions that publish asynchronously
 * too, but they do not report success for each message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "core/bytes.h"
#include "core/error.h"
#include "core/json_line.h"
#include "nats.h"
#include "os/os.h"
#include "row.h"

#define MANY         64     /* items without an acknowledgment */
#define GATHER_MS    2      /* how long replies to them gather */
#define PENDING_SIZE 32768u /* messages without an acknowledgment, at most; a power of 2 */
#define SUBJECT_MAX  300
#define ID_MAX       200
#define REPLY_MAX    128

/* A message: `count` items from this number on; 0: not used. */
struct pending {
	uint64_t number;
	size_t count;
	int64_t since;
};

struct outlet {
	struct shipper *shipper;
	const struct ship_settings *settings;
	struct json_reader *json;
	natsOptions *options;
	natsConnection *connection;
	natsSubscription *replies;
	char reply[REPLY_MAX]; /* beginning of the address for replies: the number follows */
	size_t reply_length;
	char subject[SUBJECT_MAX]; /* the type is written after its beginning */
	size_t subject_length;
	uint64_t timeout_ms;
	uint64_t batch_bytes; /* of a message; 0: each has one item */
	struct vigil_buffer batch;
	int64_t looked; /* when too old items were looked for */
	size_t held;
	struct ship_item first; /* taken while there is no connection: sent when there is one */
	bool has_first;
	struct pending pending[PENDING_SIZE];
};

/* ---- items without an acknowledgment ---- */

static struct pending *pending_of(struct outlet *outlet, uint64_t number)
{
	return &outlet->pending[number % PENDING_SIZE];
}

static void pending_done(struct outlet *outlet, struct pending *pending, enum ship_result result,
			 const char *reason)
{
	uint64_t next = pending->number, end = next + pending->count;

	outlet->held -= pending->count;
	pending->count = 0;
	while (next < end)
		ship_done(outlet->shipper, next++, result, reason);
}

/* The message is too large. */
static void pending_refused(struct outlet *outlet, struct pending *pending, const char *reason)
{
	if (pending->count == 1) {
		pending_done(outlet, pending, SHIP_REFUSED, reason);
		return;
	}
	outlet->batch_bytes = outlet->batch_bytes / 2 + 1;
	pending_done(outlet, pending, SHIP_AGAIN, reason);
}

/* Gives up items that were sent before `since`. */
static void pending_again(struct outlet *outlet, int64_t since, const char *reason)
{
	for (size_t i = 0; outlet->held > 0 && i < PENDING_SIZE; i++)
		if (outlet->pending[i].count && outlet->pending[i].since < since)
			pending_done(outlet, &outlet->pending[i], SHIP_AGAIN, reason);
}

/* ---- the connection ---- */

static void disconnect(struct outlet *outlet, const char *reason)
{
	nats.natsSubscription_Destroy(outlet->replies);
	nats.natsConnection_Destroy(outlet->connection);
	outlet->replies = NULL;
	outlet->connection = NULL;
	pending_again(outlet, INT64_MAX, reason);
}

/* Subscribes to a new address for replies: replies to what was sent in an earlier connection do
 * not come. */
static natsStatus subscribe(struct outlet *outlet)
{
	natsInbox *inbox = NULL;
	natsStatus status = nats.natsInbox_Create(&inbox);
	char all[REPLY_MAX];

	if (status != NATS_OK)
		return status;
	outlet->reply_length =
	    (size_t)snprintf(outlet->reply, REPLY_MAX, "%.*s.", REPLY_MAX - 40, inbox);
	snprintf(all, sizeof(all), "%.*s*", REPLY_MAX - 2, outlet->reply);
	nats.natsInbox_Destroy(inbox);
	status = nats.natsConnection_SubscribeSync(&outlet->replies, outlet->connection, all);
	if (status == NATS_OK)
		status = nats.natsSubscription_SetPendingLimits(outlet->replies, -1, -1);
	return status;
}

/* A server that wants a certificate just closes the connection if there is none. */
static bool may_want_certificate(const struct outlet *outlet, natsStatus status)
{
	return (status == NATS_PROTOCOL_ERROR || status == NATS_CONNECTION_CLOSED) &&
	       !ship_setting(outlet->settings, "cert-file");
}

/* Returns false, with the reason reported for the item that waits, if there is no connection. */
static bool connect_now(struct outlet *outlet)
{
	natsStatus status = nats.natsConnection_Connect(&outlet->connection, outlet->options);
	struct vigil_error text;
	const char *detail;

	if (status == NATS_OK)
		status = subscribe(outlet);
	if (status == NATS_OK)
		return true;
	detail = nats.nats_GetLastError(NULL);
	vigil_fail(&text, VIGIL_ERROR_OUTPUT, "cannot connect to %.150s: %.100s%s%.150s%s",
		   ship_setting(outlet->settings, "servers"), nats.natsStatus_GetText(status),
		   detail && *detail ? ": " : "", detail ? detail : "",
		   may_want_certificate(outlet, status)
		       ? ". Does the server want a client certificate (cert-file)?"
		       : "");
	disconnect(outlet, text.text);
	if (outlet->has_first) {
		outlet->has_first = false;
		outlet->held--;
		ship_done(outlet->shipper, outlet->first.number, SHIP_AGAIN, text.text);
	}
	return false;
}

/* ---- publishing ---- */

/* Ends the subject. */
static void set_type(struct outlet *outlet, const char *name)
{
	size_t length = strlen(name);

	if (length < SUBJECT_MAX - outlet->subject_length)
		memcpy(outlet->subject + outlet->subject_length, name, length + 1);
}

static natsStatus publish(struct outlet *outlet, const struct ship_item *item, const char *type)
{
	const char *stream = ship_setting(outlet->settings, "stream");
	natsMsg *message = NULL;
	natsStatus status;

	outlet->reply[outlet->reply_length +
		      vigil_format_unsigned(outlet->reply + outlet->reply_length, item->number)] =
	    '\0';
	set_type(outlet, type);
	status = nats.natsMsg_Create(&message, outlet->subject, outlet->reply, item->body,
				     (int)item->length);
	if (status == NATS_OK)
		status = nats.natsMsgHeader_Set(message, "Nats-Msg-Id", item->id);
	if (status == NATS_OK && stream)
		status = nats.natsMsgHeader_Set(message, "Nats-Expected-Stream", stream);
	if (status == NATS_OK)
		status = nats.natsConnection_PublishMsg(outlet->connection, message);
	nats.natsMsg_Destroy(message);
	return status;
}

/* Puts items that follow each other into a message, at least one. Returns how many; 0: no memory. */
static size_t fill_batch(struct outlet *outlet, const struct ship_item *items, size_t count)
{
	struct vigil_buffer *to = &outlet->batch;
	size_t i;

	to->length = 0;
	for (i = 0; i < count && items[i].number == items->number + i; i++) {
		if (i > 0 && to->length + items[i].length > outlet->batch_bytes)
			break;
		ship_put_row(to, &items[i]);
	}
	if (!to->failed)
		return i;
	vigil_buffer_free(to);
	return 0;
}

/* Publishes the first of these items, or a batch of them; the same ones have the same id. */
static natsStatus publish_items(struct outlet *outlet, const struct ship_item *items, size_t *count)
{
	struct ship_item all = *items;
	char id[ID_MAX];

	if (!outlet->batch_bytes) {
		*count = 1;
		return publish(outlet, items, cli_type_name(items->type));
	}
	*count = fill_batch(outlet, items, *count);
	snprintf(id, sizeof(id), "%s+%zu", items->id, *count);
	all.id = id;
	all.body = outlet->batch.data;
	all.length = outlet->batch.length;
	return *count ? publish(outlet, &all, "batch") : NATS_OK;
}

/* Sends a message. Returns the number of items in it; 0: none can be sent now. If the connection is
 * lost, everything is reported. */
static size_t send_message(struct outlet *outlet, const struct ship_item *items, size_t count)
{
	struct pending *pending = pending_of(outlet, items->number);
	struct vigil_error text;
	natsStatus status;

	if (pending->count > 0)
		return 0;
	status = publish_items(outlet, items, &count);
	*pending = (struct pending){ items->number, count, os_now_ms() };
	outlet->held += count;
	if (status == NATS_MAX_PAYLOAD) {
		pending_refused(outlet, pending,
				"larger than the server takes (its setting max_payload)");
	} else if (status != NATS_OK) {
		vigil_fail(&text, VIGIL_ERROR_OUTPUT, "NATS: %.200s",
			   nats.natsStatus_GetText(status));
		disconnect(outlet, text.text);
	}
	return count;
}

static size_t nats_send(struct outlet *outlet, const struct ship_item *items, size_t count)
{
	size_t sent = 0, now = 1;

	if (!outlet->connection) {
		if (outlet->has_first || count == 0)
			return 0;
		outlet->first = items[0];
		outlet->has_first = true;
		outlet->held++;
		return 1;
	}
	while (outlet->connection && sent < count && now > 0) {
		now = send_message(outlet, items + sent, count - sent);
		sent += now;
	}
	return sent;
}

/* ---- acknowledgments ---- */

/* Errors of JetStream that sending again does not change. */
static bool is_permanent(uint64_t code)
{
	return code == 10054 /* the message is larger than the stream takes */ ||
	       code == 10097 /* so are its headers */;
}

static void settle_error(struct outlet *outlet, struct pending *pending, const char *data,
			 size_t length)
{
	const struct json_value *all, *code, *says;
	struct vigil_error text, error;

	if (json_read_line(outlet->json, data, length, &all, &error) < 0) {
		pending_done(outlet, pending, SHIP_AGAIN, "the acknowledgment is not understood");
		return;
	}
	if (!json_find(all, "error") && json_find(all, "seq")) {
		pending_done(outlet, pending, SHIP_ACKED, NULL);
		return;
	}
	code = json_find(all, "error.err_code");
	says = json_find(all, "error.description");
	vigil_fail(&text, VIGIL_ERROR_OUTPUT, "the stream does not take it: %.300s",
		   says && says->type == JSON_TEXT ? says->text : "no reason given");
	if (code && is_permanent(json_unsigned(code)))
		pending_refused(outlet, pending, text.text);
	else
		pending_done(outlet, pending, SHIP_AGAIN, text.text);
}

/* There is no stream, or no JetStream. libnats does not say which item the reply was for. */
static void settle_no_stream(struct outlet *outlet)
{
	const char *subject = ship_setting(outlet->settings, "subject");
	const char *stream = ship_setting(outlet->settings, "stream");
	struct vigil_error text;

	vigil_fail(&text, VIGIL_ERROR_OUTPUT,
		   "no stream of JetStream takes %.100s.>. To create one: nats stream add %.60s "
		   "--subjects '%.100s.>' --storage file --defaults",
		   subject ? subject : "vigil", stream ? stream : "VIGIL",
		   subject ? subject : "vigil");
	pending_again(outlet, INT64_MAX, text.text);
}

static void settle_reply(struct outlet *outlet, natsMsg *message)
{
	static const char SEQ[] = "\"seq\":", ERROR[] = "\"error\"";
	const char *to = nats.natsMsg_GetSubject(message), *data = nats.natsMsg_GetData(message);
	size_t length = (size_t)nats.natsMsg_GetDataLength(message);
	struct pending *pending;
	uint64_t number;

	if (strlen(to) <= outlet->reply_length)
		return;
	number = strtoull(to + outlet->reply_length, NULL, 10);
	pending = pending_of(outlet, number);
	if (!pending->count || pending->number != number)
		return;
	if (length > 0 && memmem(data, length, SEQ, sizeof(SEQ) - 1) &&
	    !memmem(data, length, ERROR, sizeof(ERROR) - 1))
		pending_done(outlet, pending, SHIP_ACKED, NULL);
	else
		settle_error(outlet, pending, data, length);
}

/* Waits for a reply, and then takes all that are there. If many are expected, they are taken
 * together: a thread that wakes for each one costs more than all else. */
static void receive(struct outlet *outlet, int timeout_ms)
{
	natsMsg *message;

	if (outlet->held >= MANY && timeout_ms > 0)
		os_sleep_ms(GATHER_MS);
	for (;;) {
		natsStatus status =
		    nats.natsSubscription_NextMsg(&message, outlet->replies, timeout_ms);

		if (status != NATS_OK && status != NATS_NO_RESPONDERS)
			return;
		timeout_ms = 0;
		if (status == NATS_OK) {
			settle_reply(outlet, message);
			nats.natsMsg_Destroy(message);
		} else {
			settle_no_stream(outlet);
		}
	}
}

/* Gives up what was not acknowledged in time. */
static void look_for_old(struct outlet *outlet)
{
	int64_t now = os_now_ms();
	struct vigil_error text;

	if (now - outlet->looked < 1000)
		return;
	outlet->looked = now;
	vigil_fail(&text, VIGIL_ERROR_OUTPUT,
		   "no acknowledgment for %u s. Does a stream of JetStream take %.200s?",
		   (unsigned)(outlet->timeout_ms / 1000), outlet->subject);
	pending_again(outlet, now - (int64_t)outlet->timeout_ms, text.text);
}

static void say_lost(struct outlet *outlet)
{
	const char *why = NULL;
	struct vigil_error text;

	nats.natsConnection_GetLastError(outlet->connection, &why);
	vigil_fail(&text, VIGIL_ERROR_OUTPUT, "the connection was lost%s%.300s",
		   why && *why ? ": " : "", why ? why : "");
	disconnect(outlet, text.text);
}

static size_t nats_poll(struct outlet *outlet, int timeout_ms)
{
	if (!outlet->connection && outlet->has_first) {
		if (!connect_now(outlet))
			return outlet->held;
		outlet->has_first = false;
		outlet->held--;
		if (send_message(outlet, &outlet->first, 1) == 0)
			ship_done(outlet->shipper, outlet->first.number, SHIP_AGAIN, "no memory");
	}
	if (!outlet->connection) {
		os_sleep_ms((unsigned)timeout_ms);
		return outlet->held;
	}
	receive(outlet, timeout_ms);
	if (nats.natsConnection_Status(outlet->connection) != NATS_CONN_STATUS_CONNECTED)
		say_lost(outlet);
	else
		look_for_old(outlet);
	return outlet->held;
}

/* ---- open and close ---- */

static void nats_close(struct outlet *outlet)
{
	if (outlet->replies)
		nats.natsSubscription_Destroy(outlet->replies);
	if (outlet->connection)
		nats.natsConnection_Destroy(outlet->connection);
	if (outlet->options)
		nats.natsOptions_Destroy(outlet->options);
	json_reader_close(outlet->json);
	vigil_buffer_free(&outlet->batch);
	free(outlet);
}

/* A host with dots is one token of the subject. */
static void set_subject(struct outlet *outlet)
{
	const char *beginning = ship_setting(outlet->settings, "subject");
	size_t length = (size_t)snprintf(outlet->subject, SUBJECT_MAX, "%.100s.",
					 beginning ? beginning : "vigil");
	char *host = outlet->subject + length;

	length += (size_t)snprintf(host, SUBJECT_MAX - length, "%.64s.", outlet->settings->host);
	for (; host[0] && host[1]; host++)
		if (*host == '.')
			*host = '_';
	outlet->subject_length = length;
	set_type(outlet, "*");
}

static enum vigil_code nats_open(struct outlet **out, struct shipper *shipper,
				 const struct ship_settings *settings, struct vigil_error *error)
{
	struct outlet *outlet;
	enum vigil_code code = nats_load(error);

	*out = NULL;
	if (code < 0)
		return code;
	outlet = calloc(1, sizeof(*outlet));
	if (!outlet || !(outlet->json = json_reader_open())) {
		free(outlet);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	}
	outlet->shipper = shipper;
	outlet->settings = settings;
	outlet->timeout_ms = 10000;
	set_subject(outlet);
	code = VIGIL_ERROR_USAGE; /* nats_check() has found such errors */
	if (ship_setting_ms(settings, "timeout", &outlet->timeout_ms, error) &&
	    ship_setting_bytes(settings, "batch", &outlet->batch_bytes, error))
		code = nats_options_make(&outlet->options, settings, error);
	if (code == VIGIL_OK)
		*out = outlet;
	else
		nats_close(outlet);
	return code;
}

extern const struct outlet_calls nats_outlet;
const struct outlet_calls nats_outlet = { .name = "nats",
					  .help = "a stream of NATS JetStream, through libnats",
					  .settings = nats_settings,
					  .check = nats_check,
					  .open = nats_open,
					  .send = nats_send,
					  .poll = nats_poll,
					  .close = nats_close };
