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
#define STATUS_MS   1000       /* interval at which the status file is updated */
#define FIRST_TRIES 20         /* to read the file at the start, SETTLE_QUIET_MS apart */

/* Needed to mark file systems or fill BPF maps, to find the files that rules name, and by the
 * responder and its helper processes. */
#define KEEPER_CAPABILITIES \
	(CONFINE_CAP(CAP_SYS_ADMIN) | CONFINE_CAP(CAP_BPF) | CONFINE_CAP(CAP_SYS_PTRACE) | \
	 CONFINE_CAP(CAP_DAC_READ_SEARCH) | CONFINE_CAP(CAP_SYS_NICE))

struct enforcer {
	struct audit_queue audit;
	struct responder responder;
	struct os_thread keeper;
	bool realtime;    /* the responder has real-time priority */
	int stop, reread; /* eventfd: to end, to read the file again */
	sem_t ready;
	char *path; /* of the rules file */
	char *text; /* its content when it was last read without an error */
	size_t length;
	struct lsm *lsm;              /* NULL: this kernel does not support it */
	struct vigil_error no_lsm;    /* why the rules are not, or cannot be, enforced by it */
	struct fanotify_group *group; /* in force, unless lsm has the rules */
	struct vigil_rules *rules;    /* in force by lsm; NULL: none */
	int records;                  /* epoll: audit or lsm has a record */
	bool from_lsm;                /* the record that enforcer_peek() returned last */
	const char *mechanism;        /* that first put the rules in force */
	struct watcher watcher;
	struct settle settle; /* of the rules file */
	bool moved;           /* a rule may name another file now */
	bool refresh_failed;  /* and that was reported */
	bool watching;
	unsigned loads;       /* of the file so far */
	uint64_t counted;     /* verdicts when the status file was written last */
	enum vigil_code code; /* of the start */
	struct vigil_error error;
};

/* ---- the keeper ---- */

/* Gives this thread, and those that it creates, a separate descriptor table, so that no process
 * that the program forks inherits the fanotify group. */
static bool unshare_descriptors(const struct enforcer *e)
{
	struct dirent *entry;
	DIR *folder;

	if (unshare(CLONE_FILES) < 0)
		return false;
	folder = opendir("/proc/thread-self/fd");
	while (folder && (entry = readdir(folder)) != NULL) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd > STDERR_FILENO && fd != dirfd(folder) &&
		    fd != e->stop && fd != e->reread && fd != e->audit.event &&
		    !lsm_uses(e->lsm, fd))
			close(fd);
	}
	/* If our standard output is a pipe, its reader must see the end of file when the
	 * program closes it. */
	for (int fd = 0; folder && fd < STDERR_FILENO; fd++)
		if (fd != e->stop && fd != e->reread && fd != e->audit.event && close(fd) == 0)
			open("/dev/null", O_RDWR | O_CLOEXEC);
	if (folder)
		closedir(folder);
	return folder;
}

static struct vigil_rules *rules_in_force(const struct enforcer *e)
{
	return e->group ? e->group->rules : e->rules;
}

/* Writes the status file, which `vigil rules` reads. */
static void write_status(struct enforcer *e)
{
	if (e->rules)
		lsm_read_hits(e->lsm, e->rules);
	enforcer_status_write(e->path, rules_in_force(e), e->loads);
}

static void report_in_force(struct enforcer *e)
{
	const struct fanotify_group *group = e->group;
	char text[sizeof(e->no_lsm.text) + 512];
	int length;

	length = snprintf(text, sizeof(text), "rules: %u of %.300s are in force",
			  rules_in_force(e)->count, e->path);
	if (group)
		snprintf(text + length, sizeof(text) - (size_t)length,
			 " by fanotify; not by BPF LSM: %s", e->no_lsm.text);
	else
		snprintf(text + length, sizeof(text) - (size_t)length, " by BPF LSM");
	audit_queue_add_status(&e->audit, VIGIL_STATUS_CHANGED, text);
	if (!group || !group->unmarked)
		return;
	snprintf(text, sizeof(text),
		 "rules: %u cannot be enforced (the first is %.64s): network and FUSE file systems "
		 "are not judged",
		 group->unmarked, group->unmarked_id);
	audit_queue_add_status(&e->audit, VIGIL_STATUS_WARNING, text);
}

/* Reports that the file was read and that its rules are in force. */
static void note_load(struct enforcer *e)
{
	report_in_force(e);
	e->loads++;
	write_status(e);
}

/* Removes what was in force before, in favor of `rules` or `group`. */
static void replace_in_force(struct enforcer *e, struct vigil_rules *rules,
			     struct fanotify_group *group)
{
	if (e->group)
		responder_remove(&e->responder, e->group, true);
	if (e->rules && !rules) {
		lsm_lift(e->lsm);
		lsm_read_hits(e->lsm, e->rules);
	}
	vigil_rules_free(e->rules);
	e->rules = rules;
	e->group = group;
}

/* Enforces rules by fanotify: opens a new group and sets all its marks before what was in force
 * is removed. Takes ownership of the rules. */
static enum vigil_code apply_with_fanotify(struct enforcer *e, struct vigil_rules *rules,
					   struct vigil_error *error)
{
	struct fanotify_group *group;
	enum vigil_code code = fanotify_group_open(&group, rules, error);

	if (code == VIGIL_OK)
		code = responder_add(&e->responder, group, error);
	if (code < 0)
		return code;
	code = fanotify_group_mark(group, error);
	if (code == VIGIL_OK)
		replace_in_force(e, NULL, group);
	else
		responder_remove(&e->responder, group, false);
	return code;
}

/* Pins the rules so that they outlive this process if their file says `stay`, else removes the
 * pins. After the first load an error is a warning. */
static enum vigil_code pin_or_unpin(struct enforcer *e, bool stay, struct vigil_error *error)
{
	enum vigil_code code = lsm_keep(e->lsm, stay, error);

	if (code == VIGIL_OK || e->loads == 0)
		return code;
	audit_queue_add_status(&e->audit, VIGIL_STATUS_WARNING, error->text);
	return VIGIL_OK;
}

/* Enforces rules by BPF LSM if the kernel can evaluate all of them, else by fanotify. They are
 * not split between both, because the first rule that matches decides. Takes ownership of the
 * rules. */
static enum vigil_code apply_rules(struct enforcer *e, struct vigil_rules *rules,
				   struct vigil_error *error)
{
	enum vigil_code code = VIGIL_ERROR_UNSUPPORTED;
	bool stay = rules->stay;

	if (e->lsm)
		code = lsm_replace(e->lsm, rules, &e->no_lsm);
	if (code == VIGIL_ERROR_UNSUPPORTED && !stay)
		code = apply_with_fanotify(e, rules, error);
	else if (code == VIGIL_OK)
		replace_in_force(e, rules, NULL);
	else {
		vigil_rules_free(rules);
		return vigil_fail(error, code, "%s%s", stay ? "`stay` needs BPF LSM: " : "",
				  e->no_lsm.text);
	}
	return code < 0 ? code : pin_or_unpin(e, stay, error);
}

/* Replaces the rules in force by those of the text. On an error they stay. */
static enum vigil_code apply_text(struct enforcer *e, const char *text, size_t length,
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
	if (rules_in_force(e))
		rules_inherit(rules, rules_in_force(e));
	/* Watch before the rules are applied, so that no change in between is missed. */
	if (!watcher_open(&watcher, e->path, rules)) {
		vigil_rules_free(rules);
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot watch %.200s: %s", e->path,
				  strerror(errno));
	}
	code = apply_rules(e, rules, error);
	if (code < 0) {
		watcher_close(&watcher);
		return code;
	}
	if (e->watching) {
		/* Changes that the old watcher saw before the new one was open. */
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

/* Reads the file in one state: VIGIL_ERROR_PIPE if it changed meanwhile. */
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
	return vigil_fail(error, VIGIL_ERROR_PIPE,
			  "%.200s is being written; write it under another name and rename it",
			  path);
}

/* Reads the file, which has changed. If it has an error, the rules stay as they were. */
static void reload_file(struct enforcer *e)
{
	struct vigil_error error;
	char warning[sizeof(error.text) + 64], *text = NULL;
	size_t length;
	enum vigil_code code;

	e->settle.changed = e->settle.replaced = false;
	watcher_follow(&e->watcher);
	code = read_settled(e->path, &text, &length, &error);
	if (code == VIGIL_ERROR_PIPE) { /* read it again when it no longer changes */
		settle_note(&e->settle, 0, os_now_ms());
		return;
	}
	if (code == VIGIL_OK)
		code = apply_text(e, text, length, &error);
	if (code < 0) {
		free(text);
		snprintf(warning, sizeof(warning), "rules: %s. The previous rules stay in force.",
			 error.text);
		audit_queue_add_status(&e->audit, VIGIL_STATUS_WARNING, warning);
		return;
	}
	free(e->text);
	e->text = text;
	e->length = length;
	note_load(e);
}

/* Applies the same text again, because its rules may name other files now. On failure it is
 * tried again every STATUS_MS. */
static void refresh_rules(struct enforcer *e)
{
	bool by_fanotify = e->group;
	struct vigil_error error;
	char warning[sizeof(error.text) + 64];

	e->moved = false;
	if (apply_text(e, e->text, e->length, &error) == VIGIL_OK) {
		e->refresh_failed = false;
		if (by_fanotify != (e->group != NULL))
			report_in_force(e);
		return;
	}
	snprintf(warning, sizeof(warning),
		 "rules: %s. The files that they named before stay in force.", error.text);
	if (!e->refresh_failed)
		audit_queue_add_status(&e->audit, VIGIL_STATUS_WARNING, warning);
	e->refresh_failed = true;
}

/* Reads a non-blocking descriptor until it is empty. Whether it had anything. */
static bool drain_descriptor(int fd)
{
	char buffer[4096];
	bool any = false;

	while (read(fd, buffer, sizeof(buffer)) > 0)
		any = true;
	return any;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void write_status_if_changed(struct enforcer *e)
{
	uint64_t verdicts =
	    enforcer_produced(e) +
	    __atomic_load_n(&rules_in_force(e)->unknown_rule[0].counter->hits, __ATOMIC_RELAXED);

	if (verdicts != e->counted)
		write_status(e);
	e->counted = verdicts;
}

static void report_stuck(struct enforcer *e)
{
	char text[512];

	if (!settle_is_stuck(&e->settle, os_now_ms()))
		return;
	snprintf(text, sizeof(text),
		 "rules: %.300s was changed by a program that has not closed it yet. The previous "
		 "rules stay in force.",
		 e->path);
	audit_queue_add_status(&e->audit, VIGIL_STATUS_WARNING, text);
}

/* Waits for an event, at most STATUS_MS. Returns false if the keeper must end. */
static bool wait_for_change(struct enforcer *e, int mounts, int rest_ms)
{
	struct pollfd wait[] = { { .fd = e->stop, .events = POLLIN },
				 { .fd = e->watcher.fd, .events = POLLIN },
				 { .fd = e->group ? e->group->links : -1, .events = POLLIN },
				 { .fd = mounts, .events = POLLPRI },
				 { .fd = e->reread, .events = POLLIN } };
	int settled_ms = settle_wait_ms(&e->settle, e->path, os_now_ms());

	if (rest_ms && poll(wait, 1, rest_ms) > 0)
		return false;
	if (poll(wait, 5, settled_ms >= 0 && settled_ms < STATUS_MS ? settled_ms : STATUS_MS) < 0)
		os_sleep_ms(errno == EINTR ? 0 : STATUS_MS);
	else if (wait[3].revents & (POLLPRI | POLLERR))
		e->moved = true;
	if (wait[4].revents && drain_descriptor(e->reread))
		settle_note(&e->settle, IN_MOVED_TO, os_now_ms());
	return !wait[0].revents;
}

/* Waits for changes and applies them. Pauses after each, so that it uses at most a tenth of one
 * processor. */
static void watch_changes(struct enforcer *e)
{
	int mounts = open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC), rest_ms = 0;

	while (wait_for_change(e, mounts, rest_ms)) {
		uint64_t begun = now_ns();

		write_status_if_changed(e);
		report_stuck(e);
		e->moved |= watcher_read(&e->watcher, &e->settle);
		e->moved |= (e->group && drain_descriptor(e->group->links)) || e->refresh_failed;
		rest_ms = 0;
		if (settle_wait_ms(&e->settle, e->path, os_now_ms()) == 0)
			reload_file(e);
		else if (e->moved)
			refresh_rules(e);
		else
			continue;
		rest_ms = (int)((now_ns() - begun) * 9 / MS);
	}
	close(mounts);
}

/* Reads the file at the start. There are no previous rules to keep, so if the file is being
 * written, this waits. */
static enum vigil_code read_first(struct enforcer *e)
{
	enum vigil_code code;

	for (int i = 0; i < FIRST_TRIES; i++) {
		code = read_settled(e->path, &e->text, &e->length, &e->error);
		if (code != VIGIL_ERROR_PIPE)
			break;
		os_sleep_ms(SETTLE_QUIET_MS);
	}
	return code;
}

static enum vigil_code start_enforcing(struct enforcer *e)
{
	enum vigil_code code = read_first(e);

	if (code < 0)
		return code;
	if (!unshare_descriptors(e))
		return vigil_fail(&e->error, VIGIL_ERROR_SYSTEM,
				  "cannot enforce rules: cannot separate descriptors: %s",
				  strerror(errno));
	code = responder_open(&e->responder, &e->audit, e->realtime, &e->error);
	if (code < 0)
		return code;
	code = apply_text(e, e->text, e->length, &e->error);
	if (code < 0)
		responder_close(&e->responder);
	e->mechanism = e->group ? "fanotify" : "lsm";
	return code;
}

static void keeper_main(void *argument)
{
	struct enforcer *e = argument;

	confine_capabilities(KEEPER_CAPABILITIES);
	e->code = start_enforcing(e);
	if (e->code < 0) {
		sem_post(&e->ready);
		return;
	}
	note_load(e);
	sem_post(&e->ready);
	watch_changes(e);
	enforcer_status_remove();
	if (e->group)
		responder_remove(&e->responder, e->group, false);
	responder_close(&e->responder);
	watcher_close(&e->watcher);
}

/* ---- the program's side ---- */

static bool start_keeper(struct enforcer *e)
{
	errno = os_thread_start(&e->keeper, "vigil-enforcer", OS_PRIORITY_NORMAL, keeper_main, e);
	return errno == 0;
}

static void free_enforcer(struct enforcer *e)
{
	lsm_close(e->lsm);
	vigil_rules_free(e->rules);
	audit_queue_close(&e->audit);
	sem_destroy(&e->ready);
	close(e->records);
	close(e->stop);
	close(e->reread);
	free(e->text);
	free(e->path);
	free(e);
}

/* Opens the descriptor that becomes readable when either source has a record. */
static bool open_records(struct enforcer *e)
{
	struct epoll_event in = { .events = EPOLLIN };

	e->records = epoll_create1(EPOLL_CLOEXEC);
	return e->records >= 0 && epoll_ctl(e->records, EPOLL_CTL_ADD, e->audit.event, &in) == 0 &&
	       (!e->lsm || epoll_ctl(e->records, EPOLL_CTL_ADD, lsm_fd(e->lsm), &in) == 0);
}

enum vigil_code enforcer_open(struct enforcer **out, const char *path, bool realtime,
			      struct vigil_error *error)
{
	struct enforcer *e = calloc(1, sizeof(*e));
	enum vigil_code code;

	*out = NULL;
	if (!e || audit_queue_open(&e->audit) < 0) {
		free(e);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the rules");
	}
	e->realtime = realtime;
	sem_init(&e->ready, 0, 0);
	e->stop = eventfd(0, EFD_CLOEXEC);
	e->reread = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e->path = realpath(path, NULL); /* the program may change its directory */
	if (!e->path)
		e->path = strdup(path);
	if (lsm_open(&e->lsm, &e->no_lsm) < 0) /* then by fanotify */
		log_message(VIGIL_LOG_INFO, "rules are not enforced by BPF LSM: %s",
			    e->no_lsm.text);
	if (!open_records(e) || e->stop < 0 || e->reread < 0 || !e->path || !start_keeper(e)) {
		vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot start to enforce rules: %s",
			   strerror(errno));
		free_enforcer(e);
		return VIGIL_ERROR_SYSTEM;
	}
	while (sem_wait(&e->ready) < 0)
		;
	code = e->code;
	if (code < 0) {
		if (error)
			*error = e->error;
		os_thread_join(&e->keeper);
		free_enforcer(e);
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
	(void)!write(e->stop, &one, sizeof(one)); /* its counter is never full */
	os_thread_join(&e->keeper);
	free_enforcer(e);
}

void enforcer_reread(struct enforcer *e)
{
	uint64_t one = 1;

	(void)!write(e->reread, &one, sizeof(one));
}

int enforcer_fd(const struct enforcer *e)
{
	return e->records;
}

const char *enforcer_mechanism(const struct enforcer *e)
{
	return e->mechanism;
}

const struct vigil_header *enforcer_peek(struct enforcer *e)
{
	const struct vigil_header *own = audit_queue_peek(&e->audit);
	const struct vigil_header *from_lsm = e->lsm ? lsm_peek(e->lsm) : NULL;

	e->from_lsm = from_lsm && (!own || from_lsm->mono < own->mono);
	return e->from_lsm ? from_lsm : own;
}

void enforcer_advance(struct enforcer *e)
{
	if (e->from_lsm)
		lsm_advance(e->lsm);
	else
		audit_queue_advance(&e->audit);
}

uint64_t enforcer_refused(struct enforcer *e)
{
	return audit_queue_refused(&e->audit) + (e->lsm ? lsm_refused(e->lsm) : 0);
}

uint64_t enforcer_produced(struct enforcer *e)
{
	return audit_queue_produced(&e->audit) + (e->lsm ? lsm_produced(e->lsm) : 0);
}
