/* SPDX-License-Identifier: MIT */
/*
 * fanotify_group.h - a set of rules and the fanotify group that enforces it, with marks only on
 * what the rules name.
 *
 *	path=              the file, also when it is only opened (the dynamic loader runs
 *	                   programs that it opens as data), and its folder (for a file that
 *	                   replaces it)
 *	folder=            the file system of the folder and those mounted below it
 *	name=, pattern=,
 *	hash=              every file system
 *
 * Executing a marked file sends a permission event. A file that no rule can match, and that
 * only root can rename or link, gets an ignore mark after its first event and causes no more
 * events.
 *
 * A new set of rules gets a new group, and the old group is closed after the new one has all
 * its marks, so rules are in force at all times.
 */
#ifndef VIGIL_ENFORCE_LINUX_FANOTIFY_GROUP_H
#define VIGIL_ENFORCE_LINUX_FANOTIFY_GROUP_H

#include "enforce/enforce.h"
#include "enforce/linux/exec_file.h"

struct fanotify_group {
	struct vigil_rules *rules;
	int fd;              /* of the fanotify group */
	int links;           /* inotify: a file with an ignore mark was renamed or linked */
	bool linked_by_root; /* users cannot link files that they do not own */
	struct exec_mounts mounts;
	uint32_t references;
	uint32_t passed;         /* files with an ignore mark */
	uint32_t unmarked;       /* rules whose files cannot be marked */
	const char *unmarked_id; /* the first of them */
};

/* Opens a group without marks. Takes ownership of the rules, also on an error. */
enum vigil_code fanotify_group_open(struct fanotify_group **out, struct vigil_rules *rules,
				    struct vigil_error *error);

/* Sets the marks. */
enum vigil_code fanotify_group_mark(struct fanotify_group *group, struct vigil_error *error);

/* Count references; the last release closes the group. NULL is allowed. Any thread. */
void fanotify_group_acquire(struct fanotify_group *group);
void fanotify_group_release(struct fanotify_group *group);

/* Sets an ignore mark on the file of fd, if that is safe: from then on it runs without an
 * event. path: of the file in this process's mount namespace. */
void fanotify_group_pass(struct fanotify_group *group, int fd, const char *path);

/* Answers a permission event and closes its descriptor. */
void fanotify_group_answer(const struct fanotify_group *group, int fd, bool allow);

#endif /* VIGIL_ENFORCE_LINUX_FANOTIFY_GROUP_H */
