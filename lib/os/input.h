/* SPDX-License-Identifier: MIT */
/*
 * input.h - opens input files that a user names: settings, rules, JSON lines.
 *
 * The type of a file is checked before the file is opened, because opening already has
 * effects: it waits for the other end of a FIFO, and a device reacts to it. All code that
 * reads a named file opens it here.
 */
#ifndef VIGIL_OS_INPUT_H
#define VIGIL_OS_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <vigil/vigil.h>

enum input_kind {
	INPUT_FILE,        /* a regular file */
	INPUT_FILE_OR_PIPE /* or a pipe, with or without a name */
};

/* Opens a file to read, in binary mode. Reading never waits: if a pipe is empty, os_read fails
 * with EAGAIN and os_wait_input waits. Returns a descriptor of the C library, to be closed with
 * os_close. On failure returns -1, sets why->code, sets why->text to the reason without the path
 * ("it is a FIFO; a regular file is expected") and sets errno, EINVAL for a wrong type.
 * Thread-safe. */
int input_open(const char *path, enum input_kind kind, struct vigil_error *why);

#ifndef _WIN32
/* Returns "a directory", "a FIFO", ... for a mode of stat(2). */
const char *input_type_name(unsigned mode);
#endif

/* Whether path names a pipe. Does not open it. */
bool input_is_pipe(const char *path);

/* Reads a whole regular file of at most `most` bytes. *text is to be freed and ends with a NUL
 * that *length does not count; it is NULL on failure. Errors as for input_open, and
 * VIGIL_ERROR_FORMAT: the file is larger; VIGIL_ERROR_MEMORY. */
enum vigil_code input_read(char **text, size_t *length, const char *path, size_t most,
			   struct vigil_error *why);

#endif /* VIGIL_OS_INPUT_H */
