/* SPDX-License-Identifier: MIT */
/*
 * exec_file.h - the identity and the path of the file of an exec.
 *
 * The kernel reports a path as seen through the mounts of the caller, which can create a mount
 * namespace and so give a file any name. A reported path is trusted if the same file has that
 * path in the mount namespace of this process. Otherwise the file is opened by its handle
 * through a mount of this process, and named by that.
 *
 * No function waits: paths are only looked up in the kernel's cache.
 */
#ifndef VIGIL_ENFORCE_LINUX_EXEC_FILE_H
#define VIGIL_ENFORCE_LINUX_EXEC_FILE_H

#include <sys/stat.h>

#include "rules/set.h"

#define EXEC_PATH_SIZE 4608 /* PATH_MAX and what d_path adds, with the NUL */

/* A mount of a whole local file system. */
struct exec_mount {
	uint64_t device;
	char *point;
};

struct exec_mounts {
	struct exec_mount *mount;
	size_t count, capacity;
};

struct exec_file {
	struct rules_file file; /* inode 0: unknown */
	const char *path;       /* in this process's mount namespace; NULL: unknown */
	/* Other names, which the caller may have chosen; the first NULL ends the list. */
	const char *also[RULES_ALSO_MAX];
	char reported[EXEC_PATH_SIZE], stripped[EXEC_PATH_SIZE], own[EXEC_PATH_SIZE];
};

/* Adds a mount from mountinfo; the point is copied. Only for local file systems, because it
 * reads their root. Returns false if memory is exhausted. */
bool exec_mounts_add(struct exec_mounts *mounts, const char *point);
void exec_mounts_free(struct exec_mounts *mounts);

/* Identifies and names the file of a descriptor. Unknown members are NULL or 0. The pointers in
 * *out point into *out. */
void exec_file_locate(const struct exec_mounts *mounts, int fd, struct exec_file *out);

/* Reads metadata that the kernel has cached, without a request to a file server. */
bool exec_file_stat(int fd, struct statx *st);
struct rules_file exec_file_of(const struct statx *st);

/* Whether path names this file in the mount namespace of this process. Also true if that cannot
 * be checked without waiting (before Linux 5.12). */
bool exec_file_is_at(const char *path, struct rules_file file);

/* openat2() that only looks in the kernel's cache. Returns -1 if the file does not exist or is
 * not cached. */
int exec_file_open_cached(const char *path, int flags);

#endif /* VIGIL_ENFORCE_LINUX_EXEC_FILE_H */
