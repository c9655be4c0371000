/* SPDX-License-Identifier: MIT */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/side_process.h"
#include "sections.h"
#include "ship_confine.h"
#include "spool.h"

#define FORK_MS 60000 /* when to try again if a process cannot be made */
#define END_MS  5000  /* shippers that have not ended by then are killed */
#define STOP_MS 7000  /* the sensor does not wait longer for the keeper */

#define ORDER_CHANGE 'c' /* what the sensor writes to the socket */
#define ORDER_FOLDER 'f'
#define FOLDER_MS    (END_MS + 1000) /* the sensor does not wait longer for a folder */

struct child {
	const struct section *section;
	pid_t pid;          /* 0: it does not run */
	bool ends;          /* its settings have changed, or the keeper ends */
	int64_t started_ms; /* the last start */
	int64_t start_ms;   /* when to start it again */
	int64_t pause_ms;
};

/* What the keeper keeps running. */
struct kept {
	struct keeper_orders *orders;
	const char *folder;
	struct sections *sections; /* as read last; NULL: none yet */
	struct child child[OUTPUTS_MAX];
	size_t count;
};

/* ---- the process ---- */

static void start_shipper(const struct kept *k, struct child *child, pid_t keeper)
{
	child->started_ms = os_now_ms();
	child->pid = fork();
	if (child->pid < 0) {
		cli_say("output %s: cannot start a process: %s",
			child->section->options.settings.name, strerror(errno));
		child->pid = 0;
		child->start_ms = os_now_ms() + FORK_MS;
	}
	if (child->pid != 0)
		return;
	munmap(k->orders, sizeof(*k->orders)); /* or it could change what the others do */
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_SETMASK, &(sigset_t){ 0 }, NULL);
	prctl(PR_SET_NAME, "vigil-ship");
	prctl(PR_SET_PDEATHSIG, SHIPPER_STOP);
	_exit(getppid() == keeper ? shipper_run(&child->section->options) : EXIT_FINE);
}

static void shipper_ended(struct child *child, int status)
{
	char name[OUTPUT_NAME_MAX + 60];

	snprintf(name, sizeof(name), "output %s: the process that sends",
		 child->section->options.settings.name);
	child->pid = 0;
	child->pause_ms = side_process_ended(name, status, child->pause_ms, child->started_ms);
	child->start_ms = os_now_ms() + child->pause_ms;
}

static void reap_shippers(struct child *child, size_t count)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < count; i++)
			if (child[i].pid == pid && child[i].ends)
				child[i].pid = 0;
			else if (child[i].pid == pid)
				shipper_ended(&child[i], status);
}

/* Starts those that are due. Returns the time until the next one is, at most a second. */
static int start_shippers(struct kept *k, pid_t keeper)
{
	int64_t now = os_now_ms(), wait = 1000;

	for (size_t i = 0; i < k->count; i++) {
		struct child *child = &k->child[i];

		if (!child->pid && child->start_ms <= now)
			start_shipper(k, child, keeper);
		else if (!child->pid && child->start_ms - now < wait)
			wait = child->start_ms - now;
	}
	return (int)wait;
}

static bool any_ends(const struct child *child, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (child[i].pid && child[i].ends)
			return true;
	return false;
}

/* Ends those that are marked. The others continue; one that ends meanwhile is started again later. */
static void end_shippers(struct child *child, size_t count)
{
	int64_t end = os_now_ms() + END_MS;

	for (size_t i = 0; i < count; i++)
		if (child[i].pid && child[i].ends)
			kill(child[i].pid, SHIPPER_STOP);
	while (any_ends(child, count)) {
		os_sleep_ms(10);
		reap_shippers(child, count);
		for (size_t i = 0; os_now_ms() >= end && i < count; i++)
			if (child[i].pid && child[i].ends)
				kill(child[i].pid, SIGKILL);
	}
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

/* Copies the text in force. Returns NULL if memory is short. */
static char *copy_orders(struct keeper_orders *orders)
{
	char *text = NULL;
	uint64_t turn;

	do { /* again, if the sensor has changed it meanwhile */
		free(text);
		turn = __atomic_load_n(&orders->turn, __ATOMIC_ACQUIRE);
		text = strndup(orders->text[turn % 2], sizeof(orders->text[0]) - 1);
		/* adds nothing, but comes after the copy */
	} while (text && __atomic_fetch_add(&orders->turn, 0, __ATOMIC_ACQ_REL) != turn);
	return text;
}

/* Returns the child that may continue with the section; NULL: none. */
static struct child *child_of(struct kept *k, const struct section *section)
{
	for (size_t i = 0; i < k->count; i++)
		if (section_is_same(k->child[i].section, section))
			return &k->child[i];
	return NULL;
}

/* Reads the sections, ends the shippers that they do not have any more, and notes the new ones,
 * which start_shippers() starts. */
static void kept_change(struct kept *k)
{
	struct child next[OUTPUTS_MAX] = { 0 };
	char *text = copy_orders(k->orders);
	struct sections *sections = text ? sections_read(text, k->folder) : NULL;

	if (!sections) {
		cli_say("cannot read the outputs again: what is sent does not change");
		return;
	}
	for (size_t i = 0; i < k->count; i++)
		k->child[i].ends = true;
	for (size_t i = 0; i < sections->count; i++) {
		struct child *same = child_of(k, &sections->section[i]);

		if (same)
			same->ends = false;
	}
	end_shippers(k->child, k->count);
	for (size_t i = 0; i < sections->count; i++) {
		const struct child *same = child_of(k, &sections->section[i]);

		if (same)
			next[i] = *same;
		next[i].section = &sections->section[i];
	}
	memcpy(k->child, next, sizeof(next));
	k->count = sections->count;
	sections_free(k->sections);
	k->sections = sections;
}

static void make_folder(const struct kept *k)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", k->folder, k->orders->folder);
	if (!spool_make_folder(path))
		cli_say("cannot make the spool %s: %s", path, strerror(errno));
}

/* Returns false at the end. */
static bool follow_orders(struct kept *k, int socket)
{
	char order[64];
	ssize_t n = recv(socket, order, sizeof(order), MSG_DONTWAIT);

	if (n == 0 || (n > 0 && memchr(order, SIDE_PROCESS_END, (size_t)n)))
		return false;
	if (n > 0 && memchr(order, ORDER_FOLDER, (size_t)n))
		make_folder(k);
	if (n > 0 && memchr(order, ORDER_CHANGE, (size_t)n))
		kept_change(k);
	return n > 0 || errno == EAGAIN || errno == EINTR;
}

static void keeper_confine(int *socket, void *context)
{
	const struct kept *k = context;

	(void)socket;
	ship_confine_keeper(k->folder);
}

static void keeper_run(int socket, void *context)
{
	struct kept *k = context;
	struct pollfd fd = { .fd = socket, .events = POLLIN };
	pid_t self = getpid();
	sigset_t waiting;

	prctl(PR_SET_NAME, "vigil-keeper");
	choose_signals(&waiting);
	kept_change(k);
	do {
		int ms = start_shippers(k, self);
		struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };

		ppoll(&fd, 1, &wait, &waiting);
		reap_shippers(k->child, k->count);
	} while (follow_orders(k, socket));
	for (size_t i = 0; i < k->count; i++)
		k->child[i].ends = true;
	end_shippers(k->child, k->count);
	_exit(EXIT_FINE);
}

/* ---- in the process of the sensor ---- */

/* Texts that settings_read() has read fit. */
static void write_orders(struct keeper_orders *orders, const char *sections)
{
	char *to = orders->text[(orders->turn + 1) % 2];

	snprintf(to, sizeof(orders->text[0]), "%s", sections);
	__atomic_add_fetch(&orders->turn, 1, __ATOMIC_RELEASE);
}

static void send_order(const struct keeper *keeper, char order)
{
	(void)!write(keeper->process.socket, &order, 1);
}

bool keeper_start(struct keeper *keeper, const char *sections, const char *folder)
{
	static const struct side_process_calls calls = { "the process that starts those that send",
							 keeper_confine, keeper_run };
	struct kept kept = { .folder = folder };
	struct keeper_orders *orders =
	    mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*keeper = (struct keeper){ .process.socket = -1 };
	if (orders == MAP_FAILED)
		return false;
	kept.orders = keeper->orders = orders;
	write_orders(orders, sections);
	if (side_process_start(&keeper->process, &calls, &kept))
		return true;
	munmap(orders, sizeof(*orders));
	keeper->orders = NULL;
	return false;
}

bool keeper_make_folder(struct keeper *keeper, const char *name, const char *path)
{
	int64_t end = os_now_ms() + FOLDER_MS;

	if (os_exists(path))
		return true;
	snprintf(keeper->orders->folder, sizeof(keeper->orders->folder), "%s", name);
	send_order(keeper, ORDER_FOLDER);
	while (!os_exists(path)) {
		if (os_now_ms() > end) {
			errno = ETIMEDOUT;
			return false;
		}
		os_sleep_ms(1);
	}
	return true;
}

void keeper_change(struct keeper *keeper, const char *sections)
{
	if (keeper->process.socket < 0)
		return;
	if (sections)
		write_orders(keeper->orders, sections);
	send_order(keeper, ORDER_CHANGE);
}

void keeper_look(struct keeper *keeper)
{
	if (keeper->process.socket < 0 || keeper->gone || !side_process_has_ended(&keeper->process))
		return;
	keeper->gone = true;
	cli_say("the process that starts those that send has ended, and so has its guard. Events "
		"are kept in the spools; restart vigil run to send them.");
}

void keeper_stop(struct keeper *keeper)
{
	struct pollfd fd = { .fd = keeper->process.socket, .events = POLLIN };
	int64_t end = os_now_ms() + STOP_MS;

	if (keeper->process.socket < 0)
		return;
	/* shutdown(2) is not among the system calls allowed. */
	send_order(keeper, SIDE_PROCESS_END);
	while (os_now_ms() < end && poll(&fd, 1, (int)(end - os_now_ms())) < 0 && errno == EINTR)
		;
	side_process_close(&keeper->process);
	munmap(keeper->orders, sizeof(*keeper->orders));
}
