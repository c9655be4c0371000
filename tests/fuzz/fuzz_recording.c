/* SPDX-License-Identifier: MIT */
/* Any bytes in the place of a recording's block, or of the whole file: replayed, made a tree,
 * a report and a trace, or indexed and queried, and never more than an error. The first byte
 * chooses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording/index.h"
#include "views/perfetto.h"
#include "views/report.h"
#include "views/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BLOCK 1 /* else the whole file */
#define VIEWS 2 /* while it is replayed */
#define QUERY 4 /* else it is replayed */
#define LARGE 8 /* the block is after one that is larger than they may be */

static char folder[] = "/dev/shm/vigil-fuzz-XXXXXX", path[64];

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

static void make_block(const uint8_t *data, size_t size, bool large)
{
	struct vigil_error error;
	sqlite3_stmt *insert;
	sqlite3 *db;

	unlink(path);
	if (store_open(&db, path, STORE_WRITE, &error) < 0 ||
	    sqlite3_prepare_v2(db, "INSERT INTO block VALUES (NULL, 1, 1, 1, 1, 1, 1, ?)", -1,
			       &insert, NULL) != SQLITE_OK)
		abort();
	if (large) {
		sqlite3_bind_zeroblob(insert, 1, STORE_BLOCK + 1);
		if (sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert) != SQLITE_OK)
			abort();
	}
	sqlite3_bind_blob(insert, 1, data, (int)size, SQLITE_STATIC);
	if (sqlite3_step(insert) != SQLITE_DONE)
		abort();
	sqlite3_finalize(insert);
	store_close(db);
}

static void make_file(const uint8_t *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(data, 1, size, f) != size)
		abort();
	fclose(f);
}

/* What the commands make of a recording's events. */
struct views {
	struct tree *tree;
	struct report *report;
	struct perfetto *perfetto;
	struct vigil_printer *printer;
	struct vigil_buffer trace;
};

static void open_views(struct views *views)
{
	struct vigil_printer_options json = { .size = sizeof(json), .format = VIGIL_FORMAT_JSON };

	*views = (struct views){
		tree_new(0, 0, 1000), report_new(), perfetto_new(), vigil_printer_new(&json), { 0 }
	};
	if (!views->tree || !views->report || !views->perfetto || !views->printer ||
	    !perfetto_begin(views->perfetto, &views->trace))
		abort();
}

static void show(struct views *views, const struct vigil_event *event)
{
	size_t length;

	if (tree_apply(views->tree, event) < 0 || !report_apply(views->report, event) ||
	    !perfetto_event(views->perfetto, event, &views->trace) ||
	    !vigil_print(views->printer, event, &length))
		abort();
	views->trace.length = 0;
}

static enum vigil_code drop_page(void *context, const char *data, size_t length)
{
	(void)context;
	(void)data;
	(void)length;
	return VIGIL_OK;
}

static void close_views(struct views *views)
{
	if (!perfetto_end(views->perfetto, &views->trace) ||
	    report_write(views->report, "fuzz", drop_page, NULL) < 0)
		abort();
	tree_free(views->tree);
	report_free(views->report);
	perfetto_free(views->perfetto);
	vigil_printer_free(views->printer);
	vigil_buffer_free(&views->trace);
}

static void replay(bool with_views)
{
	struct vigil_options options = { .size = sizeof(options), .types = VIGIL_TYPE_ALL };
	const struct vigil_event *event;
	struct views views = { 0 };
	struct vigil *v;
	int got, failures = 0;

	if (vigil_open_file(&v, path, &options, NULL) < 0)
		return;
	if (with_views)
		open_views(&views);
	while ((got = vigil_next(v, &event, 0)) != 0 && failures < 100000) {
		failures += got < 0;
		if (got > 0 && with_views)
			show(&views, event);
	}
	vigil_get_statistics(v);
	if (got != 0 || !vigil_at_end(v) || vigil_fd(v) >= 0 ||
	    strcmp(vigil_backend(v), "recording") != 0)
		abort();
	if (with_views)
		close_views(&views);
	vigil_close(v);
}

static void index_and_query(void)
{
	struct vigil_error error;
	static const char *const tables[] = { "processes", "programs", "threads", "images",
					      "denials",   "alerts",   "losses",  "recordings" };
	char sql[64];
	sqlite3 *db;
	int64_t count;

	if (index_file(path, false, NULL, NULL, &error) < 0 && !*error.text)
		abort();
	if (store_open(&db, path, STORE_READ, NULL) < 0)
		return;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
		store_run(db, sql, NULL, 0, &count);
	}
	store_close(db);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!*path) {
		if (!mkdtemp(folder))
			abort();
		snprintf(path, sizeof(path), "%s/recording", folder);
		atexit(remove_folder);
	}
	if (!size)
		return 0;
	if (*data & BLOCK)
		make_block(data + 1, size - 1, *data & LARGE);
	else
		make_file(data + 1, size - 1);
	if (*data & QUERY)
		index_and_query();
	else
		replay(*data & VIEWS);
	return 0;
}
