/* SPDX-License-Identifier: MIT */
#include "os/boot_clock.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int64_t offset; /* ns */
static bool unknown;

/* Computes the offset from timens_offsets. That file has the offsets of the time namespace for
 * children; if that is a different namespace, the offsets of the process's namespace cannot be
 * read. */
static void find_offset(void)
{
	struct stat own, children;
	long long seconds, ns;
	char line[128];
	FILE *f;

	if (stat("/proc/self/ns/time", &own) < 0 ||
	    stat("/proc/self/ns/time_for_children", &children) < 0)
		return; /* the kernel has no time namespaces */
	unknown = own.st_ino != children.st_ino;
	f = fopen("/proc/self/timens_offsets", "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "boottime %lld %lld", &seconds, &ns) == 2)
			offset = seconds * 1000000000 + ns;
	fclose(f);
}

bool boot_clock_init(void)
{
	pthread_once(&once, find_offset);
	return !unknown;
}

uint64_t boot_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec - (uint64_t)offset;
}

uint64_t boot_clock_from_proc(uint64_t ns)
{
	return ns - (uint64_t)offset;
}
