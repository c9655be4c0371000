/* SPDX-License-Identifier: MIT */
/*
 * watcher.h - watches for changes of the rules file, and of every component of the paths that
 * rules name.
 */
#ifndef VIGIL_ENFORCE_LINUX_WATCHER_H
#define VIGIL_ENFORCE_LINUX_WATCHER_H

#include "enforce/enforce.h"
#include "enforce/linux/settle.h"

struct watcher_name {
	int wd;     /* inotify watch of a folder */
	char *name; /* in that folder */
};

struct watcher {
	int fd; /* inotify */
	struct watcher_name *name;
	size_t count, capacity;
	int file_wd; /* watch of the folder of the rules file */
	const char *file, *file_name;
	int written_wd; /* watch of the rules file; -1: it does not exist */
};

/* Starts to watch. file must outlive the watcher. Returns false if memory or descriptors are
 * exhausted. */
bool watcher_open(struct watcher *watcher, const char *file, const struct vigil_rules *rules);
void watcher_close(struct watcher *watcher);

/* Watches the file that is at the path now; another one may have replaced it. */
void watcher_follow(struct watcher *watcher);

/* Reads the events without waiting. Those of the rules file are noted in *settle. Returns true
 * if a rule may name another file now. */
bool watcher_read(struct watcher *watcher, struct settle *settle);

#endif /* VIGIL_ENFORCE_LINUX_WATCHER_H */
