/* SPDX-License-Identifier: MIT */
/*
 * confinement_calls.c - the system calls that a command makes after it has opened everything, by
 * its task (seccomp_lists.h). They are those observed in the tests
 * (tests/linux/test_confinement.py) and those that the C library and SQLite may use instead.
 */
#include "confinement_linux.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

#include <linux/bpf.h>
#include <linux/perf_event.h>

#include "os/seccomp_lists.h"

/* To read the sensor's queues, with threads that run already or are started later. */
static const struct seccomp_call sensing[] = {
	SECCOMP_ALWAYS(access), SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_MAP_LOOKUP_ELEM),
	SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_MAP_UPDATE_ELEM),
	SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_MAP_DELETE_ELEM),
	SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_MAP_GET_NEXT_KEY),
	SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_MAP_LOOKUP_BATCH),
	SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_OBJ_GET_INFO_BY_FD), SECCOMP_ALWAYS(capget),
	SECCOMP_ALWAYS(capset),
	SECCOMP_WHERE(clone, 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM),
	SECCOMP_ALWAYS(dup), SECCOMP_ALWAYS(epoll_create1), SECCOMP_ALWAYS(epoll_ctl),
	SECCOMP_ALWAYS(epoll_pwait), SECCOMP_ALWAYS(epoll_wait), SECCOMP_ALWAYS(eventfd2),
	SECCOMP_ALWAYS(faccessat), SECCOMP_ALWAYS(faccessat2), SECCOMP_ALWAYS(fcntl),
	SECCOMP_ALWAYS(getcpu), SECCOMP_ALWAYS(getcwd), SECCOMP_ALWAYS(getdents64),
	SECCOMP_ALWAYS(getpriority), SECCOMP_ALWAYS(getrlimit), SECCOMP_ALWAYS(membarrier),
	SECCOMP_WHERE(prlimit64, 2, UINT64_MAX, 0), SECCOMP_ALWAYS(prctl),
	SECCOMP_ALWAYS(sched_getaffinity), SECCOMP_ALWAYS(sched_getparam),
	SECCOMP_ALWAYS(sched_getscheduler), SECCOMP_ALWAYS(sched_setscheduler),
	SECCOMP_ALWAYS(setpriority), SECCOMP_WHERE(socketpair, 0, SECCOMP_LOW, AF_UNIX),
	SECCOMP_ALWAYS(timerfd_create), SECCOMP_ALWAYS(timerfd_gettime),
	SECCOMP_ALWAYS(timerfd_settime),
	/* Terminal requests. Not TIOCSTI, which simulates input of the user. */
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, FIONREAD),
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, TCGETS), SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, TCSETS),
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, TCSETSF),
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, TCSETSW),
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, TIOCGWINSZ),
	/* The daemons of the name service, and systemd. */
	SECCOMP_ALWAYS(connect), SECCOMP_ALWAYS(getpeername), SECCOMP_ALWAYS(getsockname),
	SECCOMP_ALWAYS(getsockopt), SECCOMP_ALWAYS(setsockopt),
	SECCOMP_WHERE(socket, 0, SECCOMP_LOW, AF_UNIX),
	SECCOMP_WHERE(tgkill, 0, SECCOMP_LOW, CONFINE_OWN_PID), /* abort(3) */
};

/* Logs that rotate, files that are replaced, SQLite. */
static const struct seccomp_call writing[] = {
	SECCOMP_ALWAYS(chmod),     SECCOMP_ALWAYS(fallocate), SECCOMP_ALWAYS(fchmod),
	SECCOMP_ALWAYS(fchown),    SECCOMP_ALWAYS(fdatasync), SECCOMP_ALWAYS(flock),
	SECCOMP_ALWAYS(fsync),     SECCOMP_ALWAYS(ftruncate), SECCOMP_ALWAYS(link),
	SECCOMP_ALWAYS(linkat),    SECCOMP_ALWAYS(mkdir),     SECCOMP_ALWAYS(open),
	SECCOMP_ALWAYS(openat),    SECCOMP_ALWAYS(openat2),   SECCOMP_ALWAYS(pwrite64),
	SECCOMP_ALWAYS(pwritev),   SECCOMP_ALWAYS(rename),    SECCOMP_ALWAYS(renameat),
	SECCOMP_ALWAYS(renameat2), SECCOMP_ALWAYS(rmdir),     SECCOMP_ALWAYS(sync_file_range),
	SECCOMP_ALWAYS(syncfs),    SECCOMP_ALWAYS(unlink),    SECCOMP_ALWAYS(unlinkat),
	SECCOMP_ALWAYS(utimensat),
};

static const struct seccomp_call enforcing[] = {
	SECCOMP_ALWAYS(fanotify_init),
	SECCOMP_ALWAYS(fanotify_mark),
	SECCOMP_ALWAYS(inotify_add_watch),
	SECCOMP_ALWAYS(inotify_init1),
	SECCOMP_ALWAYS(inotify_rm_watch),
	SECCOMP_ALWAYS(name_to_handle_at),
	SECCOMP_ALWAYS(open_by_handle_at),
	SECCOMP_ALWAYS(process_vm_readv),
	SECCOMP_ALWAYS(statfs),
	/* Rules that the kernel evaluates. */
	SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_MAP_CREATE),
	SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_OBJ_GET),
	SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_OBJ_PIN),
	SECCOMP_WHERE(bpf, 0, SECCOMP_LOW, BPF_LINK_DETACH),
};

/* Image loads on a CPU that comes online. */
static const struct seccomp_call reopening[] = {
	SECCOMP_ALWAYS(perf_event_open),
	SECCOMP_WHERE(ioctl, 1, SECCOMP_LOW, PERF_EVENT_IOC_PAUSE_OUTPUT),
};

static const struct seccomp_call ending[] = {
	SECCOMP_ALWAYS(kill),
	SECCOMP_ALWAYS(wait4),
	SECCOMP_ALWAYS(waitid),
};

static size_t choose_lists(unsigned does, struct seccomp_list lists[SECCOMP_LISTS_MAX])
{
	size_t count = 0;

	lists[count++] = (struct seccomp_list)SECCOMP_LIST(seccomp_common);
	lists[count++] = (struct seccomp_list)SECCOMP_LIST(sensing);
	if (does & CONFINEMENT_WRITES)
		lists[count++] = (struct seccomp_list)SECCOMP_LIST(writing);
	if (does & CONFINEMENT_ENFORCES)
		lists[count++] = (struct seccomp_list)SECCOMP_LIST(enforcing);
	if (does & CONFINEMENT_REOPENS)
		lists[count++] = (struct seccomp_list)SECCOMP_LIST(reopening);
	if (does & CONFINEMENT_ENDS)
		lists[count++] = (struct seccomp_list)SECCOMP_LIST(ending);
	return count;
}

const struct seccomp_array seccomp_array = { "confinement_filters", "common/confinement_linux.h",
					     CONFINEMENT_FILTERS, choose_lists };
