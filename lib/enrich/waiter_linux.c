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

struct waiter {
	int epoll, timer;
	bool timer_set;
};

struct waiter *waiter_open(struct source *inner, struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN };
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w) {
		vigil_fail(error, VIGIL_ERROR_MEMORY, "cannot set up waiting: out of memory");
		return NULL;
	}
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->epoll >= 0 && w->timer >= 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->timer, &in) == 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, inner->ops->fd(inner), &in) == 0)
		return w;
	vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot set up waiting: %s", strerror(errno));
	waiter_close(w);
	return NULL;
}

enum vigil_code waiter_add_fd(struct waiter *w, int fd, struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN };

	if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &in) == 0)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot set up waiting: %s", strerror(errno));
}

/* Nothing to do: the timer is set again before each wait. */
void waiter_clear(struct waiter *w)
{
	(void)w;
}

void waiter_set_timer(struct waiter *w, int64_t ms)
{
	struct itimerspec at = { .it_value = { .tv_sec = (time_t)(ms / 1000),
					       .tv_nsec = (long)(ms % 1000) * 1000000 } };

	if (ms || w->timer_set)
		timerfd_settime(w->timer, 0, &at, NULL);
	w->timer_set = ms;
}

int waiter_wait(struct waiter *w, int timeout_ms, struct vigil_error *error)
{
	if (poll(&(struct pollfd){ .fd = w->epoll, .events = POLLIN }, 1, timeout_ms) >= 0)
		return 1;
	if (errno == EINTR)
		return 0;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot wait: %s", strerror(errno));
}

int waiter_fd(struct waiter *w)
{
	return w->epoll;
}

void waiter_close(struct waiter *w)
{
	if (!w)
		return;
	if (w->epoll >= 0)
		close(w->epoll);
	if (w->timer >= 0)
		close(w->timer);
	free(w);
}
