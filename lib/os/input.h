/* SPDX-License-Identifier: MIT */
/*
 * input.h - files to read that somebody names: settings, rules, JSON lines.
 *
 * The type of a file is checked before the file is opened, because opening is an act
 * already: it waits for the other end of a FIFO, and a device acts on it. All that reads
 * a named file opens it here.
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

/* Opens a file to read, in binary mode. Reading never waits: where a pipe has nothing yet,
 * os_read fails with EAGAIN and os_wait_input waits. Returns a descriptor of the C library,
 * to be closed with os_close; -1: why->code and why->text have the reason, without the
 * path ("it is a FIFO; a regular file is expected"), and errno is set, EINVAL for a wrong
 * type. From any thread. */
int input_open(const char *path, enum input_kind kind, struct vigil_error *why);

#ifndef _WIN32
/* "a directory", "a FIFO", ... of a mode as stat(2) has it. */
const char *input_type_name(unsigned mode);
#endif

/* Whether path names a pipe. Opens nothing. */
bool input_is_pipe(const char *path);

/* Reads a whole regular file of at most `most` bytes. *text is to be freed and ends with a
 * NUL that *length does not count; NULL on failure. Failures as for input_open, and
 * VIGIL_ERROR_FORMAT: it is larger; VIGIL_ERROR_MEMORY. */
enum vigil_code input_read(char **text, size_t *length, const char *path, size_t most,
			   struct vigil_error *why);

#endif /* VIGIL_OS_INPUT_H */
