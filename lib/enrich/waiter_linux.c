/* SPDX-License-Identifier: MIT */
#include "enrich/waiter.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"

struct worker {
	int epoll, timer;
	bool rings; /* the timer is set */
};

struct worker *worker_open(struct source *inner, struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN };
	struct worker *w = calloc(1, sizeof *w);

	if (!w) {
		vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
		return NULL;
	}
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->epoll >= 0 && w->timer >= 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->timer, &in) == 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, inner->ops->fd(inner), &in) == 0)
		return w;
	vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot set up waiting: %s", strerror(errno));
	worker_close(w);
	return NULL;
}

enum vigil_code worker_watch(struct worker *w, int fd, struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN };

	if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &in) == 0)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot set up waiting: %s", strerror(errno));
}

/* The timer is set anew before each wait. */
void worker_quiet(struct worker *w)
{
	(void)w;
}

void worker_ring_in(struct worker *w, int64_t ms)
{
	struct itimerspec at = { .it_value = { .tv_sec = (time_t)(ms / 1000),
					       .tv_nsec = (long)(ms % 1000) * 1000000 } };

	if (ms || w->rings)
		timerfd_settime(w->timer, 0, &at, NULL);
	w->rings = ms;
}

int worker_wait(struct worker *w, int timeout_ms, struct vigil_error *error)
{
	if (poll(&(struct pollfd){ .fd = w->epoll, .events = POLLIN }, 1, timeout_ms) >= 0)
		return 1;
	if (errno == EINTR)
		return 0;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot wait: %s", strerror(errno));
}

int worker_fd(struct worker *w)
{
	return w->epoll;
}

void worker_close(struct worker *w)
{
	if (!w)
		return;
	if (w->epoll >= 0)
		close(w->epoll);
	if (w->timer >= 0)
		close(w->timer);
	free(w);
}
