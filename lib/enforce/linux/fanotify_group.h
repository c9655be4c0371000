/* SPDX-License-Identifier: MIT */
/*
 * fanotify_group.h - a set of rules and the place where it is kept: a fanotify group, with
 * marks on what the rules name, and on nothing else.
 *
 *	path=              the file, also when it is only opened (the dynamic loader runs
 *	                   programs that it opens as data), and its folder (what is put
 *	                   in its place asks too)
 *	folder=            the file systems from there down
 *	name=, pattern=,
 *	hash=              every file system
 *
 * Whatever a mark covers asks before it runs. A program that no rule can concern,
 * and that nobody but root can rename or link, is asked for once: then its file is
 * marked to be passed by, and it costs nothing any more.
 *
 * A new set gets a post of its own, and the old one is closed when the new one has
 * all its marks: there is no moment without rules.
 */
#ifndef VIGIL_ENFORCE_LINUX_FANOTIFY_GROUP_H
#define VIGIL_ENFORCE_LINUX_FANOTIFY_GROUP_H

#include "enforce/enforce.h"
#include "enforce/linux/exec_file.h"

struct post {
	struct vigil_rules *rules;
	int fd;              /* of the fanotify group */
	int links;           /* inotify: a file that is passed by was renamed or linked */
	bool linked_by_root; /* others cannot link what they do not own */
	struct exec_mounts mounts;
	uint32_t references;
	uint32_t passed;         /* files that are passed by */
	uint32_t unmarked;       /* rules whose files cannot be watched */
	const char *unmarked_id; /* the first of them */
};

/* Takes the rules over, also when it fails. Nothing is marked yet. */
enum vigil_code post_open(struct post **out, struct vigil_rules *rules, struct vigil_error *error);

/* Places the marks. */
enum vigil_code post_mark(struct post *post, struct vigil_error *error);

void post_acquire(struct post *post);
void post_release(struct post *post); /* the last one closes it */

/* From now on this file is run without a question, if that is safe. path: where it lies
 * by the mounts of this process. */
void post_pass(struct post *post, int fd, const char *path);

/* Answers an event, whose descriptor is closed. */
void post_answer(const struct post *post, int fd, bool allow);

#endif /* VIGIL_ENFORCE_LINUX_FANOTIFY_GROUP_H */
