/* SPDX-License-Identifier: MIT */
#include "enforce/linux/hash_queue.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "core/error.h"
#include "core/lru.h"
#include "inspect/inspect.h"
#include "os/os.h"

struct hash_queue {
	struct inspect *inspect;
	struct lru *known; /* from hash_key to hash */
	unsigned count;
	struct hash_waiting waiting[HASH_WAITING_MAX];
};

enum vigil_code hash_queue_open(struct hash_queue **out, struct vigil_error *error)
{
	struct hash_queue *q = calloc(1, sizeof(*q));
	enum vigil_code code;

	*out = NULL;
	if (q)
		q->known = lru_open(sizeof(struct hash_key), RULES_HASH_BYTES, HASH_KNOWN_MAX);
	if (!q || !q->known) {
		free(q);
		return vigil_fail(error, VIGIL_ERROR_MEMORY,
				  "no memory for the hashes of programs");
	}
	code = inspect_open(&q->inspect, INSPECT_CLASS(INSPECT_HASHES), error);
	if (code < 0) {
		lru_close(q->known);
		free(q);
		return code;
	}
	*out = q;
	return VIGIL_OK;
}

void hash_queue_close(struct hash_queue *q)
{
	if (!q)
		return;
	inspect_close(q->inspect);
	lru_close(q->known);
	free(q);
}

int hash_queue_fd(const struct hash_queue *q)
{
	return inspect_fd(q->inspect);
}

unsigned hash_queue_waiting(const struct hash_queue *q, const struct fanotify_group *group)
{
	unsigned count = 0;

	for (unsigned i = 0; q && i < q->count; i++)
		count += !group || q->waiting[i].group == group;
	return count;
}

static uint64_t statx_ns(const struct statx_timestamp *time)
{
	return (uint64_t)time->tv_sec * 1000000000ull + time->tv_nsec;
}

bool hash_queue_key(int fd, struct hash_key *key)
{
	const unsigned wanted = STATX_INO | STATX_SIZE | STATX_CTIME | STATX_MTIME;
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, wanted, &st) < 0 ||
	    (st.stx_mask & wanted) != wanted)
		return false;
	*key = (struct hash_key){ makedev(st.stx_dev_major, st.stx_dev_minor), st.stx_ino,
				  st.stx_size, statx_ns(&st.stx_ctime), statx_ns(&st.stx_mtime) };
	return true;
}

const uint8_t *hash_queue_find(struct hash_queue *q, const struct hash_key *key)
{
	return lru_find(q->known, key);
}

/* Sends requests for the files that are not being read yet, until no helper is free. */
static void ask_hash_helpers(struct hash_queue *q)
{
	for (unsigned i = 0; i < q->count; i++) {
		struct hash_waiting *w = &q->waiting[i];
		struct inspect_request request = {
			.what = INSPECT_SHA256,
			.device = (uint64_t)major(w->key.device) << 20 | minor(w->key.device),
			.inode = w->key.inode,
			.bytes_max = HASH_BYTES_MAX,
		};
		enum inspect_asked asked;

		if (w->asked || w->done)
			continue;
		asked = inspect_ask(q->inspect, &request, w->fd, &w->ticket);
		if (asked == INSPECT_BUSY)
			return;
		w->asked = asked == INSPECT_ASKED;
		w->done = asked == INSPECT_REFUSED;
	}
}

bool hash_queue_add(struct hash_queue *q, struct fanotify_group *group, int fd, uint32_t tid,
		    const struct hash_key *key)
{
	if (q->count == HASH_WAITING_MAX || key->size > HASH_BYTES_MAX)
		return false;
	fanotify_group_acquire(group);
	q->waiting[q->count++] = (struct hash_waiting){
		.group = group, .fd = fd, .tid = tid, .key = *key, .since = os_now_ms()
	};
	ask_hash_helpers(q);
	return true;
}

bool hash_queue_add_again(struct hash_queue *q, const struct hash_waiting *waiting,
			  const struct hash_key *key)
{
	if (os_now_ms() - waiting->since >= HASH_PATIENCE_MS ||
	    !hash_queue_add(q, waiting->group, waiting->fd, waiting->tid, key))
		return false;
	q->waiting[q->count - 1].since = waiting->since;
	return true;
}

static void store_hash_answer(struct hash_queue *q, const struct inspect_answer *answer)
{
	struct hash_key key = { answer->file.device, answer->file.inode, answer->file.size,
				answer->file.changed, answer->file.modified };
	bool known = answer->known & INSPECT_SHA256;

	if (known && answer->settled && !lru_find(q->known, &key))
		lru_add(q->known, &key, answer->sha256);
	for (unsigned i = 0; i < q->count; i++) {
		struct hash_waiting *w = &q->waiting[i];
		bool same = memcmp(&w->key, &key, sizeof(key)) == 0;

		/* Several execs may wait for the same file. */
		if (w->done || !((w->asked && w->ticket == answer->ticket) || (known && same)))
			continue;
		w->done = true;
		w->known = known && same;
		memcpy(w->hash, answer->sha256, RULES_HASH_BYTES);
	}
}

bool hash_queue_next(struct hash_queue *q, const struct fanotify_group *hurry,
		     struct hash_waiting *out)
{
	const struct inspect_answer *answer;
	int64_t now = os_now_ms();

	while ((answer = inspect_next(q->inspect)) != NULL)
		store_hash_answer(q, answer);
	ask_hash_helpers(q);
	for (unsigned i = 0; i < q->count; i++) {
		struct hash_waiting *w = &q->waiting[i];

		if (!w->done && now - w->since < HASH_PATIENCE_MS && (!hurry || w->group != hurry))
			continue;
		*out = *w;
		memmove(w, w + 1, (--q->count - i) * sizeof(*w));
		return true;
	}
	return false;
}

bool hash_queue_news(struct hash_queue *q, char *text, size_t size)
{
	return inspect_news(q->inspect, text, size);
}
