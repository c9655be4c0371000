/* SPDX-License-Identifier: MIT */
#include "recording/forgetful.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make_event.h"

#define SECTOR 512

/* A write or truncation that was not flushed. */
struct change {
	struct change *next;
	size_t at, length;
	bool truncates; /* to `at` */
	uint8_t data[];
};

/* The flushed content of a file. */
struct content {
	uint8_t *data;
	size_t length;
};

static struct disk {
	struct content flushed;
	struct change *first, **last;
} disks[2]; /* database, log */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char prefix[128];
static sqlite3_vfs vfs, *base;

struct file {
	sqlite3_file file;
	struct disk *disk;
	sqlite3_file *real; /* of the default VFS */
};

/* ---- the disk ---- */

static void set_length(struct content *content, size_t length)
{
	content->data = realloc(content->data, length + 1);
	assert_non_null(content->data);
	if (length > content->length)
		memset(content->data + content->length, 0, length - content->length);
	content->length = length;
}

static void apply_change(struct content *content, const struct change *change, size_t from,
			 size_t to)
{
	if (change->truncates) {
		set_length(content, change->at);
		return;
	}
	if (change->at + to > content->length)
		set_length(content, change->at + to);
	memcpy(content->data + change->at + from, change->data + from, to - from);
}

static void drop_changes(struct disk *disk)
{
	struct change *change, *next;

	for (change = disk->first; change; change = next) {
		next = change->next;
		free(change);
	}
	disk->first = NULL;
	disk->last = &disk->first;
}

static void add_change(struct disk *disk, size_t at, const void *data, size_t length,
		       bool truncates)
{
	struct change *change = malloc(sizeof(*change) + length);

	assert_non_null(change);
	change->next = NULL;
	change->at = at;
	change->length = length;
	change->truncates = truncates;
	if (length)
		memcpy(change->data, data, length);
	*disk->last = change;
	disk->last = &change->next;
}

/* Writes the flushed content, and of each change all, nothing, or the sectors before or after a
 * random one. */
static void write_remains(struct disk *disk, const char *path, uint64_t *seed)
{
	struct content left = { 0 };
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	set_length(&left, disk->flushed.length);
	memcpy(left.data, disk->flushed.data, left.length);
	for (const struct change *c = disk->first; c; c = c->next) {
		size_t cut = make_random(seed) % (c->length + 1) / SECTOR * SECTOR;

		switch (make_random(seed) % 8) {
		case 0:
			break;
		case 1:
			apply_change(&left, c, 0, cut);
			break;
		case 2:
			apply_change(&left, c, cut, c->length);
			break;
		default:
			apply_change(&left, c, 0, c->length);
		}
	}
	assert_int_equal(fwrite(left.data, 1, left.length, f), left.length);
	fclose(f);
	free(left.data);
}

void forgetful_cut(const char *copy, uint64_t seed, void (*before)(void))
{
	char log[256];

	snprintf(log, sizeof(log), "%s-wal", copy);
	pthread_mutex_lock(&mutex);
	before();
	write_remains(&disks[0], copy, &seed);
	write_remains(&disks[1], log, &seed);
	pthread_mutex_unlock(&mutex);
}

/* ---- functions that SQLite calls ---- */

static sqlite3_file *real(sqlite3_file *file)
{
	return ((struct file *)file)->real;
}

static int on_close(sqlite3_file *file)
{
	return real(file)->pMethods->xClose(real(file));
}

static int on_read(sqlite3_file *file, void *to, int length, sqlite3_int64 at)
{
	return real(file)->pMethods->xRead(real(file), to, length, at);
}

static int on_write(sqlite3_file *file, const void *data, int length, sqlite3_int64 at)
{
	int code;

	pthread_mutex_lock(&mutex);
	code = real(file)->pMethods->xWrite(real(file), data, length, at);
	add_change(((struct file *)file)->disk, (size_t)at, data, (size_t)length, false);
	pthread_mutex_unlock(&mutex);
	return code;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int code;

	pthread_mutex_lock(&mutex);
	code = real(file)->pMethods->xTruncate(real(file), size);
	add_change(((struct file *)file)->disk, (size_t)size, NULL, 0, true);
	pthread_mutex_unlock(&mutex);
	return code;
}

static int on_sync(sqlite3_file *file, int flags)
{
	struct disk *disk = ((struct file *)file)->disk;

	(void)flags;
	pthread_mutex_lock(&mutex);
	for (const struct change *c = disk->first; c; c = c->next)
		apply_change(&disk->flushed, c, 0, c->length);
	drop_changes(disk);
	pthread_mutex_unlock(&mutex);
	return SQLITE_OK;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real(file)->pMethods->xFileSize(real(file), size);
}

static int on_lock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xLock(real(file), level);
}

static int on_unlock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xUnlock(real(file), level);
}

static int on_check(sqlite3_file *file, int *out)
{
	return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int on_control(sqlite3_file *file, int what, void *argument)
{
	return real(file)->pMethods->xFileControl(real(file), what, argument);
}

static int on_sector_size(sqlite3_file *file)
{
	return real(file)->pMethods->xSectorSize(real(file));
}

/* No guarantees, such as atomic writes. */
static int on_characteristics(sqlite3_file *file)
{
	(void)file;
	return 0;
}

static int on_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	return real(file)->pMethods->xShmMap(real(file), page, size, extend, out);
}

static int on_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void on_shm_barrier(sqlite3_file *file)
{
	real(file)->pMethods->xShmBarrier(real(file));
}

static int on_shm_unmap(sqlite3_file *file, int remove)
{
	return real(file)->pMethods->xShmUnmap(real(file), remove);
}

static const sqlite3_io_methods METHODS = {
	.iVersion = 2,
	.xClose = on_close,
	.xRead = on_read,
	.xWrite = on_write,
	.xTruncate = on_truncate,
	.xSync = on_sync,
	.xFileSize = on_size,
	.xLock = on_lock,
	.xUnlock = on_unlock,
	.xCheckReservedLock = on_check,
	.xFileControl = on_control,
	.xSectorSize = on_sector_size,
	.xDeviceCharacteristics = on_characteristics,
	.xShmMap = on_shm_map,
	.xShmLock = on_shm_lock,
	.xShmBarrier = on_shm_barrier,
	.xShmUnmap = on_shm_unmap,
};

static int on_open(sqlite3_vfs *self, sqlite3_filename name, sqlite3_file *out, int flags,
		   int *flags_out)
{
	struct file *file = (struct file *)out;
	int code;

	(void)self;
	if (!name || strncmp(name, prefix, strlen(prefix)) != 0 ||
	    !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
		return base->xOpen(base, name, out, flags, flags_out);
	file->real = (sqlite3_file *)(file + 1);
	file->disk = &disks[flags & SQLITE_OPEN_WAL ? 1 : 0];
	code = base->xOpen(base, name, file->real, flags, flags_out);
	file->file.pMethods = file->real->pMethods ? &METHODS : NULL;
	return code;
}

void forgetful_begin(const char *path)
{
	snprintf(prefix, sizeof(prefix), "%s", path);
	drop_changes(&disks[0]);
	drop_changes(&disks[1]);
	sqlite3_initialize();
	base = sqlite3_vfs_find(NULL);
	vfs = *base;
	vfs.zName = "forgetful";
	vfs.szOsFile = base->szOsFile + (int)sizeof(struct file);
	vfs.xOpen = on_open;
	assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

void forgetful_end(void)
{
	sqlite3_vfs_unregister(&vfs);
	for (int i = 0; i < 2; i++) {
		drop_changes(&disks[i]);
		free(disks[i].flushed.data);
		disks[i].flushed = (struct content){ 0 };
	}
}
