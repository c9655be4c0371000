/* SPDX-License-Identifier: MIT */
#include "enforce/linux/audit_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "os/boot_clock.h"
#include "record/parts.h"

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

/* Room for a record, which is zeroed up to the parts; NULL: none. The lock is held. */
static struct vigil_header *begin(struct verdicts *v, uint16_t type, size_t body, size_t parts)
{
	size_t size = (sizeof(struct vigil_header) + body + parts + 7) & ~(size_t)7;
	struct vigil_header *h = (void *)(v->fill + v->filled);

	if (BYTES - v->filled < size)
		return NULL;
	memset(h, 0, size);
	h->type = type;
	h->fixed = (uint16_t)(sizeof *h + body);
	h->version = VIGIL_RECORD_VERSION;
	h->encoding = VIGIL_BYTES;
	h->cpu = 0xffff;
	h->mono = boot_clock_ns();
	return h;
}

static void finish(struct verdicts *v, struct vigil_header *h, const struct vigil_part *end)
{
	uint64_t one = 1;

	h->size = (uint32_t)((const uint8_t *)end - (const uint8_t *)h);
	/* The first one after the reader was here announces all. */
	if (v->filled == 0)
		(void)!write(v->event, &one, sizeof one); /* its counter is never full */
	v->filled += h->size;
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
	p->session = p->login_uid = p->ns_pid = p->integrity = VIGIL_UNKNOWN;
	p->device = (uint64_t)major(verdict->file.device) << 20 | minor(verdict->file.device);
	p->inode = verdict->file.inode;
	body->hits = verdict->hits;
	body->verdict = verdict->rule->verdict;
	body->status = verdict->rule->verdict == VIGIL_VERDICT_DENY ? EPERM : 0;
}

/* A part that says that something is not known. */
static struct vigil_part *add_unreadable(struct vigil_part *part, struct vigil_header *h,
					 uint16_t kind)
{
	h->flags |= VIGIL_RECORD_INCOMPLETE;
	*part = (struct vigil_part){ .kind = kind,
				     .source = VIGIL_SOURCE_QUERY,
				     .flags = VIGIL_PART_UNREADABLE };
	return (void *)((uint8_t *)part + ((sizeof *part + 7) & ~(size_t)7));
}

static struct vigil_part *add_image(struct vigil_part *part, struct vigil_header *h,
				    const char *path, size_t length)
{
	return length ? part_add(part, VIGIL_IMAGE, VIGIL_SOURCE_FILE, path, length)
		      : add_unreadable(part, h, VIGIL_IMAGE);
}

static struct vigil_part *add_command(struct vigil_part *part, struct vigil_header *h,
				      const struct caller_command *command)
{
	struct vigil_part *args = part;

	if (!command || command->length == 0)
		return add_unreadable(part, h, VIGIL_ARGS);
	part = part_add(part, VIGIL_ARGS, VIGIL_SOURCE_QUERY, command->args, command->length);
	if (command->cut) {
		args->flags = VIGIL_PART_CUT;
		args->original = VIGIL_UNKNOWN;
	}
	if (command->name_length)
		part = part_add(part, VIGIL_FILENAME, VIGIL_SOURCE_QUERY, command->name,
				command->name_length);
	return part;
}

void verdicts_tell(struct verdicts *v, const struct verdict *verdict)
{
	size_t path = strlen(verdict->path), id = strlen(verdict->rule->id);
	size_t parts = 4 * (sizeof(struct vigil_part) + 8) + path + id;
	struct vigil_header *h;
	struct vigil_part *part;

	if (verdict->command)
		parts += verdict->command->length + verdict->command->name_length;
	pthread_mutex_lock(&v->lock);
	v->produced++;
	h = begin(v, VIGIL_PROCESS_DENIED, sizeof(struct vigil_denied), parts);
	if (!h) {
		v->refused++;
		pthread_mutex_unlock(&v->lock);
		return;
	}
	h->actor.pid = verdict->caller.pid;
	h->actor.tid = verdict->caller.tid;
	fill_body((void *)(h + 1), verdict);
	part = (void *)((uint8_t *)h + h->fixed);
	part = add_image(part, h, verdict->path, path);
	part = add_command(part, h, verdict->command);
	part = part_add(part, VIGIL_RULE, VIGIL_SOURCE_NONE, verdict->rule->id, id);
	finish(v, h, part);
	pthread_mutex_unlock(&v->lock);
}

void verdicts_tell_status(struct verdicts *v, enum vigil_state state, const char *text)
{
	struct vigil_status body = { .state = state };
	size_t length = strlen(text);
	struct vigil_header *h;

	pthread_mutex_lock(&v->lock);
	h = begin(v, VIGIL_STATUS, sizeof body, sizeof(struct vigil_part) + 8 + length);
	if (h) {
		h->actor.pid = h->actor.tid = (uint32_t)getpid();
		memcpy(h + 1, &body, sizeof body);
		finish(v, h,
		       part_add((void *)((uint8_t *)h + h->fixed), VIGIL_TEXT, VIGIL_SOURCE_NONE,
				text, length));
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
