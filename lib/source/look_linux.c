/* SPDX-License-Identifier: MIT */
#include "look.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <openssl/evp.h>

#include "lru.h"
#include "os.h"

#define CHUNK (256u << 10) /* bytes read at once */

/* A file's times step with the timer's tick, so a change may bear a time up to 10 ms
 * before it happened. A file whose last change is older than that by some moment will
 * bear another time when it is changed after that moment. */
#define TICK_NS 10000000u

/* A file with one content: another content, another key. */
struct key {
	uint64_t device, inode, size;
	struct timespec changed, modified;
};

struct look {
	uint64_t bytes_max;
	atomic_bool stop;
	struct lru *cache; /* key -> SHA-256 */
	EVP_MD_CTX *digest;
	uint8_t *chunk;
};

uint32_t look_can(void)
{
	return VIGIL_LOOK_HASH;
}

struct look *look_open(uint32_t what, uint64_t bytes_max, unsigned cache_max)
{
	struct look *look = calloc(1, sizeof *look);

	(void)what; /* there is but one thing to look for */
	if (!look)
		return NULL;
	look->bytes_max = bytes_max;
	look->cache = lru_open(sizeof(struct key), LOOK_HASH_BYTES, cache_max);
	look->digest = EVP_MD_CTX_new();
	look->chunk = malloc(CHUNK);
	if (look->cache && look->digest && look->chunk)
		return look;
	look_close(look);
	return NULL;
}

void look_close(struct look *look)
{
	if (!look)
		return;
	lru_close(look->cache);
	EVP_MD_CTX_free(look->digest);
	free(look->chunk);
	free(look);
}

void look_stop(struct look *look)
{
	atomic_store(&look->stop, true);
}

/* ---- which file systems may be asked ---- */

/* They answer when somebody else does: a server, a process. */
static bool is_remote(const char *type)
{
	static const char *const types[] = { "9p",       "afs",    "autofs", "beegfs", "ceph",
					     "cifs",     "coda",   "fuse",   "gfs",    "gluster",
					     "gpfs",     "lustre", "ncpfs",  "nfs",    "ocfs",
					     "orangefs", "smb" };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strncmp(type, types[i], strlen(types[i])) == 0)
			return true;
	return false;
}

enum locality {
	UNKNOWN,
	LOCAL,
	REMOTE
};

/* What a list of mounts says of a device: lines "36 35 98:0 ... - ext4 ...". */
static enum locality find_mount(const char *list, unsigned major, unsigned minor)
{
	enum locality found = UNKNOWN;
	FILE *f = fopen(list, "re");
	char *line = NULL;
	size_t room = 0;

	while (f && found == UNKNOWN && getline(&line, &room, f) > 0) {
		const char *type = strstr(line, " - ");
		unsigned a, b;

		if (type && sscanf(line, "%*u %*u %u:%u", &a, &b) == 2 && a == major && b == minor)
			found = is_remote(type + 3) ? REMOTE : LOCAL;
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

/* Before anything of it is opened. A file system that no list names is asked only if
 * it has a disk. */
static bool may_ask(const struct look_request *request)
{
	unsigned major = (unsigned)(request->device >> 20);
	unsigned minor = (unsigned)(request->device & 0xfffff);
	enum locality found;
	char list[64];

	if (request->in_memory)
		return true;
	found = find_mount("/proc/self/mountinfo", major, minor);
	if (found == UNKNOWN) {
		snprintf(list, sizeof list, "/proc/%u/mountinfo", request->pid);
		found = find_mount(list, major, minor);
	}
	return found == LOCAL || (found == UNKNOWN && major != 0);
}

/* ---- finding the file ---- */

/* On btrfs stat tells a device number of its own; the file was reached through the
 * process then, or its inode must do. */
static bool is_device(int fd, const struct stat *st, const struct look_request *request)
{
	struct statfs fs;

	if ((uint64_t)major(st->st_dev) << 20 == (request->device & ~0xfffffull) &&
	    minor(st->st_dev) == (request->device & 0xfffff))
		return true;
	return fstatfs(fd, &fs) == 0 && fs.f_type == BTRFS_SUPER_MAGIC;
}

static bool is_settled(const struct stat *st, uint64_t when)
{
	uint64_t changed =
	    (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec;

	return changed + TICK_NS <= when;
}

/* Opens a name without opening the file: nothing can block or be set off by that. */
static int open_same(const char *name, const struct look_request *request, struct stat *st)
{
	int fd = open(name, O_PATH | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_ino == request->inode &&
	    is_device(fd, st, request))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* By the process. While it runs the program cannot be written to; a library can. */
static int open_running(const struct look_request *request, struct stat *st)
{
	char name[96];

	if (request->runs)
		snprintf(name, sizeof name, "/proc/%u/exe", request->pid);
	else
		snprintf(name, sizeof name, "/proc/%u/map_files/%llx-%llx", request->pid,
			 (unsigned long long)request->base,
			 (unsigned long long)(request->base + request->size));
	return open_same(name, request, st);
}

/* By the path as the process sees it, then as we do. */
static int open_path(const struct look_request *request, struct stat *st)
{
	char name[64 + 4096];
	int fd;

	if (request->path[0] != '/')
		return -1;
	snprintf(name, sizeof name, "/proc/%u/root%s", request->pid, request->path);
	fd = open_same(name, request, st);
	return fd >= 0 ? fd : open_same(request->path, request, st);
}

/* Whether the process still runs the file: then nobody has written to it. */
static bool still_runs(const struct look_request *request)
{
	struct stat st;
	int fd = request->runs ? open_running(request, &st) : -1;

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* ---- reading it ---- */

static bool hash_file(struct look *look, int fd, uint8_t *out)
{
	unsigned length;
	ssize_t n;

	if (!EVP_DigestInit_ex(look->digest, EVP_sha256(), NULL))
		return false;
	while ((n = read(fd, look->chunk, CHUNK)) > 0)
		if (atomic_load(&look->stop) ||
		    !EVP_DigestUpdate(look->digest, look->chunk, (size_t)n))
			return false;
	return n == 0 && EVP_DigestFinal_ex(look->digest, out, &length);
}

static struct key key_of(const struct stat *st)
{
	struct key key;

	memset(&key, 0, sizeof key);
	key.device = st->st_dev;
	key.inode = st->st_ino;
	key.size = (uint64_t)st->st_size;
	key.changed = st->st_ctim;
	key.modified = st->st_mtim;
	return key;
}

/* What was found is the file; whoever writes to it meanwhile is noticed. */
static bool read_found(struct look *look, int found, const struct key *key,
		       struct look_result *result)
{
	struct key after;
	struct stat st;
	char name[64];
	bool whole;
	int fd;

	snprintf(name, sizeof name, "/proc/self/fd/%d", found);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	whole = hash_file(look, fd, result->sha256) && fstat(fd, &st) == 0;
	close(fd);
	if (!whole)
		return false;
	after = key_of(&st);
	return memcmp(&after, key, sizeof after) == 0;
}

/* The file as it was when it ran, or nothing: it was not changed since, or it could
 * not be. */
static void read_same(struct look *look, const struct look_request *request, int fd,
		      const struct stat *st, struct look_result *result)
{
	struct key key = key_of(st);
	const uint8_t *known = lru_find(look->cache, &key);
	bool settled = is_settled(st, os_wall_ns()), hashed = known != NULL;

	if (known)
		memcpy(result->sha256, known, LOOK_HASH_BYTES);
	else if (key.size <= look->bytes_max)
		hashed = read_found(look, fd, &key, result);
	if (hashed && !is_settled(st, request->time) && !still_runs(request))
		return;
	if (hashed && !known && settled)
		lru_add(look->cache, &key, result->sha256);
	if (hashed)
		result->known = VIGIL_LOOK_HASH;
}

void look_at(struct look *look, const struct look_request *request, struct look_result *result)
{
	struct stat st;
	int fd;

	result->known = 0;
	if (!request->inode || !may_ask(request))
		return;
	fd = open_running(request, &st);
	if (fd < 0)
		fd = open_path(request, &st);
	if (fd < 0)
		return;
	read_same(look, request, fd, &st, result);
	close(fd);
}
