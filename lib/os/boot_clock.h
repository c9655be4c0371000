/* SPDX-License-Identifier: MIT */
/*
 * boot_clock.h - the clock of the kernel's records (Linux): ns since boot, suspended time
 * included. In a time namespace (time_namespaces(7)), CLOCK_BOOTTIME and the times in /proc
 * differ from it by an offset, which processes outside do not see.
 */
#ifndef VIGIL_OS_BOOT_CLOCK_H
#define VIGIL_OS_BOOT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Determines the offset, once; before that the other functions assume 0. Call it while
 * /proc/self can be read. Returns false if the offset is unknown, because children of this
 * process will be in a new time namespace. */
bool boot_clock_init(void);

/* Returns ns since boot. */
uint64_t boot_clock_ns(void);

/* Converts a time that this process read in /proc, in ns since boot, to this clock. */
uint64_t boot_clock_from_proc(uint64_t ns);

#endif /* VIGIL_OS_BOOT_CLOCK_H */
