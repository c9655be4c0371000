/* SPDX-License-Identifier: MIT */
/*
 * responder.h - the thread that answers the permission events of fanotify.
 *
 * An exec that cannot be judged gets the verdict of the setting `unknown` and is reported. If
 * the kernel cannot send an event (it denies the exec then), that is counted and reported.
 *
 * The thread answers execs that it allows without a lock, an allocation, or a read of process
 * memory. If an exec is denied or audited, a helper process reads its command line first; if
 * that takes more than 100 ms, the command line stays unknown.
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

#define RESPONDER_PENDING 64

/* An exec that is to be denied or audited, and waits for its command line. */
struct pending {
	struct fanotify_group *group;
	int fd; /* of the event */
	uint32_t tid, rule;
	uint32_t ticket; /* of the request for its command line; 0: not sent yet */
	uint64_t hits;
	int64_t since; /* ms */
	struct rules_file file;
	char path[EXEC_PATH_SIZE]; /* "": unknown */
};

/* The exec that is being judged. */
struct question {
	struct rules_subject subject;
	const struct fanotify_group *group;
	uint32_t tid;
	char user[16];
	struct exec_file file;
	struct ancestors ancestors;
};

struct responder {
	struct audit_queue *audit;
	struct os_thread thread;
	int epoll, wake;
	pthread_mutex_t lock; /* of leaving, replaced, stop */
	pthread_cond_t changed;
	struct fanotify_group *leaving; /* to be released by the responder */
	bool replaced;                  /* by another group, which judges the same execs */
	bool stop;
	/* Only for the responder's thread: */
	uint32_t count; /* of pending, the oldest first */
	struct pending pending[RESPONDER_PENDING];
	struct inspect *commands; /* helper processes that read command lines */
	struct question *question;
	struct hash_queue *_Atomic hashes; /* NULL: not open */
	struct fanotify_group *going;      /* copy of leaving */
	bool hurry;                        /* copy of !replaced */
	uint64_t unread, unread_reported;  /* events that the kernel could not send */
	int64_t unread_since;              /* ms: the last report */
	int unread_errno;
};

/* Starts the helper processes and the thread. realtime: the thread, and the helpers that read
 * command lines, have real-time priority. The queue must outlive the responder. */
enum vigil_code responder_open(struct responder *responder, struct audit_queue *queue,
			       bool realtime, struct vigil_error *error);
void responder_close(struct responder *responder);

/* Answers the events of this group from now on. On an error the group is released. */
enum vigil_code responder_add(struct responder *responder, struct fanotify_group *group,
			      struct vigil_error *error);

/* Answers the events that are pending, and releases the group. replaced: another group has all
 * its marks and judges the same execs; if not, pending execs are judged without their hash. */
void responder_remove(struct responder *responder, struct fanotify_group *group, bool replaced);

#endif /* VIGIL_ENFORCE_LINUX_RESPONDER_H */
