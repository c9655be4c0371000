/* SPDX-License-Identifier: MIT */
#include "enrich.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "look.h"
#include "os.h"

#define WAIT_MS_DEFAULT 2000
#define BYTES_DEFAULT   (256ull << 20) /* larger files are not read */
#define CACHE_MAX       8192           /* files that are remembered */
#define QUEUE_BYTES     (32u << 20)    /* of records that wait */
#define QUEUE_RECORDS   32768u
#define CLOSE_PATIENCE  2 /* seconds; a read that hangs may hold the thread longer */

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
	enum state state;
	struct look_request request;
	struct look_result result;
	_Alignas(8) uint8_t record[];
};

static struct vigil_header *record_of(struct entry *entry)
{
	return (struct vigil_header *)(void *)entry->record;
}

struct enrich {
	struct source base;
	struct source *inner;
	struct look *look;
	unsigned wait_ms;
	int epoll, event, timer;

	/* The reader's. */
	struct entry *first, **last, *given; /* given: handed out by the latest next() */
	size_t bytes;
	unsigned records;
	int inner_failed; /* told once the queue is empty */
	bool running;     /* the thread */

	/* Both threads', under the lock. */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wanted;
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

static void *run(void *context)
{
	struct enrich *e = context;
	struct look_request request;
	struct look_result result;
	char path[4096];

	setpriority(PRIO_PROCESS, 0, 10); /* of this thread; a failure costs others time */
	pthread_mutex_lock(&e->lock);
	while (!e->stop) {
		e->todo = next_waiting(e->todo);
		if (!e->todo) {
			pthread_cond_wait(&e->wanted, &e->lock);
			continue;
		}
		e->reading = e->todo;
		e->reading->state = READING;
		copy_request(&request, path, sizeof path, e->reading);
		pthread_mutex_unlock(&e->lock);
		look_at(e->look, &request, &result);
		pthread_mutex_lock(&e->lock);
		if (e->reading) {
			e->reading->result = result;
			e->reading->state = READY;
			eventfd_write(e->event, 1);
		}
		e->reading = NULL;
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
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

/* False: the record names no file that could be looked at. */
static bool fill_request(struct look_request *request, const struct vigil_header *record)
{
	const struct vigil_process *start = (const void *)(record + 1);
	const struct vigil_image *image = (const void *)(record + 1);

	*request = (struct look_request){ .time = record->time, .path = "" };
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

#define PART_ROOM ((sizeof(struct vigil_part) + LOOK_HASH_BYTES + 7) & ~(size_t)7)

/* The path behind the record, ended by a NUL of its own. */
static const char *keep_path(struct entry *entry)
{
	const struct vigil_part *part = find_part(record_of(entry), VIGIL_IMAGE);
	char *to = (char *)entry->record + record_of(entry)->size + PART_ROOM;
	size_t length = part && !part->flags ? part->length : 0;

	if (length)
		memcpy(to, part + 1, length);
	to[length] = '\0';
	return to;
}

static bool is_wanted(const struct vigil_header *record, struct look_request *request)
{
	return record->size + PART_ROOM <= VIGIL_RECORD_MAX && fill_request(request, record);
}

/* False: no memory; the record stays the inner source's. */
static bool append(struct enrich *e, const struct vigil_header *record,
		   const struct look_request *request)
{
	const struct vigil_part *path = request ? find_part(record, VIGIL_IMAGE) : NULL;
	size_t bytes = offsetof(struct entry, record) + record->size + PART_ROOM +
		       (path ? path->length : 0) + 1;
	struct entry *entry = malloc(bytes);

	if (!entry)
		return false;
	memset(entry, 0, offsetof(struct entry, record));
	memcpy(entry->record, record, record->size);
	entry->bytes = bytes;
	entry->deadline = os_now_ms() + e->wait_ms;
	if (request) {
		entry->request = *request;
		entry->request.path = keep_path(entry);
		entry->state = WAITING;
	}
	pthread_mutex_lock(&e->lock);
	*e->last = entry;
	e->last = &entry->next;
	if (request && !e->todo) {
		e->todo = entry;
		pthread_cond_signal(&e->wanted);
	}
	pthread_mutex_unlock(&e->lock);
	e->bytes += bytes;
	e->records++;
	return true;
}

static void add_part(struct entry *entry, enum state state)
{
	struct vigil_header *record = record_of(entry);
	struct vigil_part *part = (void *)((uint8_t *)record + record->size);
	uint32_t length = state == READY && entry->result.hashed ? LOOK_HASH_BYTES : 0;

	memset(part, 0, PART_ROOM);
	part->kind = VIGIL_SHA256;
	part->source = VIGIL_SOURCE_FILE;
	part->length = length;
	part->original = LOOK_HASH_BYTES;
	if (length)
		memcpy(part + 1, entry->result.sha256, length);
	else
		part->flags = state == READY ? VIGIL_PART_UNREADABLE : VIGIL_PART_LATE;
	record->size += (uint32_t)((sizeof *part + length + 7) & ~(size_t)7);
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
	pthread_mutex_lock(&e->lock);
	state = entry->state;
	if ((state == WAITING || state == READING) && !is_full(e) &&
	    os_now_ms() < entry->deadline) {
		pthread_mutex_unlock(&e->lock);
		return NULL;
	}
	if (e->todo == entry)
		e->todo = entry->next;
	if (e->reading == entry)
		e->reading = NULL;
	e->first = entry->next;
	if (!e->first)
		e->last = &e->first;
	pthread_mutex_unlock(&e->lock);
	e->bytes -= entry->bytes;
	e->records--;
	if (state != PLAIN)
		add_part(entry, state);
	e->given = entry;
	return record_of(entry);
}

/* ---- source_ops ---- */

/* Sees to it that the descriptor becomes readable when the first has waited enough. */
static void arm(struct enrich *e)
{
	struct itimerspec at = { 0 };
	int64_t left = e->first ? e->first->deadline - os_now_ms() : 0;

	if (e->first) {
		left = left > 0 ? left : 1;
		at.it_value.tv_sec = (time_t)(left / 1000);
		at.it_value.tv_nsec = (long)(left % 1000) * 1000000;
	}
	timerfd_settime(e->timer, 0, &at, NULL);
}

/* Takes from the inner source until it has nothing more. 1: *record is to be handed
 * out as it is. */
static int fill(struct enrich *e, struct vigil_header **record)
{
	struct look_request request;
	int got = 0;

	while (!is_full(e) && (got = e->inner->ops->next(e->inner, record)) > 0) {
		bool wanted = is_wanted(*record, &request);

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
	eventfd_t old;
	int got = 0;

	free(e->given);
	e->given = NULL;
	*out = take_first(e);
	if (*out)
		return 1;
	eventfd_read(e->event, &old);
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

	if (poll(&(struct pollfd){ .fd = e->epoll, .events = POLLIN }, 1, timeout_ms) >= 0)
		return 1;
	if (errno == EINTR)
		return 0;
	return vigil_fail(&base->error, VIGIL_ERROR_SYSTEM, "cannot wait: %s", strerror(errno));
}

static int enrich_fd(struct source *base)
{
	return ((struct enrich *)base)->epoll;
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

/* False: the thread hangs in a read, and keeps what it uses. */
static bool end_thread(struct enrich *e)
{
	struct timespec until;

	if (!e->running)
		return true;
	look_stop(e->look);
	pthread_mutex_lock(&e->lock);
	e->stop = true;
	e->reading = NULL;
	pthread_cond_signal(&e->wanted);
	pthread_mutex_unlock(&e->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CLOSE_PATIENCE;
	if (pthread_timedjoin_np(e->thread, NULL, &until) == 0)
		return true;
	pthread_detach(e->thread);
	return false;
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
	for (size_t i = 0; i < 3; i++) {
		int fd = (const int[]){ e->epoll, e->event, e->timer }[i];

		if (fd >= 0)
			close(fd);
	}
	look_close(e->look);
	pthread_cond_destroy(&e->wanted);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

static const struct source_ops enrich_ops = {
	.next = enrich_next,
	.wait = enrich_wait,
	.fd = enrich_fd,
	.statistics = enrich_statistics,
	.backend = enrich_backend,
	.close = enrich_close,
};

/* ---- opening ---- */

static bool open_poll(struct enrich *e)
{
	struct epoll_event in = { .events = EPOLLIN };

	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	e->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return e->epoll >= 0 && e->event >= 0 && e->timer >= 0 &&
	       epoll_ctl(e->epoll, EPOLL_CTL_ADD, e->event, &in) == 0 &&
	       epoll_ctl(e->epoll, EPOLL_CTL_ADD, e->timer, &in) == 0 &&
	       epoll_ctl(e->epoll, EPOLL_CTL_ADD, e->inner->ops->fd(e->inner), &in) == 0;
}

/* Signals are for the program's own threads. */
static int begin_thread(struct enrich *e)
{
	sigset_t all, before;
	int reason;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	reason = pthread_create(&e->thread, NULL, run, e);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	e->running = reason == 0;
	return reason;
}

enum vigil_code enrich_open(struct source **out, struct source *inner,
			    const struct vigil_options *options, struct vigil_error *error)
{
	struct enrich *e = calloc(1, sizeof *e);
	enum vigil_code code = VIGIL_OK;
	int reason;

	*out = NULL;
	if (!e) {
		inner->ops->close(inner);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	}
	e->base.ops = &enrich_ops;
	e->inner = inner;
	e->last = &e->first;
	e->epoll = e->event = e->timer = -1;
	e->wait_ms = options->look_wait_ms ? options->look_wait_ms : WAIT_MS_DEFAULT;
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->wanted, NULL);
	e->look =
	    look_open(options->look_bytes_max ? options->look_bytes_max : BYTES_DEFAULT, CACHE_MAX);
	if (!e->look)
		code = vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	else if (!open_poll(e))
		code = vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot set up waiting: %s",
				  strerror(errno));
	else if ((reason = begin_thread(e)) != 0)
		code = vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot start a thread: %s",
				  strerror(reason));
	if (code < 0)
		enrich_close(&e->base);
	else
		*out = &e->base;
	return code;
}
