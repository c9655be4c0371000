/* SPDX-License-Identifier: MIT */
/* Any path of a control group: the container's name is a part of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "process/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = malloc(size); /* of just its size: a read beyond is seen */
	struct container found;

	if (!path && size)
		abort();
	if (size)
		memcpy(path, data, size);
	if (container_of_cgroup(path, size, &found) != (found.kind != CONTAINER_NONE) ||
	    found.length > CONTAINER_ID_MAX || found.id[found.length] != '\0')
		abort();
	if (memchr(found.id, '/', found.length))
		abort();
	free(path);
	return 0;
}
