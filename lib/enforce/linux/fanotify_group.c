/* SPDX-License-Identifier: MIT */
#include "enforce/linux/fanotify_group.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/error.h"
#include "os/mounts.h"

#ifndef FAN_MARK_EVICTABLE /* Linux 5.19: the mark does not pin the inode in memory */
#define FAN_MARK_EVICTABLE 0x200
#endif
#define PASSED_MAX 8192u

#define FLAGS \
	(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | \
	 FAN_UNLIMITED_MARKS | FAN_REPORT_TID)
#define PASS (FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY)

/* Whether the kernel prevents users from linking files that they do not own. */
static bool links_are_protected(void)
{
	FILE *file = fopen("/proc/sys/fs/protected_hardlinks", "re");
	int c = file ? getc(file) : EOF;

	if (file)
		fclose(file);
	return c == '1';
}

enum vigil_code fanotify_group_open(struct fanotify_group **out, struct vigil_rules *rules,
				    struct vigil_error *error)
{
	struct fanotify_group *group = calloc(1, sizeof(*group));

	*out = NULL;
	if (!group) {
		vigil_rules_free(rules);
		return vigil_fail(error, VIGIL_ERROR_MEMORY,
				  "no memory for the fanotify group of the rules");
	}
	*group = (struct fanotify_group){ .rules = rules, .references = 1 };
	group->linked_by_root = links_are_protected();
	group->links = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	group->fd = fanotify_init(FLAGS, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
	if (group->fd < 0 || group->links < 0) {
		enum vigil_code code = errno == EPERM ? VIGIL_ERROR_PRIVILEGE
				       : errno == EINVAL || errno == ENOSYS
					   ? VIGIL_ERROR_UNSUPPORTED
					   : VIGIL_ERROR_SYSTEM;

		vigil_fail(error, code,
			   "cannot enforce rules: fanotify: %s. It needs root (CAP_SYS_ADMIN), and "
			   "a kernel with CONFIG_FANOTIFY_ACCESS_PERMISSIONS.",
			   strerror(errno));
		fanotify_group_release(group);
		return code;
	}
	*out = group;
	return VIGIL_OK;
}

void fanotify_group_acquire(struct fanotify_group *group)
{
	__atomic_add_fetch(&group->references, 1, __ATOMIC_RELAXED);
}

void fanotify_group_release(struct fanotify_group *group)
{
	if (!group || __atomic_sub_fetch(&group->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (group->fd >= 0)
		close(group->fd); /* the kernel allows execs that still wait */
	if (group->links >= 0)
		close(group->links);
	exec_mounts_free(&group->mounts);
	vigil_rules_free(group->rules);
	free(group);
}

/* ---- marks ---- */

/* Whether path is on a file system whose server can be an unprivileged program or another
 * machine. The kernel opens a file for us before we can judge it, so a server that never
 * answers would block every exec of the machine. */
static bool is_served(const char *path)
{
	static const uint32_t served[] = {
		0x65735546, /* FUSE */
		0x6969,     /* NFS */
		0x517b,     /* SMB */
		0xff534d42, /* CIFS */
		0xfe534d42, /* SMB 2 */
		0x01021997, /* 9p */
		0x00c36400, /* Ceph */
		0x5346414f, /* AFS */
		0x6b414653, /* kAFS */
		0x73757245, /* Coda */
	};
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++)
		if ((uint32_t)fs.f_type == served[i])
			return true;
	return false;
}

/* File systems that contain no programs. */
static bool is_bare(const char *type)
{
	static const char *const types[] = { "proc",       "sysfs",       "cgroup",  "cgroup2",
					     "devpts",     "debugfs",     "tracefs", "securityfs",
					     "bpf",        "configfs",    "mqueue",  "pstore",
					     "efivarfs",   "binfmt_misc", "fusectl", "selinuxfs",
					     "rpc_pipefs", "nsfs",        "resctrl", "hugetlbfs" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static enum vigil_code mark_failed(const char *path, struct vigil_error *error)
{
	return vigil_fail(error, errno == ENOMEM ? VIGIL_ERROR_MEMORY : VIGIL_ERROR_SYSTEM,
			  "cannot enforce rules on %.200s: fanotify_mark: %s", path,
			  strerror(errno));
}

/* The lines of a mountinfo, one at a time. */
struct mount_reader {
	FILE *file;
	char *line;
	size_t size;
	struct mount_line mount;
};

/* Reads the next mount below a folder that is of a local file system and can contain programs.
 * Returns false at the end. */
static bool read_next_mount(struct mount_reader *reader, const char *folder)
{
	const struct mount_line *mount = &reader->mount;

	while (getline(&reader->line, &reader->size, reader->file) > 0)
		if (mount_parse(reader->line, &reader->mount) &&
		    strncmp(mount->point, folder, strlen(folder)) == 0 && !is_bare(mount->type) &&
		    !mount_is_remote(mount->type))
			return true;
	return false;
}

static enum vigil_code open_mounts(struct mount_reader *reader, struct vigil_error *error)
{
	*reader = (struct mount_reader){ .file = fopen("/proc/self/mountinfo", "re") };
	if (reader->file)
		return VIGIL_OK;
	return vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot read /proc/self/mountinfo: %s",
			  strerror(errno));
}

/* Closes the reader. An error if it did not reach the end of the file: memory ran out, or the
 * read failed. */
static enum vigil_code close_mounts(struct mount_reader *reader, enum vigil_code code,
				    struct vigil_error *error)
{
	if (code == VIGIL_OK && !feof(reader->file))
		code = vigil_fail(error, VIGIL_ERROR_SYSTEM, "cannot read /proc/self/mountinfo: %s",
				  strerror(errno));
	free(reader->line);
	fclose(reader->file);
	return code;
}

/* Marks the file systems that are mounted below a folder ("/": all). */
static enum vigil_code mark_mounts(const struct fanotify_group *group, const char *folder,
				   struct vigil_error *error)
{
	struct mount_reader reader;
	enum vigil_code code = open_mounts(&reader, error);

	if (code != VIGIL_OK)
		return code;
	while (code == VIGIL_OK && read_next_mount(&reader, folder))
		/* These errors: it is no longer reachable, or has no files to run. */
		if (fanotify_mark(group->fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM,
				  AT_FDCWD, reader.mount.point) < 0 &&
		    errno != ENOENT && errno != EACCES && errno != EINVAL && errno != ENOTDIR &&
		    errno != ENODEV && errno != EOPNOTSUPP)
			code = mark_failed(reader.mount.point, error);
	return close_mounts(&reader, code, error);
}

/* Reads where whole file systems are mounted, to find the paths of files. */
static enum vigil_code read_mounts(struct fanotify_group *group, struct vigil_error *error)
{
	struct mount_reader reader;
	enum vigil_code code = open_mounts(&reader, error);

	if (code != VIGIL_OK)
		return code;
	while (code == VIGIL_OK && read_next_mount(&reader, "/")) {
		/* The root of a btrfs subvolume is not "/". */
		bool whole =
		    strcmp(reader.mount.root, "/") == 0 || strcmp(reader.mount.type, "btrfs") == 0;

		if (whole && !exec_mounts_add(&group->mounts, reader.mount.point))
			code = vigil_fail(error, VIGIL_ERROR_MEMORY,
					  "no memory for the list of mounts");
	}
	return close_mounts(&reader, code, error);
}

/* Truncates a path to the longest prefix that exists. */
static void cut_to_existing(char *path)
{
	struct stat st;
	char *slash;

	while (stat(path, &st) < 0 && (slash = strrchr(path, '/')) != NULL) {
		if (slash == path) {
			path[1] = '\0';
			return;
		}
		*slash = '\0';
	}
}

static void count_unmarked(struct fanotify_group *group, const struct rules_key *key)
{
	if (group->unmarked++ == 0)
		group->unmarked_id = group->rules->rule[key->rule].info.id;
}

static enum vigil_code mark_folder(struct fanotify_group *group, const struct rules_key *key,
				   struct vigil_error *error)
{
	char path[PATH_MAX + 1];

	if (key->length >= sizeof(path))
		return VIGIL_OK;
	memcpy(path, key->bytes, key->length + 1);
	cut_to_existing(path);
	if (is_served(path)) {
		count_unmarked(group, key);
		return VIGIL_OK;
	}
	if (fanotify_mark(group->fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM,
			  AT_FDCWD, path) < 0)
		return mark_failed(path, error);
	return mark_mounts(group, key->bytes, error);
}

/* Marks the file if it exists, and the folder that it is, or will be, in. */
static enum vigil_code mark_path(struct fanotify_group *group, const struct rules_key *key,
				 struct vigil_error *error)
{
	char folder[PATH_MAX + 1], *slash;

	if (key->length >= sizeof(folder))
		return VIGIL_OK;
	memcpy(folder, key->bytes, key->length + 1);
	if (is_served(folder)) {
		count_unmarked(group, key);
		return VIGIL_OK;
	}
	if (fanotify_mark(group->fd, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM | FAN_OPEN_PERM, AT_FDCWD,
			  folder) < 0 &&
	    errno != ENOENT && errno != ENOTDIR)
		return mark_failed(folder, error);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	if (fanotify_mark(group->fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR,
			  FAN_OPEN_EXEC_PERM | FAN_EVENT_ON_CHILD, AT_FDCWD, folder) < 0 &&
	    errno != ENOENT && errno != ENOTDIR)
		return mark_failed(folder, error);
	return VIGIL_OK;
}

enum vigil_code fanotify_group_mark(struct fanotify_group *group, struct vigil_error *error)
{
	const struct vigil_rules *rules = group->rules;
	enum vigil_code code = read_mounts(group, error);
	bool everywhere = false;

	for (uint32_t i = 0; i < rules->keys && code == VIGIL_OK; i++) {
		const struct rules_key *key = &rules->key[i];

		if (rules->rule[key->rule].info.verdict == VIGIL_VERDICT_ALLOW)
			continue; /* it only makes exceptions to other rules */
		if (key->kind == VIGIL_TARGET_PATH)
			code = mark_path(group, key, error);
		else if (key->kind == VIGIL_TARGET_FOLDER)
			code = mark_folder(group, key, error);
		else if (key->kind != RULES_KEY_FILE)
			everywhere = true;
	}
	if (code == VIGIL_OK && everywhere)
		code = mark_mounts(group, "/", error);
	return code;
}

/* ---- events ---- */

static bool is_writable_by_root_only(const struct statx *st)
{
	return st->stx_uid == 0 && (st->stx_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Whether path names that file and is in a folder in which only root can change names. */
static bool has_stable_name(const char *path, const struct statx *file)
{
	const char *slash = strrchr(path, '/');
	char folder[EXEC_PATH_SIZE];
	struct statx above;
	bool stable;
	int fd;

	if (!slash || !exec_file_is_at(path, exec_file_of(file)))
		return false;
	memcpy(folder, path, (size_t)(slash - path) + 1);
	folder[slash - path + 1] = '\0';
	fd = exec_file_open_cached(folder, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return false;
	stable = exec_file_stat(fd, &above) && is_writable_by_root_only(&above);
	close(fd);
	return stable;
}

void fanotify_group_pass(struct fanotify_group *group, int fd, const char *path)
{
	struct statx file;
	char link[48];

	if (!group->linked_by_root || group->passed == PASSED_MAX || !exec_file_stat(fd, &file) ||
	    !is_writable_by_root_only(&file) || !has_stable_name(path, &file))
		return;
	/* If root renames or links it later, inotify reports that. */
	snprintf(link, sizeof(link), "/proc/thread-self/fd/%d", fd);
	if (inotify_add_watch(group->links, link, IN_MOVE_SELF | IN_ATTRIB) < 0)
		return;
	if (fanotify_mark(group->fd, PASS | FAN_MARK_EVICTABLE, FAN_OPEN_EXEC_PERM, fd, NULL) < 0 &&
	    fanotify_mark(group->fd, PASS, FAN_OPEN_EXEC_PERM, fd, NULL) < 0)
		return;
	group->passed++;
}

void fanotify_group_answer(const struct fanotify_group *group, int fd, bool allow)
{
	struct fanotify_response answer = { fd, allow ? FAN_ALLOW : FAN_DENY };

	while (write(group->fd, &answer, sizeof(answer)) < 0 && errno == EINTR)
		;
	close(fd);
}
