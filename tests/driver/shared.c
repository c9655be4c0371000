/* SPDX-License-Identifier: MIT */
/* shared.c - memory that parent and child processes see (its headers do not go
 * together with the simulator's wide characters). */
#include <stddef.h>
#include <sys/mman.h>

void *mmap_shared(size_t size);

void *mmap_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}
