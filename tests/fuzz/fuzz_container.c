/* SPDX-License-Identifier: MIT */
/* Any path of a control group: the container's name is a part of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = malloc(size); /* of just its size: a read beyond is seen */
	const char *found;
	size_t length = 1;

	if (!path && size)
		abort();
	if (size)
		memcpy(path, data, size);
	found = container_of_cgroup(path, size, &length);
	if (found ? found < path || length > size - (size_t)(found - path) : length != 0)
		abort();
	if (found && memchr(found, '/', length))
		abort();
	free(path);
	return 0;
}
