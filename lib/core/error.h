/* SPDX-License-Identifier: MIT */
/* error.h - how functions of the library report why they failed. */
#ifndef VIGIL_CORE_ERROR_H
#define VIGIL_CORE_ERROR_H

#include <vigil/vigil.h>

#if defined(__MINGW32__) && !defined(__clang__)
#define VIGIL_PRINTF(at, first) __attribute__((format(gnu_printf, at, first)))
#elif defined(__GNUC__)
#define VIGIL_PRINTF(at, first) __attribute__((format(printf, at, first)))
#else
#define VIGIL_PRINTF(at, first)
#endif

/* Fills error, which may be NULL, and returns code: `return vigil_fail(...)`. Control characters
 * in the arguments are escaped (message.h). */
VIGIL_PRINTF(3, 4)
enum vigil_code vigil_fail(struct vigil_error *error, enum vigil_code code, const char *format,
			   ...);

/* Returns the code for a system call that failed with `reason`, an errno, so that the same cause
 * has the same code everywhere. otherwise: the code for a reason without a specific one. */
enum vigil_code vigil_code_of(int reason, enum vigil_code otherwise);

/* The same for an input file: a file that does not exist is a usage error. */
enum vigil_code vigil_code_of_input(int reason);

#endif /* VIGIL_CORE_ERROR_H */
