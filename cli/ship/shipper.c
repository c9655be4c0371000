/* SPDX-License-Identifier: MIT */
#include "shipper.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/account.h"
#include "common/cli.h"
#include "figures.h"
#include "refused.h"
#include "ship_confine.h"
#include "spool_format.h"
#include "spool_reader.h"
#include "window.h"

#define GIVE_MAX     1024  /* items in one call of send() */
#define RETRY_MIN_MS 100   /* the first pause after a failure; then twice as long each time */
#define RETRY_MAX_MS 30000 /* the longest one */
#define ASKED_MAX_MS 3600000
#define POLL_MS      10  /* while there may be more to send */
#define FULL_MS      100 /* while there is not */
#define IDLE_MS      1000
#define MARK_MS      100  /* between two writes of the mark */
#define END_MS       3000 /* the longest time to send the rest */

static volatile sig_atomic_t stop; /* SHIPPER_STOP came */

struct shipper {
	const struct shipper_options *options;
	const struct outlet_calls *calls;
	struct outlet *outlet;
	int folder, lock;
	struct spool_reader reader;
	struct spool_entry held; /* an item that is read, and not in the window yet */
	bool holds;
	struct window window;
	struct figures *figures;
	uint32_t grown; /* of the figures, as seen before the spool was read */
	struct vigil_printer *printer;
	uint64_t mark, mark_turn; /* as written last */
	int64_t mark_ms;          /* when it is written next */
	int64_t end_ms;           /* when to stop sending the rest; 0: it is not to end yet */
	uint64_t missing;         /* not in the spool; not reported to standard error yet */
	/* The following are changed by ship_done(), in any thread. */
	pthread_mutex_t mutex;   /* of the window as well */
	int64_t retry_ms;        /* nothing is sent before */
	int64_t pause_ms;        /* the last pause; 0: the last attempt did not fail */
	char said[FIGURES_TEXT]; /* the trouble that was reported; "": none */
};

/* ---- what the outlet reports ---- */

/* Prints trouble if it is not the same as before. */
static void say_trouble(struct shipper *s, const char *text)
{
	if (strncmp(s->said, text, sizeof(s->said) - 1) == 0)
		return;
	snprintf(s->said, sizeof(s->said), "%s", text);
	figures_set_text(s->figures, text);
	cli_say("output %s: %s", s->options->settings.name, text);
}

static void say_recovered(struct shipper *s)
{
	if (!s->said[0])
		return;
	cli_say("output %s: works again", s->options->settings.name);
	s->said[0] = '\0';
}

void ship_say(struct shipper *s, const char *text)
{
	pthread_mutex_lock(&s->mutex);
	if (text)
		say_trouble(s, text);
	else
		say_recovered(s);
	pthread_mutex_unlock(&s->mutex);
}

void ship_retry_after(struct shipper *s, uint64_t ms)
{
	int64_t then = os_now_ms() + (int64_t)(ms < ASKED_MAX_MS ? ms : ASKED_MAX_MS);

	pthread_mutex_lock(&s->mutex);
	if (s->retry_ms < then)
		s->retry_ms = then;
	pthread_mutex_unlock(&s->mutex);
}

/* The first failure after a pause begins the next one; the others belong to the same attempt. */
static void begin_pause(struct shipper *s)
{
	int64_t now = os_now_ms();
	uint16_t random = 0;

	if (now < s->retry_ms && s->pause_ms)
		return;
	os_random(&random, sizeof(random));
	s->pause_ms = s->pause_ms ? s->pause_ms * 2 : RETRY_MIN_MS;
	if (s->pause_ms > RETRY_MAX_MS)
		s->pause_ms = RETRY_MAX_MS;
	if (s->retry_ms < now)
		s->retry_ms = now;
	s->retry_ms += s->pause_ms / 2 + s->pause_ms * random / 2 / UINT16_MAX;
}

static void item_acked(struct shipper *s, struct window_slot *slot)
{
	struct figures *f = s->figures;

	figures_add(&f->shipper.acked, 1);
	figures_add(&f->shipper.bytes, slot->item.length);
	figures_set(&f->shipper.event_ns, (uint64_t)slot->item.time_ns);
	slot->state = WINDOW_DONE;
	if (os_now_ms() < s->retry_ms) /* others failed in the same attempt */
		return;
	s->pause_ms = 0;
	say_recovered(s);
}

static void item_failed(struct shipper *s, struct window_slot *slot, const char *reason)
{
	figures_add(&s->figures->shipper.again, 1);
	figures_set(&s->figures->shipper.failed_ns, os_wall_ns());
	begin_pause(s);
	if (reason)
		say_trouble(s, reason);
	window_again(&s->window, slot->item.number, true);
}

static void item_refused(struct shipper *s, struct window_slot *slot, const char *reason)
{
	if (!reason)
		reason = "refused";
	if (!refused_add(s->folder, &slot->item, reason)) {
		char text[FIGURES_TEXT];

		snprintf(text, sizeof(text),
			 "an item was refused (%.100s), and cannot be written to " REFUSED_FILE
			 ": %.80s",
			 reason, strerror(errno));
		item_failed(s, slot, text);
		return;
	}
	if (figures_get(&s->figures->shipper.refused) == 0)
		cli_say("output %s: the engine refused an event, which is now in %s/" REFUSED_FILE
			": %s",
			s->options->settings.name, s->options->folder, reason);
	figures_add(&s->figures->shipper.refused, 1);
	slot->state = WINDOW_DONE;
}

void ship_done(struct shipper *s, uint64_t number, enum ship_result result, const char *reason)
{
	struct window_slot *slot;

	pthread_mutex_lock(&s->mutex);
	slot = window_find(&s->window, number);
	if (slot && result == SHIP_ACKED)
		item_acked(s, slot);
	else if (slot && result == SHIP_REFUSED)
		item_refused(s, slot, reason);
	else if (slot)
		item_failed(s, slot, reason);
	pthread_mutex_unlock(&s->mutex);
}

/* ---- reading the spool ---- */

/* Formats the event that reports items which are not in the spool. To be freed. */
static char *format_missing(struct shipper *s, const struct spool_entry *entry)
{
	struct account account = { .lost = 0 };
	struct vigil_event event;
	const char *line;
	size_t length = 0;

	account.missing[0].count = entry->missing;
	account.missing[0].last.time = (uint64_t)entry->frame->time_ns;
	snprintf(account.host, sizeof(account.host), "%s", entry->segment->host);
	account_next_missing(&account, &event);
	line = vigil_print(s->printer, &event, &length);
	while (line && length > 0 && line[length - 1] == '\n')
		length--;
	return line ? strndup(line, length) : NULL;
}

/* Puts the held item into the window. Returns false if it has to wait. */
static bool take_held(struct shipper *s)
{
	char *body;

	if (s->held.missing) {
		if (s->window.begin < s->window.end) /* what precedes is done first */
			return false;
		body = format_missing(s, &s->held);
		if (!body)
			return false;
		s->missing += s->held.missing;
		figures_add(&s->figures->shipper.missing, s->held.missing);
		window_add_missing(&s->window, &s->held, body);
		s->held.missing = 0;
	}
	if (!window_has_room(&s->window))
		return false;
	window_add(&s->window, &s->held);
	s->holds = false;
	return true;
}

/* Reads items until the window is full or there are no more. Returns whether there may be more. */
static bool read_items(struct shipper *s)
{
	bool more = true;

	pthread_mutex_lock(&s->mutex);
	window_advance(&s->window);
	for (unsigned i = 0; more && i < WINDOW_SLOTS / 8; i++) {
		if (!s->holds) {
			int got = spool_next(&s->reader, &s->held);

			if (got < 0)
				say_trouble(s, strerror(errno));
			if (got <= 0) {
				more = false;
				break;
			}
			s->holds = true;
		}
		if (!take_held(s))
			break;
	}
	pthread_mutex_unlock(&s->mutex);
	if (s->missing)
		cli_say("output %s: %" PRIu64 " events were not in the spool any more",
			s->options->settings.name, s->missing);
	s->missing = 0;
	return more;
}

/* ---- sending ---- */

/* Gives the outlet what is ready. Returns whether it took all. */
static bool give_items(struct shipper *s)
{
	static struct ship_item items[GIVE_MAX];
	size_t count, took;

	do {
		pthread_mutex_lock(&s->mutex);
		count = os_now_ms() < s->retry_ms ? 0 : window_send(&s->window, items, GIVE_MAX);
		pthread_mutex_unlock(&s->mutex);
		if (count == 0)
			return s->window.cursor == s->window.end;
		took = s->calls->send(s->outlet, items, count);
		figures_add(&s->figures->shipper.sent, took);
		pthread_mutex_lock(&s->mutex);
		for (size_t i = count; i > took; i--)
			window_again(&s->window, items[i - 1].number, false);
		pthread_mutex_unlock(&s->mutex);
	} while (took == count);
	return false;
}

static void write_mark(struct shipper *s, bool now)
{
	uint64_t mark;

	pthread_mutex_lock(&s->mutex);
	window_advance(&s->window);
	mark = s->window.begin - 1;
	figures_set(&s->figures->shipper.in_flight, s->window.end - s->window.begin);
	pthread_mutex_unlock(&s->mutex);
	now = now || s->window.begin == s->window.end || os_now_ms() >= s->mark_ms;
	if (mark == s->mark || !now)
		return;
	if (!spool_mark_write(s->folder, mark, s->mark_turn + 1)) {
		ship_say(s, strerror(errno));
		return;
	}
	s->mark = mark;
	s->mark_turn++;
	s->mark_ms = os_now_ms() + MARK_MS;
	figures_set(&s->figures->shipper.mark, mark);
	figures_set(&s->figures->shipper.acked_ns, os_wall_ns());
}

static void set_state(struct shipper *s, bool paused)
{
	enum figures_state state = paused                            ? FIGURES_WAITING
				   : s->window.begin < s->window.end ? FIGURES_SENDING
								     : FIGURES_IDLE;

	figures_set(&s->figures->shipper.state, state);
}

/* One turn of the loop. Returns false at the end: it was asked to end, and nothing can be sent now. */
static bool shipper_step(struct shipper *s)
{
	bool more = read_items(s), gave = give_items(s), empty, sent;
	size_t left = s->calls->poll(s->outlet, more || !gave ? FULL_MS : POLL_MS);
	int64_t pause = s->retry_ms - os_now_ms();

	write_mark(s, false);
	empty = !more && s->window.begin == s->window.end;
	sent = s->window.begin < s->window.end && s->window.cursor == s->window.end;
	set_state(s, pause > 0);
	if (stop && !s->end_ms)
		s->end_ms = os_now_ms() + END_MS;
	if (s->end_ms && (empty || pause > 0 || os_now_ms() >= s->end_ms))
		return false;
	if (left > 0)
		return true;
	if (pause > 0)
		figures_wait(s->figures, &s->grown, pause < IDLE_MS ? pause : IDLE_MS);
	else if (empty || sent)
		figures_wait(s->figures, &s->grown, empty ? IDLE_MS : POLL_MS);
	return true;
}

/* ---- beginning and end ---- */

static void on_stop(int number)
{
	(void)number;
	stop = 1;
}

/* Waits for the shipper of a `vigil run` that was killed. */
static bool lock_spool(struct shipper *s)
{
	bool said = false;

	s->folder = open(s->options->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (s->folder >= 0)
		s->lock =
		    openat(s->folder, "ship", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	while (s->lock >= 0 && flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
		if (stop || errno != EWOULDBLOCK)
			return false;
		if (!said)
			cli_say("output %s: another process still sends from %s",
				s->options->settings.name, s->options->folder);
		said = true;
		os_sleep_ms(100);
	}
	return s->lock >= 0;
}

/* Continues after the mark; without one, with the first item that is there. */
static uint64_t first_number(struct shipper *s)
{
	uint64_t *first, next = 1;
	size_t count;

	s->mark_turn = spool_mark_read(s->folder, &s->mark);
	if (s->mark_turn)
		return s->mark + 1;
	if (spool_list(s->folder, &first, &count) && count)
		next = first[0] ? first[0] : 1;
	free(first);
	s->mark = next - 1;
	return next;
}

static bool shipper_prepare(struct shipper *s)
{
	struct vigil_printer_options how = { .size = sizeof(how),
					     .format = s->options->settings.format,
					     .fields = s->options->choice.fields,
					     .omit = s->options->choice.omit,
					     .compact = s->options->choice.compact };
	uint64_t next;

	s->figures = s->folder >= 0 ? figures_map(s->folder, true) : NULL;
	s->printer = vigil_printer_new(&how);
	if (!s->figures || !s->printer)
		return false;
	next = first_number(s);
	spool_reader_open(&s->reader, s->folder, next);
	figures_set(&s->figures->shipper.pid, (uint64_t)getpid());
	figures_set(&s->figures->shipper.mark, s->mark);
	figures_add(&s->figures->shipper.starts, 1);
	return window_open(&s->window, next);
}

/* Opens the outlet; as long as it fails, again after a pause. */
static bool open_outlet(struct shipper *s)
{
	struct vigil_error error;

	figures_set(&s->figures->shipper.state, FIGURES_STARTING);
	while (!stop && s->calls->open(&s->outlet, s, &s->options->settings, &error) < 0) {
		ship_say(s, error.text);
		begin_pause(s);
		while (!stop && os_now_ms() < s->retry_ms)
			os_sleep_ms(100);
	}
	s->pause_ms = s->retry_ms = 0;
	return s->outlet;
}

static void shipper_end(struct shipper *s)
{
	if (s->outlet) {
		write_mark(s, true);
		s->calls->close(s->outlet);
	}
	if (s->figures) {
		figures_set(&s->figures->shipper.state, FIGURES_STOPPED);
		figures_set(&s->figures->shipper.pid, 0);
	}
	spool_reader_close(&s->reader);
	window_close(&s->window);
	vigil_printer_free(s->printer);
	figures_unmap(s->figures);
	close(s->lock);
	close(s->folder);
}

int shipper_run(const struct shipper_options *options)
{
	struct shipper s = { .options = options,
			     .calls = options->settings.engine,
			     .folder = -1,
			     .lock = -1,
			     .reader = { .fd = -1 },
			     .mutex = PTHREAD_MUTEX_INITIALIZER };
	struct sigaction action = { .sa_handler = on_stop };
	int status = EXIT_FINE;

	sigaction(SHIPPER_STOP, &action, NULL);
	ship_confine(options->folder);
	if (!lock_spool(&s) || !shipper_prepare(&s)) {
		if (!stop)
			cli_say("output %s: cannot read the spool %s: %s", options->settings.name,
				options->folder, strerror(errno));
		status = stop ? EXIT_FINE : EXIT_OUTPUT;
	} else if (open_outlet(&s)) {
		while (shipper_step(&s))
			;
	}
	shipper_end(&s);
	return status;
}
