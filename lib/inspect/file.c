/* SPDX-License-Identifier: MIT */
/*
 * file.c - finds the file that was executed or mapped, and reads only that file.
 *
 * A subject can put anything in the place of its file: a link, a FIFO, a device, another file.
 * A path is opened with O_PATH, which does not open the file and has no side effects; only a
 * regular file with the device and inode that the kernel reported is then opened to be read.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/openat2.h>
#include <openssl/evp.h>

#include "inspect/worker.h"
#include "os/mounts.h"
#include "os/os.h"

#define CHUNK (256u << 10) /* bytes per read */

/* Timestamps of files have the resolution of the timer tick, so a change may have a time up to
 * 10 ms before it happened. If a file's last change is older than a moment by more than that, a
 * change after that moment will give it another time. */
#define TICK_NS 10000000u

/* The file that was found. */
struct found {
	int fd; /* opened with O_PATH, or received from the client */
	/* Certainly the file: its device is the kernel's, or it was found through the process. */
	bool exact;
	struct stat st;
};

/* ---- which file systems may be read whole ---- */

enum locality {
	UNKNOWN,
	LOCAL,
	REMOTE
};

/* Looks up a device in a list of mounts, whose lines are "36 35 98:0 ... - ext4 ...". */
static enum locality find_mount(const char *list, unsigned major, unsigned minor)
{
	enum locality found = UNKNOWN;
	FILE *f = fopen(list, "re");
	char *line = NULL;
	size_t size = 0;

	while (f && found == UNKNOWN && getline(&line, &size, f) > 0) {
		struct mount_line mount;

		if (mount_parse(line, &mount) && mount.major == major && mount.minor == minor)
			found = mount_is_remote(mount.type) ? REMOTE : LOCAL;
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

/* Whether the file may be hashed, because a server must not be made to send all of it. A file
 * system that is in no list of mounts is read only if it is on a disk. */
static bool may_hash(const struct inspect_request *request)
{
	unsigned major = (unsigned)(request->device >> 20);
	unsigned minor = (unsigned)(request->device & 0xfffff);
	enum locality found;
	char list[64];

	if (request->in_memory)
		return true;
	found = find_mount("/proc/self/mountinfo", major, minor);
	if (found == UNKNOWN && request->pid) {
		snprintf(list, sizeof(list), "/proc/%u/mountinfo", request->pid);
		found = find_mount(list, major, minor);
	}
	return found == LOCAL || (found == UNKNOWN && major != 0);
}

/* ---- finding the file ---- */

static bool is_device(const struct stat *st, const struct inspect_request *request)
{
	return (uint64_t)major(st->st_dev) << 20 == (request->device & ~0xfffffull) &&
	       minor(st->st_dev) == (request->device & 0xfffff);
}

/* btrfs and overlayfs report different device numbers to stat(2). */
static bool has_own_device(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == BTRFS_SUPER_MAGIC || fs.f_type == OVERLAYFS_SUPER_MAGIC);
}

/* Takes ownership of fd (negative: none) if it is the requested file; otherwise closes it. */
static bool accept_file(struct found *found, int fd, bool by_process,
			const struct inspect_request *request)
{
	found->fd = fd;
	if (fd < 0)
		return false;
	if (fstat(fd, &found->st) == 0 && S_ISREG(found->st.st_mode) &&
	    found->st.st_ino == request->inode) {
		found->exact = by_process || is_device(&found->st, request);
		if (is_device(&found->st, request) || has_own_device(fd))
			return true;
	}
	close(fd);
	return false;
}

/* Finds the file through the process. A running program cannot be written to; a mapped library
 * can. */
static bool find_by_process(struct found *found, const struct inspect_request *request)
{
	char name[96];

	if (request->runs)
		snprintf(name, sizeof(name), "/proc/%u/exe", request->pid);
	else
		snprintf(name, sizeof(name), "/proc/%u/map_files/%llx-%llx", request->pid,
			 (unsigned long long)request->base,
			 (unsigned long long)(request->base + request->size));
	return accept_file(found, open(name, O_PATH | O_CLOEXEC), true, request);
}

/* Opens a path without following links: the kernel reports paths without links, so a link has
 * been placed there since. */
static int open_without_links(int folder, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
				.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
					   (folder >= 0 ? RESOLVE_IN_ROOT : 0u) };

	return (int)syscall(SYS_openat2, folder >= 0 ? folder : AT_FDCWD, path, &how, sizeof(how));
}

/* Finds the file by its path, first in the process's mount namespace, then in ours. */
static bool find_by_path(struct found *found, const struct inspect_message *message)
{
	const struct inspect_request *request = &message->request;
	bool same = false;
	char name[64];
	int root;

	if (message->path[0] != '/')
		return false;
	snprintf(name, sizeof(name), "/proc/%u/root", request->pid);
	root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0) {
		same = accept_file(found, open_without_links(root, message->path), false, request);
		close(root);
	}
	return same || accept_file(found, open_without_links(-1, message->path), false, request);
}

/* Whether the file is the program that the process still runs, in which case it has not been
 * written to. A library can be written to while it is mapped. */
static bool still_runs(const struct inspect_request *request)
{
	struct inspect_request program = *request;
	struct found again;

	program.runs = true;
	if (!find_by_process(&again, &program))
		return false;
	close(again.fd);
	return true;
}

/* Whether only root can write to it. For a file on a server this is unknown. */
static bool can_only_root_write(const struct found *found)
{
	struct statfs fs;

	return found->st.st_uid == 0 && (found->st.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
	       fstatfs(found->fd, &fs) == 0 && fs.f_type != FUSE_SUPER_MAGIC;
}

/* ---- reading it ---- */

static uint64_t ns_of(struct timespec time)
{
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static struct inspect_file identity_of(const struct stat *st)
{
	return (struct inspect_file){ st->st_dev, st->st_ino, (uint64_t)st->st_size,
				      ns_of(st->st_ctim), ns_of(st->st_mtim) };
}

static bool is_same(const struct inspect_file *a, const struct inspect_file *b)
{
	return memcmp(a, b, sizeof(*a)) == 0; /* it has no padding */
}

static bool is_settled(const struct inspect_file *file, uint64_t when)
{
	return file->changed + TICK_NS <= when;
}

static bool hash_file(int fd, uint8_t out[INSPECT_SHA256_BYTES])
{
	static uint8_t chunk[CHUNK];
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool fine = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
	unsigned length;
	off_t at = 0;
	ssize_t n = 0;

	while (fine && (n = pread(fd, chunk, CHUNK, at)) > 0) {
		fine = EVP_DigestUpdate(digest, chunk, (size_t)n);
		at += n;
	}
	fine = fine && n == 0 && EVP_DigestFinal_ex(digest, out, &length);
	EVP_MD_CTX_free(digest);
	return fine;
}

/* Reads what is requested into the answer. A write to the file in the meantime is detected. */
static void read_content(const struct found *found, bool is_open, uint32_t what,
			 struct inspect_answer *answer)
{
	struct inspect_file after;
	struct stat st;
	char name[64];
	uint32_t known = 0;
	int fd = found->fd;

	if (!is_open) {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", found->fd);
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return;
	}
	if (what & INSPECT_BUILD_ID) {
		answer->build_id_length = (uint8_t)inspect_read_build_id(fd, answer->build_id);
		known |= INSPECT_BUILD_ID;
	}
	if (what & INSPECT_SHA256 && hash_file(fd, answer->sha256))
		known |= INSPECT_SHA256;
	if (fstat(fd, &st) == 0) {
		after = identity_of(&st);
		if (is_same(&after, &answer->file))
			answer->known |= known;
	}
	if (!is_open)
		close(fd);
}

/* Copies what is already known about the same file; returns what is still to be read. */
static uint32_t copy_known(const struct inspect_message *message, uint32_t what,
			   struct inspect_answer *answer)
{
	uint32_t known = message->known & what;

	if (!is_same(&message->file, &answer->file))
		return what;
	answer->known |= known;
	if (known & INSPECT_BUILD_ID) {
		answer->build_id_length = message->build_id_length;
		memcpy(answer->build_id, message->build_id, sizeof(answer->build_id));
	}
	if (known & INSPECT_SHA256)
		memcpy(answer->sha256, message->sha256, sizeof(answer->sha256));
	return what & ~known;
}

static void inspect_found(const struct inspect_message *message, const struct found *found,
			  bool is_open, struct inspect_answer *answer)
{
	const struct inspect_request *request = &message->request;
	uint32_t what = request->what & (INSPECT_BUILD_ID | INSPECT_SHA256);

	answer->file = identity_of(&found->st);
	answer->settled = is_settled(&answer->file, os_wall_ns());
	answer->root_only = can_only_root_write(found);
	if (!found->exact)
		what &= ~INSPECT_BUILD_ID;
	if (answer->file.size > request->bytes_max ||
	    (what & INSPECT_SHA256 && !is_open && !may_hash(request)))
		what &= ~INSPECT_SHA256;
	what = copy_known(message, what, answer);
	if (what)
		read_content(found, is_open, what, answer);
	/* The result must be from the file as it was executed: it has not changed since, or
	 * cannot have changed. */
	if (!is_open && !is_settled(&answer->file, request->time) && !still_runs(request))
		answer->known &= ~(INSPECT_SHA256 | INSPECT_BUILD_ID);
}

/* Determines whether a file has a name. One without links has none. One with links may have the
 * name in the request or another one: if that name does not lead to it, the result is unknown. */
static void inspect_links(const struct inspect_message *message, const struct found *found,
			  struct inspect_answer *answer)
{
	struct found named;

	if (found->st.st_nlink == 0) {
		answer->known |= INSPECT_LINKS;
		answer->deleted = true;
	} else if (find_by_path(&named, message)) {
		answer->known |= INSPECT_LINKS;
		close(named.fd);
	}
}

void inspect_read_file(const struct inspect_message *message, int fd, struct inspect_answer *answer)
{
	struct found found = { .fd = -1 };

	if (fd >= 0) {
		found = (struct found){ .fd = fd, .exact = true };
		if (fstat(fd, &found.st) == 0 && S_ISREG(found.st.st_mode))
			inspect_found(message, &found, true, answer);
		return;
	}
	if (message->request.inode == 0)
		return;
	if (!find_by_process(&found, &message->request) && !find_by_path(&found, message))
		return;
	inspect_found(message, &found, false, answer);
	if (message->request.what & INSPECT_LINKS)
		inspect_links(message, &found, answer);
	close(found.fd);
}
