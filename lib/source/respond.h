/* SPDX-License-Identifier: MIT */
/*
 * respond.h - the two threads that answer who asks to run a program.
 *
 * What cannot be judged is decided by the setting `unknown` and reported, and what the
 * kernel could not ask (it refuses the start then) is counted and reported.
 *
 * The responder reads questions and answers those that are let through, without a
 * lock, an allocation, or a look at anybody's memory. Who is refused, or audited,
 * goes to the describer, which reads the command line first. If that has taken
 * PATIENCE, the responder answers for it, and the command line stays unknown.
 */
#ifndef VIGIL_RESPOND_H
#define VIGIL_RESPOND_H

#include <pthread.h>

#include "ancestors.h"
#include "hash_queue.h"
#include "post.h"
#include "verdicts.h"

#define RESPOND_PENDING 64

enum pending_state {
	PENDING_FREE,
	PENDING_WAITS,
	PENDING_DESCRIBED, /* the describer is at it */
	PENDING_ANSWERED   /* and was too slow: it has been answered meanwhile */
};

/* One that is to be refused or audited, and waits for its answer. */
struct pending {
	enum pending_state state;
	struct post *post;
	int fd; /* of the event */
	uint32_t tid, rule;
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
	pthread_t responder, describer;
	int epoll, wake;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct post *leaving; /* the responder is to let go of it */
	bool replaced;        /* by another, which judges the same starts */
	bool stop;
	uint32_t first, count; /* of pending, a ring */
	struct pending pending[RESPOND_PENDING];
	struct caller_command *command; /* the describer's */
	struct question *question;
	struct hash_queue *_Atomic hashes; /* NULL: no rule has asked for one yet */
	struct post *going;                /* the responder's copy of leaving */
	bool hurry;                        /* and of !replaced */
	uint64_t unread, unread_told;      /* questions that the kernel could not ask */
	int64_t unread_since;              /* ms */
	int unread_errno;
};

enum vigil_code respond_open(struct respond *respond, struct verdicts *verdicts,
			     struct vigil_error *error);
/* False: a hostile process holds the describer up, which still uses the memory. */
bool respond_close(struct respond *respond);

/* From now on questions of this post are answered. On failure it is released. */
enum vigil_code respond_add(struct respond *respond, struct post *post, struct vigil_error *error);

/* Answers what has been asked, and releases the post. replaced: another post has all its
 * marks, and judges as well; else no hash is waited for any longer. */
void respond_remove(struct respond *respond, struct post *post, bool replaced);

#endif /* VIGIL_RESPOND_H */
