/* SPDX-License-Identifier: MIT */
#include "recording/checkpoint.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "core/error.h"
#include "os/os.h"
#include "recording/schema.h"

#define SYNC_MS 1000

/* Of the log, in pages. A checkpoint beside a busy writer brings most of the log
 * into the database, and seldom all: the log begins anew only after all of it. From
 * LOG_LONG on the writer is held for the rest, where that is little; a disk that is slow
 * may let the log grow to LOG_MAX, from where on all is better than none. */
#define LOG_STEP (STORE_LOG_PAGES / 4)
#define LOG_LONG (STORE_LOG_PAGES * 4)
#define LOG_MAX  (STORE_LOG_PAGES * 32)

/* https://www.sqlite.org/fileformat.html#the_write_ahead_log */
#define LOG_HEADER   32
#define FRAME_HEADER 24

struct checkpointer {
	sqlite3 *db, *writer;
	struct os_thread thread;
	pthread_mutex_t mutex;
	pthread_cond_t work, change;
	/* Under the lock: */
	int pages, due; /* in the log; of which a checkpoint is due */
	bool dirty;     /* something was committed since the last sync began */
	bool whole;     /* the log is in the database: it begins anew */
	bool writes, holds, stop;
	uint64_t asked, answered; /* calls of checkpoint_now */
	int code;                 /* of the last sync */
};

/* ---- its own thread ---- */

/* What every commit so far has written. Through a handle of its own: another thread
 * uses the writer's. */
static int sync_log(struct checkpointer *c)
{
	sqlite3_file *log = NULL;
	int code = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);

	if (code == SQLITE_OK && log && log->pMethods)
		code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return code;
}

static void hold(struct checkpointer *c)
{
	pthread_mutex_lock(&c->mutex);
	c->holds = true;
	while (c->writes)
		pthread_cond_wait(&c->change, &c->mutex);
	pthread_mutex_unlock(&c->mutex);
}

/* Pages of the log that are not in the database then. What fails is done the next time:
 * the log has it meanwhile. */
static int checkpoint(struct checkpointer *c, bool held)
{
	int in_log = -1, done = -1;

	if (held)
		hold(c);
	sqlite3_wal_checkpoint_v2(c->db, "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &done);
	pthread_mutex_lock(&c->mutex);
	if (in_log < c->pages) /* what was written meanwhile */
		in_log = c->pages;
	/* What a reader, or the writer, was in the way of, and what comes, if the next commit
	 * does not begin the log anew. */
	c->due = in_log + LOG_STEP;
	c->whole = done == in_log;
	c->holds = false;
	pthread_cond_broadcast(&c->change);
	pthread_mutex_unlock(&c->mutex);
	return in_log - (done < 0 ? 0 : done);
}

static void shorten_log(struct checkpointer *c, int pages)
{
	int left = checkpoint(c, false);

	if (left > 0 && (pages >= LOG_MAX || (pages >= LOG_LONG && left <= 2 * LOG_STEP)))
		checkpoint(c, true);
}

static bool is_wanted(const struct checkpointer *c)
{
	return c->stop || c->asked != c->answered || c->pages >= c->due;
}

/* A second from the first commit on that is not on the disk. */
static void wait_a_second(struct checkpointer *c)
{
	struct timespec then;
	int code = 0;

	while (!c->dirty && c->code == SQLITE_OK && !is_wanted(c))
		pthread_cond_wait(&c->work, &c->mutex);
	then = os_wall_after(SYNC_MS);
	while (code == 0 && !is_wanted(c))
		code = pthread_cond_timedwait(&c->work, &c->mutex, &then);
}

static void checkpoint_loop(void *context)
{
	struct checkpointer *c = context;

	os_keep_file_privileges();
	pthread_mutex_lock(&c->mutex);
	while (!c->stop) {
		uint64_t asked;
		bool dirty, due;
		int code = SQLITE_OK, pages;

		wait_a_second(c);
		asked = c->asked;
		dirty = c->dirty || c->code != SQLITE_OK;
		pages = c->pages;
		due = pages >= c->due;
		c->dirty = false;
		pthread_mutex_unlock(&c->mutex);
		if (dirty)
			code = sync_log(c);
		if (due)
			shorten_log(c, pages);
		pthread_mutex_lock(&c->mutex);
		c->code = code;
		c->answered = asked;
		pthread_cond_broadcast(&c->change);
	}
	pthread_mutex_unlock(&c->mutex);
}

/* ---- the writer's ---- */

/* SQLite calls it after each commit of the writer. */
static int committed(void *context, sqlite3 *db, const char *name, int pages)
{
	struct checkpointer *c = context;

	(void)db;
	(void)name;
	pthread_mutex_lock(&c->mutex);
	if (pages < c->pages) /* it has begun anew */
		c->due = STORE_LOG_PAGES;
	c->pages = pages;
	c->whole = false;
	if (!c->dirty || pages >= c->due)
		pthread_cond_signal(&c->work);
	c->dirty = true;
	pthread_mutex_unlock(&c->mutex);
	return SQLITE_OK;
}

void checkpoint_enter(struct checkpointer *c)
{
	pthread_mutex_lock(&c->mutex);
	while (c->holds)
		pthread_cond_wait(&c->change, &c->mutex);
	c->writes = true;
	pthread_mutex_unlock(&c->mutex);
}

void checkpoint_leave(struct checkpointer *c)
{
	pthread_mutex_lock(&c->mutex);
	c->writes = false;
	if (c->holds)
		pthread_cond_broadcast(&c->change);
	pthread_mutex_unlock(&c->mutex);
}

uint64_t checkpoint_log_end(struct checkpointer *c)
{
	uint64_t pages;

	pthread_mutex_lock(&c->mutex);
	pages = c->whole ? 0 : (uint64_t)c->pages;
	pthread_mutex_unlock(&c->mutex);
	return LOG_HEADER + pages * (STORE_PAGE + FRAME_HEADER);
}

int checkpoint_now(struct checkpointer *c)
{
	uint64_t mine;
	int code;

	pthread_mutex_lock(&c->mutex);
	mine = ++c->asked;
	pthread_cond_signal(&c->work);
	while (c->answered < mine)
		pthread_cond_wait(&c->change, &c->mutex);
	code = c->code;
	pthread_mutex_unlock(&c->mutex);
	return code;
}

static void free_all(struct checkpointer *c)
{
	sqlite3_close(c->db);
	pthread_cond_destroy(&c->change);
	pthread_cond_destroy(&c->work);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}

enum vigil_code checkpoint_begin(struct checkpointer **out, sqlite3 *db, const char *path,
				 unsigned mode, bool realtime, struct vigil_error *error)
{
	struct checkpointer *c = calloc(1, sizeof *c);
	enum vigil_code code;

	*out = NULL;
	if (!c)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	c->writer = db;
	c->due = STORE_LOG_PAGES;
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->work, NULL);
	pthread_cond_init(&c->change, NULL);
	code = store_open(&c->db, path, mode, error);
	/* The writer may have to wait for this thread: it has the same priority. */
	if (code == VIGIL_OK &&
	    os_thread_start(&c->thread, "vigil-sync",
			    realtime ? OS_PRIORITY_REALTIME : OS_PRIORITY_NORMAL, checkpoint_loop,
			    c) != 0)
		code = vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot start a thread");
	if (code < 0) {
		free_all(c);
		return code;
	}
	sqlite3_wal_hook(db, committed, c); /* instead of checkpoints of its own */
	*out = c;
	return VIGIL_OK;
}

void checkpoint_end(struct checkpointer *c)
{
	if (!c)
		return;
	sqlite3_wal_hook(c->writer, NULL, NULL);
	pthread_mutex_lock(&c->mutex);
	c->stop = true;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->mutex);
	os_thread_join(&c->thread);
	free_all(c);
}
