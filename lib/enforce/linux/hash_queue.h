/* SPDX-License-Identifier: MIT */
/*
 * hash_queue.h - execs that wait for the SHA-256 of their program.
 *
 * A helper process reads the file while the responder continues. Hashes are cached by the state
 * of the file, so a program is read once, and again after a change. If a hash is not known
 * within HASH_PATIENCE_MS, or if the file is larger than HASH_BYTES_MAX, it stays unknown.
 *
 * All functions except hash_queue_open() are for the responder's thread.
 */
#ifndef VIGIL_ENFORCE_LINUX_HASH_QUEUE_H
#define VIGIL_ENFORCE_LINUX_HASH_QUEUE_H

#include "enforce/linux/fanotify_group.h"

#define HASH_PATIENCE_MS 2000
#define HASH_BYTES_MAX   (256u << 20)
#define HASH_WAITING_MAX 256u  /* execs */
#define HASH_KNOWN_MAX   4096u /* files in the cache */

/* The identity and state of a file. */
struct hash_key {
	uint64_t device, inode, size, changed, modified; /* times in ns since 1970 */
};

struct hash_waiting {
	struct fanotify_group *group; /* a reference */
	int fd;                       /* of the event */
	uint32_t tid;
	struct hash_key key;
	uint32_t ticket;
	bool asked, done, known;
	int64_t since; /* ms */
	uint8_t hash[RULES_HASH_BYTES];
};

struct hash_queue;

enum vigil_code hash_queue_open(struct hash_queue **out, struct vigil_error *error);
void hash_queue_close(struct hash_queue *queue); /* NULL: nothing */

/* A descriptor that is readable when hash_queue_next() may have a result. */
int hash_queue_fd(const struct hash_queue *queue);
/* The number of execs that wait. */
unsigned hash_queue_waiting(const struct hash_queue *queue,
			    const struct fanotify_group *group); /* NULL: all */

/* Reads the state of an event's file. Returns false if it is unknown. */
bool hash_queue_key(int fd, struct hash_key *key);

/* Returns RULES_HASH_BYTES, valid until the next hash_queue_next(); NULL: not known yet. */
const uint8_t *hash_queue_find(struct hash_queue *queue, const struct hash_key *key);

/* Has the file read. On success the queue owns fd and holds a reference to the group. Returns
 * false if too many execs wait, or if the file is too large. */
bool hash_queue_add(struct hash_queue *queue, struct fanotify_group *group, int fd, uint32_t tid,
		    const struct hash_key *key);

/* Has the file read again, because it has changed. Returns false if the exec has already waited
 * for HASH_PATIENCE_MS. */
bool hash_queue_add_again(struct hash_queue *queue, const struct hash_waiting *waiting,
			  const struct hash_key *key);

/* Removes an exec that can be judged: its hash is known, or its time is over. No exec of the
 * group `hurry` waits any longer. The caller then owns its descriptor and its reference to the
 * group. Returns false if there is none. */
bool hash_queue_next(struct hash_queue *queue, const struct fanotify_group *hurry,
		     struct hash_waiting *out);

/* Formats a message about the helper processes. Returns false if there is none. */
bool hash_queue_news(struct hash_queue *queue, char *text, size_t size);

#endif /* VIGIL_ENFORCE_LINUX_HASH_QUEUE_H */
