/* SPDX-License-Identifier: MIT */
/*
 * watcher.h - tells when something has changed where rules point to: the file of
 * rules, and every name on the way to a path or folder that a rule names.
 */
#ifndef VIGIL_ENFORCE_LINUX_WATCHER_H
#define VIGIL_ENFORCE_LINUX_WATCHER_H

#include "enforce/enforce.h"
#include "enforce/linux/settle.h"

struct watcher_name {
	int wd;
	char *name; /* in that folder */
};

struct watcher {
	int fd; /* inotify */
	struct watcher_name *name;
	size_t count, rooms;
	int file_wd; /* folder of the file of rules */
	const char *file, *file_name;
	int written_wd; /* the file itself; -1: it is not there */
};

/* file must outlive the watcher. False: no memory, or no descriptor. */
bool watcher_open(struct watcher *watcher, const char *file, const struct vigil_rules *rules);
void watcher_close(struct watcher *watcher);

/* Another file may be in the place of the file of rules: watches that. */
void watcher_follow(struct watcher *watcher);

/* Reads what has happened: to the file of rules, which *settle takes note of, and to where
 * rules point. True: a rule may mean another file now. */
bool watcher_read(struct watcher *watcher, struct settle *settle);

#endif /* VIGIL_ENFORCE_LINUX_WATCHER_H */
