/* SPDX-License-Identifier: MIT */
/* overrun.c - a fault that the guard of the stack must find. */
#include "overrun.h"

/* The sanitizers would find it first. */
__attribute__((noinline, no_sanitize("address", "undefined", "thread"))) int overrun(size_t size)
{
	volatile char buffer[OVERRUN_BUFFER] = { 0 };

	for (size_t i = 0; i < size; i++)
		buffer[i] = 1;
	return buffer[0];
}
