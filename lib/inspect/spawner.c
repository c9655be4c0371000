/* SPDX-License-Identifier: MIT */
#include "inspect/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inspect/channel.h"
#include "inspect/worker.h"

#define CHILDREN_MAX 64

/* Descriptors of the spawner, from 3 up; a worker has its socket at 3. */
#define CONTROL   3
#define PROGRAM   4 /* pidfd: readable when the program has ended */
#define ENDED     5 /* signalfd: SIGCHLD */
#define FIRST_OFF 6
#define HIGH      64 /* a temporary number while they are moved */

struct child {
	pid_t pid; /* 0: none */
	uint32_t number;
	bool killed;
};

/* ---- in the spawner ---- */

/* Replaces the program's standard files, so that the other end of a pipe sees when the program
 * ends. */
static bool close_standard_files(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		if (null < 0)
			close(fd);
		else if (null != fd && dup2(null, fd) < 0)
			return false;
	if (null > 2)
		close(null);
	return true;
}

/* Keeps only these descriptors. Returns false on failure. Any other descriptor of the program
 * could be its end of the socket, which would hide from the spawner that the program has ended. */
static bool keep_descriptors(int control, int program)
{
	control = fcntl(control, F_DUPFD, HIGH);
	program = fcntl(program, F_DUPFD, HIGH);
	return control >= 0 && program >= 0 && close_standard_files() &&
	       dup2(control, CONTROL) == CONTROL && dup2(program, PROGRAM) == PROGRAM &&
	       close_range(ENDED, ~0u, 0) == 0;
}

_Noreturn static void become_worker(int socket, const struct spawner_order *order, pid_t spawner)
{
	if (dup2(socket, CONTROL) != CONTROL || close_range(PROGRAM, ~0u, 0) != 0)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != spawner)
		_exit(0);
	worker_serve(CONTROL, (enum inspect_class)order->class, order->realtime);
	_exit(0);
}

static void start_child(struct child *children, const struct spawner_order *order, int socket,
			struct spawner_shared *shared)
{
	pid_t self = getpid();

	for (int i = 0; i < CHILDREN_MAX; i++) {
		struct child *child = &children[i];

		if (child->pid)
			continue;
		child->pid = fork();
		if (child->pid == 0) {
			munmap(shared, sizeof(*shared));
			become_worker(socket, order, self);
		}
		if (child->pid < 0)
			child->pid = 0;
		else
			__atomic_add_fetch(&shared->started, 1, __ATOMIC_RELAXED);
		child->number = order->number;
		child->killed = false;
		return;
	}
}

static void kill_child(struct child *children, uint32_t number, struct spawner_shared *shared)
{
	for (int i = 0; i < CHILDREN_MAX; i++) {
		struct child *child = &children[i];

		if (!child->pid || child->number != number || child->killed)
			continue;
		kill(child->pid, SIGKILL); /* it is not reaped, so the PID is still its own */
		child->killed = true;
		__atomic_add_fetch(&shared->hanging, 1, __ATOMIC_RELAXED);
	}
}

static void reap_children(struct child *children, struct spawner_shared *shared)
{
	struct signalfd_siginfo info;
	pid_t pid;

	(void)!read(ENDED, &info, sizeof(info));
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (int i = 0; i < CHILDREN_MAX; i++) {
			if (children[i].pid != pid)
				continue;
			children[i].pid = 0;
			if (children[i].killed)
				__atomic_sub_fetch(&shared->hanging, 1, __ATOMIC_RELAXED);
		}
}

/* Handles an order. Returns false if the program has ended or closed its end. */
static bool handle_order(struct child *children, struct spawner_shared *shared)
{
	struct spawner_order order;
	int fd;
	ssize_t got = channel_receive(CONTROL, &order, sizeof(order), MSG_DONTWAIT, &fd);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		return false;
	if (got != (ssize_t)sizeof(order))
		return true;
	if (order.action == SPAWNER_START && fd >= 0)
		start_child(children, &order, fd, shared);
	else if (order.action == SPAWNER_KILL)
		kill_child(children, order.number, shared);
	if (fd >= 0)
		close(fd); /* if no child was started, the client sees the end of the socket */
	return true;
}

_Noreturn static void serve(int control, int program, struct spawner_shared *shared)
{
	struct child children[CHILDREN_MAX] = { 0 };
	struct pollfd wait[] = { { .fd = CONTROL, .events = POLLIN },
				 { .fd = PROGRAM, .events = POLLIN },
				 { .fd = ENDED, .events = POLLIN } };
	sigset_t ended;

	setsid(); /* Ctrl-C is for the program only */
	prctl(PR_SET_NAME, "vigil-helper");
	inspect_spawner_confine();
	signal(SIGCHLD, SIG_DFL);
	if (!keep_descriptors(control, program))
		_exit(1);
	(void)!chdir("/");
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	if (signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK) != ENDED)
		_exit(1);
	for (;;) {
		if (poll(wait, 3, -1) < 0 && errno != EINTR)
			break;
		if (wait[2].revents)
			reap_children(children, shared);
		if (wait[0].revents && !handle_order(children, shared))
			break;
		if (wait[1].revents)
			break;
	}
	for (int i = 0; i < CHILDREN_MAX; i++)
		if (children[i].pid)
			kill(children[i].pid, SIGKILL);
	_exit(0);
}

/* ---- in the program ---- */

/* Forks twice, so that the spawner is a child of init, not of the program: a program that waits
 * for all of its children must not wait for this one. */
static int fork_apart(int control, int program, struct spawner_shared *shared)
{
	sigset_t all, before;
	pid_t between;
	int result = 0;

	sigfillset(&all); /* no signal handler of the program may run in the copies */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	between = fork();
	if (between == 0) {
		if (fork() == 0)
			serve(control, program, shared);
		_exit(0);
	}
	if (between < 0)
		result = -errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	while (between > 0 && waitpid(between, NULL, 0) < 0 && errno == EINTR)
		;
	return result;
}

int spawner_open(struct spawner *spawner)
{
	int pair[2], program, result;
	void *shared;

	*spawner = (struct spawner){ .control = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	program = (int)syscall(SYS_pidfd_open, getpid(), 0);
	shared = mmap(NULL, sizeof(*spawner->shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	result = program < 0 || shared == MAP_FAILED ? -errno : 0;
	if (result == 0)
		result = fork_apart(pair[1], program, shared);
	close(pair[1]);
	if (program >= 0)
		close(program);
	if (result < 0) {
		close(pair[0]);
		if (shared != MAP_FAILED)
			munmap(shared, sizeof(*spawner->shared));
		return result;
	}
	spawner->control = pair[0];
	spawner->shared = shared;
	return 0;
}

void spawner_close(struct spawner *spawner)
{
	if (spawner->control < 0)
		return;
	close(spawner->control);
	munmap(spawner->shared, sizeof(*spawner->shared));
	*spawner = (struct spawner){ .control = -1 };
}

int spawner_start(struct spawner *spawner, uint32_t number, enum inspect_class class, bool realtime,
		  bool *gone)
{
	struct spawner_order order = { SPAWNER_START, number, class, realtime };
	int pair[2], result;

	*gone = spawner->control < 0;
	if (*gone || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	result = channel_send(spawner->control, &order, sizeof(order), pair[1]);
	close(pair[1]);
	if (result == 0)
		return pair[0];
	close(pair[0]);
	*gone = result == -EPIPE || result == -ECONNRESET;
	return -1;
}

void spawner_kill(struct spawner *spawner, uint32_t number)
{
	struct spawner_order order = { SPAWNER_KILL, number, 0, 0 };

	if (spawner->control >= 0)
		channel_send(spawner->control, &order, sizeof(order), -1);
}

unsigned spawner_hanging(const struct spawner *spawner)
{
	return spawner->control < 0 ? 0
				    : __atomic_load_n(&spawner->shared->hanging, __ATOMIC_RELAXED);
}
