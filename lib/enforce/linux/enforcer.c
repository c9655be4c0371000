/* SPDX-License-Identifier: MIT */
#include "enforce/linux/enforcer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>

#include "core/error.h"
#include "core/log.h"
#include "enforce/enforce.h"
#include "enforce/linux/enforcer_status.h"
#include "enforce/linux/lsm.h"
#include "enforce/linux/responder.h"
#include "enforce/linux/watcher.h"
#include "os/confine.h"
#include "os/os.h"

#define MS          1000000ull /* in ns */
#define TELL_MS     1000
#define FIRST_TRIES 20 /* to read the file at the start, SETTLE_QUIET_MS apart */

/* To mark file systems or fill BPF maps, to find the files of rules, and what the threads that
 * answer need. */
#define KEEPER_CAPABILITIES \
	(CONFINE_CAP(CAP_SYS_ADMIN) | CONFINE_CAP(CAP_BPF) | CONFINE_CAP(CAP_SYS_PTRACE) | \
	 CONFINE_CAP(CAP_DAC_READ_SEARCH) | CONFINE_CAP(CAP_SYS_NICE))

struct enforcer {
	struct verdicts verdicts;
	struct respond respond;
	struct os_thread keeper;
	bool realtime;   /* priority of the thread that answers */
	int stop, again; /* eventfd: to end, to read the file again */
	sem_t ready;
	char *path; /* of the file of rules */
	char *text; /* what it said when it was read last without a mistake */
	size_t length;
	struct lsm *lsm;           /* NULL: this kernel does not allow it */
	struct vigil_error no_lsm; /* why rules are not, or cannot be, enforced by it */
	struct post *post;         /* in force, unless lsm has the rules */
	struct vigil_rules *rules; /* what lsm has in force; NULL: nothing */
	int records;               /* epoll: one of verdicts or lsm is there */
	bool from_lsm;             /* what enforcer_peek has given out last */
	const char *means;         /* what the rules were put in force by first */
	struct watcher watcher;
	struct settle settle; /* of the file of rules */
	bool moved;           /* a rule may mean another file now */
	bool refresh_failed;  /* and that was reported */
	bool watching;
	unsigned loads;       /* of the file so far */
	uint64_t told;        /* verdicts when inforce was written last */
	enum vigil_code code; /* of the start */
	struct vigil_error error;
};

/* ---- the keeper ---- */

/* From here on this thread, and those that it makes, have descriptors of their own:
 * no fork of the program takes the fanotify group along. */
static bool part_descriptors(const struct enforcer *e)
{
	struct dirent *entry;
	DIR *folder;

	if (unshare(CLONE_FILES) < 0)
		return false;
	folder = opendir("/proc/thread-self/fd");
	while (folder && (entry = readdir(folder)) != NULL) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd > STDERR_FILENO && fd != dirfd(folder) &&
		    fd != e->stop && fd != e->again && fd != e->verdicts.event &&
		    !lsm_uses(e->lsm, fd))
			close(fd);
	}
	/* The reader of a pipe that was our standard output must see its end. */
	for (int fd = 0; folder && fd < STDERR_FILENO; fd++)
		if (fd != e->stop && fd != e->again && fd != e->verdicts.event && close(fd) == 0)
			open("/dev/null", O_RDWR | O_CLOEXEC);
	if (folder)
		closedir(folder);
	return folder;
}

static struct vigil_rules *in_force(const struct enforcer *e)
{
	return e->post ? e->post->rules : e->rules;
}

/* For `vigil rules`. */
static void tell_hits(struct enforcer *e)
{
	if (e->rules)
		lsm_take_hits(e->lsm, e->rules);
	inforce_tell(e->path, in_force(e), e->loads);
}

static void report_in_force(struct enforcer *e)
{
	const struct post *post = e->post;
	char text[sizeof e->no_lsm.text + 512];
	int length;

	length = snprintf(text, sizeof text, "rules: %u of %.300s are in force", in_force(e)->count,
			  e->path);
	if (post)
		snprintf(text + length, sizeof text - (size_t)length,
			 " by fanotify; not by BPF LSM: %s", e->no_lsm.text);
	else
		snprintf(text + length, sizeof text - (size_t)length, " by BPF LSM");
	verdicts_tell_status(&e->verdicts, VIGIL_STATUS_CHANGED, text);
	if (!post || !post->unmarked)
		return;
	snprintf(text, sizeof text,
		 "rules: %u cannot be enforced (the first is %.64s): network and FUSE file systems "
		 "are not judged",
		 post->unmarked, post->unmarked_id);
	verdicts_tell_status(&e->verdicts, VIGIL_STATUS_WARNING, text);
}

/* The file was read, and its rules are in force. */
static void tell_in_force(struct enforcer *e)
{
	report_in_force(e);
	e->loads++;
	tell_hits(e);
}

/* Nothing of what was in force before is any more, but `rules` and `post`. */
static void take_over(struct enforcer *e, struct vigil_rules *rules, struct post *post)
{
	if (e->post)
		respond_remove(&e->respond, e->post, true);
	if (e->rules && !rules) {
		lsm_lift(e->lsm);
		lsm_take_hits(e->lsm, e->rules);
	}
	vigil_rules_free(e->rules);
	e->rules = rules;
	e->post = post;
}

/* By fanotify: a post of its own, with all its marks, before what was in force goes. Takes
 * the rules over. */
static enum vigil_code put_in_post(struct enforcer *e, struct vigil_rules *rules,
				   struct vigil_error *error)
{
	struct post *post;
	enum vigil_code code = post_open(&post, rules, error);

	if (code == VIGIL_OK)
		code = respond_add(&e->respond, post, error);
	if (code < 0)
		return code;
	code = post_mark(post, error);
	if (code == VIGIL_OK)
		take_over(e, NULL, post);
	else
		respond_remove(&e->respond, post, false);
	return code;
}

/* Whether the rules outlive this process, as their file says. */
static enum vigil_code keep_or_lift(struct enforcer *e, bool stay, struct vigil_error *error)
{
	enum vigil_code code = lsm_keep(e->lsm, stay, error);

	if (code == VIGIL_OK || e->loads == 0)
		return code;
	verdicts_tell_status(&e->verdicts, VIGIL_STATUS_WARNING, error->text);
	return VIGIL_OK;
}

/* By BPF LSM where the kernel can evaluate all of the rules, else by fanotify: the first
 * rule that matches decides, so one of both has them all. Takes the rules over. */
static enum vigil_code put_rules(struct enforcer *e, struct vigil_rules *rules,
				 struct vigil_error *error)
{
	enum vigil_code code = VIGIL_ERROR_UNSUPPORTED;
	bool stay = rules->stay;

	if (e->lsm)
		code = lsm_replace(e->lsm, rules, &e->no_lsm);
	if (code == VIGIL_ERROR_UNSUPPORTED && !stay)
		code = put_in_post(e, rules, error);
	else if (code == VIGIL_OK)
		take_over(e, rules, NULL);
	else {
		vigil_rules_free(rules);
		return vigil_fail(error, code, "%s%s", stay ? "`stay` needs BPF LSM: " : "",
				  e->no_lsm.text);
	}
	return code < 0 ? code : keep_or_lift(e, stay, error);
}

/* Puts the text in force in the place of what is. */
static enum vigil_code put_in_force(struct enforcer *e, const char *text, size_t length,
				    struct vigil_error *error)
{
	struct vigil_rules *rules;
	struct watcher watcher;
	enum vigil_code code = vigil_rules_parse(&rules, text, length, e->path, error);

	if (code < 0)
		return code;
	code = rules_resolve(rules, error);
	if (code < 0) {
		vigil_rules_free(rules);
		return code;
	}
	if (in_force(e))
		rules_inherit(rules, in_force(e));
	/* Before the rules are: what changes meanwhile is seen. */
	if (!watcher_open(&watcher, e->path, rules)) {
		vigil_rules_free(rules);
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot watch %.200s: %s", e->path,
				  strerror(errno));
	}
	code = put_rules(e, rules, error);
	if (code < 0) {
		watcher_close(&watcher);
		return code;
	}
	if (e->watching) {
		/* What it saw before the new one was there. */
		e->moved |= watcher_read(&e->watcher, &e->settle);
		watcher_close(&e->watcher);
	}
	e->watcher = watcher;
	e->watching = true;
	return VIGIL_OK;
}

static bool is_same_state(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Reads the file in one state: VIGIL_ERROR_PEER if somebody changed it meanwhile. */
static enum vigil_code read_settled(const char *path, char **text, size_t *length,
				    struct vigil_error *error)
{
	struct stat before, after;
	bool there = stat(path, &before) == 0;
	enum vigil_code code = rules_read(path, text, length, error);

	if (code < 0 || (there && stat(path, &after) == 0 && is_same_state(&before, &after) &&
			 (uint64_t)after.st_size == *length))
		return code;
	free(*text);
	*text = NULL;
	return vigil_fail(error, VIGIL_ERROR_PEER,
			  "%.200s is being written; write it under another name and rename it",
			  path);
}

/* The file has changed. A mistake in it leaves the rules as they were. */
static void reload(struct enforcer *e)
{
	struct vigil_error error;
	char told[sizeof error.text + 64], *text = NULL;
	size_t length;
	enum vigil_code code;

	e->settle.changed = e->settle.replaced = false;
	watcher_follow(&e->watcher);
	code = read_settled(e->path, &text, &length, &error);
	if (code == VIGIL_ERROR_PEER) { /* again, when it is at rest */
		settle_note(&e->settle, 0, os_now_ms());
		return;
	}
	if (code == VIGIL_OK)
		code = put_in_force(e, text, length, &error);
	if (code < 0) {
		free(text);
		snprintf(told, sizeof told, "rules: %s. Those before stay in force.", error.text);
		verdicts_tell_status(&e->verdicts, VIGIL_STATUS_WARNING, told);
		return;
	}
	free(e->text);
	e->text = text;
	e->length = length;
	tell_in_force(e);
}

/* The same rules may mean other files now. Tried again each TELL_MS if that fails. */
static void refresh(struct enforcer *e)
{
	bool by_post = e->post;
	struct vigil_error error;
	char told[sizeof error.text + 64];

	e->moved = false;
	if (put_in_force(e, e->text, e->length, &error) == VIGIL_OK) {
		e->refresh_failed = false;
		if (by_post != (e->post != NULL))
			report_in_force(e);
		return;
	}
	snprintf(told, sizeof told, "rules: %s. What they meant before stays in force.",
		 error.text);
	if (!e->refresh_failed)
		verdicts_tell_status(&e->verdicts, VIGIL_STATUS_WARNING, told);
	e->refresh_failed = true;
}

static bool drain_links(int fd)
{
	char buffer[4096];
	bool any = false;

	while (read(fd, buffer, sizeof buffer) > 0)
		any = true;
	return any;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void tell_new_hits(struct enforcer *e)
{
	uint64_t verdicts =
	    enforcer_produced(e) +
	    __atomic_load_n(&in_force(e)->unknown_rule[0].counter->hits, __ATOMIC_RELAXED);

	if (verdicts != e->told)
		tell_hits(e);
	e->told = verdicts;
}

static void report_stuck(struct enforcer *e)
{
	char text[512];

	if (!settle_is_stuck(&e->settle, os_now_ms()))
		return;
	snprintf(text, sizeof text,
		 "rules: %.300s was changed by a program that has not closed it yet. Those before "
		 "stay in force.",
		 e->path);
	verdicts_tell_status(&e->verdicts, VIGIL_STATUS_WARNING, text);
}

/* Until something happens, or TELL_MS. False: it is to end. */
static bool wait_for_change(struct enforcer *e, int mounts, int rest_ms)
{
	struct pollfd wait[] = { { .fd = e->stop, .events = POLLIN },
				 { .fd = e->watcher.fd, .events = POLLIN },
				 { .fd = e->post ? e->post->links : -1, .events = POLLIN },
				 { .fd = mounts, .events = POLLPRI },
				 { .fd = e->again, .events = POLLIN } };
	int settled_ms = settle_wait_ms(&e->settle, e->path, os_now_ms());

	if (rest_ms && poll(wait, 1, rest_ms) > 0)
		return false;
	if (poll(wait, 5, settled_ms >= 0 && settled_ms < TELL_MS ? settled_ms : TELL_MS) < 0)
		os_sleep_ms(errno == EINTR ? 0 : TELL_MS);
	else if (wait[3].revents & (POLLPRI | POLLERR))
		e->moved = true;
	if (wait[4].revents && drain_links(e->again))
		settle_note(&e->settle, IN_MOVED_TO, os_now_ms());
	return !wait[0].revents;
}

/* Waits for changes. What they cost is kept below a tenth of one processor. */
static void keep(struct enforcer *e)
{
	int mounts = open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC), rest_ms = 0;

	while (wait_for_change(e, mounts, rest_ms)) {
		uint64_t begun = now_ns();

		tell_new_hits(e);
		report_stuck(e);
		e->moved |= watcher_read(&e->watcher, &e->settle);
		e->moved |= (e->post && drain_links(e->post->links)) || e->refresh_failed;
		rest_ms = 0;
		if (settle_wait_ms(&e->settle, e->path, os_now_ms()) == 0)
			reload(e);
		else if (e->moved)
			refresh(e);
		else
			continue;
		rest_ms = (int)((now_ns() - begun) * 9 / MS);
	}
	close(mounts);
}

/* The file as it is at the start. There are no rules before to keep meanwhile, so one that
 * is being written is waited for. */
static enum vigil_code read_first(struct enforcer *e)
{
	enum vigil_code code;

	for (int i = 0; i < FIRST_TRIES; i++) {
		code = read_settled(e->path, &e->text, &e->length, &e->error);
		if (code != VIGIL_ERROR_PEER)
			break;
		os_sleep_ms(SETTLE_QUIET_MS);
	}
	return code;
}

static enum vigil_code begin(struct enforcer *e)
{
	enum vigil_code code = read_first(e);

	if (code < 0)
		return code;
	if (!part_descriptors(e))
		return vigil_fail(&e->error, VIGIL_ERROR_SYSTEM,
				  "cannot enforce rules: descriptors of its own: %s",
				  strerror(errno));
	code = respond_open(&e->respond, &e->verdicts, e->realtime, &e->error);
	if (code < 0)
		return code;
	code = put_in_force(e, e->text, e->length, &e->error);
	if (code < 0)
		respond_close(&e->respond);
	e->means = e->post ? "fanotify" : "lsm";
	return code;
}

static void keeper_main(void *argument)
{
	struct enforcer *e = argument;

	confine_capabilities(KEEPER_CAPABILITIES);
	e->code = begin(e);
	if (e->code < 0) {
		sem_post(&e->ready);
		return;
	}
	tell_in_force(e);
	sem_post(&e->ready);
	keep(e);
	inforce_forget();
	if (e->post)
		respond_remove(&e->respond, e->post, false);
	respond_close(&e->respond);
	watcher_close(&e->watcher);
}

/* ---- the program's side ---- */

static bool start_keeper(struct enforcer *e)
{
	errno = os_thread_start(&e->keeper, "vigil-enforcer", OS_PRIORITY_NORMAL, keeper_main, e);
	return errno == 0;
}

static void release(struct enforcer *e)
{
	lsm_close(e->lsm);
	vigil_rules_free(e->rules);
	verdicts_close(&e->verdicts);
	sem_destroy(&e->ready);
	close(e->records);
	close(e->stop);
	close(e->again);
	free(e->text);
	free(e->path);
	free(e);
}

/* What becomes readable when a record is there, from wherever. */
static bool open_records(struct enforcer *e)
{
	struct epoll_event in = { .events = EPOLLIN };

	e->records = epoll_create1(EPOLL_CLOEXEC);
	return e->records >= 0 &&
	       epoll_ctl(e->records, EPOLL_CTL_ADD, e->verdicts.event, &in) == 0 &&
	       (!e->lsm || epoll_ctl(e->records, EPOLL_CTL_ADD, lsm_fd(e->lsm), &in) == 0);
}

enum vigil_code enforcer_open(struct enforcer **out, const char *path, bool realtime,
			      struct vigil_error *error)
{
	struct enforcer *e = calloc(1, sizeof *e);
	enum vigil_code code;

	*out = NULL;
	if (!e || verdicts_open(&e->verdicts) < 0) {
		free(e);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the rules");
	}
	e->realtime = realtime;
	sem_init(&e->ready, 0, 0);
	e->stop = eventfd(0, EFD_CLOEXEC);
	e->again = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e->path = realpath(path, NULL); /* the program may change its directory */
	if (!e->path)
		e->path = strdup(path);
	if (lsm_open(&e->lsm, &e->no_lsm) < 0) /* then by fanotify */
		log_message(VIGIL_LOG_INFO, "rules are not enforced by BPF LSM: %s",
			    e->no_lsm.text);
	if (!open_records(e) || e->stop < 0 || e->again < 0 || !e->path || !start_keeper(e)) {
		release(e);
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot start to enforce rules: %s",
				  strerror(errno));
	}
	while (sem_wait(&e->ready) < 0)
		;
	code = e->code;
	if (code < 0) {
		if (error)
			*error = e->error;
		os_thread_join(&e->keeper);
		release(e);
		return code;
	}
	*out = e;
	return VIGIL_OK;
}

void enforcer_close(struct enforcer *e)
{
	uint64_t one = 1;

	if (!e)
		return;
	(void)!write(e->stop, &one, sizeof one); /* its counter is never full */
	os_thread_join(&e->keeper);
	release(e);
}

void enforcer_reread(struct enforcer *e)
{
	uint64_t one = 1;

	(void)!write(e->again, &one, sizeof one);
}

int enforcer_fd(const struct enforcer *e)
{
	return e->records;
}

const char *enforcer_means(const struct enforcer *e)
{
	return e->means;
}

const struct vigil_header *enforcer_peek(struct enforcer *e)
{
	const struct vigil_header *own = verdicts_peek(&e->verdicts);
	const struct vigil_header *from_lsm = e->lsm ? lsm_peek(e->lsm) : NULL;

	e->from_lsm = from_lsm && (!own || from_lsm->mono < own->mono);
	return e->from_lsm ? from_lsm : own;
}

void enforcer_advance(struct enforcer *e)
{
	if (e->from_lsm)
		lsm_advance(e->lsm);
	else
		verdicts_advance(&e->verdicts);
}

uint64_t enforcer_refused(struct enforcer *e)
{
	return verdicts_refused(&e->verdicts) + (e->lsm ? lsm_refused(e->lsm) : 0);
}

uint64_t enforcer_produced(struct enforcer *e)
{
	return verdicts_produced(&e->verdicts) + (e->lsm ? lsm_produced(e->lsm) : 0);
}
