/* SPDX-License-Identifier: MIT */
/* client.c - the sensor's side: assigns requests to workers, enforces deadlines, and avoids
 * subjects that made a worker hang. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/error.h"
#include "inspect/channel.h"
#include "inspect/memory.h"
#include "inspect/spawner.h"
#include "os/os.h"

#define HANGING_MAX    8    /* limit of killed workers that still wait in the kernel */
#define START_EVERY_MS 100  /* minimum time between two starts of a worker in a slot */
#define RETRY_MS       1000 /* delay before the next attempt if no worker can be started */
#define AVOIDED_MAX    64   /* subjects that made a worker hang */
#define AVOID_MS_FIRST 1000
#define AVOID_MS_LAST  64000
#define TIMER          UINT32_MAX

static const struct {
	unsigned workers, give_up_ms;
	bool at_once; /* started by inspect_open */
} CLASSES[INSPECT_CLASSES] = {
	[INSPECT_QUICK] = { 3, 500, true },
	[INSPECT_HASHES] = { 2, 5000, true },
	[INSPECT_NAMES] = { 1, 2000, false },
};
#define WORKERS_MAX 6

struct slot {
	enum inspect_class class;
	int fd;          /* -1: no worker */
	uint32_t number; /* of the worker, unique */
	uint32_t ticket; /* 0: idle */
	int64_t give_up, start_again;
	struct inspect_request request; /* path: not stored */
};

/* A subject that made a worker hang: a file system, a process, the name service. */
struct avoided {
	uint64_t subject;
	int64_t until;
	unsigned ms;
};

struct inspect {
	struct spawner spawner;
	int64_t respawn_at;
	int epoll, timer;
	int64_t timer_at; /* 0: not set */
	uint32_t classes, tickets, numbers;
	unsigned slots, busy;
	struct slot slot[WORKERS_MAX];
	struct avoided avoided[AVOIDED_MAX];
	struct memory memory;
	bool failing, reported; /* reported: the last news was a failure */
	struct inspect_message message;
	struct inspect_answer answer;
};

static enum inspect_class class_of(uint32_t what)
{
	if (what & INSPECT_SHA256)
		return INSPECT_HASHES;
	return what & (INSPECT_USER_NAME | INSPECT_GROUP_NAME | INSPECT_USER_ID) ? INSPECT_NAMES
										 : INSPECT_QUICK;
}

/* ---- subjects that are not asked for a while ---- */

static uint64_t subject_of(const struct inspect_request *request)
{
	if (request->what & (INSPECT_BUILD_ID | INSPECT_SHA256 | INSPECT_LINKS))
		return request->device | UINT64_C(1) << 60;
	if (request->what & (INSPECT_ARGS | INSPECT_COMMAND | INSPECT_MAPPING))
		return request->pid | UINT64_C(2) << 60;
	if (request->what & INSPECT_CONTAINER) /* the disk with the runtimes' state */
		return UINT64_C(4) << 60;
	return UINT64_C(3) << 60;
}

static struct avoided *find_avoided(struct inspect *c, uint64_t subject)
{
	for (int i = 0; i < AVOIDED_MAX; i++)
		if (c->avoided[i].subject == subject)
			return &c->avoided[i];
	return NULL;
}

static void avoid_subject(struct inspect *c, uint64_t subject, int64_t now)
{
	struct avoided *avoided = find_avoided(c, subject);

	if (!avoided) {
		avoided = &c->avoided[0];
		for (int i = 1; i < AVOIDED_MAX; i++)
			if (c->avoided[i].until < avoided->until)
				avoided = &c->avoided[i];
		*avoided = (struct avoided){ .subject = subject };
	}
	avoided->ms = avoided->ms ? 2 * avoided->ms : AVOID_MS_FIRST;
	if (avoided->ms > AVOID_MS_LAST)
		avoided->ms = AVOID_MS_LAST;
	avoided->until = now + avoided->ms;
}

/* ---- workers ---- */

static void set_timer(struct inspect *c, int64_t at, int64_t now)
{
	int64_t ms = at - now < 1 ? 1 : at - now;
	struct itimerspec in = { .it_value = { .tv_sec = (time_t)(ms / 1000),
					       .tv_nsec = (long)(ms % 1000) * 1000000 } };

	if (c->timer_at && c->timer_at <= at)
		return;
	timerfd_settime(c->timer, 0, &in, NULL);
	c->timer_at = at;
}

/* Replaces a spawner that has ended. */
static void respawn(struct inspect *c, int64_t now)
{
	if (now < c->respawn_at)
		return;
	c->respawn_at = now + RETRY_MS;
	spawner_close(&c->spawner);
	spawner_open(&c->spawner);
}

static void start_worker(struct inspect *c, struct slot *slot, int64_t now)
{
	struct epoll_event in = { .events = EPOLLIN, .data.u32 = (uint32_t)(slot - c->slot) };
	bool gone = false;

	if (now < slot->start_again)
		return;
	slot->start_again = now + START_EVERY_MS;
	if (spawner_hanging(&c->spawner) < HANGING_MAX)
		slot->fd = spawner_start(&c->spawner, ++c->numbers, slot->class,
					 c->classes & INSPECT_REALTIME, &gone);
	slot->number = c->numbers;
	if (slot->fd >= 0 && epoll_ctl(c->epoll, EPOLL_CTL_ADD, slot->fd, &in) < 0) {
		close(slot->fd);
		slot->fd = -1;
	}
	if (slot->fd < 0)
		slot->start_again = now + RETRY_MS;
	if (gone)
		respawn(c, now);
}

/* Kills the worker of this slot and starts another. */
static void drop_worker(struct inspect *c, struct slot *slot, int64_t now)
{
	close(slot->fd); /* which removes it from the epoll set */
	spawner_kill(&c->spawner, slot->number);
	slot->fd = -1;
	start_worker(c, slot, now);
	if (slot->fd < 0)
		set_timer(c, slot->start_again, now);
}

/* Returns a worker that is free; *any: whether there are workers of that class at all. */
static struct slot *find_idle_slot(struct inspect *c, enum inspect_class class, int64_t now,
				   bool *any)
{
	*any = false;
	for (unsigned i = 0; i < c->slots; i++) {
		struct slot *slot = &c->slot[i];

		if (slot->class != class)
			continue;
		if (slot->fd < 0)
			start_worker(c, slot, now);
		if (slot->fd < 0)
			continue;
		*any = true;
		if (slot->ticket == 0)
			return slot;
	}
	return NULL;
}

/* ---- asking ---- */

static size_t write_message(struct inspect *c, const struct inspect_request *request)
{
	struct inspect_message *m = &c->message;
	size_t length = request->path ? strlen(request->path) : 0;

	if (length >= sizeof(m->path))
		length = 0; /* too long to be opened */
	memset(m, 0, offsetof(struct inspect_message, path));
	m->ticket = ++c->tickets ? c->tickets : ++c->tickets;
	m->request = *request;
	m->request.path = NULL;
	m->path_length = (uint32_t)length;
	if (length)
		memcpy(m->path, request->path, length);
	memory_recall(&c->memory, m);
	return offsetof(struct inspect_message, path) + length;
}

enum inspect_asked inspect_ask(struct inspect *c, const struct inspect_request *request, int fd,
			       uint32_t *ticket)
{
	enum inspect_class class = class_of(request->what);
	int64_t now = os_now_ms();
	const struct avoided *avoided = find_avoided(c, subject_of(request));
	struct slot *slot;
	size_t size;
	bool any;

	if (avoided && now < avoided->until)
		return INSPECT_REFUSED;
	slot = find_idle_slot(c, class, now, &any);
	if (!slot) {
		c->failing |= !any;
		return any ? INSPECT_BUSY : INSPECT_REFUSED;
	}
	size = write_message(c, request);
	if (channel_send(slot->fd, &c->message, size, fd) < 0) {
		drop_worker(c, slot, now);
		return slot->fd < 0 ? INSPECT_REFUSED : INSPECT_BUSY;
	}
	slot->request = *request;
	slot->request.path = NULL;
	slot->ticket = *ticket = c->message.ticket;
	slot->give_up = now + CLASSES[class].give_up_ms;
	c->busy++;
	set_timer(c, slot->give_up, now);
	return INSPECT_ASKED;
}

/* ---- answers ---- */

/* Validates an answer. A worker reads what the subject has written, so its answers are not
 * trusted. */
static bool is_valid(const struct slot *slot, const struct inspect_answer *answer, size_t got)
{
	const size_t head = offsetof(struct inspect_answer, text);

	return got >= head && answer->ticket == slot->ticket &&
	       (answer->known & ~slot->request.what) == 0 &&
	       answer->build_id_length <= INSPECT_BUILD_ID_MAX &&
	       answer->args_length <= INSPECT_ARGS_MAX && answer->name_length <= INSPECT_NAME_MAX &&
	       got == head + answer->args_length + answer->name_length;
}

static const struct inspect_answer *answer_unknown(struct inspect *c, struct slot *slot)
{
	memset(&c->answer, 0, offsetof(struct inspect_answer, text));
	c->answer.ticket = slot->ticket;
	slot->ticket = 0;
	c->busy--;
	return &c->answer;
}

/* Receives an answer; NULL: there is none yet. */
static const struct inspect_answer *receive_answer(struct inspect *c, struct slot *slot,
						   int64_t now)
{
	ssize_t got = recv(slot->fd, &c->answer, sizeof(c->answer), MSG_DONTWAIT);
	struct avoided *avoided;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (slot->ticket && got > 0 && is_valid(slot, &c->answer, (size_t)got)) {
		avoided = find_avoided(c, subject_of(&slot->request));
		if (avoided)
			*avoided = (struct avoided){ 0 };
		memory_keep(&c->memory, &slot->request, &c->answer, now);
		slot->ticket = 0;
		c->busy--;
		return &c->answer;
	}
	drop_worker(c, slot, now);
	return slot->ticket ? answer_unknown(c, slot) : NULL;
}

static const struct inspect_answer *drop_late_request(struct inspect *c, struct slot *slot,
						      int64_t now)
{
	avoid_subject(c, subject_of(&slot->request), now);
	drop_worker(c, slot, now);
	return answer_unknown(c, slot);
}

/* Returns a slot whose deadline has passed; otherwise sets the timer again. */
static struct slot *find_late_slot(struct inspect *c, int64_t now)
{
	uint64_t passed;

	(void)!read(c->timer, &passed, sizeof(passed));
	c->timer_at = 0;
	for (unsigned i = 0; i < c->slots; i++) {
		struct slot *slot = &c->slot[i];

		if (slot->fd < 0 && slot->number)
			start_worker(c, slot, now);
		if (slot->ticket && now >= slot->give_up) {
			set_timer(c, now, now); /* for the other slots */
			return slot;
		}
		if (slot->ticket)
			set_timer(c, slot->give_up, now);
		else if (slot->fd < 0 && slot->number)
			set_timer(c, slot->start_again, now);
	}
	return NULL;
}

const struct inspect_answer *inspect_next(struct inspect *c)
{
	struct epoll_event event[WORKERS_MAX + 1];
	int count = epoll_wait(c->epoll, event, WORKERS_MAX + 1, 0);
	const struct inspect_answer *answer = NULL;
	int64_t now = os_now_ms();

	/* Answers first: one that has arrived is in time. */
	for (int i = 0; i < count && !answer; i++)
		if (event[i].data.u32 != TIMER && c->slot[event[i].data.u32].fd >= 0)
			answer = receive_answer(c, &c->slot[event[i].data.u32], now);
	for (int i = 0; i < count && !answer; i++)
		if (event[i].data.u32 == TIMER) {
			struct slot *slot = find_late_slot(c, now);

			answer = slot ? drop_late_request(c, slot, now) : NULL;
		}
	return answer;
}

int inspect_fd(const struct inspect *c)
{
	return c->epoll;
}

const struct inspect_answer *inspect_wait(struct inspect *c, const struct inspect_request *request,
					  int fd, int timeout_ms)
{
	int64_t until = os_now_ms() + timeout_ms, left = timeout_ms;
	enum inspect_asked asked = INSPECT_BUSY;
	uint32_t ticket = 0;

	for (; left >= 0; left = until - os_now_ms()) {
		const struct inspect_answer *answer;

		if (asked == INSPECT_BUSY)
			asked = inspect_ask(c, request, fd, &ticket);
		if (asked == INSPECT_REFUSED)
			return NULL;
		poll(&(struct pollfd){ .fd = c->epoll, .events = POLLIN }, 1, (int)left);
		while ((answer = inspect_next(c)) != NULL)
			if (asked == INSPECT_ASKED && answer->ticket == ticket)
				return answer->known ? answer : NULL;
	}
	return NULL;
}

const uint8_t *inspect_known_build_id(struct inspect *c, uint64_t device, uint64_t inode,
				      uint64_t generation, int64_t now_ms, size_t *length)
{
	return memory_build_id(&c->memory, device, inode, generation, now_ms, length);
}

bool inspect_news(struct inspect *c, char *text, size_t size)
{
	unsigned hanging = spawner_hanging(&c->spawner);

	if (c->failing && !c->reported) {
		c->reported = true;
		snprintf(text, size,
			 "helper processes cannot answer (%u wait in the kernel for a file or a "
			 "process that does not respond): hashes, build-ids and arguments may be "
			 "missing until they do",
			 hanging);
		return true;
	}
	if (c->reported && hanging < HANGING_MAX && c->spawner.control >= 0) {
		c->reported = c->failing = false;
		snprintf(text, size, "helper processes answer again");
		return true;
	}
	return false;
}

/* ---- opening ---- */

enum vigil_code inspect_open(struct inspect **out, uint32_t classes, struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN, .data.u32 = TIMER };
	struct inspect *c = calloc(1, sizeof(*c));
	int failed = c ? 0 : -ENOMEM;

	*out = NULL;
	if (c) {
		c->classes = classes;
		c->epoll = c->timer = -1;
		failed = spawner_open(&c->spawner);
	}
	if (!failed) {
		c->epoll = epoll_create1(EPOLL_CLOEXEC);
		c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		if (c->epoll < 0 || c->timer < 0 ||
		    epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->timer, &in) < 0)
			failed = -errno;
	}
	if (!failed)
		failed = memory_open(&c->memory);
	if (failed) {
		inspect_close(c);
		return vigil_fail(error,
				  failed == -ENOMEM ? VIGIL_ERROR_MEMORY : VIGIL_ERROR_SYSTEM,
				  "cannot start the helper processes that read files: %s",
				  strerror(-failed));
	}
	for (unsigned class = 0; class < INSPECT_CLASSES; class ++)
		for (unsigned i = 0; classes & INSPECT_CLASS(class) && i < CLASSES[class].workers;
		     i++) {
			struct slot *slot = &c->slot[c->slots++];

			*slot = (struct slot){ .class = (enum inspect_class) class, .fd = -1 };
			if (CLASSES[class].at_once)
				start_worker(c, slot, os_now_ms());
		}
	*out = c;
	return VIGIL_OK;
}

void inspect_close(struct inspect *c)
{
	if (!c)
		return;
	for (unsigned i = 0; i < c->slots; i++)
		if (c->slot[i].fd >= 0)
			close(c->slot[i].fd);
	spawner_close(&c->spawner);
	if (c->epoll >= 0)
		close(c->epoll);
	if (c->timer >= 0)
		close(c->timer);
	memory_close(&c->memory);
	free(c);
}
