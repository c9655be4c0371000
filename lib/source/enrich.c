/* SPDX-License-Identifier: MIT */
#include "enrich.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "look.h"
#include "look_parts.h"
#include "model/bytes.h"
#include "os.h"
#include "worker.h"

#define WAIT_MS_DEFAULT 2000
#define BYTES_DEFAULT   (256ull << 20) /* larger files are not read */
#define CACHE_MAX       8192           /* files that are remembered */
#define QUEUE_BYTES     (32u << 20)    /* of records that wait */
#define QUEUE_RECORDS   32768u

enum state {
	PLAIN,   /* nothing to look at */
	WAITING, /* for the thread */
	READING,
	READY
};

/* A record in the queue, with room for what is added. */
struct entry {
	struct entry *next;
	int64_t deadline;
	size_t bytes;
	size_t added; /* bytes of parts behind the record, once READY */
	enum state state;
	struct look_request request;
	_Alignas(8) uint8_t record[];
};

static struct vigil_header *record_of(struct entry *entry)
{
	return (struct vigil_header *)(void *)entry->record;
}

/* Where its parts go on. */
static void *end_of(struct entry *entry)
{
	return entry->record + record_of(entry)->size;
}

struct enrich {
	struct source base;
	struct source *inner;
	struct look *look;
	struct worker *worker;
	uint32_t what; /* VIGIL_LOOK_... */
	size_t room;   /* that the parts may need */
	unsigned wait_ms;

	/* The reader's. */
	struct entry *first, **last, *given; /* given: handed out by the latest next() */
	size_t bytes;
	unsigned records;
	int inner_failed; /* told once the queue is empty */

	/* Both threads', under the worker's lock. */
	struct entry *todo;    /* the first one that waits, or nobody */
	struct entry *reading; /* NULL: given away meanwhile */
	bool stop;
};

/* ---- the thread ---- */

static struct entry *next_waiting(struct entry *entry)
{
	while (entry && entry->state != WAITING)
		entry = entry->next;
	return entry;
}

/* The request with a copy of its path: the entry may go while the file is read. */
static void copy_request(struct look_request *request, char *path, size_t size,
			 const struct entry *entry)
{
	size_t length = strlen(entry->request.path);

	*request = entry->request;
	if (length >= size)
		length = 0; /* too long to be opened */
	memcpy(path, request->path, length);
	path[length] = '\0';
	request->path = path;
}

static void run(void *context)
{
	struct enrich *e = context;
	struct look_request request;
	struct look_result result;
	char path[4096];

	worker_lock(e->worker);
	while (!e->stop) {
		e->todo = next_waiting(e->todo);
		if (!e->todo) {
			worker_sleep(e->worker);
			continue;
		}
		e->reading = e->todo;
		e->reading->state = READING;
		copy_request(&request, path, sizeof path, e->reading);
		worker_unlock(e->worker);
		look_at(e->look, &request, &result);
		worker_lock(e->worker);
		if (e->reading) {
			e->reading->added = look_parts(end_of(e->reading), e->what, &result);
			e->reading->state = READY;
			worker_ring(e->worker);
		}
		e->reading = NULL;
	}
	worker_unlock(e->worker);
}

/* ---- what is looked at ---- */

static const struct vigil_part *find_part(const struct vigil_header *record, uint16_t kind)
{
	size_t at = record->fixed;

	while (at + sizeof(struct vigil_part) <= record->size) {
		const struct vigil_part *part = (const void *)((const uint8_t *)record + at);

		if (part->length > record->size - at - sizeof *part)
			return NULL;
		if (part->kind == kind)
			return part;
		at += (sizeof *part + part->length + 7) & ~(size_t)7;
	}
	return NULL;
}

/* Of Windows the path is all that is told of a file. */
static bool fill_by_path(struct look_request *request, const struct vigil_header *record)
{
	const struct vigil_process *start = (const void *)(record + 1);
	const struct vigil_part *part = find_part(record, VIGIL_IMAGE);

	switch (record->type) {
	case VIGIL_EXISTING: /* what is another file since it started did not run */
		request->time = start->start;
		break;
	case VIGIL_PROCESS_CREATE:
	case VIGIL_IMAGE_LOAD:
	case VIGIL_DRIVER_LOAD:
		break;
	default:
		return false;
	}
	return part && part->length && !part->flags;
}

/* False: the record names no file that could be looked at. */
static bool fill_request(struct look_request *request, const struct vigil_header *record)
{
	const struct vigil_process *start = (const void *)(record + 1);
	const struct vigil_image *image = (const void *)(record + 1);

	*request = (struct look_request){ .time = record->time, .path = "" };
	if (record->encoding == VIGIL_UTF16LE)
		return fill_by_path(request, record);
	switch (record->type) {
	case VIGIL_PROCESS_EXEC:
	case VIGIL_EXISTING:
		request->pid = start->process.pid;
		request->runs = true;
		request->in_memory = start->attributes & VIGIL_PROCESS_MEMORY_ONLY;
		request->device = start->device;
		request->inode = start->inode;
		return request->inode != 0;
	case VIGIL_IMAGE_LOAD:
		request->pid = image->process.pid;
		request->in_memory = image->attributes & VIGIL_IMAGE_MEMORY_ONLY;
		request->base = image->base;
		request->size = image->size;
		request->device = image->device;
		request->inode = image->inode;
		return request->inode != 0;
	default:
		return false;
	}
}

/* ---- the queue ---- */

/* The path behind the record and its parts, in UTF-8 where it was UTF-16, ended by a
 * NUL of its own. */
static const char *keep_path(struct entry *entry, size_t room)
{
	const struct vigil_part *part = find_part(record_of(entry), VIGIL_IMAGE);
	char *to = (char *)end_of(entry) + room;
	size_t length = part && !part->flags ? part->length : 0;

	if (length && record_of(entry)->encoding == VIGIL_UTF16LE)
		length = vigil_utf16_to_utf8(to, part + 1, length);
	else if (length)
		memcpy(to, part + 1, length);
	to[length] = '\0';
	return to;
}

static bool is_wanted(const struct enrich *e, const struct vigil_header *record,
		      struct look_request *request)
{
	return record->size + e->room <= VIGIL_RECORD_MAX && fill_request(request, record);
}

/* False: no memory; the record stays the inner source's. */
static bool append(struct enrich *e, const struct vigil_header *record,
		   const struct look_request *request)
{
	const struct vigil_part *path = request ? find_part(record, VIGIL_IMAGE) : NULL;
	/* UTF-16 takes half as much again as UTF-8, at most. */
	size_t bytes = offsetof(struct entry, record) + record->size + e->room +
		       (path ? path->length + path->length / 2 : 0) + 1;
	struct entry *entry = malloc(bytes);

	if (!entry)
		return false;
	memset(entry, 0, offsetof(struct entry, record));
	memcpy(entry->record, record, record->size);
	entry->bytes = bytes;
	entry->deadline = os_now_ms() + e->wait_ms;
	if (request) {
		entry->request = *request;
		entry->request.path = keep_path(entry, e->room);
		entry->state = WAITING;
	}
	worker_lock(e->worker);
	*e->last = entry;
	e->last = &entry->next;
	if (request && !e->todo) {
		e->todo = entry;
		worker_wake(e->worker);
	}
	worker_unlock(e->worker);
	e->bytes += bytes;
	e->records++;
	return true;
}

static bool is_full(const struct enrich *e)
{
	return e->bytes >= QUEUE_BYTES || e->records >= QUEUE_RECORDS;
}

/* The first record, if it may go; NULL: it waits, or there is none. */
static struct vigil_header *take_first(struct enrich *e)
{
	struct entry *entry = e->first;
	enum state state;

	if (!entry)
		return NULL;
	worker_lock(e->worker);
	state = entry->state;
	if ((state == WAITING || state == READING) && !is_full(e) &&
	    os_now_ms() < entry->deadline) {
		worker_unlock(e->worker);
		return NULL;
	}
	if (e->todo == entry)
		e->todo = entry->next;
	if (e->reading == entry)
		e->reading = NULL;
	e->first = entry->next;
	if (!e->first)
		e->last = &e->first;
	worker_unlock(e->worker);
	e->bytes -= entry->bytes;
	e->records--;
	if (state == WAITING || state == READING)
		entry->added = look_parts_late(end_of(entry), e->what);
	record_of(entry)->size += (uint32_t)entry->added;
	e->given = entry;
	return record_of(entry);
}

/* ---- source_ops ---- */

/* Sees to it that a wait ends when the first has waited enough. */
static void arm(struct enrich *e)
{
	int64_t left = e->first ? e->first->deadline - os_now_ms() : 0;

	worker_ring_in(e->worker, e->first && left < 1 ? 1 : left);
}

/* Takes from the inner source until it has nothing more. 1: *record is to be handed
 * out as it is. */
static int fill(struct enrich *e, struct vigil_header **record)
{
	struct look_request request;
	int got = 0;

	while (!is_full(e) && (got = e->inner->ops->next(e->inner, record)) > 0) {
		bool wanted = is_wanted(e, *record, &request);

		if (!wanted && !e->first)
			return 1;
		if (!append(e, *record, wanted ? &request : NULL))
			return vigil_fail(&e->base.error, VIGIL_ERROR_MEMORY, "no memory");
	}
	if (got < 0) {
		e->base.error = e->inner->error;
		e->inner_failed = got;
	}
	return 0;
}

static int enrich_next(struct source *base, struct vigil_header **out)
{
	struct enrich *e = (struct enrich *)base;
	int got = 0;

	free(e->given);
	e->given = NULL;
	*out = take_first(e);
	if (*out)
		return 1;
	worker_quiet(e->worker);
	if (!e->inner_failed)
		got = fill(e, out);
	if (got != 0)
		return got;
	*out = take_first(e);
	if (*out)
		return 1;
	if (e->inner_failed && !e->first)
		return e->inner_failed;
	arm(e);
	return 0;
}

static int enrich_wait(struct source *base, int timeout_ms)
{
	struct enrich *e = (struct enrich *)base;

	return worker_wait(e->worker, timeout_ms, &base->error);
}

static int enrich_fd(struct source *base)
{
	return worker_fd(((struct enrich *)base)->worker);
}

static void enrich_statistics(struct source *base, struct vigil_statistics *out)
{
	struct enrich *e = (struct enrich *)base;

	e->inner->ops->statistics(e->inner, out);
	out->waiting += e->records;
}

static const char *enrich_backend(struct source *base)
{
	struct enrich *e = (struct enrich *)base;

	return e->inner->ops->backend(e->inner);
}

static bool enrich_stop(struct source *base)
{
	const struct enrich *e = (const struct enrich *)base;

	return e->inner->ops->stop && e->inner->ops->stop(e->inner);
}

static bool enrich_at_end(struct source *base)
{
	const struct enrich *e = (const struct enrich *)base;

	return !e->first && e->inner->ops->at_end && e->inner->ops->at_end(e->inner);
}

/* False: the thread hangs in a read, and keeps what it uses. */
static bool end_thread(struct enrich *e)
{
	if (!e->look || !e->worker)
		return true;
	look_stop(e->look);
	worker_lock(e->worker);
	e->stop = true;
	e->reading = NULL;
	worker_wake(e->worker);
	worker_unlock(e->worker);
	return worker_end(e->worker);
}

static void enrich_close(struct source *base)
{
	struct enrich *e = (struct enrich *)base;
	struct entry *next;
	bool ended = end_thread(e);

	e->inner->ops->close(e->inner);
	if (!ended)
		return;
	free(e->given);
	for (struct entry *entry = e->first; entry; entry = next) {
		next = entry->next;
		free(entry);
	}
	look_close(e->look);
	worker_close(e->worker);
	free(e);
}

static size_t enrich_losses_by_cgroup(struct source *base, struct vigil_cgroup_loss *out,
				      size_t max)
{
	const struct source *inner = ((struct enrich *)base)->inner;

	return inner->ops->losses_by_cgroup
		   ? inner->ops->losses_by_cgroup((struct source *)(uintptr_t)inner, out, max)
		   : 0;
}

static const struct source_ops enrich_ops = {
	.next = enrich_next,
	.wait = enrich_wait,
	.fd = enrich_fd,
	.statistics = enrich_statistics,
	.losses_by_cgroup = enrich_losses_by_cgroup,
	.backend = enrich_backend,
	.close = enrich_close,
	.at_end = enrich_at_end,
	.stop = enrich_stop,
};

/* ---- opening ---- */

enum vigil_code enrich_check(const struct vigil_options *options, struct vigil_error *error)
{
	if (!(options->look & ~look_can()))
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_USAGE,
			  "version information and signatures are looked for on Windows alone. "
			  "Leave out --version-info and --signature.");
}

enum vigil_code enrich_open(struct source **out, struct source *inner,
			    const struct vigil_options *options, struct vigil_error *error)
{
	struct enrich *e = calloc(1, sizeof *e);
	enum vigil_code code;

	*out = NULL;
	if (!e) {
		inner->ops->close(inner);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	}
	e->base.ops = &enrich_ops;
	e->inner = inner;
	e->last = &e->first;
	e->what = options->look;
	e->room = look_parts_room(e->what);
	e->wait_ms = options->look_wait_ms ? options->look_wait_ms : WAIT_MS_DEFAULT;
	e->look =
	    look_open(e->what, options->look_bytes_max ? options->look_bytes_max : BYTES_DEFAULT,
		      CACHE_MAX);
	code = e->look ? VIGIL_OK : vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	if (code == VIGIL_OK && !(e->worker = worker_open(inner, error)))
		code = VIGIL_ERROR_SYSTEM;
	if (code == VIGIL_OK)
		code = worker_begin(e->worker, run, e, error);
	if (code < 0)
		enrich_close(&e->base);
	else
		*out = &e->base;
	return code;
}
