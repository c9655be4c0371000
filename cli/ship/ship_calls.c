/* SPDX-License-Identifier: MIT */
/*
 * ship_calls.c - the system calls of a process that sends (seccomp_lists.h): those of the spool, and
 * those that the C library, OpenSSL, GnuTLS, libcurl, librdkafka and libnats make to open
 * connections, look up names and run threads. None executes a program or makes a process.
 */
#include "ship_confine.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "os/seccomp_lists.h"

static const struct seccomp_call ship_spool[] = {
	SECCOMP_ALWAYS(fallocate), SECCOMP_ALWAYS(fchmod),    SECCOMP_ALWAYS(fdatasync),
	SECCOMP_ALWAYS(flock),     SECCOMP_ALWAYS(fsync),     SECCOMP_ALWAYS(ftruncate),
	SECCOMP_ALWAYS(open),      SECCOMP_ALWAYS(openat),    SECCOMP_ALWAYS(pwrite64),
	SECCOMP_ALWAYS(rename),    SECCOMP_ALWAYS(renameat),  SECCOMP_ALWAYS(renameat2),
	SECCOMP_ALWAYS(unlink),    SECCOMP_ALWAYS(unlinkat),  SECCOMP_ALWAYS(getdents64),
	SECCOMP_ALWAYS(access),    SECCOMP_ALWAYS(faccessat), SECCOMP_ALWAYS(faccessat2),
	SECCOMP_ALWAYS(fcntl),     SECCOMP_ALWAYS(dup),       SECCOMP_ALWAYS(dup2),
	SECCOMP_ALWAYS(dup3),
};

static const struct seccomp_call ship_network[] = {
	SECCOMP_WHERE(socket, 0, SECCOMP_LOW, AF_UNIX),
	SECCOMP_WHERE(socket, 0, SECCOMP_LOW, AF_INET),
	SECCOMP_WHERE(socket, 0, SECCOMP_LOW, AF_INET6),
	SECCOMP_WHERE(socket, 0, SECCOMP_LOW, AF_NETLINK), /* getaddrinfo(3) */
	SECCOMP_WHERE(socketpair, 0, SECCOMP_LOW, AF_UNIX),
	SECCOMP_ALWAYS(connect),
	SECCOMP_ALWAYS(bind),
	SECCOMP_ALWAYS(getpeername),
	SECCOMP_ALWAYS(getsockname),
	SECCOMP_ALWAYS(getsockopt),
	SECCOMP_ALWAYS(setsockopt),
	SECCOMP_ALWAYS(shutdown),
	SECCOMP_ALWAYS(sendmmsg),
	SECCOMP_ALWAYS(recvmmsg),
	SECCOMP_ALWAYS(select),
	SECCOMP_ALWAYS(pselect6),
	SECCOMP_ALWAYS(epoll_create1),
	SECCOMP_ALWAYS(epoll_ctl),
	SECCOMP_ALWAYS(epoll_pwait),
	SECCOMP_ALWAYS(epoll_wait),
	SECCOMP_ALWAYS(eventfd2),
	SECCOMP_ALWAYS(memfd_create),
	SECCOMP_ALWAYS(pipe),
	SECCOMP_ALWAYS(pipe2),
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, FIONBIO),
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, FIONREAD),
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, TIOCOUTQ), /* SIOCOUTQ as well */
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, TCGETS),
};

static const struct seccomp_call ship_threads[] = {
	SECCOMP_WHERE(clone, 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM),
	SECCOMP_ALWAYS(getcpu),
	SECCOMP_ALWAYS(getrlimit),
	SECCOMP_ALWAYS(getrusage),
	SECCOMP_ALWAYS(membarrier),
	SECCOMP_WHERE(prlimit64, 2, UINT64_MAX, 0),
	SECCOMP_WHERE(prctl, 0, SECCOMP_LOW, PR_SET_NAME),
	SECCOMP_ALWAYS(sched_getaffinity),
	SECCOMP_ALWAYS(sched_getparam),
	SECCOMP_ALWAYS(sched_getscheduler),
	SECCOMP_ALWAYS(times),
	SECCOMP_WHERE(tgkill, 0, SECCOMP_LOW, CONFINE_OWN_PID), /* abort(3) */
};

static size_t choose_ship_lists(unsigned number, struct seccomp_list lists[SECCOMP_LISTS_MAX])
{
	(void)number;
	lists[0] = (struct seccomp_list)SECCOMP_LIST(seccomp_common);
	lists[1] = (struct seccomp_list)SECCOMP_LIST(ship_spool);
	lists[2] = (struct seccomp_list)SECCOMP_LIST(ship_network);
	lists[3] = (struct seccomp_list)SECCOMP_LIST(ship_threads);
	return 4;
}

const struct seccomp_array seccomp_array = { "ship_filters", "ship/ship_confine.h", 1,
					     choose_ship_lists };
