/* SPDX-License-Identifier: MIT */
/*
 * account.h - what becomes of events on their way into an output. Each is counted once: its line
 * is written, or it is missing, and then LOST events (reason not-written) stand for it in the
 * output where they can.
 *
 * Lines are added in the order in which the output has them, and leave from the front.
 */
#ifndef VIGIL_ACCOUNT_H
#define VIGIL_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define ACCOUNT_LINES   65536         /* that may wait */
#define ACCOUNT_RESERVE (64ull << 10) /* bytes of an output that are kept for LOST events */

/* Which record it was, or the last of several. */
struct account_place {
	uint64_t seq, time, mono;
};

struct account_line {
	struct account_place at;
	uint64_t count; /* events of `type` that it stands for; 0: text that is no event */
	uint32_t length;
	uint16_t type;
	bool is_loss; /* a LOST event */
};

struct account {
	struct account_line *line; /* of those that wait, the first is the next to be written */
	size_t lines;
	struct account_missing {
		uint64_t count;
		struct account_place last;
	} missing[VIGIL_TYPE_MAX]; /* not reported yet; 0: of more types than one */
	uint64_t written;          /* events whose lines are in the output, LOST events too */
	uint64_t lost;    /* events whose lines are not, but LOST: those were lost before */
	uint64_t machine; /* of the events, for those made here */
	char host[256];
	struct vigil_lost_event {
		struct vigil_header header;
		struct vigil_lost body;
	} made; /* what account_next_missing has given out last */
	struct vigil_string made_part[VIGIL_PART_MAX]; /* all empty */
};

/* False: no memory. */
bool account_open(struct account *account);
void account_close(struct account *account);

/* A line of `length` bytes waits now. event: NULL for text that is none. False: too many lines
 * wait; the event is not counted. */
bool account_add(struct account *account, const struct vigil_event *event, size_t length);

/* The event gets no line: it is missing. */
void account_drop(struct account *account, const struct vigil_event *event);

/* So many bytes of the lines that wait are in the output. What is left of one of them is no
 * line. */
void account_written(struct account *account, size_t bytes);

/* None of the lines that wait will be written. */
void account_give_up(struct account *account);

/* Whether something is missing that no LOST event has reported. */
bool account_is_missing(const struct account *account);

/* Makes the LOST event for one type of what is missing, in the order of their last records, and
 * takes it off the account. Valid until the next call. False: nothing is missing. */
bool account_next_missing(struct account *account, struct vigil_event *event);

#endif /* VIGIL_ACCOUNT_H */
