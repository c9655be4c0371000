/* SPDX-License-Identifier: MIT */
/*
 * audit_queue.h - a queue of PROCESS_DENIED and STATUS records, from the threads of the enforcer
 * to the reader.
 *
 * It has two buffers of 1 MiB: threads fill one while the reader drains the other, and the
 * reader swaps them. A record gets its timestamp when it is added, so records are in order of
 * time. A PROCESS_DENIED record that does not fit is counted as refused; a STATUS record is
 * discarded.
 */
#ifndef VIGIL_ENFORCE_LINUX_AUDIT_QUEUE_H
#define VIGIL_ENFORCE_LINUX_AUDIT_QUEUE_H

#include <pthread.h>

#include "enforce/enforce.h"
#include "enforce/linux/exec_request.h"

struct audit_queue {
	pthread_mutex_t lock;
	int event; /* eventfd: readable when a record is available */
	uint8_t *fill, *drain;
	size_t filled, drained, taken;
	uint64_t produced; /* PROCESS_DENIED records, including refused ones */
	uint64_t refused, refused_drained, refused_reported;
};

/* The content of a PROCESS_DENIED record. The pointers are borrowed for the call. */
struct verdict {
	struct exec_request caller;
	const struct vigil_rule *rule;
	uint64_t hits;
	const char *path;
	struct rules_file file;
	const struct exec_command *command; /* NULL: unknown */
};

int audit_queue_open(struct audit_queue *queue); /* 0 or -errno */
void audit_queue_close(struct audit_queue *queue);

/* Add a record. Any thread. */
void audit_queue_add(struct audit_queue *queue, const struct verdict *verdict);
void audit_queue_add_status(struct audit_queue *queue, enum vigil_state state, const char *text);

/* The functions below are for the reader's thread. A record is valid until
 * audit_queue_advance() or the next audit_queue_peek(); NULL: the queue is empty. */
const struct vigil_header *audit_queue_peek(struct audit_queue *queue);
void audit_queue_advance(struct audit_queue *queue);
uint64_t audit_queue_refused(struct audit_queue *queue); /* records, since the last call */
uint64_t audit_queue_produced(struct audit_queue *queue);

#endif /* VIGIL_ENFORCE_LINUX_AUDIT_QUEUE_H */
