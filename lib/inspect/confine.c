/* SPDX-License-Identifier: MIT */
/* confine.c - what a helper process gives up before its first request. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <linux/capability.h>

#include "inspect/filters.h"
#include "inspect/worker.h"

#ifndef CAP_CHECKPOINT_RESTORE /* Linux 5.9 */
#define CAP_CHECKPOINT_RESTORE 40
#endif

#define MEMORY_MAX (1ull << 30) /* bytes of addresses; a worker needs a few MiB */
#define FILES_MAX  64

/* To open the files of others, /proc/PID/exe, and mapped files in /proc/PID/map_files. */
#define READING \
	(CONFINE_CAP(CAP_SYS_PTRACE) | CONFINE_CAP(CAP_DAC_READ_SEARCH) | \
	 CONFINE_CAP(CAP_CHECKPOINT_RESTORE))

static void limit(int resource, rlim_t most)
{
	struct rlimit now = { most, most };

	setrlimit((__rlimit_resource_t)resource, &now);
}

static void set_limits(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, FILES_MAX);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_AS, MEMORY_MAX);
}

void inspect_spawner_confine(void)
{
	if (!CONFINE_POSSIBLE)
		return;
	confine_execution();
	confine_capabilities(READING | CONFINE_CAP(CAP_SYS_NICE)); /* workers go first */
}

void inspect_worker_confine(enum inspect_class class)
{
	if (!CONFINE_POSSIBLE)
		return;
	set_limits();
	confine_execution();
	if (class == INSPECT_NAMES) /* the others look into processes, which Landlock forbids */
		confine_files(NULL, 0);
	confine_capabilities(class == INSPECT_NAMES ? 0 : READING);
	confine_system_calls(
	    &inspect_filters[class == INSPECT_NAMES ? INSPECT_NAMING : INSPECT_READING], false);
}
