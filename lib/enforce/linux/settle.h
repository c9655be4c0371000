/* SPDX-License-Identifier: MIT */
/*
 * settle.h - when a file of rules that has changed is to be read.
 *
 * A file that is put in place by rename is whole, and is read at once. One that is written
 * in place has moments in which it is empty or half written. It is read when whoever wrote
 * it has closed it and it has not changed for SETTLE_QUIET_MS; if it is empty or its last
 * line has no end, for SETTLE_PART_MS. The rules before stay in force meanwhile.
 */
#ifndef VIGIL_ENFORCE_LINUX_SETTLE_H
#define VIGIL_ENFORCE_LINUX_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#define SETTLE_QUIET_MS 100
#define SETTLE_PART_MS  500
#define SETTLE_WARN_MS  5000 /* still not closed: settle_is_stuck */

struct settle {
	bool changed;  /* since it was read */
	bool replaced; /* by rename, or removed */
	bool writing;  /* changed by somebody who has not closed it */
	bool warned;
	int64_t since; /* ms: the last change */
};

/* Takes note of what inotify reports of the file (IN_...), at a time in ms. */
void settle_note(struct settle *settle, uint32_t mask, int64_t now);

/* Milliseconds until the file is to be read; -1: nothing has changed, or it is still being
 * written. */
int settle_wait_ms(const struct settle *settle, const char *path, int64_t now);

/* Once for a file that has changed and is not closed: that is to be reported. */
bool settle_is_stuck(struct settle *settle, int64_t now);

#endif /* VIGIL_ENFORCE_LINUX_SETTLE_H */
