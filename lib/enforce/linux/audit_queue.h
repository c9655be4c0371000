/* SPDX-License-Identifier: MIT */
/*
 * audit_queue.h - the records of the enforcer, from its threads to the reader's.
 *
 * Two buffers that change places: threads fill one, the reader empties the other.
 * A record gets its time when it is put in, so they are in order.
 */
#ifndef VIGIL_ENFORCE_LINUX_AUDIT_QUEUE_H
#define VIGIL_ENFORCE_LINUX_AUDIT_QUEUE_H

#include <pthread.h>

#include "enforce/enforce.h"
#include "enforce/linux/exec_request.h"

struct verdicts {
	pthread_mutex_t lock;
	int event; /* eventfd: readable when a record is there */
	uint8_t *fill, *drain;
	size_t filled, drained, taken;
	uint64_t produced; /* PROCESS_DENIED, refused ones too */
	uint64_t refused, refused_drained, refused_told;
};

/* What is told of a start that was judged. */
struct verdict {
	struct caller caller;
	const struct vigil_rule *rule;
	uint64_t hits;
	const char *path;
	struct rules_file file;
	const struct caller_command *command; /* NULL: unknown */
};

int verdicts_open(struct verdicts *verdicts); /* 0 or -errno */
void verdicts_close(struct verdicts *verdicts);

/* Any thread. */
void verdicts_tell(struct verdicts *verdicts, const struct verdict *verdict);
void verdicts_tell_status(struct verdicts *verdicts, enum vigil_state state, const char *text);

/* The reader's thread. */
const struct vigil_header *verdicts_peek(struct verdicts *verdicts);
void verdicts_advance(struct verdicts *verdicts);
uint64_t verdicts_refused(struct verdicts *verdicts); /* since the last call */
uint64_t verdicts_produced(struct verdicts *verdicts);

#endif /* VIGIL_ENFORCE_LINUX_AUDIT_QUEUE_H */
