/* SPDX-License-Identifier: MIT */
/* seccomp.c - the system calls that helper processes make (seccomp_lists.h). */
#include "os/seccomp_lists.h"

#include "inspect/filters.h"

/* openat2's flags are in memory, which a filter cannot read. Its files still cannot be written:
 * RLIMIT_FSIZE prevents that, and file.c uses O_PATH. */
static const struct seccomp_call reading[] = {
	SECCOMP_ALWAYS(openat2),
	SECCOMP_ALWAYS(process_vm_readv),
};

static const struct seccomp_call naming[] = {
	SECCOMP_ALWAYS(access),
	SECCOMP_ALWAYS(connect),
	SECCOMP_ALWAYS(dup),
	SECCOMP_ALWAYS(epoll_create1),
	SECCOMP_ALWAYS(epoll_ctl),
	SECCOMP_ALWAYS(epoll_wait),
	SECCOMP_ALWAYS(eventfd2),
	SECCOMP_ALWAYS(faccessat),
	SECCOMP_ALWAYS(faccessat2),
	SECCOMP_ALWAYS(fcntl),
	SECCOMP_ALWAYS(getpeername),
	SECCOMP_ALWAYS(getsockname),
	SECCOMP_ALWAYS(getsockopt),
	SECCOMP_ALWAYS(ioctl),
	SECCOMP_ALWAYS(recvmmsg),
	SECCOMP_ALWAYS(sendmmsg),
	SECCOMP_ALWAYS(setsockopt),
	SECCOMP_ALWAYS(shutdown),
	SECCOMP_ALWAYS(socket),
	SECCOMP_ALWAYS(socketpair),
	SECCOMP_ALWAYS(bind),
	SECCOMP_ALWAYS(timerfd_create),
	SECCOMP_ALWAYS(timerfd_settime),
	SECCOMP_ALWAYS(getcwd),
	SECCOMP_ALWAYS(getdents64),
	SECCOMP_ALWAYS(prctl),
	SECCOMP_WHERE(clone, 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM),
};

static size_t choose_lists(unsigned number, struct seccomp_list lists[SECCOMP_LISTS_MAX])
{
	lists[0] = (struct seccomp_list)SECCOMP_LIST(seccomp_common);
	if (number == INSPECT_NAMING)
		lists[1] = (struct seccomp_list)SECCOMP_LIST(naming);
	else
		lists[1] = (struct seccomp_list)SECCOMP_LIST(reading);
	return 2;
}

const struct seccomp_array seccomp_array = { "inspect_filters", "inspect/filters.h",
					     INSPECT_FILTERS, choose_lists };
