/* SPDX-License-Identifier: MIT */
/*
 * account.h - counts what happens to the events of an output. Each event is counted once: its line
 * is written, it is missing, or a limit withheld it. LOST events (reason not-written or withheld)
 * report the last two in the output where possible.
 *
 * Lines are added in the order in which they are written, and removed from the front.
 */
#ifndef VIGIL_ACCOUNT_H
#define VIGIL_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define ACCOUNT_LINES   65536         /* lines that may wait */
#define ACCOUNT_RESERVE (64ull << 10) /* bytes of an output reserved for LOST events */

/* The record of the event, or the last one of several. */
struct account_place {
	uint64_t seq, time, mono;
};

struct account_line {
	struct account_place at;
	uint64_t count; /* number of events of `type`; 0: text that is not an event */
	uint32_t length;
	uint16_t type;
	bool is_loss; /* this is a LOST event */
};

struct account {
	struct account_line *line; /* lines that wait; the first is the next to be written */
	size_t lines;
	struct account_missing {
		uint64_t count;
		struct account_place last;
	} missing[VIGIL_TYPE_MAX], withheld[VIGIL_TYPE_MAX]; /* not reported; 0: several types */
	uint64_t written;      /* events whose lines are in the output, including LOST events */
	uint64_t lost;         /* events whose lines are missing; LOST events do not count here */
	uint64_t withheld_all; /* events withheld; those do not count as lost */
	bool has_lost;         /* since it was opened, also LOST events */
	uint64_t machine;      /* of the events, for the LOST events made here */
	char host[256];
	struct vigil_lost_event {
		struct vigil_header header;
		struct vigil_lost_body body;
	} made; /* the event that account_next_missing returned last */
	struct vigil_string made_part[VIGIL_PART_MAX]; /* all empty */
};

/* Returns false if memory is short. */
bool account_open(struct account *account);
void account_close(struct account *account);

/* Adds a waiting line of `length` bytes. event: NULL for text that is not an event. Returns false,
 * without counting the event, if too many lines wait. */
bool account_add(struct account *account, const struct vigil_event *event, size_t length);

/* Counts an event that gets no line: it is missing. */
void account_drop(struct account *account, const struct vigil_event *event);

/* Counts an event that a limit leaves out. */
void account_withhold(struct account *account, const struct vigil_event *event);

/* Records that `bytes` of the waiting lines are in the output. An incomplete line counts as not
 * written. */
void account_written(struct account *account, size_t bytes);

/* Counts all waiting lines as missing. */
void account_give_up(struct account *account);

/* Returns whether something is missing that no LOST event has reported. */
bool account_is_missing(const struct account *account);

/* Makes the LOST event for one type of missing events, in the order of their last records, and
 * removes them from the account. Valid until the next call. Returns false if nothing is missing. */
bool account_next_missing(struct account *account, struct vigil_event *event);

/* The same for the events that were withheld. */
bool account_next_withheld(struct account *account, struct vigil_event *event);

#endif /* VIGIL_ACCOUNT_H */
