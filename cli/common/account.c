/* SPDX-License-Identifier: MIT */
#include "account.h"

#include <stdlib.h>
#include <string.h>

bool account_open(struct account *account)
{
	*account = (struct account){ .line = malloc(ACCOUNT_LINES * sizeof(struct account_line)) };
	return account->line;
}

void account_close(struct account *account)
{
	free(account->line);
	account->line = NULL;
	account->lines = 0;
}

/* What the line represents. */
static struct account_line line_of(const struct vigil_event *event, size_t length)
{
	const struct vigil_header *record = event ? event->record : NULL;
	struct account_line line = { .length = (uint32_t)length };

	if (!record)
		return line;
	line.at = (struct account_place){ record->seq, record->time, record->mono };
	line.is_loss = record->type == VIGIL_EVENT_LOST;
	line.type = line.is_loss ? event->lost->type : record->type;
	line.count = line.is_loss ? event->lost->count : 1;
	if (line.type >= VIGIL_TYPE_MAX)
		line.type = 0;
	return line;
}

static void learn_host(struct account *account, const struct vigil_event *event)
{
	account->machine = event->machine;
	if (event->host.length >= sizeof(account->host))
		return;
	memcpy(account->host, event->host.data, event->host.length);
	account->host[event->host.length] = '\0';
}

bool account_add(struct account *account, const struct vigil_event *event, size_t length)
{
	if (account->lines == ACCOUNT_LINES)
		return false;
	if (event)
		learn_host(account, event);
	account->line[account->lines++] = line_of(event, length);
	return true;
}

static void miss(struct account_missing *missing, const struct account_line *line)
{
	if (!line->count)
		return;
	missing[line->type].count += line->count;
	missing[line->type].last = line->at;
}

static void lose(struct account *account, const struct account_line *line)
{
	miss(account->missing, line);
	account->has_lost = true;
	account->lost += line->count && !line->is_loss;
}

void account_drop(struct account *account, const struct vigil_event *event)
{
	struct account_line line = line_of(event, 0);

	learn_host(account, event);
	lose(account, &line);
}

void account_withhold(struct account *account, const struct vigil_event *event)
{
	struct account_line line = line_of(event, 0);

	learn_host(account, event);
	miss(account->withheld, &line);
	account->withheld_all += line.count;
}

void account_written(struct account *account, size_t bytes)
{
	size_t done = 0;

	while (done < account->lines && account->line[done].length <= bytes) {
		bytes -= account->line[done].length;
		account->written += account->line[done].count > 0;
		done++;
	}
	account->lines -= done;
	memmove(account->line, account->line + done, account->lines * sizeof(*account->line));
}

void account_give_up(struct account *account)
{
	for (size_t i = 0; i < account->lines; i++)
		lose(account, &account->line[i]);
	account->lines = 0;
}

/* Returns the type whose last missing event is the oldest; VIGIL_TYPE_MAX: none. */
static uint32_t next_missing(const struct account_missing *missing)
{
	uint32_t next = VIGIL_TYPE_MAX;

	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++)
		if (missing[type].count &&
		    (next == VIGIL_TYPE_MAX || missing[type].last.seq < missing[next].last.seq))
			next = type;
	return next;
}

bool account_is_missing(const struct account *account)
{
	return account->has_lost && next_missing(account->missing) < VIGIL_TYPE_MAX;
}

/* Makes the LOST event of the next type in a list, and removes it from there. */
static bool make_lost(struct account *account, struct account_missing *missing,
		      enum vigil_loss reason, struct vigil_event *event)
{
	static const uint8_t none[VIGIL_PART_MAX];
	struct vigil_lost_event *made = &account->made;
	uint32_t type = next_missing(missing);

	if (type == VIGIL_TYPE_MAX)
		return false;
	missing += type;
	*made = (struct vigil_lost_event){
		.header = { .size = sizeof(*made),
			    .fixed = sizeof(*made),
			    .type = VIGIL_EVENT_LOST,
			    .version = VIGIL_RECORD_VERSION,
			    .cpu = 0xffff,
			    .seq = missing->last.seq,
			    .time = missing->last.time,
			    .mono = missing->last.mono },
		.body = { .count = missing->count,
			  .type = (uint16_t)type,
			  .reason = (uint16_t)reason },
	};
	missing->count = 0;
	*event = (struct vigil_event){ .record = &made->header, .machine = account->machine };
	event->lost = &made->body;
	for (int i = 0; i < VIGIL_PART_MAX; i++)
		account->made_part[i].data = "";
	event->part = account->made_part;
	event->part_origin = event->part_flags = none;
	event->part_count = VIGIL_PART_MAX;
	event->host = (struct vigil_string){ account->host, (uint32_t)strlen(account->host), 0 };
	event->host.original = event->host.length;
	return true;
}

bool account_next_missing(struct account *account, struct vigil_event *event)
{
	return make_lost(account, account->missing, VIGIL_LOSS_NOT_WRITTEN, event);
}

bool account_next_withheld(struct account *account, struct vigil_event *event)
{
	return make_lost(account, account->withheld, VIGIL_LOSS_WITHHELD, event);
}
