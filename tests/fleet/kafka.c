/* SPDX-License-Identifier: MIT */
/*
 * kafka.c - a mock cluster of librdkafka, and a consumer that counts what is in its topic.
 *
 *	fleet_kafka PARTITIONS [FILE]
 *
 * FILE: the messages are written there, and not checked: lines of id, a tab, and value. Prints the
 * addresses of the brokers. Reads commands, one a line: `down', `up' (all brokers), `error CODE COUNT'
 * (of the next produce requests), `delay MS', `count' (with FILE, once all messages are there).
 * Answers each with the numbers of messages, of different ids, of those without the right headers or
 * key, and the greatest sequence. Ends at the end of the input.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDS        (1u << 24)
#define PRODUCE    0 /* the number of that request in Kafka's protocol */
#define BROKERS    3
#define BATCH      10000
#define TIMEOUT_MS 100
#define TOPIC      "vigil"

static unsigned char seen[IDS];
static FILE *copy; /* NULL: messages are checked */
static atomic_ullong messages, ids, wrong, greatest;
static atomic_bool over;

static bool has_header(const rd_kafka_headers_t *headers, const char *name, const char *value)
{
	const void *found;
	size_t length;

	return rd_kafka_header_get_last(headers, name, &found, &length) ==
		   RD_KAFKA_RESP_ERR_NO_ERROR &&
	       length == strlen(value) && memcmp(found, value, length) == 0;
}

/* The sequence of the body; the id must end with it. */
static bool is_right(const rd_kafka_message_t *message, uint64_t *number)
{
	static const char SEQUENCE[] = "\"sequence\":";
	const char *found = memmem(message->payload, message->len, SEQUENCE, sizeof(SEQUENCE) - 1);
	rd_kafka_headers_t *headers;
	char id[60];

	if (!found || rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	*number = strtoull(found + sizeof(SEQUENCE) - 1, NULL, 10);
	snprintf(id, sizeof(id), "testhost-77-%llu", (unsigned long long)*number);
	return has_header(headers, "id", id) && has_header(headers, "type", "exec") &&
	       has_header(headers, "host", "test.host") && message->key_len == 8 &&
	       memcmp(message->key, "testhost", 8) == 0;
}

static void write_copy(const rd_kafka_message_t *message)
{
	rd_kafka_headers_t *headers;
	const void *id = "";
	size_t length = 0;

	if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_header_get_last(headers, "id", &id, &length);
	fprintf(copy, "%.*s\t%.*s\n", (int)length, (const char *)id, (int)message->len,
		(const char *)message->payload);
}

static void count(const rd_kafka_message_t *message)
{
	uint64_t number;

	if (message->err)
		return;
	messages++;
	if (copy) {
		write_copy(message);
		return;
	}
	if (!is_right(message, &number) || number >= IDS) {
		wrong++;
		return;
	}
	if (!seen[number]) {
		seen[number] = 1;
		ids++;
	}
	if (number > greatest)
		greatest = number;
}

static void *consume(void *context)
{
	rd_kafka_queue_t *queue = context;
	static rd_kafka_message_t *batch[BATCH];

	while (!over) {
		ssize_t length = rd_kafka_consume_batch_queue(queue, TIMEOUT_MS, batch, BATCH);

		for (ssize_t i = 0; i < length; i++) {
			count(batch[i]);
			rd_kafka_message_destroy(batch[i]);
		}
	}
	return NULL;
}

static rd_kafka_t *make(rd_kafka_type_t type, const char *brokers)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[200];
	rd_kafka_t *handle;

	if (brokers)
		rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof(why));
	if (brokers) /* see what comes soon */
		rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", why, sizeof(why));
	rd_kafka_conf_set_log_cb(conf, NULL);
	handle = rd_kafka_new(type, conf, why, sizeof(why));
	if (!handle) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	return handle;
}

/* Waits until everything that the brokers have is read: a consumer connects again only after a while
 * when they were down. */
static void wait_until_read(rd_kafka_t *reader, int partitions)
{
	for (int tries = 0; tries < 200; tries++) {
		uint64_t stored = 0;
		int64_t low, high;

		for (int i = 0; i < partitions; i++)
			if (rd_kafka_query_watermark_offsets(reader, TOPIC, i, &low, &high, 1000) ==
			    RD_KAFKA_RESP_ERR_NO_ERROR)
				stored += (uint64_t)high;
			else
				stored = UINT64_MAX / 2; /* unknown */
		if (messages >= stored)
			return;
		usleep(TIMEOUT_MS * 1000);
	}
}

static void obey(rd_kafka_mock_cluster_t *cluster, const char *line)
{
	int code, times, ms;

	if (strcmp(line, "down\n") == 0 || strcmp(line, "up\n") == 0) {
		for (int i = 1; i <= BROKERS; i++)
			(line[0] == 'd' ? rd_kafka_mock_broker_set_down
					: rd_kafka_mock_broker_set_up)(cluster, i);
	} else if (sscanf(line, "error %d %d", &code, &times) == 2) {
		for (int i = 0; i < times; i++)
			rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, code);
	} else if (sscanf(line, "delay %d", &ms) == 1) {
		for (int i = 1; i <= BROKERS; i++)
			rd_kafka_mock_broker_set_rtt(cluster, i, ms);
	}
	if (copy)
		fflush(copy);
	printf("%llu %llu %llu %llu\n", (unsigned long long)messages, (unsigned long long)ids,
	       (unsigned long long)wrong, (unsigned long long)greatest);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int partitions = argc > 1 ? atoi(argv[1]) : 1;
	rd_kafka_t *handle = make(RD_KAFKA_PRODUCER, NULL), *reader;
	rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(handle, BROKERS);
	rd_kafka_queue_t *queue;
	rd_kafka_topic_t *topic;
	pthread_t thread;
	char line[200];

	if (argc > 2)
		copy = fopen(argv[2], "w");
	rd_kafka_mock_topic_create(cluster, TOPIC, partitions, 1);
	reader = make(RD_KAFKA_CONSUMER, rd_kafka_mock_cluster_bootstraps(cluster));
	queue = rd_kafka_queue_new(reader);
	topic = rd_kafka_topic_new(reader, TOPIC, NULL);
	for (int i = 0; i < partitions; i++)
		rd_kafka_consume_start_queue(topic, i, RD_KAFKA_OFFSET_BEGINNING, queue);
	if (pthread_create(&thread, NULL, consume, queue) != 0)
		return 1;
	printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (copy && strcmp(line, "count\n") == 0)
			wait_until_read(reader, partitions);
		obey(cluster, line);
	}
	over = true;
	pthread_join(thread, NULL);
	for (int i = 0; i < partitions; i++)
		rd_kafka_consume_stop(topic, i);
	return copy ? fclose(copy) : 0;
}
