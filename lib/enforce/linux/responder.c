/* SPDX-License-Identifier: MIT */
#include "enforce/linux/responder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include <linux/capability.h>

#include "core/error.h"
#include "os/confine.h"
#include "os/os.h"

/* Needed to read the image of a caller, and to set ignore marks. */
#define RESPONDER_CAPABILITIES \
	(CONFINE_CAP(CAP_SYS_ADMIN) | CONFINE_CAP(CAP_SYS_PTRACE) | \
	 CONFINE_CAP(CAP_DAC_READ_SEARCH))

#define PATIENCE_MS 100  /* for a command line */
#define UNREAD_MS   1000 /* between two reports of events that the kernel could not send */
#define EVENTS_READ 64   /* each has a descriptor */

/* ---- the caller ---- */

/* Fills in the caller's images and user. Called only when a rule has such a condition. */
static void read_caller(struct rules_subject *subject)
{
	struct question *q = (struct question *)subject;
	struct exec_request caller;
	uint32_t most = q->group->rules->ancestors ? RULES_IMAGES_MAX : 2;

	if (!ancestors_read(&q->ancestors, q->tid, most, subject, &caller) ||
	    caller.euid == VIGIL_UNKNOWN)
		return;
	snprintf(q->user, sizeof(q->user), "%u", caller.euid);
	subject->user = q->user;
}

/* ---- denied and audited execs ---- */

/* Reports the exec, answers its event and releases its group. */
static void finish_pending(struct responder *r, const struct pending *p,
			   const struct exec_command *command)
{
	const struct rule *rule = rules_rule(p->group->rules, p->rule);
	struct verdict verdict = { .rule = &rule->info,
				   .hits = p->hits,
				   .path = p->path,
				   .file = p->file,
				   .command = command };

	exec_request_read(&verdict.caller, p->tid);
	/* Reported before the answer, so that its record precedes what the process does next.
	 * */
	audit_queue_add(r->audit, &verdict);
	fanotify_group_answer(p->group, p->fd, rule->info.verdict != VIGIL_VERDICT_DENY);
	fanotify_group_release(p->group);
}

static void remove_pending(struct responder *r, struct pending *p)
{
	memmove(p, p + 1, (size_t)(&r->pending[--r->count] - p) * sizeof(*p));
}

/* Finishes those whose command line has not arrived in time, or whose group is leaving. */
static void finish_late(struct responder *r, const struct fanotify_group *leaving)
{
	int64_t late = os_now_ms() - PATIENCE_MS;

	for (uint32_t i = 0; i < r->count;) {
		struct pending *p = &r->pending[i];

		if (p->since > late && (!leaving || p->group != leaving)) {
			i++;
			continue;
		}
		finish_pending(r, p, NULL);
		remove_pending(r, p);
	}
}

/* Requests command lines until no helper is free. If a request is refused, the exec is finished
 * without its command line. */
static void ask_commands(struct responder *r)
{
	for (uint32_t i = 0; i < r->count;) {
		struct pending *p = &r->pending[i];
		struct inspect_request request = { .what = INSPECT_COMMAND, .pid = p->tid };
		enum inspect_asked asked = INSPECT_ASKED;

		if (p->ticket == 0)
			asked = inspect_ask(r->commands, &request, -1, &p->ticket);
		if (asked == INSPECT_BUSY)
			return;
		if (asked == INSPECT_ASKED) {
			i++;
			continue;
		}
		finish_pending(r, p, NULL);
		remove_pending(r, p);
	}
}

static void finish_answered(struct responder *r, const struct inspect_answer *answer)
{
	struct exec_command command = { .args = answer->text,
					.length = answer->args_length,
					.name = answer->text + answer->args_length,
					.name_length = answer->name_length,
					.cut = answer->cut };

	for (uint32_t i = 0; i < r->count; i++)
		if (r->pending[i].ticket == answer->ticket) {
			finish_pending(r, &r->pending[i], &command);
			remove_pending(r, &r->pending[i]);
			return;
		}
}

/* Finishes those whose command line has arrived, or whose time is over. */
static void finish_all_answered(struct responder *r)
{
	const struct inspect_answer *answer;
	char text[256];

	while ((answer = inspect_next(r->commands)) != NULL)
		finish_answered(r, answer);
	ask_commands(r);
	finish_late(r, NULL);
	if (inspect_news(r->commands, text, sizeof(text)))
		audit_queue_add_status(r->audit, VIGIL_STATUS_WARNING, text);
}

/* ---- judging ---- */

static const char *any_name(const struct exec_file *file)
{
	return file->path ? file->path : file->also[0] ? file->also[0] : "";
}

static void deny_or_audit(struct responder *r, struct fanotify_group *group,
			  const struct question *q, int fd, uint32_t rule)
{
	struct pending one = { .group = group,
			       .fd = fd,
			       .tid = q->tid,
			       .rule = rule,
			       .since = os_now_ms(),
			       .file = q->subject.file };

	one.hits =
	    __atomic_add_fetch(&rules_rule(group->rules, rule)->counter->hits, 1, __ATOMIC_RELAXED);
	snprintf(one.path, sizeof(one.path), "%s", any_name(&q->file));
	fanotify_group_acquire(group);
	if (r->count == RESPONDER_PENDING) {
		finish_pending(r, &one, NULL);
		return;
	}
	r->pending[r->count++] = one;
	ask_commands(r);
}

static uint32_t find_rule(struct question *q, const struct fanotify_group *group, int fd,
			  uint32_t tid, const uint8_t *hash)
{
	struct rules_subject *s = &q->subject;

	exec_file_locate(&group->mounts, fd, &q->file);
	*s = (struct rules_subject){ .path = q->file.path,
				     .length = q->file.path ? strlen(q->file.path) : 0,
				     .also = { q->file.also[0], q->file.also[1] },
				     .file = q->file.file,
				     .hash = hash,
				     .learn = read_caller };
	q->group = group;
	q->tid = tid;
	return rules_find(group->rules, s);
}

/* Allows the exec. Answers first; the ignore mark is then set through a duplicate of the
 * descriptor. */
static void allow_exec(struct fanotify_group *group, const struct question *q, int fd, bool settled)
{
	int own = settled && q->file.path ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

	fanotify_group_answer(group, fd, true);
	if (own >= 0) {
		fanotify_group_pass(group, own, q->file.path);
		close(own);
	}
}

/* Applies the verdict of a rule; RULES_NONE: no rule matches. */
static void apply_verdict(struct responder *r, struct fanotify_group *group, int fd,
			  uint32_t number)
{
	const struct rule *rule = number == RULES_NONE ? NULL : rules_rule(group->rules, number);
	const struct question *q = r->question;

	if (rule && rule->info.verdict != VIGIL_VERDICT_ALLOW) {
		deny_or_audit(r, group, q, fd, number);
		return;
	}
	if (rule)
		__atomic_add_fetch(&rule->counter->hits, 1, __ATOMIC_RELAXED);
	allow_exec(group, q, fd,
		   !q->subject.conditional && (!rule || number < group->rules->count));
}

/* Whether the exec must wait until the hash of its content is known. If the hash is known, it
 * is judged by that: *number. */
static bool waits_for_hash(struct responder *r, struct fanotify_group *group, int fd, uint32_t tid,
			   uint32_t *number)
{
	const uint8_t *hash;
	struct hash_key key;

	if (!hash_queue_key(fd, &key))
		return false;
	hash = hash_queue_find(r->hashes, &key);
	if (!hash)
		return hash_queue_add(r->hashes, group, fd, tid, &key);
	*number = find_rule(r->question, group, fd, tid, hash);
	return false;
}

static void judge_exec(struct responder *r, struct fanotify_group *group, int fd, uint32_t tid)
{
	uint32_t number = find_rule(r->question, group, fd, tid, NULL);

	if (r->question->subject.wants_hash && r->hashes) {
		if (group == r->going) /* the group that replaces it judges this exec */
			number = RULES_NONE;
		else if (waits_for_hash(r, group, fd, tid, &number))
			return;
	}
	apply_verdict(r, group, fd, number);
}

static void judge_hashed(struct responder *r, const struct hash_waiting *one)
{
	struct hash_key now;
	bool same = hash_queue_key(one->fd, &now) && memcmp(&now, &one->key, sizeof(now)) == 0;

	/* The file has changed since it was read. */
	if (!same && !r->hurry && hash_queue_add_again(r->hashes, one, &now))
		return;
	apply_verdict(r, one->group, one->fd,
		      find_rule(r->question, one->group, one->fd, one->tid,
				same && one->known ? one->hash : NULL));
}

/* Judges those whose hash is known now, or whose time is over. */
static void judge_all_hashed(struct responder *r)
{
	struct hash_waiting one;
	char text[256];

	while (r->hashes && hash_queue_next(r->hashes, r->hurry ? r->going : NULL, &one)) {
		judge_hashed(r, &one);
		fanotify_group_release(one.group);
	}
	if (r->hashes && hash_queue_news(r->hashes, text, sizeof(text)))
		audit_queue_add_status(r->audit, VIGIL_STATUS_WARNING, text);
}

/* Judges an open of a file that a rule names. Only an open by the dynamic loader matters,
 * because it runs what it opens. */
static void judge_open(struct responder *r, struct fanotify_group *group, int fd, uint32_t tid)
{
	if (ancestors_is_loader(&group->mounts, tid))
		judge_exec(r, group, fd, tid);
	else
		fanotify_group_answer(group, fd, true);
}

/* Counts an event that the kernel could not send; it has denied the exec. */
static void note_unread(struct responder *r, int why)
{
	r->unread++;
	r->unread_errno = why;
}

static void report_unread(struct responder *r)
{
	int64_t now = os_now_ms();
	char text[256];

	if (r->unread == r->unread_reported ||
	    (r->unread_reported && now < r->unread_since + UNREAD_MS))
		return;
	snprintf(text, sizeof(text),
		 "rules: %llu starts so far were refused because the kernel could not open their "
		 "files for the sensor: %s",
		 (unsigned long long)r->unread, strerror(r->unread_errno));
	audit_queue_add_status(r->audit, VIGIL_STATUS_WARNING, text);
	r->unread_reported = r->unread;
	r->unread_since = now;
}

static void read_events(struct responder *r, struct fanotify_group *group)
{
	struct fanotify_event_metadata events[EVENTS_READ], *at;
	ssize_t left = read(group->fd, events, sizeof(events));

	if (left < 0 && errno != EAGAIN && errno != EINTR)
		note_unread(r, errno);
	for (at = events; left > 0 && FAN_EVENT_OK(at, left); at = FAN_EVENT_NEXT(at, left)) {
		if (at->fd < 0)
			note_unread(r, at->mask & FAN_Q_OVERFLOW ? ENOMEM : EBADF);
		else if (at->vers != FANOTIFY_METADATA_VERSION)
			fanotify_group_answer(group, at->fd, false);
		else if (at->mask & FAN_OPEN_EXEC_PERM)
			judge_exec(r, group, at->fd, (uint32_t)at->pid);
		else if (at->mask & FAN_OPEN_PERM)
			judge_open(r, group, at->fd, (uint32_t)at->pid);
		else
			close(at->fd);
	}
}

/* Removes the group that is leaving, if none of its execs waits for a hash. */
static void release_leaving(struct responder *r)
{
	if (!r->going || hash_queue_waiting(r->hashes, r->going))
		return;
	epoll_ctl(r->epoll, EPOLL_CTL_DEL, r->going->fd, NULL);
	finish_late(r, r->going);
	r->going = NULL;
	pthread_mutex_lock(&r->lock);
	r->leaving = NULL;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* Reads the keeper's requests. Returns false if the responder must end. */
static bool read_orders(struct responder *r, bool woken)
{
	uint64_t count;
	bool stop;

	if (woken)
		(void)!read(r->wake, &count, sizeof(count));
	pthread_mutex_lock(&r->lock);
	stop = r->stop;
	r->going = r->leaving;
	r->hurry = r->going && !r->replaced;
	pthread_mutex_unlock(&r->lock);
	return !stop;
}

static int epoll_timeout_ms(struct responder *r)
{
	return r->count || hash_queue_waiting(r->hashes, NULL) ? PATIENCE_MS / 4 : -1;
}

static void responder_main(void *argument)
{
	struct responder *r = argument;
	struct epoll_event events[8];
	bool go_on = true;

	while (go_on) {
		int count = epoll_wait(r->epoll, events, 8, epoll_timeout_ms(r));
		bool woken = false;

		for (int i = 0; i < count; i++) {
			woken |= !events[i].data.ptr;
			if (events[i].data.ptr && events[i].data.ptr != r->hashes &&
			    events[i].data.ptr != r->commands)
				read_events(r, events[i].data.ptr);
		}
		go_on = read_orders(r, woken);
		judge_all_hashed(r);
		finish_all_answered(r);
		release_leaving(r); /* last, because events[] may point to the group */
		report_unread(r);
	}
}

/* ---- the keeper's side ---- */

static void wake_responder(struct responder *r)
{
	uint64_t one = 1;

	(void)!write(r->wake, &one, sizeof(one)); /* its counter is never full */
}

/* Frees what a responder without a thread has. */
static void free_responder(struct responder *r)
{
	if (r->epoll >= 0)
		close(r->epoll);
	if (r->wake >= 0)
		close(r->wake);
	hash_queue_close(r->hashes);
	inspect_close(r->commands);
	free(r->question);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
}

void responder_close(struct responder *r)
{
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	wake_responder(r);
	os_thread_join(&r->thread);
	free_responder(r);
}

/* Starts the helper processes that read files for hash= rules. They are started even if no rule
 * needs them yet, because a program that has confined itself cannot start processes. */
static enum vigil_code open_hashes(struct responder *r, struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN };
	struct hash_queue *hashes;
	enum vigil_code code = hash_queue_open(&hashes, error);

	if (code < 0)
		return code;
	in.data.ptr = hashes;
	r->hashes = hashes;
	if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, hash_queue_fd(hashes), &in) == 0)
		return VIGIL_OK;
	r->hashes = NULL;
	hash_queue_close(hashes);
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot enforce rules: %s", strerror(errno));
}

/* Makes what the thread waits for, and starts it. */
static enum vigil_code start_responder(struct responder *r, bool realtime,
				       struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN };
	struct epoll_event commands = { .events = EPOLLIN, .data.ptr = r->commands };
	enum vigil_code code;
	int result;

	if (!r->question || r->epoll < 0 || r->wake < 0 ||
	    epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->wake, &in) < 0 ||
	    epoll_ctl(r->epoll, EPOLL_CTL_ADD, inspect_fd(r->commands), &commands) < 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot enforce rules: %s",
				  strerror(errno));
	code = open_hashes(r, error);
	if (code < 0)
		return code;
	/* A start waits for the answer. */
	result = os_thread_start(&r->thread, "vigil-responder",
				 realtime ? OS_PRIORITY_REALTIME : OS_PRIORITY_NORMAL,
				 responder_main, r);
	return result == 0 ? VIGIL_OK
			   : vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot enforce rules: %s",
					strerror(result));
}

enum vigil_code responder_open(struct responder *r, struct audit_queue *queue, bool realtime,
			       struct vigil_error *error)
{
	enum vigil_code code;

	*r = (struct responder){ .audit = queue };
	code =
	    inspect_open(&r->commands,
			 INSPECT_CLASS(INSPECT_QUICK) | (realtime ? INSPECT_REALTIME : 0), error);
	if (code < 0)
		return code;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->question = malloc(sizeof(*r->question));
	code = start_responder(r, realtime, error);
	if (code < 0)
		free_responder(r);
	return code;
}

enum vigil_code responder_add(struct responder *r, struct fanotify_group *group,
			      struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN, .data.ptr = group };
	enum vigil_code code;

	if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, group->fd, &in) == 0)
		return VIGIL_OK;
	code = vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot enforce rules: %s", strerror(errno));
	fanotify_group_release(group);
	return code;
}

void responder_remove(struct responder *r, struct fanotify_group *group, bool replaced)
{
	pthread_mutex_lock(&r->lock);
	r->leaving = group;
	r->replaced = replaced;
	wake_responder(r);
	while (r->leaving)
		pthread_cond_wait(&r->changed, &r->lock);
	pthread_mutex_unlock(&r->lock);
	fanotify_group_release(group);
}
