/* SPDX-License-Identifier: MIT */
/*
 * exec_file.h - which file a program is, and what it is called.
 *
 * The kernel reports a path by the mounts of the caller, who can have a mount namespace
 * of its own and so call a file whatever it likes. A reported path is believed if the same
 * file lies there by the mounts of this process. Otherwise the file's place in its file
 * system is asked for, and named by a mount of this process.
 *
 * Nothing here waits: a path is only looked up as far as the kernel has it cached.
 */
#ifndef VIGIL_ENFORCE_LINUX_EXEC_FILE_H
#define VIGIL_ENFORCE_LINUX_EXEC_FILE_H

#include <sys/stat.h>

#include "rules/set.h"

#define EXEC_PATH_ROOM 4608 /* PATH_MAX, and what d_path adds */

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
	const char *path;       /* by the mounts of this process; NULL: unknown */
	/* Names that the caller may have chosen; NULL ends them. */
	const char *also[RULES_ALSO_MAX];
	char reported[EXEC_PATH_ROOM], stripped[EXEC_PATH_ROOM], own[EXEC_PATH_ROOM];
};

/* One that mountinfo names. Only local file systems: their root is looked at. */
bool exec_mounts_add(struct exec_mounts *mounts, const char *point);
void exec_mounts_free(struct exec_mounts *mounts);

/* What the file behind a descriptor is. What is not known is NULL or 0. */
void exec_file_locate(const struct exec_mounts *mounts, int fd, struct exec_file *out);

/* Metadata as far as it is at hand: no server of a file system is asked. */
bool exec_file_stat(int fd, struct statx *st);
struct rules_file exec_file_of(const struct statx *st);

/* Whether this file lies there by the mounts of this process. True where that cannot be
 * asked without waiting (before Linux 5.12). */
bool exec_file_lies_at(const char *path, struct rules_file file);

/* openat2 of what is in the kernel's cache; -1: it is not there, or not cached. */
int exec_file_open_cached(const char *path, int flags);

#endif /* VIGIL_ENFORCE_LINUX_EXEC_FILE_H */
