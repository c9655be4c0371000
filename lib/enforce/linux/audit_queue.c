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

#define BYTES (1u << 20)

int verdicts_open(struct verdicts *v)
{
	*v = (struct verdicts){ .event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	if (v->event < 0)
		return -errno;
	v->fill = malloc(BYTES);
	v->drain = malloc(BYTES);
	if (!v->fill || !v->drain || pthread_mutex_init(&v->lock, NULL) != 0) {
		free(v->fill);
		free(v->drain);
		close(v->event);
		return -ENOMEM;
	}
	return 0;
}

void verdicts_close(struct verdicts *v)
{
	pthread_mutex_destroy(&v->lock);
	free(v->fill);
	free(v->drain);
	close(v->event);
}

/* Begins a record with `parts` bytes of parts at most. Returns its body; NULL: no space. The
 * lock is held. */
static void *begin_record(struct verdicts *v, struct record_builder *builder, uint16_t type,
			  size_t parts)
{
	size_t size = sizeof(struct vigil_header) + decode_longest_body_size(type) + parts;
	struct vigil_header *header = (void *)(v->fill + v->filled);
	void *body;

	if (BYTES - v->filled < size)
		return NULL;
	body = builder_begin(builder, header, size, type, VIGIL_BYTES);
	header->mono = boot_clock_ns();
	return body;
}

static void finish_record(struct verdicts *v, const struct record_builder *builder)
{
	const struct vigil_header *record = builder_end(builder);
	uint64_t one = 1;

	if (!record)
		return; /* never: its size is computed beforehand */
	/* The first one since the reader emptied the buffer announces all. */
	if (v->filled == 0)
		(void)!write(v->event, &one, sizeof one); /* its counter is never full */
	v->filled += record->size;
}

static void fill_body(struct vigil_denied *body, const struct verdict *verdict)
{
	const struct caller *caller = &verdict->caller;
	struct vigil_process *p = &body->process;

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

/* A part that says that something is not known. */
static void add_unreadable(struct record_builder *builder, uint16_t kind)
{
	struct vigil_part *part = builder_add(builder, kind, VIGIL_SOURCE_QUERY, NULL, 0);

	if (part)
		part->flags = VIGIL_PART_UNREADABLE;
	((struct vigil_header *)(void *)builder->to)->flags |= VIGIL_RECORD_INCOMPLETE;
}

static void add_command(struct record_builder *builder, const struct caller_command *command)
{
	struct vigil_part *args;

	if (!command || command->length == 0) {
		add_unreadable(builder, VIGIL_ARGS);
		return;
	}
	args = builder_add(builder, VIGIL_ARGS, VIGIL_SOURCE_QUERY, command->args, command->length);
	if (args && command->cut) {
		args->flags = VIGIL_PART_CUT;
		args->original = VIGIL_UNKNOWN;
	}
	if (command->name_length)
		builder_add(builder, VIGIL_FILENAME, VIGIL_SOURCE_QUERY, command->name,
			    command->name_length);
}

static void add_denied(struct verdicts *v, struct record_builder *builder,
		       const struct verdict *verdict)
{
	size_t path = strlen(verdict->path);
	struct vigil_header *header = (void *)builder->to;

	header->actor.pid = verdict->caller.pid;
	header->actor.tid = verdict->caller.tid;
	fill_body((void *)(header + 1), verdict);
	if (path)
		builder_add(builder, VIGIL_IMAGE, VIGIL_SOURCE_FILE, verdict->path, path);
	else
		add_unreadable(builder, VIGIL_IMAGE);
	add_command(builder, verdict->command);
	builder_add(builder, VIGIL_RULE, VIGIL_SOURCE_NONE, verdict->rule->id,
		    strlen(verdict->rule->id));
	finish_record(v, builder);
}

void verdicts_tell(struct verdicts *v, const struct verdict *verdict)
{
	size_t parts = part_size(strlen(verdict->path)) + part_size(strlen(verdict->rule->id));
	struct record_builder builder;

	parts += part_size(verdict->command ? verdict->command->length : 0) +
		 part_size(verdict->command ? verdict->command->name_length : 0);
	pthread_mutex_lock(&v->lock);
	v->produced++;
	if (begin_record(v, &builder, VIGIL_PROCESS_DENIED, parts))
		add_denied(v, &builder, verdict);
	else
		v->refused++;
	pthread_mutex_unlock(&v->lock);
}

void verdicts_tell_status(struct verdicts *v, enum vigil_state state, const char *text)
{
	struct record_builder builder;
	struct vigil_header *header;
	struct vigil_status *status;

	pthread_mutex_lock(&v->lock);
	status = begin_record(v, &builder, VIGIL_STATUS, part_size(strlen(text)));
	if (status) {
		header = (void *)builder.to;
		header->actor.pid = header->actor.tid = (uint32_t)getpid();
		status->state = state;
		builder_add(&builder, VIGIL_TEXT, VIGIL_SOURCE_NONE, text, strlen(text));
		finish_record(v, &builder);
	}
	pthread_mutex_unlock(&v->lock);
}

static void change_places(struct verdicts *v)
{
	uint8_t *empty = v->drain;
	uint64_t announced;

	pthread_mutex_lock(&v->lock);
	(void)!read(v->event, &announced, sizeof announced);
	v->drain = v->fill;
	v->drained = v->filled;
	v->refused_drained = v->refused;
	v->fill = empty;
	v->filled = v->taken = 0;
	pthread_mutex_unlock(&v->lock);
}

const struct vigil_header *verdicts_peek(struct verdicts *v)
{
	/* What was refused stands between the two buffers, and is told first. */
	if (v->taken == v->drained && v->refused_drained == v->refused_told)
		change_places(v);
	return v->taken < v->drained ? (void *)(v->drain + v->taken) : NULL;
}

void verdicts_advance(struct verdicts *v)
{
	v->taken += ((const struct vigil_header *)(void *)(v->drain + v->taken))->size;
}

uint64_t verdicts_refused(struct verdicts *v)
{
	uint64_t more = 0;

	if (v->taken == v->drained) {
		more = v->refused_drained - v->refused_told;
		v->refused_told = v->refused_drained;
	}
	return more;
}

uint64_t verdicts_produced(struct verdicts *v)
{
	uint64_t produced;

	pthread_mutex_lock(&v->lock);
	produced = v->produced;
	pthread_mutex_unlock(&v->lock);
	return produced;
}
