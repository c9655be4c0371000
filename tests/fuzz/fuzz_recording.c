/* SPDX-License-Identifier: MIT */
/* Any bytes in the place of a recording's block, or of the whole file (the first byte
 * chooses): read, indexed, and never more than an error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/dev/shm/vigil-fuzz-XXXXXX", path[64];

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

static void make_block(const uint8_t *data, size_t size)
{
	struct vigil_error error;
	sqlite3_stmt *insert;
	sqlite3 *db;

	unlink(path);
	if (store_open(&db, path, STORE_WRITE, &error) < 0 ||
	    sqlite3_prepare_v2(db, "INSERT INTO block VALUES (NULL, 1, 1, 1, 1, 1, 1, ?)", -1,
			       &insert, NULL) != SQLITE_OK)
		abort();
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vigil_options options = { .size = sizeof options, .types = VIGIL_TYPE_ALL };
	const struct vigil_event *event;
	struct vigil_error error;
	struct vigil *v;
	int got, failures = 0;

	if (!*path) {
		if (!mkdtemp(folder))
			abort();
		snprintf(path, sizeof path, "%s/recording", folder);
		atexit(remove_folder);
	}
	if (!size)
		return 0;
	if (*data & 1)
		make_block(data + 1, size - 1);
	else
		make_file(data + 1, size - 1);
	if (vigil_open_file(&v, path, &options, &error) < 0)
		return 0;
	while ((got = vigil_next(v, &event, 0)) != 0 && failures < 100000)
		failures += got < 0;
	if (got != 0 || !vigil_at_end(v))
		abort();
	vigil_close(v);
	if (index_file(path, false, NULL, NULL, &error) < 0 && !*error.text)
		abort();
	return 0;
}
