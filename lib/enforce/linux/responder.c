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

/* To read what a caller runs, and to mark files that may always start. */
#define RESPOND_CAPABILITIES \
	(CONFINE_CAP(CAP_SYS_ADMIN) | CONFINE_CAP(CAP_SYS_PTRACE) | \
	 CONFINE_CAP(CAP_DAC_READ_SEARCH))

#define PATIENCE_MS 100
#define UNREAD_MS   1000 /* between two reports of what the kernel could not ask */
#define EVENTS_READ 64   /* a descriptor each */

/* ---- who is judged ---- */

/* Fills in what rules ask of the caller, when one does. */
static void learn(struct rules_subject *subject)
{
	struct question *q = (struct question *)subject;
	struct caller caller;
	uint32_t most = q->post->rules->ancestors ? RULES_IMAGES_MAX : 2;

	if (!ancestors_read(&q->ancestors, q->tid, most, subject, &caller) ||
	    caller.euid == VIGIL_UNKNOWN)
		return;
	snprintf(q->user, sizeof q->user, "%u", caller.euid);
	subject->user = q->user;
}

/* ---- those that are told ---- */

/* Tells and answers. Nobody else has this one any more. */
static void settle(struct respond *r, const struct pending *p, const struct caller_command *command)
{
	const struct rule *rule = rules_rule(p->post->rules, p->rule);
	struct verdict verdict = { .rule = &rule->told,
				   .hits = p->hits,
				   .path = p->path,
				   .file = p->file,
				   .command = command };

	caller_read(&verdict.caller, p->tid);
	/* Told before it is answered: what it does next comes later. */
	verdicts_tell(r->verdicts, &verdict);
	post_answer(p->post, p->fd, rule->told.verdict != VIGIL_VERDICT_DENY);
	post_release(p->post);
}

static void take_out(struct respond *r, struct pending *p)
{
	memmove(p, p + 1, (size_t)(&r->pending[--r->count] - p) * sizeof *p);
}

/* Answers where the command line has not come in time, or the post is to go. */
static void relieve(struct respond *r, const struct post *leaving)
{
	int64_t late = os_now_ms() - PATIENCE_MS;

	for (uint32_t i = 0; i < r->count;) {
		struct pending *p = &r->pending[i];

		if (p->since > late && (!leaving || p->post != leaving)) {
			i++;
			continue;
		}
		settle(r, p, NULL);
		take_out(r, p);
	}
}

/* Asks for command lines, until no helper is free. What is not to be had is done without. */
static void ask_commands(struct respond *r)
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
		settle(r, p, NULL);
		take_out(r, p);
	}
}

static void settle_described(struct respond *r, const struct inspect_answer *answer)
{
	struct caller_command command = { .args = answer->text,
					  .length = answer->args_length,
					  .name = answer->text + answer->args_length,
					  .name_length = answer->name_length,
					  .cut = answer->cut };

	for (uint32_t i = 0; i < r->count; i++)
		if (r->pending[i].ticket == answer->ticket) {
			settle(r, &r->pending[i], &command);
			take_out(r, &r->pending[i]);
			return;
		}
}

/* Those whose command line is there, or will not be in time. */
static void settle_all_described(struct respond *r)
{
	const struct inspect_answer *answer;
	char text[256];

	while ((answer = inspect_next(r->commands)) != NULL)
		settle_described(r, answer);
	ask_commands(r);
	relieve(r, NULL);
	if (inspect_news(r->commands, text, sizeof text))
		verdicts_tell_status(r->verdicts, VIGIL_STATUS_WARNING, text);
}

/* ---- questions ---- */

static const char *any_name(const struct exec_file *file)
{
	return file->path ? file->path : file->also[0] ? file->also[0] : "";
}

static void refuse(struct respond *r, struct post *post, const struct question *q, int fd,
		   uint32_t rule)
{
	struct pending one = { .post = post,
			       .fd = fd,
			       .tid = q->tid,
			       .rule = rule,
			       .since = os_now_ms(),
			       .file = q->subject.file };

	one.hits =
	    __atomic_add_fetch(&rules_rule(post->rules, rule)->counter->hits, 1, __ATOMIC_RELAXED);
	snprintf(one.path, sizeof one.path, "%s", any_name(&q->file));
	post_acquire(post);
	if (r->count == RESPOND_PENDING) {
		settle(r, &one, NULL);
		return;
	}
	r->pending[r->count++] = one;
	ask_commands(r);
}

static uint32_t find_rule(struct question *q, const struct post *post, int fd, uint32_t tid,
			  const uint8_t *hash)
{
	struct rules_subject *s = &q->subject;

	exec_file_locate(&post->mounts, fd, &q->file);
	*s = (struct rules_subject){ .path = q->file.path,
				     .length = q->file.path ? strlen(q->file.path) : 0,
				     .also = { q->file.also[0], q->file.also[1] },
				     .file = q->file.file,
				     .hash = hash,
				     .learn = learn };
	q->post = post;
	q->tid = tid;
	return rules_find(post->rules, s);
}

/* Lets it through. The answer first: what is needed afterwards keeps a descriptor of its own. */
static void let_through(struct post *post, const struct question *q, int fd, bool settled)
{
	int own = settled && q->file.path ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

	post_answer(post, fd, true);
	if (own >= 0) {
		post_pass(post, own, q->file.path);
		close(own);
	}
}

/* Acts on what the rules say. */
static void carry_out(struct respond *r, struct post *post, int fd, uint32_t number)
{
	const struct rule *rule = number == RULES_NONE ? NULL : rules_rule(post->rules, number);
	const struct question *q = r->question;

	if (rule && rule->told.verdict != VIGIL_VERDICT_ALLOW) {
		refuse(r, post, q, fd, number);
		return;
	}
	if (rule)
		__atomic_add_fetch(&rule->counter->hits, 1, __ATOMIC_RELAXED);
	let_through(post, q, fd, !q->subject.conditional && (!rule || number < post->rules->count));
}

/* Whether it is to wait until the hash of its content is known. If it is known already,
 * it is judged by it: *number. */
static bool waits_for_hash(struct respond *r, struct post *post, int fd, uint32_t tid,
			   uint32_t *number)
{
	const uint8_t *hash;
	struct hash_key key;

	if (!hash_queue_key(fd, &key))
		return false;
	hash = hash_queue_find(r->hashes, &key);
	if (!hash)
		return hash_queue_add(r->hashes, post, fd, tid, &key);
	*number = find_rule(r->question, post, fd, tid, hash);
	return false;
}

static void judge(struct respond *r, struct post *post, int fd, uint32_t tid)
{
	uint32_t number = find_rule(r->question, post, fd, tid, NULL);

	if (r->question->subject.wants_hash && r->hashes) {
		if (post == r->going) /* the one that replaces it judges this start */
			number = RULES_NONE;
		else if (waits_for_hash(r, post, fd, tid, &number))
			return;
	}
	carry_out(r, post, fd, number);
}

static void judge_hashed(struct respond *r, const struct hash_waiting *one)
{
	struct hash_key now;
	bool same = hash_queue_key(one->fd, &now) && memcmp(&now, &one->key, sizeof now) == 0;

	/* Written to since it was read. */
	if (!same && !r->hurry && hash_queue_add_again(r->hashes, one, &now))
		return;
	carry_out(r, one->post, one->fd,
		  find_rule(r->question, one->post, one->fd, one->tid,
			    same && one->known ? one->hash : NULL));
}

/* Those whose hash is known now, or will not be in time. */
static void judge_all_hashed(struct respond *r)
{
	struct hash_waiting one;
	char text[256];

	while (r->hashes && hash_queue_next(r->hashes, r->hurry ? r->going : NULL, &one)) {
		judge_hashed(r, &one);
		post_release(one.post);
	}
	if (r->hashes && hash_queue_news(r->hashes, text, sizeof text))
		verdicts_tell_status(r->verdicts, VIGIL_STATUS_WARNING, text);
}

/* A file that a rule forbids is opened, not run: that matters if the dynamic loader does
 * it, which runs what it opens. */
static void judge_open(struct respond *r, struct post *post, int fd, uint32_t tid)
{
	if (ancestors_is_loader(&post->mounts, tid))
		judge(r, post, fd, tid);
	else
		post_answer(post, fd, true);
}

/* The kernel could not ask: it has refused the start. */
static void note_unread(struct respond *r, int why)
{
	r->unread++;
	r->unread_errno = why;
}

static void report_unread(struct respond *r)
{
	int64_t now = os_now_ms();
	char text[256];

	if (r->unread == r->unread_told || (r->unread_told && now < r->unread_since + UNREAD_MS))
		return;
	snprintf(text, sizeof text,
		 "rules: %llu starts so far were refused because the kernel could not open their "
		 "files to ask: %s",
		 (unsigned long long)r->unread, strerror(r->unread_errno));
	verdicts_tell_status(r->verdicts, VIGIL_STATUS_WARNING, text);
	r->unread_told = r->unread;
	r->unread_since = now;
}

static void read_questions(struct respond *r, struct post *post)
{
	struct fanotify_event_metadata events[EVENTS_READ], *at;
	ssize_t left = read(post->fd, events, sizeof events);

	if (left < 0 && errno != EAGAIN && errno != EINTR)
		note_unread(r, errno);
	for (at = events; left > 0 && FAN_EVENT_OK(at, left); at = FAN_EVENT_NEXT(at, left)) {
		if (at->fd < 0)
			note_unread(r, at->mask & FAN_Q_OVERFLOW ? ENOMEM : EBADF);
		else if (at->vers != FANOTIFY_METADATA_VERSION)
			post_answer(post, at->fd, false);
		else if (at->mask & FAN_OPEN_EXEC_PERM)
			judge(r, post, at->fd, (uint32_t)at->pid);
		else if (at->mask & FAN_OPEN_PERM)
			judge_open(r, post, at->fd, (uint32_t)at->pid);
		else
			close(at->fd);
	}
}

/* Lets go of the post that is to go, when nobody waits for a hash in its name. */
static void let_go(struct respond *r)
{
	if (!r->going || hash_queue_waiting(r->hashes, r->going))
		return;
	epoll_ctl(r->epoll, EPOLL_CTL_DEL, r->going->fd, NULL);
	relieve(r, r->going);
	r->going = NULL;
	pthread_mutex_lock(&r->lock);
	r->leaving = NULL;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* What the keeper wants, and whether the responder is to go on. */
static bool read_orders(struct respond *r, bool woken)
{
	uint64_t count;
	bool stop;

	if (woken)
		(void)!read(r->wake, &count, sizeof count);
	pthread_mutex_lock(&r->lock);
	stop = r->stop;
	r->going = r->leaving;
	r->hurry = r->going && !r->replaced;
	pthread_mutex_unlock(&r->lock);
	return !stop;
}

static int wait_ms(struct respond *r)
{
	return r->count || hash_queue_waiting(r->hashes, NULL) ? PATIENCE_MS / 4 : -1;
}

static void answer(void *argument)
{
	struct respond *r = argument;
	struct epoll_event events[8];
	bool go_on = true;

	while (go_on) {
		int count = epoll_wait(r->epoll, events, 8, wait_ms(r));
		bool woken = false;

		for (int i = 0; i < count; i++) {
			woken |= !events[i].data.ptr;
			if (events[i].data.ptr && events[i].data.ptr != r->hashes &&
			    events[i].data.ptr != r->commands)
				read_questions(r, events[i].data.ptr);
		}
		go_on = read_orders(r, woken);
		judge_all_hashed(r);
		settle_all_described(r);
		let_go(r); /* last: a post may go with it */
		report_unread(r);
	}
}

/* ---- the keeper's side ---- */

static void wake(struct respond *r)
{
	uint64_t one = 1;

	(void)!write(r->wake, &one, sizeof one); /* its counter is never full */
}

void respond_close(struct respond *r)
{
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	wake(r);
	os_thread_join(&r->responder);
	close(r->epoll);
	close(r->wake);
	hash_queue_close(r->hashes);
	inspect_close(r->commands);
	free(r->question);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
}

/* Has helpers that read files, for rules by hash. They are there from the start, for rules that
 * come later: a program that has confined itself starts no processes. */
static enum vigil_code open_hashes(struct respond *r, struct vigil_error *error)
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

enum vigil_code respond_open(struct respond *r, struct verdicts *verdicts, bool realtime,
			     struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN }, commands = { .events = EPOLLIN };
	enum vigil_code code;
	int result;

	*r = (struct respond){ .verdicts = verdicts };
	code =
	    inspect_open(&r->commands,
			 INSPECT_CLASS(INSPECT_QUICK) | (realtime ? INSPECT_REALTIME : 0), error);
	if (code < 0)
		return code;
	commands.data.ptr = r->commands;
	r->question = malloc(sizeof *r->question);
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	if (!r->question || r->epoll < 0 || r->wake < 0 ||
	    epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->wake, &in) < 0 ||
	    epoll_ctl(r->epoll, EPOLL_CTL_ADD, inspect_fd(r->commands), &commands) < 0)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot enforce rules: %s",
				  strerror(errno));
	code = open_hashes(r, error);
	if (code < 0)
		return code;
	/* A start waits for the answer. */
	result = os_thread_start(&r->responder, "vigil-responder",
				 realtime ? OS_PRIORITY_REALTIME : OS_PRIORITY_NORMAL, answer, r);
	return result == 0 ? VIGIL_OK
			   : vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot enforce rules: %s",
					strerror(result));
}

enum vigil_code respond_add(struct respond *r, struct post *post, struct vigil_error *error)
{
	struct epoll_event in = { .events = EPOLLIN, .data.ptr = post };
	enum vigil_code code;

	if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, post->fd, &in) == 0)
		return VIGIL_OK;
	code = vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot enforce rules: %s", strerror(errno));
	post_release(post);
	return code;
}

void respond_remove(struct respond *r, struct post *post, bool replaced)
{
	pthread_mutex_lock(&r->lock);
	r->leaving = post;
	r->replaced = replaced;
	wake(r);
	while (r->leaving)
		pthread_cond_wait(&r->changed, &r->lock);
	pthread_mutex_unlock(&r->lock);
	post_release(post);
}
