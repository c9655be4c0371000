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

#ifndef FAN_MARK_EVICTABLE /* Linux 5.19: the mark does not keep the file in memory */
#define FAN_MARK_EVICTABLE 0x200
#endif
#define PASSED_MAX 8192u

#define FLAGS \
	(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | \
	 FAN_UNLIMITED_MARKS | FAN_REPORT_TID)
#define PASS (FAN_MARK_ADD | FAN_MARK_IGNORED_MASK | FAN_MARK_IGNORED_SURV_MODIFY)

/* Whether all files of the kind are safe from links by those who do not own them. */
static bool links_are_protected(void)
{
	FILE *file = fopen("/proc/sys/fs/protected_hardlinks", "re");
	int c = file ? getc(file) : EOF;

	if (file)
		fclose(file);
	return c == '1';
}

enum vigil_code post_open(struct post **out, struct vigil_rules *rules, struct vigil_error *error)
{
	struct post *post = calloc(1, sizeof *post);

	*out = NULL;
	if (!post) {
		vigil_rules_free(rules);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the rules");
	}
	*post = (struct post){ .rules = rules, .references = 1 };
	post->linked_by_root = links_are_protected();
	post->links = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	post->fd = fanotify_init(FLAGS, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
	if (post->fd < 0 || post->links < 0) {
		enum vigil_code code = errno == EPERM ? VIGIL_ERROR_PRIVILEGE
				       : errno == EINVAL || errno == ENOSYS
					   ? VIGIL_ERROR_UNSUPPORTED
					   : VIGIL_ERROR_SYSTEM;

		vigil_fail(error, code,
			   "cannot enforce rules: fanotify: %s. It needs root (CAP_SYS_ADMIN), and "
			   "a kernel with CONFIG_FANOTIFY_ACCESS_PERMISSIONS.",
			   strerror(errno));
		post_release(post);
		return code;
	}
	*out = post;
	return VIGIL_OK;
}

void post_acquire(struct post *post)
{
	__atomic_add_fetch(&post->references, 1, __ATOMIC_RELAXED);
}

void post_release(struct post *post)
{
	if (!post || __atomic_sub_fetch(&post->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (post->fd >= 0)
		close(post->fd); /* whoever still waits for an answer may go on */
	if (post->links >= 0)
		close(post->links);
	exec_mounts_free(&post->mounts);
	vigil_rules_free(post->rules);
	free(post);
}

/* ---- marks ---- */

/* File systems whose server may be a program of somebody's own, or far away: the
 * kernel opens a file for us before we can judge it, so one that never answers
 * would hold up every start of the machine. */
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
	for (size_t i = 0; i < sizeof served / sizeof served[0]; i++)
		if ((uint32_t)fs.f_type == served[i])
			return true;
	return false;
}

/* Where programs do not lie. */
static bool is_bare(const char *type)
{
	static const char *const types[] = { "proc",       "sysfs",       "cgroup",  "cgroup2",
					     "devpts",     "debugfs",     "tracefs", "securityfs",
					     "bpf",        "configfs",    "mqueue",  "pstore",
					     "efivarfs",   "binfmt_misc", "fusectl", "selinuxfs",
					     "rpc_pipefs", "nsfs",        "resctrl", "hugetlbfs" };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
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

/* The next local file system in which programs may lie, mounted below a folder. false: there
 * is none any more. */
static bool next_mount(struct mount_reader *reader, const char *folder)
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

/* Not all of it was read: memory ran out, or the kernel's answer did not come. */
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

/* Marks the file systems mounted below a folder ("/": all). */
static enum vigil_code mark_mounts(const struct post *post, const char *folder,
				   struct vigil_error *error)
{
	struct mount_reader reader;
	enum vigil_code code = open_mounts(&reader, error);

	if (code != VIGIL_OK)
		return code;
	while (code == VIGIL_OK && next_mount(&reader, folder))
		/* Not reachable any more, or without files: nothing to run. */
		if (fanotify_mark(post->fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM,
				  AT_FDCWD, reader.mount.point) < 0 &&
		    errno != ENOENT && errno != EACCES && errno != EINVAL && errno != ENOTDIR &&
		    errno != ENODEV && errno != EOPNOTSUPP)
			code = mark_failed(reader.mount.point, error);
	return close_mounts(&reader, code, error);
}

/* Where whole file systems are mounted, for the names of files. */
static enum vigil_code read_mounts(struct post *post, struct vigil_error *error)
{
	struct mount_reader reader;
	enum vigil_code code = open_mounts(&reader, error);

	if (code != VIGIL_OK)
		return code;
	while (code == VIGIL_OK && next_mount(&reader, "/")) {
		/* Of a subvolume the root is not "/". */
		bool whole =
		    strcmp(reader.mount.root, "/") == 0 || strcmp(reader.mount.type, "btrfs") == 0;

		if (whole && !exec_mounts_add(&post->mounts, reader.mount.point))
			code = vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the rules");
	}
	return close_mounts(&reader, code, error);
}

/* The folder itself, or what there is of it. */
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

static void cannot_mark(struct post *post, const struct rules_key *key)
{
	if (post->unmarked++ == 0)
		post->unmarked_id = post->rules->rule[key->rule].told.id;
}

static enum vigil_code mark_folder(struct post *post, const struct rules_key *key,
				   struct vigil_error *error)
{
	char path[PATH_MAX + 1];

	if (key->length >= sizeof path)
		return VIGIL_OK;
	memcpy(path, key->bytes, key->length + 1);
	cut_to_existing(path);
	if (is_served(path)) {
		cannot_mark(post, key);
		return VIGIL_OK;
	}
	if (fanotify_mark(post->fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC_PERM,
			  AT_FDCWD, path) < 0)
		return mark_failed(path, error);
	return mark_mounts(post, key->bytes, error);
}

/* The file if it is there, and the folder that it is, or will be, in. */
static enum vigil_code mark_path(struct post *post, const struct rules_key *key,
				 struct vigil_error *error)
{
	char folder[PATH_MAX + 1], *slash;

	if (key->length >= sizeof folder)
		return VIGIL_OK;
	memcpy(folder, key->bytes, key->length + 1);
	if (is_served(folder)) {
		cannot_mark(post, key);
		return VIGIL_OK;
	}
	if (fanotify_mark(post->fd, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM | FAN_OPEN_PERM, AT_FDCWD,
			  folder) < 0 &&
	    errno != ENOENT && errno != ENOTDIR)
		return mark_failed(folder, error);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	if (fanotify_mark(post->fd, FAN_MARK_ADD | FAN_MARK_ONLYDIR,
			  FAN_OPEN_EXEC_PERM | FAN_EVENT_ON_CHILD, AT_FDCWD, folder) < 0 &&
	    errno != ENOENT && errno != ENOTDIR)
		return mark_failed(folder, error);
	return VIGIL_OK;
}

enum vigil_code post_mark(struct post *post, struct vigil_error *error)
{
	const struct vigil_rules *rules = post->rules;
	enum vigil_code code = read_mounts(post, error);
	bool everywhere = false;

	for (uint32_t i = 0; i < rules->keys && code == VIGIL_OK; i++) {
		const struct rules_key *key = &rules->key[i];

		if (rules->rule[key->rule].told.verdict == VIGIL_VERDICT_ALLOW)
			continue; /* it only takes away from others */
		if (key->kind == VIGIL_TARGET_PATH)
			code = mark_path(post, key, error);
		else if (key->kind == VIGIL_TARGET_FOLDER)
			code = mark_folder(post, key, error);
		else if (key->kind != RULES_KEY_FILE)
			everywhere = true;
	}
	if (code == VIGIL_OK && everywhere)
		code = mark_mounts(post, "/", error);
	return code;
}

/* ---- events ---- */

static bool is_roots(const struct statx *st)
{
	return st->stx_uid == 0 && (st->stx_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Whether that file lies there, in a folder in which only root can change names. */
static bool is_settled(const char *path, const struct statx *file)
{
	const char *slash = strrchr(path, '/');
	char folder[EXEC_PATH_ROOM];
	struct statx above;
	bool settled;
	int fd;

	if (!slash || !exec_file_lies_at(path, exec_file_of(file)))
		return false;
	memcpy(folder, path, (size_t)(slash - path) + 1);
	folder[slash - path + 1] = '\0';
	fd = exec_file_open_cached(folder, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return false;
	settled = exec_file_stat(fd, &above) && is_roots(&above);
	close(fd);
	return settled;
}

void post_pass(struct post *post, int fd, const char *path)
{
	struct statx file;
	char link[48];

	if (!post->linked_by_root || post->passed == PASSED_MAX || !exec_file_stat(fd, &file) ||
	    !is_roots(&file) || !is_settled(path, &file))
		return;
	/* What root does with it later is told. */
	snprintf(link, sizeof link, "/proc/thread-self/fd/%d", fd);
	if (inotify_add_watch(post->links, link, IN_MOVE_SELF | IN_ATTRIB) < 0)
		return;
	if (fanotify_mark(post->fd, PASS | FAN_MARK_EVICTABLE, FAN_OPEN_EXEC_PERM, fd, NULL) < 0 &&
	    fanotify_mark(post->fd, PASS, FAN_OPEN_EXEC_PERM, fd, NULL) < 0)
		return;
	post->passed++;
}

void post_answer(const struct post *post, int fd, bool allow)
{
	struct fanotify_response answer = { fd, allow ? FAN_ALLOW : FAN_DENY };

	while (write(post->fd, &answer, sizeof answer) < 0 && errno == EINTR)
		;
	close(fd);
}
