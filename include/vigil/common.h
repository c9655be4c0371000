/* SPDX-License-Identifier: MIT */
/* common.h - definitions that the other headers of libvigil share: result codes, errors,
 * strings. */
#ifndef VIGIL_PUBLIC_COMMON_H
#define VIGIL_PUBLIC_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>
#include <vigil/version.h>

/* A function that the library exports. Everything else is hidden. */
#ifdef __ELF__
#define VIGIL_API __attribute__((visibility("default")))
#else
#define VIGIL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Results. A function that can fail returns one of these; errors are negative. */
enum vigil_code {
	VIGIL_OK = 0,
	VIGIL_ERROR_SYSTEM = -1,      /* a system call failed unexpectedly */
	VIGIL_ERROR_USAGE = -2,       /* an argument is invalid */
	VIGIL_ERROR_PRIVILEGE = -3,   /* the caller does not have permission */
	VIGIL_ERROR_UNSUPPORTED = -4, /* the kernel lacks a feature */
	VIGIL_ERROR_OUTPUT = -5,      /* the output cannot be written: full disk, I/O error */
	VIGIL_ERROR_PIPE = -6,        /* the reader of the output has closed it */
	VIGIL_ERROR_MEMORY = -7,      /* out of memory */
	VIGIL_ERROR_FORMAT = -8       /* a record or file has invalid contents */
};

/* Why a function failed. text is one or two sentences of UTF-8 without a newline: the cause, then
 * what to do about it. This struct does not grow. */
struct vigil_error {
	enum vigil_code code;
	char text[500];
};

/* A string of `length` bytes. data is never NULL and is followed by a NUL that is not counted;
 * the bytes may include NULs (an argument list). The text is UTF-8 where the system has UTF-16;
 * on Linux it is the bytes that the kernel has, in any encoding. length 0: unknown or empty.
 * This struct does not grow. */
struct vigil_string {
	const char *data;
	uint32_t length;
	uint32_t original; /* full length before truncation; VIGIL_UNKNOWN: not known */
};

/* Returns the version of the library in use.
 *
 * VIGIL_VERSION and VIGIL_VERSION_NUMBER are the version of the headers that the program was
 * compiled with. */
VIGIL_API const char *vigil_version(void);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_COMMON_H */
