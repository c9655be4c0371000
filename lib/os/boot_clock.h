/* SPDX-License-Identifier: MIT */
/*
 * boot_clock.h - the clock of the kernel's own records (Linux): ns since boot, suspended time
 * included. In a time namespace (time_namespaces(7)) CLOCK_BOOTTIME and the times in /proc
 * have an offset from it, which processes outside do not see.
 */
#ifndef VIGIL_OS_BOOT_CLOCK_H
#define VIGIL_OS_BOOT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Finds out the offset, once; the other functions take it for 0 before. To be called while
 * /proc/self may be read. False: it is not known, because a new time namespace waits for this
 * process's children. */
bool boot_clock_init(void);

/* ns since boot. */
uint64_t boot_clock_ns(void);

/* A time in ns since boot that this process has read in /proc, by this clock. */
uint64_t boot_clock_from_proc(uint64_t ns);

#endif /* VIGIL_OS_BOOT_CLOCK_H */
