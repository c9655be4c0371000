/* SPDX-License-Identifier: MIT */
#include "enforce/linux/exec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/openat2.h>

#ifndef RESOLVE_CACHED /* Linux 5.12 */
#define RESOLVE_CACHED 0x20
#endif
#define HANDLE_BYTES 128 /* MAX_HANDLE_SZ */
#define TRIES        8   /* a lookup in the cache also fails if a rename happens meanwhile */

static const char deleted[] = " (deleted)";
#define DELETED_LENGTH (sizeof(deleted) - 1)

/* ---- identity ---- */

bool exec_file_stat(int fd, struct statx *st)
{
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		     STATX_INO | STATX_NLINK | STATX_UID | STATX_MODE, st) == 0;
}

struct rules_file exec_file_of(const struct statx *st)
{
	return (struct rules_file){ makedev(st->stx_dev_major, st->stx_dev_minor), st->stx_ino };
}

static bool is_same_file(struct rules_file a, struct rules_file b)
{
	return a.inode && a.inode == b.inode && a.device == b.device;
}

/* ---- names ---- */

int exec_file_open_cached(const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
				.resolve = RESOLVE_CACHED | RESOLVE_NO_SYMLINKS };
	int fd = -1;

	for (int i = 0; i < TRIES && fd < 0; i++) {
		fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
		if (fd < 0 && errno != EAGAIN)
			break;
	}
	return fd;
}

bool exec_file_is_at(const char *path, struct rules_file file)
{
	int fd = exec_file_open_cached(path, O_PATH | O_NOFOLLOW);
	struct statx st;
	bool same;

	if (fd < 0)
		return errno == EINVAL || errno == ENOSYS;
	same = exec_file_stat(fd, &st) && is_same_file(exec_file_of(&st), file);
	close(fd);
	return same;
}

/* Reads the path of a descriptor. False: it is too long, or is not absolute. */
static bool read_fd_path(int fd, char to[EXEC_PATH_SIZE])
{
	char link[48];
	ssize_t length;

	/* Not /proc/self: this thread has a separate descriptor table. */
	snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", fd);
	length = readlink(link, to, EXEC_PATH_SIZE - 1);
	if (length <= 0 || to[0] != '/')
		return false;
	to[length] = '\0';
	return true;
}

static bool ends_as_deleted(const char *path)
{
	size_t length = strlen(path);

	return length > DELETED_LENGTH && strcmp(path + length - DELETED_LENGTH, deleted) == 0;
}

/* Reads the path of the file in this process's mount namespace: opens it again, by its handle,
 * through one of our mounts. Its inode is in memory, so the disk is not read. */
static bool read_own_name(const struct exec_mount *mount, int fd, struct rules_file file,
			  char to[EXEC_PATH_SIZE])
{
	union {
		struct file_handle handle;
		char space[sizeof(struct file_handle) + HANDLE_BYTES];
	} h;
	int mount_id, root, again;
	struct statx st;
	bool known;

	h.handle.handle_bytes = HANDLE_BYTES;
	if (name_to_handle_at(fd, "", &h.handle, &mount_id, AT_EMPTY_PATH) < 0)
		return false;
	root = exec_file_open_cached(mount->point, O_RDONLY | O_DIRECTORY);
	if (root < 0)
		return false;
	again = open_by_handle_at(root, &h.handle, O_PATH | O_CLOEXEC);
	close(root);
	if (again < 0)
		return false;
	known = exec_file_stat(again, &st) && is_same_file(exec_file_of(&st), file) &&
		read_fd_path(again, to);
	close(again);
	return known;
}

static const struct exec_mount *mount_of(const struct exec_mounts *mounts, uint64_t device)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->mount[i].device == device)
			return &mounts->mount[i];
	return NULL;
}

/* Handles a reported name that ends in " (deleted)". If the file has no link left (gone), the
 * kernel added that; else either form may be its name. */
static void strip_deleted(struct exec_file *f, bool gone)
{
	size_t length = strlen(f->reported) - DELETED_LENGTH;

	if (gone) {
		f->reported[length] = '\0';
		return;
	}
	memcpy(f->stripped, f->reported, length);
	f->stripped[length] = '\0';
	f->also[1] = f->stripped;
}

void exec_file_locate(const struct exec_mounts *mounts, int fd, struct exec_file *f)
{
	const struct exec_mount *mount;
	bool reported = read_fd_path(fd, f->reported), known;
	struct statx st;

	f->file = (struct rules_file){ 0 };
	f->path = f->also[0] = f->also[1] = NULL;
	known = exec_file_stat(fd, &st);
	if (known)
		f->file = exec_file_of(&st);
	if (reported && known && exec_file_is_at(f->reported, f->file)) {
		f->path = f->reported;
		return;
	}
	if (reported) {
		f->also[0] = f->reported;
		if (ends_as_deleted(f->reported))
			strip_deleted(f, known && st.stx_nlink == 0);
	}
	mount = known ? mount_of(mounts, f->file.device) : NULL;
	if (mount && st.stx_nlink > 0 && read_own_name(mount, fd, f->file, f->own) &&
	    !ends_as_deleted(f->own))
		f->path = f->own;
}

/* ---- mounts ---- */

bool exec_mounts_add(struct exec_mounts *mounts, const char *point)
{
	struct statx st;

	if (statx(AT_FDCWD, point, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
		  STATX_INO, &st) < 0 ||
	    mount_of(mounts, exec_file_of(&st).device))
		return true;
	if (mounts->count == mounts->capacity) {
		size_t capacity = mounts->capacity ? 2 * mounts->capacity : 16;
		struct exec_mount *larger = realloc(mounts->mount, capacity * sizeof(*larger));

		if (!larger)
			return false;
		mounts->mount = larger;
		mounts->capacity = capacity;
	}
	mounts->mount[mounts->count].device = exec_file_of(&st).device;
	mounts->mount[mounts->count].point = strdup(point);
	return mounts->mount[mounts->count++].point;
}

void exec_mounts_free(struct exec_mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++)
		free(mounts->mount[i].point);
	free(mounts->mount);
	*mounts = (struct exec_mounts){ 0 };
}
