/* SPDX-License-Identifier: MIT */
/*
 * nats.c - the outlet of NATS JetStream. An item is published with the address of a reply that ends
 * with its number; the reply is the stream's acknowledgment. libnats has functions that publish
 * asynchronously too, but they do not report success for each message.
 */
#include <nats/nats.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "core/bytes.h"
#include "core/error.h"
#include "core/json_line.h"
#include "library.h"
#include "os/os.h"
#include "outlet.h"

#define CONNECT_MS   3000
#define IO_BYTES     (256 << 10) /* written to the socket at once */
#define MANY         64          /* items without an acknowledgment */
#define GATHER_MS    2           /* how long replies to them gather */
#define PENDING_SIZE 32768u      /* items without an acknowledgment, at most; a power of 2 */
#define SUBJECT_MAX  300
#define REPLY_MAX    128

/* clang-format off */
#define CALLS(X) \
	X(nats_Open) X(natsOptions_Create) X(natsOptions_Destroy) X(natsOptions_SetServers) \
	X(natsOptions_SetName) X(natsOptions_SetTimeout) X(natsOptions_SetAllowReconnect) \
	X(natsOptions_SetErrorHandler) X(natsOptions_SetUserInfo) X(natsOptions_SetToken) \
	X(natsOptions_SetUserCredentialsFromFiles) X(natsOptions_SetSecure) \
	X(natsOptions_LoadCATrustedCertificates) X(natsOptions_LoadCertificatesChain) \
	X(natsOptions_SetIOBufSize) X(natsOptions_SetWriteDeadline) \
	X(natsConnection_Connect) X(natsConnection_Destroy) X(natsConnection_Status) \
	X(natsConnection_PublishMsg) X(natsConnection_SubscribeSync) \
	X(natsConnection_GetLastError) X(natsSubscription_SetPendingLimits) \
	X(natsSubscription_NextMsg) X(natsSubscription_Destroy) X(natsInbox_Create) \
	X(natsInbox_Destroy) X(natsMsg_Create) X(natsMsg_Destroy) X(natsMsg_GetData) \
	X(natsMsg_GetDataLength) X(natsMsg_GetSubject) X(natsMsgHeader_Set) \
	X(nats_GetLastError) X(natsStatus_GetText)
/* clang-format on */
static struct {
	CALLS(LIBRARY_MEMBER)
} nats;
static const char *const names[] = { CALLS(LIBRARY_NAME) };

static const struct outlet_setting nats_settings[] = {
	{ .name = "servers",
	  .value = "URL,...",
	  .help = "servers of the cluster, such as nats://nats.example.com:4222 or tls://...",
	  .needed = true },
	{ .name = "subject",
	  .value = "NAME",
	  .help = "beginning of the subjects NAME.HOST.TYPE; the default is vigil" },
	{ .name = "stream",
	  .value = "NAME",
	  .help = "stream that must take them; the default is whichever does" },
	{ .name = "user", .value = "NAME", .help = "user of the servers" },
	{ .name = "password-file", .value = "FILE", .help = "file with its password" },
	{ .name = "token-file", .value = "FILE", .help = "file with a token" },
	{ .name = "creds-file",
	  .value = "FILE",
	  .help = "credentials of a user: a JWT and its key, as nsc(1) writes them" },
	{ .name = "tls",
	  .value = "YES-OR-NO",
	  .help = "encrypt; the default is yes if ca-file or cert-file is given, else the URL "
		  "decides" },
	{ .name = "ca-file",
	  .value = "FILE",
	  .help = "certificates of authorities that may sign those of the servers" },
	{ .name = "cert-file", .value = "FILE", .help = "certificate to send to the servers" },
	{ .name = "key-file", .value = "FILE", .help = "private key of cert-file" },
	{ .name = "timeout",
	  .value = "TIME",
	  .help = "how long to wait for an acknowledgment; the default is 10s" },
	{ .name = NULL },
};

struct pending {
	uint64_t number;
	int64_t since;
	bool used;
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
	char *password, *token;
	uint64_t timeout_ms;
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
	pending->used = false;
	outlet->held--;
	ship_done(outlet->shipper, pending->number, result, reason);
}

/* Gives up items that were sent before `since`. */
static void pending_again(struct outlet *outlet, int64_t since, const char *reason)
{
	for (size_t i = 0; outlet->held > 0 && i < PENDING_SIZE; i++)
		if (outlet->pending[i].used && outlet->pending[i].since < since)
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

/* libnats prints errors on standard error unless there is a handler. */
static void ignore_error(natsConnection *connection, natsSubscription *subscription,
			 natsStatus error, void *context)
{
	(void)connection;
	(void)subscription;
	(void)error;
	(void)context;
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
		   status == NATS_PROTOCOL_ERROR && !ship_setting(outlet->settings, "cert-file")
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

static natsStatus publish(struct outlet *outlet, const struct ship_item *item)
{
	const char *stream = ship_setting(outlet->settings, "stream");
	natsMsg *message = NULL;
	natsStatus status;

	outlet->reply[outlet->reply_length +
		      vigil_format_unsigned(outlet->reply + outlet->reply_length, item->number)] =
	    '\0';
	set_type(outlet, cli_type_name(item->type));
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

/* Returns false if the connection is lost: everything is reported then. */
static bool send_item(struct outlet *outlet, const struct ship_item *item)
{
	struct pending *pending = pending_of(outlet, item->number);
	natsStatus status = publish(outlet, item);
	struct vigil_error text;

	*pending = (struct pending){ item->number, os_now_ms(), true };
	outlet->held++;
	if (status == NATS_OK)
		return true;
	vigil_fail(&text, VIGIL_ERROR_OUTPUT, "NATS: %.200s", nats.natsStatus_GetText(status));
	if (status == NATS_MAX_PAYLOAD) {
		pending_done(outlet, pending, SHIP_REFUSED,
			     "larger than the server takes (its setting max_payload)");
		return true;
	}
	disconnect(outlet, text.text);
	return false;
}

static size_t nats_send(struct outlet *outlet, const struct ship_item *items, size_t count)
{
	if (!outlet->connection) {
		if (outlet->has_first || count == 0)
			return 0;
		outlet->first = items[0];
		outlet->has_first = true;
		outlet->held++;
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		if (pending_of(outlet, items[i].number)->used)
			return i;
		if (!send_item(outlet, &items[i]))
			return i + 1;
	}
	return count;
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
	enum ship_result result = SHIP_AGAIN;

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
		result = SHIP_REFUSED;
	pending_done(outlet, pending, result, text.text);
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
	if (!pending->used || pending->number != number)
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
		send_item(outlet, &outlet->first);
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
	free(outlet->password);
	free(outlet->token);
	free(outlet);
}

/* Servers are separated by commas. */
static natsStatus set_servers(natsOptions *options, const char *list)
{
	const char *server[32];
	char *copy = strdup(list), *at = copy, *rest = NULL;
	natsStatus status = NATS_NO_MEMORY;
	int count = 0;

	if (copy)
		while (count < 32 && (server[count] = strtok_r(at, ", ", &rest))) {
			at = NULL;
			count++;
		}
	if (count > 0)
		status = nats.natsOptions_SetServers(options, server, count);
	free(copy);
	return status;
}

static natsStatus set_tls(struct outlet *outlet)
{
	const struct ship_settings *s = outlet->settings;
	const char *ca = ship_setting(s, "ca-file"), *cert = ship_setting(s, "cert-file");
	bool tls = ca || cert;
	struct vigil_error error;
	natsStatus status = NATS_OK;

	ship_setting_yes_no(s, "tls", &tls, &error); /* nats_check() has found errors */
	if (tls)
		status = nats.natsOptions_SetSecure(outlet->options, true);
	if (status == NATS_OK && ca)
		status = nats.natsOptions_LoadCATrustedCertificates(outlet->options, ca);
	if (status == NATS_OK && cert)
		status = nats.natsOptions_LoadCertificatesChain(outlet->options, cert,
								ship_setting(s, "key-file"));
	return status;
}

static natsStatus set_options(struct outlet *outlet)
{
	const struct ship_settings *s = outlet->settings;
	const char *user = ship_setting(s, "user"), *creds = ship_setting(s, "creds-file");
	natsOptions *options = outlet->options;
	natsStatus status = set_servers(options, ship_setting(s, "servers"));

	if (status == NATS_OK)
		status = nats.natsOptions_SetName(options, "vigil");
	if (status == NATS_OK)
		status = nats.natsOptions_SetTimeout(options, CONNECT_MS);
	if (status == NATS_OK) /* the shipper decides when to try again */
		status = nats.natsOptions_SetAllowReconnect(options, false);
	if (status == NATS_OK)
		status = nats.natsOptions_SetErrorHandler(options, ignore_error, NULL);
	if (status == NATS_OK)
		status = nats.natsOptions_SetIOBufSize(options, IO_BYTES);
	if (status == NATS_OK)
		status = nats.natsOptions_SetWriteDeadline(options, CONNECT_MS);
	if (status == NATS_OK && user)
		status = nats.natsOptions_SetUserInfo(options, user, outlet->password);
	if (status == NATS_OK && outlet->token)
		status = nats.natsOptions_SetToken(options, outlet->token);
	if (status == NATS_OK && creds)
		status = nats.natsOptions_SetUserCredentialsFromFiles(options, creds, NULL);
	return status == NATS_OK ? set_tls(outlet) : status;
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

static enum vigil_code read_settings(struct outlet *outlet, const struct ship_settings *settings,
				     struct vigil_error *error)
{
	natsStatus status;

	set_subject(outlet);
	if (!ship_setting_secret(settings, "password-file", &outlet->password, error) ||
	    !ship_setting_secret(settings, "token-file", &outlet->token, error) ||
	    !ship_setting_ms(settings, "timeout", &outlet->timeout_ms, error))
		return error->code;
	nats.nats_Open(0); /* a thread that waits for a lock sleeps */
	status = nats.natsOptions_Create(&outlet->options);
	if (status == NATS_OK)
		status = set_options(outlet);
	if (status == NATS_OK)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_USAGE, "NATS: %.100s: %.300s",
			  nats.natsStatus_GetText(status), nats.nats_GetLastError(NULL));
}

static enum vigil_code nats_open(struct outlet **out, struct shipper *shipper,
				 const struct ship_settings *settings, struct vigil_error *error)
{
	struct outlet *outlet;
	enum vigil_code code = library_open(VIGIL_LIBNATS, "libnats", names,
					    sizeof(names) / sizeof(names[0]), &nats, error);

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
	code = read_settings(outlet, settings, error);
	if (code == VIGIL_OK)
		*out = outlet;
	else
		nats_close(outlet);
	return code;
}

static enum vigil_code nats_check(const struct ship_settings *settings, struct vigil_error *error)
{
	uint64_t timeout_ms;
	bool tls;

	return ship_setting_yes_no(settings, "tls", &tls, error) &&
		       ship_setting_ms(settings, "timeout", &timeout_ms, error) &&
		       ship_setting_pair(settings, "user", "password-file", error) &&
		       ship_setting_pair(settings, "cert-file", "key-file", error)
		   ? VIGIL_OK
		   : VIGIL_ERROR_USAGE;
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
