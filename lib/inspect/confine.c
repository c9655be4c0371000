/* SPDX-License-Identifier: MIT */
/* confine.c - what a helper process gives up before its first request. */
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <linux/capability.h>

#include "confine_common.h"
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

/* openat2's flags are in memory, where no filter sees them. What it opens is written to by
 * nobody: there is RLIMIT_FSIZE, and file.c asks for O_PATH. */
static const struct confine_call reading[] = {
	CONFINE_ALWAYS(openat2),
	CONFINE_ALWAYS(process_vm_readv),
};

static const struct confine_call naming[] = {
	CONFINE_ALWAYS(access),
	CONFINE_ALWAYS(connect),
	CONFINE_ALWAYS(dup),
	CONFINE_ALWAYS(epoll_create1),
	CONFINE_ALWAYS(epoll_ctl),
	CONFINE_ALWAYS(epoll_wait),
	CONFINE_ALWAYS(eventfd2),
	CONFINE_ALWAYS(faccessat),
	CONFINE_ALWAYS(faccessat2),
	CONFINE_ALWAYS(fcntl),
	CONFINE_ALWAYS(getpeername),
	CONFINE_ALWAYS(getsockname),
	CONFINE_ALWAYS(getsockopt),
	CONFINE_ALWAYS(ioctl),
	CONFINE_ALWAYS(recvmmsg),
	CONFINE_ALWAYS(sendmmsg),
	CONFINE_ALWAYS(setsockopt),
	CONFINE_ALWAYS(shutdown),
	CONFINE_ALWAYS(socket),
	CONFINE_ALWAYS(socketpair),
	CONFINE_ALWAYS(bind),
	CONFINE_ALWAYS(timerfd_create),
	CONFINE_ALWAYS(timerfd_settime),
	CONFINE_ALWAYS(getcwd),
	CONFINE_ALWAYS(getdents64),
	CONFINE_ALWAYS(prctl),
	CONFINE_WHERE(clone, 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM),
};

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
	const struct confine_calls lists[] = {
		CONFINE_LIST(confine_common),
		{ class == INSPECT_NAMES ? naming : reading,
		  class == INSPECT_NAMES ? sizeof naming / sizeof naming[0]
					 : sizeof reading / sizeof reading[0] },
	};

	if (!CONFINE_POSSIBLE)
		return;
	set_limits();
	confine_execution();
	if (class == INSPECT_NAMES) /* the others look into processes, which Landlock forbids */
		confine_files(NULL, 0);
	confine_capabilities(class == INSPECT_NAMES ? 0 : READING);
	confine_system_calls(lists, 2, false);
}
