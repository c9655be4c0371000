/* SPDX-License-Identifier: MIT */
/* overrun.h - writes `size` bytes into a buffer on the stack. */
#ifndef TESTS_DRIVER_OVERRUN_H
#define TESTS_DRIVER_OVERRUN_H

#include <stddef.h>

#define OVERRUN_BUFFER 32

/* Returns the first of them. */
int overrun(size_t size);

#endif
