/* SPDX-License-Identifier: MIT */
#include "feed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"

#define ENOUGH      (64u << 10) /* minimum bytes for a write */
#define RETRY_MS    1000
#define WITHHELD_MS 1000

bool feed_open(struct feed *feed, const struct line_format *format)
{
	feed->lines = lines_open(format);
	feed->data = malloc(FEED_CAPACITY);
	return account_open(&feed->account) && feed->lines && feed->data;
}

void feed_free(struct feed *feed)
{
	lines_close(feed->lines);
	free(feed->data);
	account_close(&feed->account);
	feed->lines = NULL;
	feed->data = NULL;
	feed->length = 0;
}

static bool take_event(struct feed *feed, const struct vigil_event *event)
{
	size_t length, put;
	const char *line = lines_print(feed->lines, event, &length);

	if (!line)
		return false;
	put = feed->target->put(feed->context, feed->data + feed->length,
				FEED_CAPACITY - feed->length, event, line, length);
	if (!put || !account_add(&feed->account, event, put))
		return false;
	feed->length += put;
	return true;
}

static void report_missing(struct feed *feed)
{
	struct vigil_event event;

	while (account_next_missing(&feed->account, &event))
		if (!take_event(feed, &event)) {
			account_drop(&feed->account, &event);
			break;
		}
}

/* at_end: also if a second is not over. */
static void report_withheld(struct feed *feed, bool at_end)
{
	int64_t now = os_now_ms();
	struct vigil_event event;

	if (now < feed->withheld_ms && !at_end)
		return;
	feed->withheld_ms = now + WITHHELD_MS;
	while (!account_is_missing(&feed->account) && account_next_withheld(&feed->account, &event))
		if (!take_event(feed, &event))
			account_drop(&feed->account, &event);
}

void feed_withhold(struct feed *feed, const struct vigil_event *event)
{
	account_withhold(&feed->account, event);
	report_withheld(feed, false);
}

/* Returns false if some events are left. */
static bool write_out(struct feed *feed)
{
	size_t written;
	enum vigil_code code;

	if (feed->length == 0)
		return true;
	code = feed->target->write(feed->context, feed->data, feed->length, &written);
	account_written(&feed->account, written);
	feed->length -= written;
	memmove(feed->data, feed->data + written, feed->length);
	if (code == VIGIL_OK && feed->failing)
		cli_say("%s can be written again", feed->name);
	else if (code < 0 && !feed->failing)
		cli_say("%s What was written is complete; up to %u MiB wait in memory. "
			"Writing is retried automatically.",
			feed->error->text, FEED_CAPACITY >> 20);
	feed->failing = code < 0;
	if (feed->failing)
		feed->retry = os_now_ms() + RETRY_MS;
	return !feed->failing;
}

void feed_flush_now(struct feed *feed)
{
	if (!write_out(feed) || !account_is_missing(&feed->account))
		return;
	cli_say("%" PRIu64 " events could not be written to %s in all", feed->account.lost,
		feed->name);
	report_missing(feed);
	write_out(feed);
}

void feed_flush(struct feed *feed)
{
	if (feed->account.withheld_all)
		report_withheld(feed, false);
	if (!feed->failing || os_now_ms() >= feed->retry)
		feed_flush_now(feed);
}

void feed_event(struct feed *feed, const struct vigil_event *event)
{
	if (feed->length >= ENOUGH)
		feed_flush(feed);
	/* After a gap no event is taken until LOST events for the gap are written. */
	if (account_is_missing(&feed->account) || !take_event(feed, event))
		account_drop(&feed->account, event);
}

/* Gives up what waits and cannot be written: the last events report the loss, in space that is
 * reserved for them. */
static void give_up(struct feed *feed)
{
	size_t written;

	account_give_up(&feed->account);
	feed->length = 0;
	feed->target->use_reserve(feed->context);
	report_missing(feed);
	if (feed->target->write(feed->context, feed->data, feed->length, &written) < 0)
		cli_say("the loss could not be recorded in %s, either", feed->name);
	account_written(&feed->account, written);
	feed->length = 0;
}

enum vigil_code feed_finish(struct feed *feed)
{
	struct vigil_error error;

	report_withheld(feed, true);
	feed_flush_now(feed);
	if (feed->length == 0 && !account_is_missing(&feed->account))
		return VIGIL_OK;
	error = *feed->error;
	give_up(feed);
	*feed->error = error;
	return error.code;
}
