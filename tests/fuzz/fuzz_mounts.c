/* SPDX-License-Identifier: MIT */
/* Lines of arbitrary mountinfo: no read leaves the line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "os/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, const char *line, size_t length)
{
	if (text < line || text + strlen(text) > line + length)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);
	struct mount_line mount;

	if (!line)
		abort();
	if (size)
		memcpy(line, data, size);
	line[size] = '\0';
	if (mount_parse(line, &mount)) {
		check(mount.root, line, size);
		check(mount.point, line, size);
		check(mount.type, line, size);
		mount_is_remote(mount.type);
	}
	free(line);
	return 0;
}
