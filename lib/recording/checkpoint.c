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

/* Lengths of the log, in pages. While the writer is busy, a checkpoint copies most of the log
 * into the database, but rarely all of it, and the log restarts only after all was copied. From
 * LOG_LONG on the writer is held for the rest, if that is small. On a slow disk the log can grow
 * to LOG_MAX; then the writer is held in any case. */
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
	/* Protected by the mutex: */
	int pages, due; /* length of the log; the length at which a checkpoint is due */
	bool dirty;     /* a commit was made since the last sync began */
	bool whole;     /* all of the log is in the database: the log restarts */
	bool writes, holds, stop;
	uint64_t asked, answered; /* calls of checkpoint_now() */
	int code;                 /* of the last sync */
};

/* ---- the checkpointer's thread ---- */

/* Flushes the log. Uses the file handle of this thread's connection, because another thread
 * uses the writer's. */
static int sync_log(struct checkpointer *c)
{
	sqlite3_file *log = NULL;
	int code = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);

	if (code == SQLITE_OK && log && log->pMethods)
		code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return code;
}

static void hold_writer(struct checkpointer *c)
{
	pthread_mutex_lock(&c->mutex);
	c->holds = true;
	while (c->writes)
		pthread_cond_wait(&c->change, &c->mutex);
	pthread_mutex_unlock(&c->mutex);
}

/* Copies the log into the database. Returns the pages that are not in the database afterwards.
 * What fails is repeated the next time, and is still in the log. */
static int copy_log(struct checkpointer *c, bool held)
{
	int in_log = -1, done = -1;

	if (held)
		hold_writer(c);
	sqlite3_wal_checkpoint_v2(c->db, "main", SQLITE_CHECKPOINT_PASSIVE, &in_log, &done);
	pthread_mutex_lock(&c->mutex);
	if (in_log < c->pages) /* pages were written meanwhile */
		in_log = c->pages;
	/* For the pages that a reader or the writer kept from being copied, and for the next
	 * ones, if the next commit does not restart the log. */
	c->due = in_log + LOG_STEP;
	c->whole = done == in_log;
	c->holds = false;
	pthread_cond_broadcast(&c->change);
	pthread_mutex_unlock(&c->mutex);
	return in_log - (done < 0 ? 0 : done);
}

static void shorten_log(struct checkpointer *c, int pages)
{
	int left = copy_log(c, false);

	if (left > 0 && (pages >= LOG_MAX || (pages >= LOG_LONG && left <= 2 * LOG_STEP)))
		copy_log(c, true);
}

static bool has_work(const struct checkpointer *c)
{
	return c->stop || c->asked != c->answered || c->pages >= c->due;
}

/* Waits until SYNC_MS after the first commit that is not on the disk, or for other work. */
static void wait_until_due(struct checkpointer *c)
{
	struct timespec then;
	int code = 0;

	while (!c->dirty && c->code == SQLITE_OK && !has_work(c))
		pthread_cond_wait(&c->work, &c->mutex);
	then = os_wall_after(SYNC_MS);
	while (code == 0 && !has_work(c))
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

		wait_until_due(c);
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

/* ---- the writer's thread ---- */

/* SQLite calls this after each commit of the writer. */
static int note_commit(void *context, sqlite3 *db, const char *name, int pages)
{
	struct checkpointer *c = context;

	(void)db;
	(void)name;
	pthread_mutex_lock(&c->mutex);
	if (pages < c->pages) /* the log has restarted */
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

static void free_checkpointer(struct checkpointer *c)
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
	struct checkpointer *c = calloc(1, sizeof(*c));
	enum vigil_code code;

	*out = NULL;
	if (!c)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the recording");
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
		free_checkpointer(c);
		return code;
	}
	sqlite3_wal_hook(db, note_commit, c); /* replaces SQLite's automatic checkpoints */
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
	free_checkpointer(c);
}
