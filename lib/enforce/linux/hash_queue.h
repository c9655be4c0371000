/* SPDX-License-Identifier: MIT */
/*
 * hash_queue.h - starts that wait for the hash of their program's content.
 *
 * A helper process reads the file; the responder goes on meanwhile. A hash is remembered
 * with the state of the file that it was read in, so a program is read once, and again when
 * it has changed. Where it is not known within HASH_PATIENCE_MS, or the file is larger than
 * HASH_BYTES_MAX, it stays unknown.
 *
 * All of it is the responder's, but for hash_queue_open.
 */
#ifndef VIGIL_ENFORCE_LINUX_HASH_QUEUE_H
#define VIGIL_ENFORCE_LINUX_HASH_QUEUE_H

#include "enforce/linux/fanotify_group.h"

#define HASH_PATIENCE_MS 2000
#define HASH_BYTES_MAX   (256u << 20)
#define HASH_WAITING_MAX 256u
#define HASH_KNOWN_MAX   4096u

/* A state of a file. */
struct hash_key {
	uint64_t device, inode, size, changed, modified; /* ns since 1970 */
};

struct hash_waiting {
	struct post *post; /* held */
	int fd;            /* of the event */
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

/* For epoll: readable when hash_queue_next may have something. */
int hash_queue_fd(const struct hash_queue *queue);
unsigned hash_queue_waiting(const struct hash_queue *queue,
			    const struct post *post); /* NULL: all */

/* The state of an event's file. False: unknown. */
bool hash_queue_key(int fd, struct hash_key *key);

/* RULES_HASH_BYTES, until the next hash_queue_next; NULL: not known yet. */
const uint8_t *hash_queue_find(struct hash_queue *queue, const struct hash_key *key);

/* Has the file read. False: too many wait, or it is too large. */
bool hash_queue_add(struct hash_queue *queue, struct post *post, int fd, uint32_t tid,
		    const struct hash_key *key);

/* Has it read again, because it has changed since. False: it has waited for long enough. */
bool hash_queue_add_again(struct hash_queue *queue, const struct hash_waiting *waiting,
			  const struct hash_key *key);

/* One that is to be judged now: its hash is known, or will not be in time; hurry: a post for
 * which none is waited for any longer. The caller then has its descriptor and its post. */
bool hash_queue_next(struct hash_queue *queue, const struct post *hurry, struct hash_waiting *out);

/* Something to be reported of the helpers. */
bool hash_queue_news(struct hash_queue *queue, char *text, size_t size);

#endif /* VIGIL_ENFORCE_LINUX_HASH_QUEUE_H */
