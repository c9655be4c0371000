/* SPDX-License-Identifier: MIT */
/*
 * send.c - sends made items through an outlet, without spool and shipper, and prints what became of
 * them as JSON: what the tests of outlets start.
 *
 *	fleet_send ENGINE [OPTION=VALUE...] [-- NAME=VALUE...]
 *
 * After -- come settings of the engine. Options: count=N; size=BYTES of a body; large=N: item N has
 * large-size=BYTES; bad=N: item N is not JSON; seconds=N: when to give up; window=BYTES of items
 * that may be in the outlet; rate=N: items per second; stop=N: end without warning after N
 * acknowledgments; from=N: the first number; each=TEXT: a word in each body.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/json.h"
#include "os/os.h"
#include "ship/outlet.h"

#define PAUSE_MIN_MS 50
#define PAUSE_MAX_MS 1000
#define TEXTS_MAX    64

enum state {
	WAITS,
	SENT,
	ACKED,
	REFUSED
};

struct shipper {
	uint64_t from, count, size, large, large_size, bad, seconds, window, rate, stop;
	const char *each;
	struct ship_item *item;
	unsigned char *state;
	uint64_t next; /* the first that may not have been sent */
	uint64_t acked, refused, again, repeated, held;
	uint64_t bytes; /* in the outlet */
	int64_t pause_until, retry_after_ms;
	unsigned pause_ms;
	char *reasons[TEXTS_MAX], *says[TEXTS_MAX];
	size_t reason_count, say_count;
	bool wrong; /* a report that may not be */
};

static void keep_text(char **texts, size_t *count, const char *text)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp(texts[i], text) == 0)
			return;
	if (*count < TEXTS_MAX)
		texts[(*count)++] = strdup(text);
}

void ship_done(struct shipper *s, uint64_t number, enum ship_result result, const char *reason)
{
	uint64_t i = number - s->from;

	if (number < s->from || i >= s->count || s->state[i] != SENT ||
	    (result != SHIP_ACKED && !reason)) {
		fprintf(stderr, "wrong report: %" PRIu64 ", %d\n", number, (int)result);
		s->wrong = true;
		return;
	}
	s->held--;
	s->bytes -= s->item[i].length;
	if (reason)
		keep_text(s->reasons, &s->reason_count, reason);
	if (result == SHIP_ACKED) {
		s->state[i] = ACKED;
		s->pause_ms = PAUSE_MIN_MS;
		if (++s->acked == s->stop)
			_exit(0);
	} else if (result == SHIP_REFUSED) {
		s->state[i] = REFUSED;
		s->refused++;
		fprintf(stderr, "refused %" PRIu64 ": %s\n", number, reason);
	} else {
		s->state[i] = WAITS;
		s->again++;
		s->item[i].attempts++;
		if (i < s->next)
			s->next = i;
		if (os_now_ms() >= s->pause_until) {
			s->pause_until = os_now_ms() + s->pause_ms;
			s->pause_ms =
			    s->pause_ms * 2 < PAUSE_MAX_MS ? s->pause_ms * 2 : PAUSE_MAX_MS;
		}
	}
}

void ship_retry_after(struct shipper *s, uint64_t ms)
{
	s->retry_after_ms = (int64_t)ms;
	s->pause_until = os_now_ms() + (int64_t)ms;
}

void ship_say(struct shipper *s, const char *text)
{
	if (text)
		keep_text(s->says, &s->say_count, text);
}

/* A body like that of an event: about 1 KiB unless a size is given. */
static bool make_item(struct shipper *s, uint64_t i)
{
	uint64_t number = s->from + i, size = number == s->large ? s->large_size : s->size;
	struct ship_item *item = &s->item[i];
	char *body = malloc(size + 400), *id = malloc(40);
	int length;

	if (!body || !id) {
		free(body);
		free(id);
		return false;
	}
	snprintf(id, 40, "testhost-77-%" PRIu64, number);
	length = snprintf(
	    body, 400,
	    "{\"@timestamp\":\"2026-11-30T03:48:07.%09uZ\",\"event\":{\"sequence\":%" PRIu64
	    ",\"action\":\"exec\"},\"message\":\"%s\\u00e9 \\\"q\\\" ü\",\"process\":{"
	    "\"command_line\":\"",
	    (unsigned)(number % 1000000000), number, s->each);
	if (number == s->bad)
		body[0] = '!';
	while ((uint64_t)length + 3 < size)
		body[length] = (char)('a' + ((uint64_t)length * 7 + number) % 26), length++;
	memcpy(body + length, "\"}}", 4);
	*item = (struct ship_item){ .number = number,
				    .id = id,
				    .type = VIGIL_EVENT_PROCESS_EXEC,
				    .time_ns = 1796010487000000000 + (int64_t)number,
				    .key = "testhost",
				    .body = body,
				    .length = (size_t)length + 3 };
	return true;
}

static bool is_over(const struct shipper *s, int64_t end)
{
	return s->acked + s->refused == s->count || os_now_ms() >= end || s->wrong;
}

/* Items in a row that wait, from s->next. */
static size_t next_run(struct shipper *s, uint64_t allowed)
{
	size_t run = 0;
	uint64_t bytes = s->bytes;

	while (s->next < s->count && s->state[s->next] != WAITS)
		s->next++;
	while (s->next + run < allowed && s->state[s->next + run] == WAITS && run < 1000 &&
	       (bytes += s->item[s->next + run].length) < s->window)
		run++;
	return run;
}

/* How many items may have been sent by now. */
static uint64_t allowed_by_rate(const struct shipper *s, int64_t begin)
{
	uint64_t allowed = (uint64_t)(os_now_ms() - begin) * s->rate / 1000 + 1;

	return s->rate && allowed < s->count ? allowed : s->count;
}

/* Returns whether the outlet took all that can be sent now. */
static bool give(struct shipper *s, const struct outlet_calls *calls, struct outlet *outlet,
		 uint64_t allowed)
{
	size_t length = os_now_ms() >= s->pause_until ? next_run(s, allowed) : 0, took;
	uint64_t first = s->next;

	if (length == 0)
		return false;
	for (uint64_t i = first; i < first + length; i++) { /* it may report at once */
		s->state[i] = SENT;
		s->held++;
		s->bytes += s->item[i].length;
	}
	took = calls->send(outlet, &s->item[first], length);
	for (uint64_t i = first + took; i < first + length; i++) {
		s->state[i] = WAITS;
		s->held--;
		s->bytes -= s->item[i].length;
	}
	return took == length;
}

static void run(struct shipper *s, const struct outlet_calls *calls, struct outlet *outlet)
{
	int64_t begin = os_now_ms(), end = begin + (int64_t)s->seconds * 1000;

	while (!is_over(s, end)) {
		bool gave = give(s, calls, outlet, allowed_by_rate(s, begin));

		if (calls->poll(outlet, gave ? 0 : 20) == 0 && os_now_ms() < s->pause_until)
			os_sleep_ms(1); /* nothing can be done before: as a shipper waits */
	}
}

static void print_texts(struct json *json, const char *name, char **texts, size_t count)
{
	json_open(json, name, '[');
	for (size_t i = 0; i < count; i++)
		json_text(json, NULL, texts[i]);
	json_close(json, ']');
}

static int print_result(struct shipper *s, int64_t took_ms, clock_t cpu)
{
	struct json json = { 0 };

	json_open(&json, NULL, '{');
	json_number(&json, "acked", s->acked);
	json_number(&json, "refused", s->refused);
	json_number(&json, "again", s->again);
	json_number(&json, "held", s->held);
	json_number(&json, "retry_after_ms", (uint64_t)s->retry_after_ms);
	json_number(&json, "ms", (uint64_t)took_ms);
	json_number(&json, "cpu_ms", (uint64_t)cpu * 1000 / CLOCKS_PER_SEC);
	print_texts(&json, "reasons", s->reasons, s->reason_count);
	print_texts(&json, "says", s->says, s->say_count);
	json_close(&json, '}');
	return json_print(&json) || s->wrong;
}

static bool read_option(struct shipper *s, const char *option)
{
	const struct {
		const char *name;
		uint64_t *to;
	} numbers[] = { { "count=", &s->count },   { "size=", &s->size },
			{ "large=", &s->large },   { "large-size=", &s->large_size },
			{ "bad=", &s->bad },       { "seconds=", &s->seconds },
			{ "window=", &s->window }, { "rate=", &s->rate },
			{ "stop=", &s->stop },     { "from=", &s->from } };

	if (strncmp(option, "each=", 5) == 0) {
		s->each = option + 5;
		return true;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		size_t length = strlen(numbers[i].name);

		if (strncmp(option, numbers[i].name, length) == 0) {
			*numbers[i].to = strtoull(option + length, NULL, 10);
			return true;
		}
	}
	return false;
}

static size_t read_own(struct ship_setting *own, char **argv)
{
	size_t count = 0;

	for (; *argv && count < 40; argv++) {
		char *equals = strchr(*argv, '=');

		if (!equals)
			continue;
		*equals = '\0';
		own[count] = (struct ship_setting){ *argv, equals + 1, (unsigned)count + 1 };
		count++;
	}
	return count;
}

static bool make_items(struct shipper *s)
{
	s->item = calloc(s->count, sizeof(*s->item));
	s->state = calloc(s->count, 1);
	if (!s->item || !s->state)
		return false;
	for (uint64_t i = 0; i < s->count; i++)
		if (!make_item(s, i))
			return false;
	return true;
}

static void free_texts(char **texts, size_t count)
{
	while (count > 0)
		free(texts[--count]);
}

static void free_items(struct shipper *s)
{
	for (uint64_t i = 0; s->item && i < s->count; i++) {
		free((char *)s->item[i].body);
		free((char *)s->item[i].id);
	}
	free(s->item);
	free(s->state);
	free_texts(s->reasons, s->reason_count);
	free_texts(s->says, s->say_count);
}

static int send_all(struct shipper *s, const struct ship_settings *settings)
{
	const struct outlet_calls *calls = settings->engine;
	struct vigil_error error;
	struct outlet *outlet;
	int64_t begin;
	clock_t cpu;
	int status;

	if ((calls->check && calls->check(settings, &error) < 0) ||
	    calls->open(&outlet, s, settings, &error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	begin = os_now_ms();
	cpu = clock();
	run(s, calls, outlet);
	status = print_result(s, os_now_ms() - begin, clock() - cpu);
	calls->close(outlet);
	return status;
}

int main(int argc, char **argv)
{
	struct shipper s = { .from = 1,
			     .count = 1000,
			     .size = 1000,
			     .seconds = 20,
			     .window = 16u << 20,
			     .pause_ms = PAUSE_MIN_MS,
			     .each = "" };
	struct ship_setting own[40];
	struct ship_settings settings = {
		.name = "test", .host = "test.host", .format = VIGIL_FORMAT_JSON, .own = own
	};
	int at = 2, status;

	signal(SIGPIPE, SIG_IGN); /* as side_process_start() does for the processes that send */
	settings.engine = argc > 1 ? outlet_find(argv[1]) : NULL;
	for (; at < argc && strcmp(argv[at], "--") != 0; at++)
		if (!read_option(&s, argv[at]))
			return 2;
	settings.own_count = read_own(own, argv + (at < argc ? at + 1 : argc));
	status = settings.engine && !settings.engine->missing && make_items(&s)
		     ? send_all(&s, &settings)
		     : 77;
	free_items(&s);
	return status;
}
