/* SPDX-License-Identifier: MIT */
#include "enrich/enrich.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/error.h"
#include "enrich/lookup_parts.h"
#include "enrich/mapped.h"
#include "enrich/request.h"
#include "os/os.h"
#include "record/parts.h"

#define WAIT_MS_DEFAULT 2000        /* ms, for a file that is read in full */
#define WAIT_MS_QUICK   100         /* ms, for what takes microseconds */
#define QUEUE_BYTES     (32u << 20) /* of waiting records */
#define QUEUE_RECORDS   32768u
#define TURN            64 /* records taken before the next check for answers */

enum state {
	PLAIN,   /* nothing to look up */
	WAITING, /* to be requested */
	ASKED,
	READY
};

/* A record in the queue, and what was found for it. */
struct entry {
	struct entry *next;
	int64_t deadline;
	size_t bytes;
	enum state state;
	uint32_t wanted; /* LOOKUP_..., VIGIL_INSPECT_...: not yet known */
	struct lookup_request request;
	uint8_t *parts; /* to be appended to the record */
	size_t parts_bytes;
	_Alignas(8) uint8_t record[]; /* followed by its path */
};

static struct vigil_header *record_of(struct entry *entry)
{
	return (struct vigil_header *)(void *)entry->record;
}

struct enrich {
	struct source base;
	struct source *inner;
	struct lookup *lookup;
	struct waiter *waiter;
	uint32_t what; /* VIGIL_INSPECT_... */
	unsigned wait_ms;

	struct entry *first, **last, *given; /* given: returned by the last call of next() */
	struct entry *todo;                  /* the first that is WAITING, or NULL */
	/* The record of the inner source that follows the queue, if memory was short for a copy of
	 * it; NULL: none. Nothing more is taken from the inner source until it is returned. */
	struct vigil_header *uncopied;
	uint32_t uncopied_what; /* what is not looked up for it */
	struct {
		uint32_t ticket;     /* 0: free */
		struct entry *entry; /* NULL: it was returned in the meantime */
	} asked[LOOKUPS_MAX];
	size_t bytes;
	unsigned records;
	int inner_failed; /* returned when the queue is empty */
	uint8_t *out;     /* a record with its parts; parts: those being made */
	uint8_t *parts;
};

/* ---- the queue ---- */

/* Copies the record's path to the end of the entry, converted from UTF-16 to UTF-8, with a NUL. */
static const char *keep_path(struct entry *entry, const struct vigil_header *record)
{
	const struct vigil_part *part = part_find(record, VIGIL_PART_IMAGE);
	char *to = (char *)entry->record + record->size;
	size_t length = part && !part->flags ? part->length : 0;

	if (length && record->encoding == VIGIL_UTF16LE)
		length = vigil_utf16_to_utf8(to, part + 1, length);
	else if (length)
		memcpy(to, part + 1, length);
	to[length] = '\0';
	return to;
}

/* Removes the part with which the sensor requests more: it does not belong to the record. */
static void remove_mark(struct vigil_header *record, uint32_t what)
{
	const struct vigil_part *mark =
	    part_find(record, what & LOOKUP_MAPPING ? VIGIL_PART_IMAGE : VIGIL_PART_BUILD_ID);

	record->size = (uint32_t)((const uint8_t *)mark - (const uint8_t *)record);
}

/* Returns what the options request for each file. */
static uint32_t requested_of_files(const struct enrich *e)
{
	return e->what & ~VIGIL_INSPECT_CONTAINER;
}

/* Whether a file is read in full for this request. A mapped file whose identity is not known yet
 * will get the same requests as other files. */
static bool is_read_whole(const struct enrich *e, uint32_t what)
{
	return what & LOOKUP_MAPPING ? requested_of_files(e) : what & requested_of_files(e);
}

/* Appends a copy of a record to the queue. Returns false if out of memory. */
static bool append_record(struct enrich *e, const struct vigil_header *record,
			  const struct lookup_request *request)
{
	const struct vigil_part *path = request->what ? part_find(record, VIGIL_PART_IMAGE) : NULL;
	/* Text in UTF-8 has at most 1.5 times the bytes of UTF-16. */
	size_t bytes = offsetof(struct entry, record) + record->size +
		       (path ? path->length + path->length / 2 : 0) + 1;
	struct entry *entry = malloc(bytes);

	if (!entry)
		return false;
	memset(entry, 0, offsetof(struct entry, record));
	memcpy(entry->record, record, record->size);
	entry->bytes = bytes;
	if (request->what) {
		entry->request = *request;
		entry->request.path = keep_path(entry, record);
		entry->wanted = request->what;
		entry->state = WAITING;
		entry->deadline =
		    os_now_ms() + (is_read_whole(e, request->what) ? e->wait_ms : WAIT_MS_QUICK);
		if (!e->todo)
			e->todo = entry;
	}
	if (request->what & (LOOKUP_BUILD_ID | LOOKUP_MAPPING))
		remove_mark(record_of(entry), request->what);
	*e->last = entry;
	e->last = &entry->next;
	e->bytes += bytes;
	e->records++;
	return true;
}

static bool is_full(const struct enrich *e)
{
	return e->bytes >= QUEUE_BYTES || e->records >= QUEUE_RECORDS || e->uncopied;
}

/* Moves the parts at e->parts to the entry, and marks `what` as done. */
static void keep_parts(struct enrich *e, struct entry *entry, uint32_t what, size_t bytes)
{
	uint8_t *more = bytes ? realloc(entry->parts, entry->parts_bytes + bytes) : NULL;

	if (more) {
		memcpy(more + entry->parts_bytes, e->parts, bytes);
		entry->parts = more;
		entry->parts_bytes += bytes;
		entry->bytes += bytes;
		e->bytes += bytes;
	}
	entry->wanted &= ~what;
	entry->state = entry->wanted ? WAITING : READY;
}

/* Returns what to request next. Requests for the process and for the file are made one after the
 * other, so that it is known which of them hangs. */
static uint32_t next_request(const struct entry *entry)
{
	if (entry->wanted & LOOKUP_ARGS)
		return LOOKUP_ARGS;
	if (entry->wanted & VIGIL_INSPECT_CONTAINER)
		return VIGIL_INSPECT_CONTAINER;
	return entry->wanted & LOOKUP_MAPPING ? LOOKUP_MAPPING : entry->wanted;
}

/* The mapped file is known now: requests what is requested for each file. */
static void learn_file(const struct enrich *e, struct entry *entry,
		       const struct lookup_result *result)
{
	mapped_set_file(record_of(entry), result);
	entry->request.device = result->device;
	entry->request.inode = result->inode;
	entry->wanted |= LOOKUP_BUILD_ID | requested_of_files(e);
}

/* ---- asking and answers ---- */

static void store_ticket(struct enrich *e, struct entry *entry, uint32_t ticket)
{
	for (int i = 0; i < LOOKUPS_MAX; i++)
		if (!e->asked[i].ticket) {
			e->asked[i].ticket = ticket;
			e->asked[i].entry = entry;
			return;
		}
}

/* Makes requests in the order of the queue, until no more are accepted. */
static void make_requests(struct enrich *e)
{
	while (e->todo) {
		struct entry *entry = e->todo;
		struct lookup_result result;
		enum lookup_asked asked;
		uint32_t ticket;

		if (entry->state != WAITING) {
			e->todo = entry->next;
			continue;
		}
		entry->request.what = next_request(entry);
		asked = lookup_ask(e->lookup, &entry->request, &ticket, &result);
		if (asked == LOOKUP_BUSY)
			return;
		if (asked == LOOKUP_ASKED) {
			entry->state = ASKED;
			store_ticket(e, entry, ticket);
		} else {
			keep_parts(e, entry, entry->request.what,
				   asked == LOOKUP_KNOWN
				       ? lookup_parts(e->parts, entry->request.what, &result)
				       : lookup_parts_late(e->parts, entry->request.what));
		}
	}
}

static void receive_answers(struct enrich *e)
{
	struct lookup_result result;
	uint32_t ticket;

	while (lookup_next(e->lookup, &ticket, &result))
		for (int i = 0; i < LOOKUPS_MAX; i++) {
			struct entry *entry = e->asked[i].entry;

			if (e->asked[i].ticket != ticket)
				continue;
			e->asked[i].ticket = 0;
			if (!entry)
				break;
			if (result.known & LOOKUP_MAPPING)
				learn_file(e, entry, &result);
			if (result.known & LOOKUP_LINKS)
				mapped_set_deleted(record_of(entry), result.deleted);
			keep_parts(e, entry, entry->request.what,
				   lookup_parts(e->parts, entry->request.what, &result));
			if (entry->state == WAITING)
				e->todo = e->first; /* for the rest of its requests */
			break;
		}
}

/* ---- the way out ---- */

static void forget_entry(struct enrich *e, struct entry *entry)
{
	if (e->todo == entry)
		e->todo = entry->next;
	for (int i = 0; i < LOOKUPS_MAX; i++)
		if (e->asked[i].entry == entry)
			e->asked[i].entry = NULL;
	e->first = entry->next;
	if (!e->first)
		e->last = &e->first;
	e->bytes -= entry->bytes;
	e->records--;
	e->given = entry;
}

/* Returns the record with all its parts, or without them if they do not fit. */
static struct vigil_header *join_parts(struct enrich *e, struct entry *entry)
{
	struct vigil_header *record = record_of(entry);
	size_t late = lookup_parts_late(e->parts, entry->wanted);
	size_t bytes = record->size + entry->parts_bytes + late;

	if (bytes == record->size || bytes > VIGIL_RECORD_MAX)
		return record;
	memcpy(e->out, record, record->size);
	if (entry->parts_bytes)
		memcpy(e->out + record->size, entry->parts, entry->parts_bytes);
	memcpy(e->out + record->size + entry->parts_bytes, e->parts, late);
	record = (struct vigil_header *)(void *)e->out;
	record->size = (uint32_t)bytes;
	return record;
}

/* Returns the record that could not be copied, as one for which nothing was found in time. */
static struct vigil_header *pop_uncopied(struct enrich *e)
{
	struct vigil_header *record = (struct vigil_header *)(void *)e->out;
	size_t late = lookup_parts_late(e->parts, e->uncopied_what);

	memcpy(record, e->uncopied, e->uncopied->size);
	if (e->uncopied_what & (LOOKUP_BUILD_ID | LOOKUP_MAPPING))
		remove_mark(record, e->uncopied_what);
	if (record->size + late <= VIGIL_RECORD_MAX) {
		memcpy(e->out + record->size, e->parts, late);
		record->size += (uint32_t)late;
	}
	e->uncopied = NULL;
	return record;
}

/* Returns the first record if it is complete or late; NULL: it waits, or there is none. */
static struct vigil_header *pop_first(struct enrich *e)
{
	struct entry *entry = e->first;

	if (!entry && e->uncopied)
		return pop_uncopied(e);
	if (!entry || ((entry->state == WAITING || entry->state == ASKED) && !is_full(e) &&
		       os_now_ms() < entry->deadline))
		return NULL;
	forget_entry(e, entry);
	return entry->state == PLAIN ? record_of(entry) : join_parts(e, entry);
}

static void free_entry(struct entry *entry)
{
	if (entry)
		free(entry->parts);
	free(entry);
}

/* ---- source_ops ---- */

/* Sets the timer to the deadline of the first record. */
static void set_deadline_timer(struct enrich *e)
{
	int64_t left = e->first ? e->first->deadline - os_now_ms() : 0;

	waiter_set_timer(e->waiter, e->first && left < 1 ? 1 : left);
}

/* Takes records from the inner source until it has no more, or until it is time to check for
 * answers. Returns 1: *record is to be returned unchanged; 0: no more; negative: failed. */
#define CHECK_ANSWERS 2

static int fill_queue(struct enrich *e, struct vigil_header **record)
{
	struct lookup_request request;
	int got = 0;

	for (int i = 0; !is_full(e); i++) {
		if (i == TURN)
			return CHECK_ANSWERS;
		got = e->inner->ops->next(e->inner, record);
		if (got <= 0)
			break;
		if (!e->what && !e->first && !request_is_always_made(*record))
			return 1; /* the fast path of most records */
		request_fill(&request, *record, e->what);
		if (!request.what && !e->first)
			return 1;
		if (!append_record(e, *record, &request)) {
			e->uncopied = *record;
			e->uncopied_what = request.what;
		}
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
	int got = CHECK_ANSWERS;

	if (e->given)
		free_entry(e->given);
	e->given = NULL;
	*out = pop_first(e);
	if (*out)
		return 1;
	waiter_clear(e->waiter);
	while (got == CHECK_ANSWERS) {
		got = e->inner_failed ? 0 : fill_queue(e, out);
		if (got == 1 || got < 0)
			return got;
		make_requests(e);
		receive_answers(e);
		make_requests(e);
		*out = pop_first(e);
		if (*out)
			return 1;
	}
	if (e->inner_failed && !e->first && !e->uncopied)
		return e->inner_failed;
	set_deadline_timer(e);
	return 0;
}

static int enrich_wait(struct source *base, int timeout_ms)
{
	struct enrich *e = (struct enrich *)base;

	return waiter_wait(e->waiter, timeout_ms, &base->error);
}

static int enrich_fd(struct source *base)
{
	return waiter_fd(((struct enrich *)base)->waiter);
}

static void enrich_statistics(struct source *base, struct vigil_statistics *out)
{
	struct enrich *e = (struct enrich *)base;

	e->inner->ops->statistics(e->inner, out);
	out->waiting += e->records + (e->uncopied != NULL);
}

static const char *enrich_backend(struct source *base)
{
	struct enrich *e = (struct enrich *)base;

	return e->inner->ops->backend(e->inner);
}

/* Shortens the deadlines of waiting records: after the stop, none waits as long as a hash may
 * take. */
static bool enrich_stop(struct source *base)
{
	struct enrich *e = (struct enrich *)base;
	int64_t soon = os_now_ms() + WAIT_MS_QUICK;

	e->wait_ms = WAIT_MS_QUICK;
	for (struct entry *entry = e->first; entry; entry = entry->next)
		if (entry->deadline > soon)
			entry->deadline = soon;
	return e->inner->ops->stop && e->inner->ops->stop(e->inner);
}

static bool enrich_at_end(struct source *base)
{
	const struct enrich *e = (const struct enrich *)base;

	return !e->first && !e->uncopied && e->inner->ops->at_end &&
	       e->inner->ops->at_end(e->inner);
}

static void enrich_close(struct source *base)
{
	struct enrich *e = (struct enrich *)base;
	struct entry *next;

	e->inner->ops->close(e->inner);
	if (lookup_close(e->lookup))
		waiter_close(e->waiter);
	free_entry(e->given);
	for (struct entry *entry = e->first; entry; entry = next) {
		next = entry->next;
		free_entry(entry);
	}
	free(e->out);
	free(e->parts);
	free(e);
}

static size_t enrich_losses_by_cgroup(struct source *base, struct cgroup_loss *out, size_t max)
{
	const struct source *inner = ((struct enrich *)base)->inner;

	return inner->ops->losses_by_cgroup
		   ? inner->ops->losses_by_cgroup((struct source *)(uintptr_t)inner, out, max)
		   : 0;
}

static void enrich_reread_rules(struct source *source)
{
	struct source *inner = ((struct enrich *)source)->inner;

	if (inner->ops->reread_rules)
		inner->ops->reread_rules(inner);
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
	.reread_rules = enrich_reread_rules,
};

enum vigil_code enrich_open(struct source **out, struct source *inner, struct lookup *lookup,
			    const struct vigil_options *options, struct vigil_error *error)
{
	struct enrich *e = calloc(1, sizeof(*e));
	enum vigil_code code = VIGIL_ERROR_MEMORY;

	*out = NULL;
	if (!e) {
		inner->ops->close(inner);
		lookup_close(lookup);
		return vigil_fail(error, VIGIL_ERROR_MEMORY,
				  "out of memory for the queue of records");
	}
	e->base.ops = &enrich_ops;
	e->inner = inner;
	e->lookup = lookup;
	e->last = &e->first;
	e->what = options->inspect;
	e->wait_ms = options->inspect_wait_ms ? options->inspect_wait_ms : WAIT_MS_DEFAULT;
	e->out = malloc(VIGIL_RECORD_MAX);
	e->parts =
	    malloc(lookup_parts_size(e->what | LOOKUP_BUILD_ID | LOOKUP_ARGS | LOOKUP_MAPPING));
	if (!e->out || !e->parts)
		vigil_fail(error, VIGIL_ERROR_MEMORY, "out of memory for the queue of records");
	else if ((e->waiter = waiter_open(inner, error)) != NULL)
		code = lookup_start(lookup, e->waiter, error);
	else
		code = VIGIL_ERROR_SYSTEM;
	if (code < 0)
		enrich_close(&e->base);
	else
		*out = &e->base;
	return code;
}
