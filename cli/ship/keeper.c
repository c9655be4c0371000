/* SPDX-License-Identifier: MIT */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/side_process.h"
#include "ship_confine.h"

#define RESTART_MIN_MS 1000
#define RESTART_MAX_MS 60000
#define STEADY_MS      60000 /* a shipper that ran this long begins with the shortest pause */
#define END_MS         5000  /* shippers that have not ended by then are killed */
#define STOP_MS        7000  /* the sensor does not wait longer for the keeper */

struct child {
	const struct shipper_options *options;
	pid_t pid;          /* 0: it does not run */
	int64_t started_ms; /* the last start */
	int64_t start_ms;   /* when to start it again */
	int64_t pause_ms;
};

/* ---- the process ---- */

static void start_shipper(struct child *child, pid_t keeper)
{
	child->started_ms = os_now_ms();
	child->pid = fork();
	if (child->pid < 0) {
		cli_say("output %s: cannot start a process: %s", child->options->settings.name,
			strerror(errno));
		child->pid = 0;
		child->start_ms = os_now_ms() + RESTART_MAX_MS;
	}
	if (child->pid != 0)
		return;
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &(sigset_t){ 0 }, NULL);
	prctl(PR_SET_NAME, "vigil-ship");
	prctl(PR_SET_PDEATHSIG, SHIPPER_STOP);
	_exit(getppid() == keeper ? shipper_run(child->options) : EXIT_FINE);
}

static void shipper_ended(struct child *child, int status)
{
	const char *name = child->options->settings.name;

	child->pid = 0;
	if (!child->pause_ms || os_now_ms() - child->started_ms > STEADY_MS)
		child->pause_ms = RESTART_MIN_MS;
	else if (child->pause_ms < RESTART_MAX_MS)
		child->pause_ms *= 2;
	child->start_ms = os_now_ms() + child->pause_ms;
	if (WIFSIGNALED(status))
		cli_say("output %s: the process that sends was ended by signal %d (%s); it is "
			"started again",
			name, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		cli_say("output %s: the process that sends ended with status %d; it is started "
			"again",
			name, WEXITSTATUS(status));
}

static void reap_shippers(struct child *child, size_t count, bool ending)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < count; i++)
			if (child[i].pid == pid && ending)
				child[i].pid = 0;
			else if (child[i].pid == pid)
				shipper_ended(&child[i], status);
}

/* Starts those that are due. Returns the time until the next one is, at most a second. */
static int start_shippers(struct child *child, size_t count, pid_t keeper)
{
	int64_t now = os_now_ms(), wait = 1000;

	for (size_t i = 0; i < count; i++) {
		if (!child[i].pid && child[i].start_ms <= now)
			start_shipper(&child[i], keeper);
		else if (!child[i].pid && child[i].start_ms - now < wait)
			wait = child[i].start_ms - now;
	}
	return (int)wait;
}

static bool any_runs(const struct child *child, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (child[i].pid)
			return true;
	return false;
}

static void end_shippers(struct child *child, size_t count)
{
	int64_t end = os_now_ms() + END_MS;

	for (size_t i = 0; i < count; i++)
		if (child[i].pid)
			kill(child[i].pid, SHIPPER_STOP);
	while (any_runs(child, count) && os_now_ms() < end) {
		os_sleep_ms(10);
		reap_shippers(child, count, true);
	}
	for (size_t i = 0; i < count; i++)
		if (child[i].pid)
			kill(child[i].pid, SIGKILL);
}

static void on_child(int number)
{
	(void)number;
}

static void choose_signals(sigset_t *waiting)
{
	struct sigaction action = { .sa_handler = on_child };
	sigset_t child;

	signal(SHIPPER_STOP, SIG_IGN);
	sigemptyset(waiting);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sigaction(SIGCHLD, &action, NULL);
}

/* What the keeper keeps running. */
struct kept {
	const struct shipper_options *options;
	size_t count;
	const char *folder;
};

static void keeper_run(int socket, void *context)
{
	const struct kept *kept = context;
	size_t count = kept->count;
	struct child *child = calloc(count, sizeof(*child));
	struct pollfd fd = { .fd = socket, .events = POLLIN };
	pid_t self = getpid();
	sigset_t waiting;
	int ready = 0;

	prctl(PR_SET_NAME, "vigil-keeper");
	choose_signals(&waiting);
	ship_confine_keeper(kept->folder);
	for (size_t i = 0; child && i < count; i++)
		child[i].options = &kept->options[i];
	while (child && ready <= 0) {
		int ms = start_shippers(child, count, self);
		struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };

		ready = ppoll(&fd, 1, &wait, &waiting);
		reap_shippers(child, count, false);
	}
	if (child)
		end_shippers(child, count);
	_exit(EXIT_FINE);
}

/* ---- in the process of the sensor ---- */

bool keeper_start(struct keeper *keeper, const struct shipper_options *options, size_t count,
		  const char *folder)
{
	struct kept kept = { options, count, folder };

	*keeper = (struct keeper){ .socket = side_process_start(keeper_run, &kept) };
	return keeper->socket >= 0;
}

void keeper_look(struct keeper *keeper)
{
	if (keeper->socket < 0 || keeper->gone || !side_process_has_ended(keeper->socket))
		return;
	keeper->gone = true;
	cli_say("the process that starts the senders of the outputs has ended. Events are kept in "
		"the spools; restart vigil run to send them.");
}

void keeper_stop(struct keeper *keeper)
{
	struct pollfd fd = { .fd = keeper->socket, .events = POLLIN };
	int64_t end = os_now_ms() + STOP_MS;

	if (keeper->socket < 0)
		return;
	(void)!write(keeper->socket, "", 1); /* shutdown(2) is not among the system calls allowed */
	while (os_now_ms() < end && poll(&fd, 1, (int)(end - os_now_ms())) < 0 && errno == EINTR)
		;
	close(keeper->socket);
	keeper->socket = -1;
}
