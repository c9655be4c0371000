/* SPDX-License-Identifier: MIT */
/* kafka.c - the outlet of Kafka: an idempotent producer of librdkafka. Bodies are not copied: they
 * stay in the spool's memory until the brokers have acknowledged them. */
#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "core/error.h"
#include "library.h"
#include "os/os.h"
#include "outlet.h"

/* Messages that are sent alone after the brokers have refused several together. */
#define ALONE_COUNT 1000

/* clang-format off */
#define CALLS(X) \
	X(rd_kafka_conf_new) X(rd_kafka_conf_set) X(rd_kafka_conf_destroy) \
	X(rd_kafka_conf_set_dr_msg_cb) X(rd_kafka_conf_set_error_cb) \
	X(rd_kafka_conf_set_log_cb) X(rd_kafka_conf_set_opaque) X(rd_kafka_new) \
	X(rd_kafka_destroy) X(rd_kafka_purge) X(rd_kafka_topic_new) X(rd_kafka_topic_destroy) \
	X(rd_kafka_produceva) X(rd_kafka_poll) X(rd_kafka_headers_new) \
	X(rd_kafka_headers_destroy) X(rd_kafka_header_add) X(rd_kafka_error_code) \
	X(rd_kafka_error_string) X(rd_kafka_error_destroy) X(rd_kafka_err2str)
/* clang-format on */
static struct {
	CALLS(LIBRARY_MEMBER)
} kafka;
static const char *const names[] = { CALLS(LIBRARY_NAME) };

static const struct outlet_setting kafka_settings[] = {
	{ .name = "brokers",
	  .value = "HOST:PORT,...",
	  .help = "some of the brokers",
	  .needed = true },
	{ .name = "topic", .value = "NAME", .help = "topic to write to; the default is vigil" },
	{ .name = "compression",
	  .value = "NAME",
	  .help = "none, lz4, zstd, gzip or snappy; the default is lz4" },
	{ .name = "tls",
	  .value = "YES-OR-NO",
	  .help = "encrypt; the default is yes if ca-file or cert-file is given, else no" },
	{ .name = "ca-file",
	  .value = "FILE",
	  .help = "certificates of authorities that may sign those of the brokers; the default is "
		  "those of the system" },
	{ .name = "cert-file", .value = "FILE", .help = "certificate to send to the brokers" },
	{ .name = "key-file", .value = "FILE", .help = "private key of cert-file" },
	{ .name = "user", .value = "NAME", .help = "user for SASL" },
	{ .name = "password-file", .value = "FILE", .help = "file with its password" },
	{ .name = "mechanism",
	  .value = "NAME",
	  .help = "SASL mechanism: PLAIN, SCRAM-SHA-256, ...; the default is PLAIN" },
	{ .name = "kafka.",
	  .value = "TEXT",
	  .help = "any setting of librdkafka: kafka.linger.ms, kafka.partitioner, ..." },
	{ .name = NULL },
};

struct outlet {
	struct shipper *shipper;
	const struct ship_settings *settings;
	rd_kafka_t *handle;
	rd_kafka_topic_t *topic;
	char *password;
	size_t held;         /* messages whose report has not come */
	bool alone;          /* this handle sends each message alone */
	unsigned alone_left; /* how many more are to be sent so */
	bool renew;          /* a new handle is needed as soon as nothing is held ... */
	bool renew_alone;    /* ... which sends each message alone */
	int said;            /* the kind of trouble that was reported last; 0: none */
};

/* ---- reports of librdkafka; both are called by rd_kafka_poll ---- */

/* Several messages are refused if one of them is not accepted. */
static enum ship_result kafka_refused(struct outlet *outlet)
{
	if (outlet->alone)
		return SHIP_REFUSED;
	outlet->renew = outlet->renew_alone = true;
	return SHIP_AGAIN;
}

static enum ship_result kafka_result(struct outlet *outlet, rd_kafka_resp_err_t error)
{
	switch (error) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		return SHIP_ACKED;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:
		return kafka_refused(outlet);
	default:
		return SHIP_AGAIN;
	}
}

static void kafka_works(struct outlet *outlet)
{
	if (outlet->said)
		ship_say(outlet->shipper, NULL);
	outlet->said = 0;
	if (outlet->alone && outlet->alone_left > 0 && --outlet->alone_left == 0) {
		outlet->renew = true;
		outlet->renew_alone = false;
	}
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *context)
{
	struct outlet *outlet = context;
	enum ship_result result = kafka_result(outlet, message->err);

	(void)handle;
	outlet->held--;
	if (result == SHIP_ACKED)
		kafka_works(outlet);
	ship_done(outlet->shipper, (uint64_t)(uintptr_t)message->_private, result,
		  result == SHIP_ACKED ? NULL : kafka.rd_kafka_err2str(message->err));
}

static void on_error(rd_kafka_t *handle, int error, const char *reason, void *context)
{
	struct outlet *outlet = context;
	struct vigil_error text;

	(void)handle;
	if (error == RD_KAFKA_RESP_ERR__FATAL)
		outlet->renew = true;
	if (outlet->said && (error == outlet->said || error == RD_KAFKA_RESP_ERR__TRANSPORT ||
			     error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN))
		return; /* the same of another broker, or once more */
	vigil_fail(&text, VIGIL_ERROR_OUTPUT, "Kafka: %.400s", reason);
	ship_say(outlet->shipper, text.text);
	outlet->said = error;
}

/* ---- the producer ---- */

static bool conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
		     struct vigil_error *error)
{
	char why[300];

	if (!value ||
	    kafka.rd_kafka_conf_set(conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
		return true;
	vigil_fail(error, VIGIL_ERROR_USAGE, "librdkafka: %.300s", why);
	return false;
}

/* The protocol follows from which settings are given. */
static const char *security_protocol(const struct ship_settings *settings)
{
	bool sasl = ship_setting(settings, "user");
	bool tls = ship_setting(settings, "ca-file") || ship_setting(settings, "cert-file");
	struct vigil_error error;

	ship_setting_yes_no(settings, "tls", &tls, &error); /* kafka_check() has found errors */
	return sasl ? tls ? "SASL_SSL" : "SASL_PLAINTEXT" : tls ? "SSL" : "PLAINTEXT";
}

static bool conf_set_own(rd_kafka_conf_t *conf, const struct ship_settings *settings,
			 struct vigil_error *error)
{
	static const char BEGINNING[] = "kafka.";

	for (size_t i = 0; i < settings->own_count; i++) {
		const struct ship_setting *own = &settings->own[i];

		if (strncmp(own->name, BEGINNING, sizeof(BEGINNING) - 1) == 0 &&
		    !conf_set(conf, own->name + sizeof(BEGINNING) - 1, own->value, error))
			return false;
	}
	return true;
}

static bool conf_set_all(rd_kafka_conf_t *conf, const struct outlet *outlet,
			 struct vigil_error *error)
{
	const struct ship_settings *s = outlet->settings;
	const char *compression = ship_setting(s, "compression");
	const char *user = ship_setting(s, "user"), *mechanism = ship_setting(s, "mechanism");
	const char *const pairs[][2] = {
		{ "bootstrap.servers", ship_setting(s, "brokers") },
		{ "client.id", "vigil" },
		{ "enable.idempotence", "true" },
		{ "acks", "all" },
		{ "queue.buffering.max.messages", "1000000" },
		{ "compression.codec", compression ? compression : "lz4" },
		{ "security.protocol", security_protocol(s) },
		{ "ssl.ca.location", ship_setting(s, "ca-file") },
		{ "ssl.certificate.location", ship_setting(s, "cert-file") },
		{ "ssl.key.location", ship_setting(s, "key-file") },
		{ "sasl.mechanisms", user ? mechanism ? mechanism : "PLAIN" : NULL },
		{ "sasl.username", user },
		{ "sasl.password", outlet->password },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (!conf_set(conf, pairs[i][0], pairs[i][1], error))
			return false;
	return conf_set_own(conf, s, error) &&
	       (!outlet->alone || conf_set(conf, "batch.num.messages", "1", error));
}

static enum vigil_code producer_open(struct outlet *outlet, struct vigil_error *error)
{
	rd_kafka_conf_t *conf = kafka.rd_kafka_conf_new();
	const char *topic = ship_setting(outlet->settings, "topic");
	char why[300];

	if (!conf_set_all(conf, outlet, error)) {
		kafka.rd_kafka_conf_destroy(conf);
		return error->code;
	}
	kafka.rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	kafka.rd_kafka_conf_set_error_cb(conf, on_error);
	kafka.rd_kafka_conf_set_log_cb(conf, NULL);
	kafka.rd_kafka_conf_set_opaque(conf, outlet);
	outlet->handle = kafka.rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!outlet->handle) {
		kafka.rd_kafka_conf_destroy(conf);
		return vigil_fail(error, VIGIL_ERROR_USAGE, "librdkafka: %.300s", why);
	}
	outlet->topic = kafka.rd_kafka_topic_new(outlet->handle, topic ? topic : "vigil", NULL);
	if (outlet->topic)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_USAGE, "librdkafka does not accept the topic %.100s",
			  topic ? topic : "vigil");
}

static void producer_close(struct outlet *outlet)
{
	if (outlet->topic)
		kafka.rd_kafka_topic_destroy(outlet->topic);
	if (outlet->handle) {
		kafka.rd_kafka_purge(outlet->handle,
				     RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		kafka.rd_kafka_destroy(outlet->handle);
	}
	outlet->topic = NULL;
	outlet->handle = NULL;
}

/* Makes a new producer. */
static bool producer_renew(struct outlet *outlet)
{
	struct vigil_error error;

	producer_close(outlet);
	outlet->alone = outlet->renew_alone;
	outlet->alone_left = ALONE_COUNT;
	outlet->renew = false;
	if (producer_open(outlet, &error) == VIGIL_OK)
		return true;
	producer_close(outlet);
	ship_say(outlet->shipper, error.text);
	outlet->said = error.code;
	return false;
}

/* ---- the outlet ---- */

static void kafka_close(struct outlet *outlet)
{
	producer_close(outlet);
	free(outlet->password);
	free(outlet);
}

static enum vigil_code kafka_open(struct outlet **out, struct shipper *shipper,
				  const struct ship_settings *settings, struct vigil_error *error)
{
	struct outlet *outlet;
	enum vigil_code code = library_open("librdkafka.so.1", "librdkafka1", names,
					    sizeof(names) / sizeof(names[0]), &kafka, error);

	*out = NULL;
	if (code < 0)
		return code;
	outlet = calloc(1, sizeof(*outlet));
	if (!outlet)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	outlet->shipper = shipper;
	outlet->settings = settings;
	if (!ship_setting_secret(settings, "password-file", &outlet->password, error))
		code = error->code;
	else
		code = producer_open(outlet, error);
	if (code == VIGIL_OK)
		*out = outlet;
	else
		kafka_close(outlet);
	return code;
}

static rd_kafka_headers_t *make_headers(const struct outlet *outlet, const struct ship_item *item)
{
	rd_kafka_headers_t *headers = kafka.rd_kafka_headers_new(3);

	kafka.rd_kafka_header_add(headers, "id", 2, item->id, -1);
	kafka.rd_kafka_header_add(headers, "type", 4, cli_type_name(item->type), -1);
	kafka.rd_kafka_header_add(headers, "host", 4, outlet->settings->host, -1);
	return headers;
}

static rd_kafka_resp_err_t produce(struct outlet *outlet, const struct ship_item *item)
{
	rd_kafka_headers_t *headers = make_headers(outlet, item);
	size_t key_length = strlen(item->key);
	const rd_kafka_vu_t message[] = {
		{ .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = outlet->topic },
		{ .vtype = RD_KAFKA_VTYPE_VALUE,
		  .u.mem = { .ptr = (void *)item->body, .size = item->length } },
		{ .vtype = RD_KAFKA_VTYPE_KEY,
		  .u.mem = { .ptr = key_length ? (void *)item->key : NULL, .size = key_length } },
		{ .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
		{ .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)item->number },
	};
	rd_kafka_error_t *failed =
	    kafka.rd_kafka_produceva(outlet->handle, message, sizeof(message) / sizeof(message[0]));
	rd_kafka_resp_err_t code;

	if (!failed)
		return RD_KAFKA_RESP_ERR_NO_ERROR;
	code = kafka.rd_kafka_error_code(failed);
	kafka.rd_kafka_error_destroy(failed);
	kafka.rd_kafka_headers_destroy(headers);
	return code;
}

static size_t kafka_send(struct outlet *outlet, const struct ship_item *items, size_t count)
{
	if ((outlet->renew && outlet->held > 0) ||
	    ((outlet->renew || !outlet->handle) && !producer_renew(outlet)))
		return 0;
	for (size_t i = 0; i < count; i++) {
		rd_kafka_resp_err_t code = produce(outlet, &items[i]);

		if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
			return i;
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
			outlet->held++;
		else
			ship_done(outlet->shipper, items[i].number,
				  code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? SHIP_REFUSED
									       : SHIP_AGAIN,
				  kafka.rd_kafka_err2str(code));
	}
	return count;
}

static size_t kafka_poll(struct outlet *outlet, int timeout_ms)
{
	if (outlet->handle)
		kafka.rd_kafka_poll(outlet->handle, timeout_ms);
	else
		os_sleep_ms((unsigned)timeout_ms);
	return outlet->held;
}

static enum vigil_code kafka_check(const struct ship_settings *settings, struct vigil_error *error)
{
	bool tls;

	return ship_setting_yes_no(settings, "tls", &tls, error) &&
		       ship_setting_pair(settings, "user", "password-file", error)
		   ? VIGIL_OK
		   : VIGIL_ERROR_USAGE;
}

extern const struct outlet_calls kafka_outlet;
const struct outlet_calls kafka_outlet = { .name = "kafka",
					   .help = "a Kafka cluster, through librdkafka",
					   .settings = kafka_settings,
					   .check = kafka_check,
					   .open = kafka_open,
					   .send = kafka_send,
					   .poll = kafka_poll,
					   .close = kafka_close };
