/* SPDX-License-Identifier: MIT */
/*
 * confine.h - how a process of Linux gives up what it does not need any more. Each function
 * acts on the calling thread and on what it starts later, and cannot be undone.
 *
 * The library confines only threads and processes of its own with it. A program that uses the
 * library decides for itself; the command does (cli/confinement.h).
 */
#ifndef VIGIL_CONFINE_H
#define VIGIL_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

/* A set of capabilities: a bit for each, by its number in <linux/capability.h>. */
#define CONFINE_CAP(number) (UINT64_C(1) << (number))

/* Those that decide which files may be opened: all that a thread that writes files needs. */
uint64_t confine_file_capabilities(void);

/* Keeps of the thread's capabilities those in `keep`: permitted and effective. None is left
 * to inherit. False: they could not be set, and errno says why. */
bool confine_capabilities(uint64_t keep);

/* Takes capabilities out of the thread's effective set for a while, to see what goes without
 * them; confine_raise() puts back those that are still permitted. False: errno. */
bool confine_lower(uint64_t capabilities);
bool confine_raise(uint64_t capabilities);

/* Empties the bounding set and forbids new privileges: no program that is executed later has
 * more than this thread, whoever owns it. Without CAP_SETPCAP the bounding set stays as it
 * is: where execution gives no privileges, it grants nothing. False: errno. */
bool confine_execution(void);

/* The thread's permitted capabilities, as a set. */
uint64_t confine_permitted(void);

#endif /* VIGIL_CONFINE_H */
