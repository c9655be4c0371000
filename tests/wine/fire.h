/* SPDX-License-Identifier: MIT */
/* fire.h - what the files of fire.exe share. */
#ifndef VIGIL_TEST_FIRE_H
#define VIGIL_TEST_FIRE_H

#include <windows.h>

#include "rig.h"
#include "emit.h"

/* -- fire_notify.c: asking the rig --------------------------------------------
 * Every failure ends the program: a test must not continue without a notification
 * that it depends on. */

void notify_open(void);

/* One notification. `path` (C:\...) and `command` may be NULL. */
struct rig_answer notify(const struct rig_fire *fire, const WCHAR *path, const WCHAR *command);

/* The same for the creation or end of a thread, in the context of another one;
 * by_pid 0: of the calling one. */
void notify_thread(enum rig_event event, DWORD pid, DWORD tid, DWORD by_pid, DWORD by_tid);

/* And for an image that is mapped into a process, in whose context it happens. */
void notify_image(HANDLE process, DWORD pid, DWORD tid, const void *base, const WCHAR *path);

void notify_counts(struct rig_counts *counts);

/* The path of the image of this process. */
void path_of(HANDLE process, WCHAR path[MAX_PATH]);

/* Says what failed, and Windows' number for why. */
__attribute__((noreturn)) void die(const char *what);

/* -- fire_debug.c -------------------------------------------------------------- */

/* Runs a program and all that it starts as their debugger, and has the rig send a
 * notification for every debug event. Returns the exit code. */
int run_debugged(WCHAR *command);

#endif /* VIGIL_TEST_FIRE_H */
