/* SPDX-License-Identifier: MIT */
/* Any file: its build-id is read, or it has none. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "inspect/worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	uint8_t id[INSPECT_BUILD_ID_MAX];

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	if (inspect_read_build_id(fd, id) > sizeof(id))
		abort();
	return 0;
}
