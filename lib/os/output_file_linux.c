/* SPDX-License-Identifier: MIT */
#include "os/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/error.h"
#include "os/os.h"

#define LINKS_MAX 40
#define NEXT_STEP "Name another file, or add --trust-path if that is intended."

/* The state of a walk along the path from the root to the file. */
struct walk {
	int at; /* the current folder, opened with O_PATH; -1: none */
	struct stat folder;
	bool shared; /* others can make files in it, or its owner is neither root nor this user */
	char reached[PATH_MAX]; /* path of `at`, for messages */
	char left[PATH_MAX];    /* the rest of the path */
	char name[NAME_MAX + 1];
	unsigned links, flags;
	struct vigil_error *why;
};

/* ---- refusing ---- */

static int fail_errno(struct vigil_error *why)
{
	int reason = errno;

	vigil_fail(why, vigil_code_of(reason, VIGIL_ERROR_OUTPUT), "%s", strerror(reason));
	errno = reason;
	return -1;
}

/* fd may be -1. */
static void close_keeping_errno(int fd)
{
	int reason = errno;

	if (fd >= 0)
		close(fd);
	errno = reason;
}

#define REFUSE(walk, reason, ...) \
	(vigil_fail((walk)->why, VIGIL_ERROR_OUTPUT, __VA_ARGS__), errno = (reason), -1)

/* ---- owners and modes ---- */

static bool is_trusted_user(uid_t user)
{
	return user == 0 || user == geteuid();
}

/* Whether this is the user who ran sudo, which sets SUDO_UID; other users cannot set it for
 * root's processes. */
static bool is_sudo_user(uid_t user)
{
	const char *text = geteuid() == 0 ? secure_getenv("SUDO_UID") : NULL;
	char *end = NULL;
	unsigned long number = text ? strtoul(text, &end, 10) : 0;

	return text && end != text && !*end && number == user;
}

/* If a file has an access control list, its group bits are those of the list's mask. */
static bool has_access_list(int fd)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return getxattr(path, "system.posix_acl_access", NULL, 0) >= 0 ||
	       (errno != ENODATA && errno != EOPNOTSUPP);
}

/* Whether users other than the owner can write. A group with the owner's number is the owner's
 * private group, as adduser(8) and useradd(8) create it. */
static bool can_others_write(int fd, const struct stat *file)
{
	if (file->st_mode & S_IWOTH)
		return true;
	return file->st_mode & S_IWGRP && (file->st_gid != file->st_uid || has_access_list(fd));
}

/* Enters an opened folder if it is trusted. */
static int enter_folder(struct walk *walk, int fd, const struct stat *folder)
{
	bool open_to_others = can_others_write(fd, folder);

	if (walk->at >= 0)
		close(walk->at);
	walk->at = fd;
	walk->folder = *folder;
	walk->shared = open_to_others || !is_trusted_user(folder->st_uid);
	if (walk->flags & OUTPUT_FILE_TRUSTED)
		return 0;
	if (!is_trusted_user(folder->st_uid) && !is_sudo_user(folder->st_uid))
		return REFUSE(walk, EPERM,
			      "the folder %s belongs to user %u, who could replace files in "
			      "it. " NEXT_STEP,
			      walk->reached, (unsigned)folder->st_uid);
	if (open_to_others && !(folder->st_mode & S_ISVTX))
		return REFUSE(walk, EPERM,
			      "other users can write to the folder %s (mode %04o, group %u), and "
			      "could replace files in it. " NEXT_STEP,
			      walk->reached, (unsigned)folder->st_mode & 07777,
			      (unsigned)folder->st_gid);
	return 0;
}

/* Checks whether an existing file may be written to. */
static int check_file(struct walk *walk, int fd, const struct stat *file)
{
	if (S_ISDIR(file->st_mode))
		return REFUSE(walk, EISDIR, "it is a directory. Name a file in it.");
	if (S_ISCHR(file->st_mode) && !(walk->flags & OUTPUT_FILE_LOG))
		return 0;
	if (!S_ISREG(file->st_mode) &&
	    !(S_ISFIFO(file->st_mode) && !(walk->flags & OUTPUT_FILE_LOG)))
		return REFUSE(walk, ENOTSUP, "it is %s. Name a regular file.",
			      S_ISFIFO(file->st_mode)   ? "a FIFO"
			      : S_ISCHR(file->st_mode)  ? "a character device"
			      : S_ISBLK(file->st_mode)  ? "a block device"
			      : S_ISSOCK(file->st_mode) ? "a socket"
							: "of an unknown type");
	if (walk->flags & OUTPUT_FILE_TRUSTED)
		return 0;
	if (!is_trusted_user(file->st_uid))
		return REFUSE(walk, EPERM,
			      "it belongs to user %u, who could read and change its contents. "
			      "Remove it. " NEXT_STEP,
			      (unsigned)file->st_uid);
	if (can_others_write(fd, file))
		return REFUSE(walk, EPERM,
			      "other users can write to it (mode %04o, group %u). Remove that "
			      "permission with chmod go-w. " NEXT_STEP,
			      (unsigned)file->st_mode & 07777, (unsigned)file->st_gid);
	if (file->st_nlink > 1)
		return REFUSE(walk, EPERM,
			      "it has %u names, and could be another file that another user "
			      "linked here. " NEXT_STEP,
			      (unsigned)file->st_nlink);
	return 0;
}

/* ---- the way ---- */

static int start_at_root(struct walk *walk)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat folder;

	strcpy(walk->reached, "/");
	if (fd < 0)
		return fail_errno(walk->why);
	if (fstat(fd, &folder) < 0) {
		fail_errno(walk->why);
		close(fd);
		return -1;
	}
	return enter_folder(walk, fd, &folder);
}

/* Inserts `first` before the rest of the path. */
static int prepend_path(struct walk *walk, const char *first)
{
	size_t length = strlen(first), left = strlen(walk->left);

	if (length + 1 + left >= sizeof(walk->left)) {
		errno = ENAMETOOLONG;
		return fail_errno(walk->why);
	}
	memmove(walk->left + length + 1, walk->left, left + 1);
	memcpy(walk->left, first, length);
	walk->left[length] = left ? '/' : '\0';
	return 0;
}

static int begin_walk(struct walk *walk, const char *path)
{
	char folder[PATH_MAX];

	if (prepend_path(walk, path) < 0)
		return -1;
	if (*path != '/' && (!getcwd(folder, sizeof(folder)) || prepend_path(walk, folder) < 0))
		return fail_errno(walk->why);
	return start_at_root(walk);
}

/* Moves the next component to walk->name. 0: there is none. */
static int next_component(struct walk *walk)
{
	const char *from = walk->left + strspn(walk->left, "/");
	size_t length = strcspn(from, "/");
	const char *rest = from + length + strspn(from + length, "/");

	if (length > NAME_MAX) {
		errno = ENAMETOOLONG;
		return fail_errno(walk->why);
	}
	memcpy(walk->name, from, length);
	walk->name[length] = '\0';
	memmove(walk->left, rest, strlen(rest) + 1);
	return length > 0;
}

static void append_reached(struct walk *walk)
{
	size_t length = strlen(walk->reached);

	snprintf(walk->reached + length, sizeof(walk->reached) - length, "%s%s",
		 length > 1 ? "/" : "", walk->name);
}

static int follow_link(struct walk *walk, int link)
{
	char target[PATH_MAX];
	ssize_t length;

	if (!*walk->left && walk->flags & OUTPUT_FILE_LOG)
		return REFUSE(walk, ELOOP, "it is a symbolic link. Name the file itself.");
	if (walk->shared && !(walk->flags & OUTPUT_FILE_TRUSTED))
		return REFUSE(walk, ELOOP,
			      "%s/%s is a symbolic link, in a folder in which other users can make "
			      "links. " NEXT_STEP,
			      walk->reached, walk->name);
	length = readlinkat(link, "", target, sizeof(target) - 1);
	if (length < 0 || ++walk->links > LINKS_MAX) {
		errno = length < 0 ? errno : ELOOP;
		return fail_errno(walk->why);
	}
	target[length] = '\0';
	if (prepend_path(walk, target) < 0)
		return -1;
	return *target == '/' ? start_at_root(walk) : 0;
}

/* Processes one component. 1: it is the file; *found is the file, or -1 if it does not exist. 0:
 * continue. -1: refused. */
static int walk_component(struct walk *walk, int *found, struct stat *file)
{
	int code, fd;

	code = next_component(walk);
	if (code == 0)
		return REFUSE(walk, EISDIR, "it is a directory. Name a file in it.");
	if (code < 0 || strcmp(walk->name, ".") == 0)
		return code < 0 ? -1 : 0;
	*found = fd = openat(walk->at, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && !*walk->left ? 1 : fail_errno(walk->why);
	if (fstat(fd, file) < 0) {
		code = fail_errno(walk->why);
	} else if (S_ISLNK(file->st_mode)) {
		code = follow_link(walk, fd);
	} else if (S_ISDIR(file->st_mode) && *walk->left) {
		append_reached(walk);
		return enter_folder(walk, fd, file);
	} else if (*walk->left) {
		errno = ENOTDIR;
		code = fail_errno(walk->why);
	} else {
		return 1;
	}
	close(fd);
	return code;
}

/* Finds the folder and the name of path. *found: the existing file, opened with O_PATH and
 * checked; -1: it does not exist. */
static int find_place(struct walk *walk, const char *path, int *found, struct stat *file)
{
	int code = begin_walk(walk, path);

	*found = -1;
	while (code == 0)
		code = walk_component(walk, found, file);
	if (code < 0)
		return -1;
	if (*found < 0 || check_file(walk, *found, file) == 0)
		return 0;
	close_keeping_errno(*found);
	return -1;
}

/* ---- opening ---- */

/* Makes an emptied file accessible to its owner only, like a new file. */
static int make_private(const struct walk *walk, int fd, const struct stat *file)
{
	if (walk->flags & OUTPUT_FILE_TRUSTED || !(file->st_mode & (S_IRWXG | S_IRWXO)))
		return 0;
	return fchmod(fd, 0600);
}

/* Never waits for the reader of a FIFO or the holder of a lease. */
static int open_existing(struct walk *walk, const struct stat *checked)
{
	int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int append = walk->flags & (OUTPUT_FILE_APPEND | OUTPUT_FILE_LOG) ? O_APPEND : 0;
	int fd = openat(walk->at, walk->name,
			flags | append | (walk->flags & OUTPUT_FILE_LOG ? O_RDWR : O_WRONLY));
	struct stat file;

	if (fd < 0 && errno == ENXIO)
		return REFUSE(walk, ENXIO, "no process reads from it. Start its reader first.");
	if (fd < 0)
		return fail_errno(walk->why);
	if (fstat(fd, &file) == 0 && file.st_dev == checked->st_dev &&
	    file.st_ino == checked->st_ino) {
		fcntl(fd, F_SETFL, append);
		if (append || !S_ISREG(file.st_mode) ||
		    (make_private(walk, fd, &file) == 0 && ftruncate(fd, 0) == 0))
			return fd;
	} else {
		errno = ESTALE; /* it was replaced in the meantime */
	}
	fail_errno(walk->why);
	close(fd);
	return -1;
}

static int open_new(const struct walk *walk, const char *name)
{
	bool log = walk->flags & OUTPUT_FILE_LOG;
	int append = walk->flags & (OUTPUT_FILE_APPEND | OUTPUT_FILE_LOG) ? O_APPEND : 0;
	int fd =
	    openat(walk->at, name,
		   (log ? O_RDWR : O_WRONLY) | append | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		   0600);

	return fd < 0 ? fail_errno(walk->why) : fd;
}

/* Opens a file in the same folder, under a name that no other process uses. */
static int open_partial(struct output_file *file, const struct walk *walk)
{
	char name[NAME_MAX + 32];

	snprintf(name, sizeof(name), "%s.%ld.partial", walk->name, (long)getpid());
	file->name = strdup(walk->name);
	file->partial = strdup(name);
	if (!file->name || !file->partial) {
		errno = ENOMEM;
		return fail_errno(walk->why);
	}
	file->folder = fcntl(walk->at, F_DUPFD_CLOEXEC, 0);
	if (file->folder < 0)
		return fail_errno(walk->why);
	return open_new(walk, name);
}

static int open_place(struct output_file *file, struct walk *walk, int found,
		      const struct stat *checked)
{
	if (found >= 0 && walk->flags & OUTPUT_FILE_NEW) {
		errno = EEXIST;
		return fail_errno(walk->why);
	}
	if (walk->flags & OUTPUT_FILE_WHOLE && (found < 0 || S_ISREG(checked->st_mode)))
		return open_partial(file, walk);
	return found < 0 ? open_new(walk, walk->name) : open_existing(walk, checked);
}

/* Returns the descriptor of this process that path names; -1: path names none. Opening the path
 * instead would give a new file position. */
static int descriptor_of(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };
	char *end;

	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		size_t length = strlen(folders[i]);
		long number;

		if (strncmp(path, folders[i], length) != 0)
			continue;
		number = strtol(path + length, &end, 10);
		if (end != path + length && !*end && number >= 0 && number <= INT_MAX)
			return (int)number;
	}
	return -1;
}

/* Returns file->fd; if that is -1, frees all members. */
static int finish_open(struct output_file *file, int fd)
{
	int reason = errno;

	file->fd = fd;
	if (fd < 0) {
		free(file->partial); /* it was not created */
		file->partial = NULL;
		output_file_end(file, false);
	}
	errno = reason;
	return fd;
}

int output_file_open(struct output_file *file, const char *path, unsigned flags,
		     struct vigil_error *why)
{
	struct walk walk = { .at = -1, .flags = flags, .why = why };
	int descriptor = flags & OUTPUT_FILE_LOG ? -1 : descriptor_of(path);
	struct stat checked;
	int found, fd = -1;

	*file = (struct output_file){ .fd = -1, .folder = -1 };
	if (descriptor >= 0) {
		fd = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		return finish_open(file, fd < 0 ? fail_errno(why) : fd);
	}
	if (find_place(&walk, path, &found, &checked) == 0) {
		fd = open_place(file, &walk, found, &checked);
		close_keeping_errno(found);
	}
	close_keeping_errno(walk.at);
	return finish_open(file, fd);
}

int output_file_end(struct output_file *file, bool complete)
{
	int code = 0, reason = 0;

	if (file->partial && complete) {
		code = fsync(file->fd) < 0 ||
		       renameat(file->folder, file->partial, file->folder, file->name) < 0;
		reason = errno;
	}
	if (file->partial && (!complete || code))
		unlinkat(file->folder, file->partial, 0);
	if (file->fd >= 0 && close(file->fd) < 0 && complete && !code) {
		code = 1;
		reason = errno;
	}
	if (file->folder >= 0)
		close(file->folder);
	free(file->name);
	free(file->partial);
	*file = (struct output_file){ .fd = -1, .folder = -1 };
	errno = reason;
	return code ? -1 : 0;
}

/* ---- databases ---- */

/* Whether this is a journal that names another database's: SQLite removes the file that it
 * names, whatever it is. Vigil writes to one database at a time and never makes such a journal. */
static bool names_another(int folder, const char *name)
{
	static const uint8_t mark[8] = { 0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7 };
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint8_t end[sizeof(mark)];
	bool names = false;
	struct stat file;

	if (fd < 0)
		return errno != ENOENT;
	if (fstat(fd, &file) == 0 && file.st_size >= (off_t)sizeof(end))
		names =
		    pread(fd, end, sizeof(end), file.st_size - (off_t)sizeof(end)) != sizeof(end) ||
		    memcmp(end, mark, sizeof(mark)) == 0;
	close(fd);
	return names;
}

/* Checks the files that SQLite opens beside the database. */
static int check_beside(struct walk *walk, const char *database)
{
	static const char *const suffixes[] = { "-journal", "-wal", "-shm", "-lock" };
	struct walk beside = { .flags = OUTPUT_FILE_LOG | walk->flags, .why = walk->why };
	char name[NAME_MAX + 16];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		struct stat file;
		int fd, code;

		snprintf(name, sizeof(name), "%s%s", database, suffixes[i]);
		fd = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		code = fd < 0 || fstat(fd, &file) < 0 ? fail_errno(walk->why)
						      : check_file(&beside, fd, &file);
		if (fd >= 0)
			close(fd);
		if (code < 0) {
			struct vigil_error reason = *walk->why;

			return REFUSE(walk, EPERM, "%s beside it cannot be used: %s", name,
				      reason.text);
		}
	}
	snprintf(name, sizeof(name), "%s-journal", database);
	if (names_another(walk->at, name))
		return REFUSE(walk, EPERM,
			      "%s beside it was not made by Vigil: it makes SQLite remove other "
			      "files. Remove it.",
			      name);
	return 0;
}

static int check_database(struct walk *walk, int found, bool create)
{
	int fd;

	if (walk->shared && can_others_write(walk->at, &walk->folder) &&
	    !(walk->flags & OUTPUT_FILE_TRUSTED))
		return REFUSE(
		    walk, EPERM,
		    "other users can make files in the folder %s, where SQLite makes more "
		    "files. Make a folder in it with mkdir -m 700, or add "
		    "--trust-path.",
		    walk->reached);
	if (check_beside(walk, walk->name) < 0)
		return -1;
	if (found >= 0)
		return 0;
	if (!create) {
		errno = ENOENT;
		return fail_errno(walk->why);
	}
	/* SQLite gives its other files the same mode. */
	fd = open_new(walk, walk->name);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

enum vigil_code output_file_check_database(const char *path, bool create, unsigned flags,
					   struct vigil_error *why)
{
	struct walk walk = { .at = -1, .flags = flags, .why = why };
	struct stat file;
	int found, code = find_place(&walk, path, &found, &file);

	if (code == 0) {
		if (found >= 0 && !S_ISREG(file.st_mode))
			code = REFUSE(&walk, ENOTSUP, "it is not a regular file. Name a file.");
		else
			code = check_database(&walk, found, create);
		close_keeping_errno(found);
	}
	close_keeping_errno(walk.at);
	return code < 0 ? why->code : VIGIL_OK;
}
