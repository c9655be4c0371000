/* SPDX-License-Identifier: MIT */
/*
 * settle.h - decides when a rules file that has changed is read.
 *
 * A file that was replaced by rename is complete, and is read at once. A file that is written in
 * place is at times empty or incomplete. It is read when its writer has closed it and it has not
 * changed for SETTLE_QUIET_MS; if it is empty or does not end with a newline, for
 * SETTLE_PART_MS. The previous rules stay in force meanwhile.
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
	bool writing;  /* changed by a program that has not closed it */
	bool warned;
	int64_t since; /* ms: the last change */
};

/* Notes an inotify event of the file (mask: IN_...) at a time in ms (os_now_ms). */
void settle_note(struct settle *settle, uint32_t mask, int64_t now);

/* Returns the milliseconds until the file must be read; -1: it has not changed, or is still
 * being written. */
int settle_wait_ms(const struct settle *settle, const char *path, int64_t now);

/* True once, SETTLE_WARN_MS after the last change, for a file that is still not closed. */
bool settle_is_stuck(struct settle *settle, int64_t now);

#endif /* VIGIL_ENFORCE_LINUX_SETTLE_H */
