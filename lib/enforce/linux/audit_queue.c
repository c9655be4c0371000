/* SPDX-License-Identifier: MIT */
#include "enforce/linux/audit_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "os/boot_clock.h"
#include "record/builder.h"
#include "record/decode.h"

#define BUFFER_BYTES (1u << 20)

int audit_queue_open(struct audit_queue *q)
{
	*q = (struct audit_queue){ .event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	if (q->event < 0)
		return -errno;
	q->fill = malloc(BUFFER_BYTES);
	q->drain = malloc(BUFFER_BYTES);
	if (!q->fill || !q->drain || pthread_mutex_init(&q->lock, NULL) != 0) {
		free(q->fill);
		free(q->drain);
		close(q->event);
		return -ENOMEM;
	}
	return 0;
}

void audit_queue_close(struct audit_queue *q)
{
	pthread_mutex_destroy(&q->lock);
	free(q->fill);
	free(q->drain);
	close(q->event);
}

/* Begins a record with at most `parts` bytes of parts. Returns its body; NULL: the buffer is
 * full. The lock is held. */
static void *begin_record(struct audit_queue *q, struct record_builder *builder, uint16_t type,
			  size_t parts)
{
	size_t size = sizeof(struct vigil_header) + decode_longest_body_size(type) + parts;
	struct vigil_header *header = (void *)(q->fill + q->filled);
	void *body;

	if (BUFFER_BYTES - q->filled < size)
		return NULL;
	body = builder_begin(builder, header, size, type, VIGIL_BYTES);
	header->mono = boot_clock_ns();
	return body;
}

static void finish_record(struct audit_queue *q, const struct record_builder *builder)
{
	const struct vigil_header *record = builder_end(builder);
	uint64_t one = 1;

	if (!record)
		return; /* cannot happen: its size was computed before */
	/* Only the first record after a swap wakes the reader; it then reads all of them. */
	if (q->filled == 0)
		(void)!write(q->event, &one, sizeof(one)); /* its counter is never full */
	q->filled += record->size;
}

static void fill_denied(struct vigil_denied_body *body, const struct verdict *verdict)
{
	const struct exec_request *caller = &verdict->caller;
	struct vigil_process_body *p = &body->process;

	p->process.pid = caller->pid;
	p->process.tid = caller->tid;
	p->parent.pid = caller->parent == VIGIL_UNKNOWN ? 0 : caller->parent;
	p->uid = caller->uid;
	p->gid = caller->gid;
	p->euid = caller->euid;
	p->egid = caller->egid;
	p->device = (uint64_t)major(verdict->file.device) << 20 | minor(verdict->file.device);
	p->inode = verdict->file.inode;
	body->hits = verdict->hits;
	body->verdict = verdict->rule->verdict;
	body->status = verdict->rule->verdict == VIGIL_VERDICT_DENY ? EPERM : 0;
}

/* Adds an empty part, marked as unreadable. */
static void add_unreadable_part(struct record_builder *builder, uint16_t kind)
{
	struct vigil_part *part = builder_add(builder, kind, VIGIL_PART_ORIGIN_QUERY, NULL, 0);

	if (part)
		part->flags = VIGIL_PART_FLAG_UNREADABLE;
	((struct vigil_header *)(void *)builder->to)->flags |= VIGIL_RECORD_INCOMPLETE;
}

static void add_command_parts(struct record_builder *builder, const struct exec_command *command)
{
	struct vigil_part *args;

	if (!command || command->length == 0) {
		add_unreadable_part(builder, VIGIL_PART_ARGS);
		return;
	}
	args = builder_add(builder, VIGIL_PART_ARGS, VIGIL_PART_ORIGIN_QUERY, command->args,
			   command->length);
	if (args && command->cut) {
		args->flags = VIGIL_PART_FLAG_CUT;
		args->original = VIGIL_UNKNOWN;
	}
	if (command->name_length)
		builder_add(builder, VIGIL_PART_FILENAME, VIGIL_PART_ORIGIN_QUERY, command->name,
			    command->name_length);
}

static void add_denied_record(struct audit_queue *q, struct record_builder *builder,
			      const struct verdict *verdict)
{
	size_t path = strlen(verdict->path);
	struct vigil_header *header = (void *)builder->to;

	header->actor.pid = verdict->caller.pid;
	header->actor.tid = verdict->caller.tid;
	fill_denied((void *)(header + 1), verdict);
	if (path)
		builder_add(builder, VIGIL_PART_IMAGE, VIGIL_PART_ORIGIN_FILE, verdict->path, path);
	else
		add_unreadable_part(builder, VIGIL_PART_IMAGE);
	add_command_parts(builder, verdict->command);
	builder_add(builder, VIGIL_PART_RULE, VIGIL_PART_ORIGIN_NONE, verdict->rule->id,
		    strlen(verdict->rule->id));
	finish_record(q, builder);
}

void audit_queue_add(struct audit_queue *q, const struct verdict *verdict)
{
	size_t parts = part_size(strlen(verdict->path)) + part_size(strlen(verdict->rule->id));
	struct record_builder builder;

	parts += part_size(verdict->command ? verdict->command->length : 0) +
		 part_size(verdict->command ? verdict->command->name_length : 0);
	pthread_mutex_lock(&q->lock);
	q->produced++;
	if (begin_record(q, &builder, VIGIL_EVENT_PROCESS_DENIED, parts))
		add_denied_record(q, &builder, verdict);
	else
		q->refused++;
	pthread_mutex_unlock(&q->lock);
}

void audit_queue_add_status(struct audit_queue *q, enum vigil_state state, const char *text)
{
	struct record_builder builder;
	struct vigil_header *header;
	struct vigil_status_body *status;

	pthread_mutex_lock(&q->lock);
	status = begin_record(q, &builder, VIGIL_EVENT_STATUS, part_size(strlen(text)));
	if (status) {
		header = (void *)builder.to;
		header->actor.pid = header->actor.tid = (uint32_t)getpid();
		status->state = state;
		builder_add(&builder, VIGIL_PART_TEXT, VIGIL_PART_ORIGIN_NONE, text, strlen(text));
		finish_record(q, &builder);
	}
	pthread_mutex_unlock(&q->lock);
}

static void swap_buffers(struct audit_queue *q)
{
	uint8_t *empty = q->drain;
	uint64_t announced;

	pthread_mutex_lock(&q->lock);
	(void)!read(q->event, &announced, sizeof(announced));
	q->drain = q->fill;
	q->drained = q->filled;
	q->refused_drained = q->refused;
	q->fill = empty;
	q->filled = q->taken = 0;
	pthread_mutex_unlock(&q->lock);
}

const struct vigil_header *audit_queue_peek(struct audit_queue *q)
{
	/* The refused records belong between the two buffers, so they are reported before
	 * the buffers are swapped. */
	if (q->taken == q->drained && q->refused_drained == q->refused_reported)
		swap_buffers(q);
	return q->taken < q->drained ? (void *)(q->drain + q->taken) : NULL;
}

void audit_queue_advance(struct audit_queue *q)
{
	q->taken += ((const struct vigil_header *)(void *)(q->drain + q->taken))->size;
}

uint64_t audit_queue_refused(struct audit_queue *q)
{
	uint64_t more = 0;

	if (q->taken == q->drained) {
		more = q->refused_drained - q->refused_reported;
		q->refused_reported = q->refused_drained;
	}
	return more;
}

uint64_t audit_queue_produced(struct audit_queue *q)
{
	uint64_t produced;

	pthread_mutex_lock(&q->lock);
	produced = q->produced;
	pthread_mutex_unlock(&q->lock);
	return produced;
}
