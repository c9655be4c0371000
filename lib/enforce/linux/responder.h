/* SPDX-License-Identifier: MIT */
/*
 * responder.h - the thread that answers who asks to run a program.
 *
 * What cannot be judged is decided by the setting `unknown` and reported, and what the
 * kernel could not ask (it refuses the start then) is counted and reported.
 *
 * It reads questions and answers those that are let through, without a lock, an
 * allocation, or a look at anybody's memory. The command line of who is refused, or
 * audited, is read by a helper process first. If that has taken PATIENCE_MS, it stays
 * unknown.
 */
#ifndef VIGIL_ENFORCE_LINUX_RESPONDER_H
#define VIGIL_ENFORCE_LINUX_RESPONDER_H

#include <pthread.h>

#include "enforce/linux/ancestors.h"
#include "enforce/linux/audit_queue.h"
#include "enforce/linux/fanotify_group.h"
#include "enforce/linux/hash_queue.h"
#include "inspect/inspect.h"
#include "os/os.h"

#define RESPOND_PENDING 64

/* One that is to be refused or audited, and waits for its answer. */
struct pending {
	struct post *post;
	int fd; /* of the event */
	uint32_t tid, rule;
	uint32_t ticket; /* of its command line; 0: not asked for yet */
	uint64_t hits;
	int64_t since; /* ms */
	struct rules_file file;
	char path[EXEC_PATH_ROOM]; /* "": unknown */
};

/* One that is being judged: the responder's. */
struct question {
	struct rules_subject subject;
	const struct post *post;
	uint32_t tid;
	char user[16];
	struct exec_file file;
	struct ancestors ancestors;
};

struct respond {
	struct verdicts *verdicts;
	struct os_thread responder;
	int epoll, wake;
	pthread_mutex_t lock; /* of leaving, replaced, stop */
	pthread_cond_t changed;
	struct post *leaving; /* the responder is to let go of it */
	bool replaced;        /* by another, which judges the same starts */
	bool stop;
	/* The responder's: */
	uint32_t count; /* of pending, the oldest first */
	struct pending pending[RESPOND_PENDING];
	struct inspect *commands; /* who reads command lines */
	struct question *question;
	struct hash_queue *_Atomic hashes; /* NULL: no rule has asked for one yet */
	struct post *going;                /* the responder's copy of leaving */
	bool hurry;                        /* and of !replaced */
	uint64_t unread, unread_told;      /* questions that the kernel could not ask */
	int64_t unread_since;              /* ms */
	int unread_errno;
};

enum vigil_code respond_open(struct respond *respond, struct verdicts *verdicts, bool realtime,
			     struct vigil_error *error);
void respond_close(struct respond *respond);

/* From now on questions of this post are answered. On failure it is released. */
enum vigil_code respond_add(struct respond *respond, struct post *post, struct vigil_error *error);

/* Answers what has been asked, and releases the post. replaced: another post has all its
 * marks, and judges as well; else no hash is waited for any longer. */
void respond_remove(struct respond *respond, struct post *post, bool replaced);

#endif /* VIGIL_ENFORCE_LINUX_RESPONDER_H */
