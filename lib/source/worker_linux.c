/* SPDX-License-Identifier: MIT */
#include "worker.h"

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

#include <linux/capability.h>

#include "confine.h"
#include "error.h"

#ifndef CAP_CHECKPOINT_RESTORE /* Linux 5.9 */
#define CAP_CHECKPOINT_RESTORE 40
#endif
/* To read the files of others. */
#define WORKER_CAPABILITIES \
	(CONFINE_CAP(CAP_SYS_PTRACE) | CONFINE_CAP(CAP_DAC_READ_SEARCH) | \
	 CONFINE_CAP(CAP_CHECKPOINT_RESTORE))

#define PATIENCE 2 /* seconds; a read that hangs may hold the thread longer */

struct worker {
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	int epoll, event, timer;
	void (*run)(void *context);
	void *context;
};

struct worker *worker_open(struct source *inner, struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN };
	struct worker *w = calloc(1, sizeof *w);

	if (!w) {
		vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
		return NULL;
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wanted, NULL);
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->epoll >= 0 && w->event >= 0 && w->timer >= 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->event, &in) == 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->timer, &in) == 0 &&
	    epoll_ctl(w->epoll, EPOLL_CTL_ADD, inner->ops->fd(inner), &in) == 0)
		return w;
	vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot set up waiting: %s", strerror(errno));
	worker_close(w);
	return NULL;
}

static void *begin(void *context)
{
	struct worker *w = context;

	setpriority(PRIO_PROCESS, 0, 10); /* of this thread; a failure costs others time */
	confine_capabilities(WORKER_CAPABILITIES);
	w->run(w->context);
	return NULL;
}

/* Signals are for the program's own threads. */
enum vigil_code worker_begin(struct worker *w, void (*run)(void *context), void *context,
			     struct vigil_error *error)
{
	sigset_t all, before;
	int reason;

	w->run = run;
	w->context = context;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	reason = pthread_create(&w->thread, NULL, begin, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	w->running = reason == 0;
	if (w->running)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot start a thread: %s", strerror(reason));
}

void worker_lock(struct worker *w)
{
	pthread_mutex_lock(&w->lock);
}

void worker_unlock(struct worker *w)
{
	pthread_mutex_unlock(&w->lock);
}

void worker_sleep(struct worker *w)
{
	pthread_cond_wait(&w->wanted, &w->lock);
}

void worker_wake(struct worker *w)
{
	pthread_cond_signal(&w->wanted);
}

void worker_ring(struct worker *w)
{
	eventfd_write(w->event, 1);
}

void worker_quiet(struct worker *w)
{
	eventfd_t old;

	eventfd_read(w->event, &old);
}

void worker_ring_in(struct worker *w, int64_t ms)
{
	struct itimerspec at = { .it_value = { .tv_sec = (time_t)(ms / 1000),
					       .tv_nsec = (long)(ms % 1000) * 1000000 } };

	timerfd_settime(w->timer, 0, &at, NULL);
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

bool worker_end(struct worker *w)
{
	struct timespec until;

	if (!w->running)
		return true;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE;
	w->running = false;
	if (pthread_timedjoin_np(w->thread, NULL, &until) == 0)
		return true;
	pthread_detach(w->thread);
	return false;
}

void worker_close(struct worker *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < 3; i++) {
		int fd = (const int[]){ w->epoll, w->event, w->timer }[i];

		if (fd >= 0)
			close(fd);
	}
	pthread_cond_destroy(&w->wanted);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
