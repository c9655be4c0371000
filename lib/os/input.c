/* SPDX-License-Identifier: MIT */
#include "os/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "os/os.h"

#define FIRST_BYTES (16u << 10)

/* Reads to the end of the file, but at most `most` + 1 bytes. */
static enum vigil_code read_to_end(int fd, char **text, size_t *length, size_t most,
				   struct vigil_error *why)
{
	size_t capacity = 0;
	ptrdiff_t got;

	do {
		if (*length + 1 >= capacity) {
			size_t larger = capacity ? 2 * capacity : FIRST_BYTES;
			char *grown = realloc(*text, larger);

			if (!grown)
				return vigil_fail(why, VIGIL_ERROR_MEMORY, "out of memory");
			*text = grown;
			capacity = larger;
		}
		got = os_read(fd, *text + *length, capacity - 1 - *length);
		if (got < 0 && errno != EINTR)
			return vigil_fail(why, VIGIL_ERROR_SYSTEM, "%s", strerror(errno));
		*length += got > 0 ? (size_t)got : 0;
		if (*length > most)
			return vigil_fail(why, VIGIL_ERROR_FORMAT, "it is larger than %zu KiB",
					  most >> 10);
	} while (got != 0);
	(*text)[*length] = '\0';
	return VIGIL_OK;
}

enum vigil_code input_read(char **text, size_t *length, const char *path, size_t most,
			   struct vigil_error *why)
{
	int fd = input_open(path, INPUT_FILE, why);
	enum vigil_code code;
	int reason;

	*text = NULL;
	*length = 0;
	if (fd < 0)
		return why->code;
	code = read_to_end(fd, text, length, most, why);
	reason = errno;
	os_close(fd);
	errno = reason;
	if (code < 0) {
		free(*text);
		*text = NULL;
		*length = 0;
	}
	return code;
}
