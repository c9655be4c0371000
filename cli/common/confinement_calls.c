/* SPDX-License-Identifier: MIT */
/*
 * confinement_calls.c - the system calls that a command keeps, by what it does. They are those
 * that the tests were seen to make (tests/linux/test_confinement.py), and those that the C
 * library and SQLite may make in their place.
 */
#include "confinement_linux.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

#include <linux/bpf.h>
#include <linux/perf_event.h>

#include "confine_common.h"

#define LOW 0xffffffffu /* of an argument that the kernel takes as 32 bits */

/* To read the sensor's queues, with threads that were started, or are started still. */
static const struct confine_call sensing[] = {
	CONFINE_ALWAYS(access),
	CONFINE_WHERE(bpf, 0, LOW, BPF_MAP_LOOKUP_ELEM),
	CONFINE_WHERE(bpf, 0, LOW, BPF_MAP_UPDATE_ELEM),
	CONFINE_WHERE(bpf, 0, LOW, BPF_MAP_DELETE_ELEM),
	CONFINE_WHERE(bpf, 0, LOW, BPF_MAP_GET_NEXT_KEY),
	CONFINE_WHERE(bpf, 0, LOW, BPF_MAP_LOOKUP_BATCH),
	CONFINE_WHERE(bpf, 0, LOW, BPF_OBJ_GET_INFO_BY_FD),
	CONFINE_ALWAYS(capget),
	CONFINE_ALWAYS(capset),
	CONFINE_WHERE(clone, 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM),
	CONFINE_ALWAYS(dup),
	CONFINE_ALWAYS(epoll_create1),
	CONFINE_ALWAYS(epoll_ctl),
	CONFINE_ALWAYS(epoll_pwait),
	CONFINE_ALWAYS(epoll_wait),
	CONFINE_ALWAYS(eventfd2),
	CONFINE_ALWAYS(faccessat),
	CONFINE_ALWAYS(faccessat2),
	CONFINE_ALWAYS(fcntl),
	CONFINE_ALWAYS(getcpu),
	CONFINE_ALWAYS(getcwd),
	CONFINE_ALWAYS(getdents64),
	CONFINE_ALWAYS(getpriority),
	CONFINE_ALWAYS(getrlimit),
	CONFINE_ALWAYS(membarrier),
	CONFINE_WHERE(prlimit64, 2, UINT64_MAX, 0),
	CONFINE_ALWAYS(prctl),
	CONFINE_ALWAYS(sched_getaffinity),
	CONFINE_ALWAYS(sched_getparam),
	CONFINE_ALWAYS(sched_getscheduler),
	CONFINE_ALWAYS(sched_setscheduler),
	CONFINE_ALWAYS(setpriority),
	CONFINE_WHERE(socketpair, 0, LOW, AF_UNIX),
	CONFINE_ALWAYS(timerfd_create),
	CONFINE_ALWAYS(timerfd_gettime),
	CONFINE_ALWAYS(timerfd_settime),
	/* Of a terminal. Not TIOCSTI, which types for its user. */
	CONFINE_WHERE(ioctl, 1, LOW, FIONREAD),
	CONFINE_WHERE(ioctl, 1, LOW, TCGETS),
	CONFINE_WHERE(ioctl, 1, LOW, TCSETS),
	CONFINE_WHERE(ioctl, 1, LOW, TCSETSF),
	CONFINE_WHERE(ioctl, 1, LOW, TCSETSW),
	CONFINE_WHERE(ioctl, 1, LOW, TIOCGWINSZ),
	/* The name service's daemons, and systemd. */
	CONFINE_ALWAYS(connect),
	CONFINE_ALWAYS(getpeername),
	CONFINE_ALWAYS(getsockname),
	CONFINE_ALWAYS(getsockopt),
	CONFINE_ALWAYS(setsockopt),
	CONFINE_WHERE(socket, 0, LOW, AF_UNIX),
};

/* Logs that rotate, files that take another's place, SQLite. */
static const struct confine_call writing[] = {
	CONFINE_ALWAYS(chmod),     CONFINE_ALWAYS(fallocate), CONFINE_ALWAYS(fchmod),
	CONFINE_ALWAYS(fchown),    CONFINE_ALWAYS(fdatasync), CONFINE_ALWAYS(flock),
	CONFINE_ALWAYS(fsync),     CONFINE_ALWAYS(ftruncate), CONFINE_ALWAYS(link),
	CONFINE_ALWAYS(linkat),    CONFINE_ALWAYS(mkdir),     CONFINE_ALWAYS(open),
	CONFINE_ALWAYS(openat),    CONFINE_ALWAYS(openat2),   CONFINE_ALWAYS(pwrite64),
	CONFINE_ALWAYS(pwritev),   CONFINE_ALWAYS(rename),    CONFINE_ALWAYS(renameat),
	CONFINE_ALWAYS(renameat2), CONFINE_ALWAYS(rmdir),     CONFINE_ALWAYS(sync_file_range),
	CONFINE_ALWAYS(syncfs),    CONFINE_ALWAYS(unlink),    CONFINE_ALWAYS(unlinkat),
	CONFINE_ALWAYS(utimensat),
};

static const struct confine_call enforcing[] = {
	CONFINE_ALWAYS(fanotify_init),
	CONFINE_ALWAYS(fanotify_mark),
	CONFINE_ALWAYS(inotify_add_watch),
	CONFINE_ALWAYS(inotify_init1),
	CONFINE_ALWAYS(inotify_rm_watch),
	CONFINE_ALWAYS(name_to_handle_at),
	CONFINE_ALWAYS(open_by_handle_at),
	CONFINE_ALWAYS(process_vm_readv),
	CONFINE_ALWAYS(statfs),
};

/* Rules that the kernel judges itself. */
static const struct confine_call judging[] = {
	CONFINE_WHERE(bpf, 0, LOW, BPF_MAP_CREATE),
	CONFINE_WHERE(bpf, 0, LOW, BPF_OBJ_GET),
	CONFINE_WHERE(bpf, 0, LOW, BPF_OBJ_PIN),
	CONFINE_WHERE(bpf, 0, LOW, BPF_LINK_DETACH),
};

/* Image loads on a CPU that comes online. */
static const struct confine_call reopening[] = {
	CONFINE_ALWAYS(perf_event_open),
	CONFINE_WHERE(ioctl, 1, LOW, PERF_EVENT_IOC_PAUSE_OUTPUT),
};

static const struct confine_call ending[] = {
	CONFINE_ALWAYS(kill),
	CONFINE_ALWAYS(wait4),
	CONFINE_ALWAYS(waitid),
};

static bool writes_files(const struct confinement *c)
{
	for (size_t i = 0; i < CONFINEMENT_OUTPUTS; i++)
		if (c->output[i])
			return true;
	return c->source->rules; /* who is in force, for `vigil block list` */
}

bool confinement_system_calls(const struct confinement *c)
{
	/* abort(3) */
	const struct confine_call own[] = { CONFINE_WHERE(tgkill, 0, LOW, (uint64_t)getpid()) };
	struct confine_calls lists[8] = { CONFINE_LIST(confine_common), CONFINE_LIST(sensing),
					  CONFINE_LIST(own) };
	size_t count = 3;

	if (writes_files(c))
		lists[count++] = (struct confine_calls)CONFINE_LIST(writing);
	if (c->source->rules)
		lists[count++] = (struct confine_calls)CONFINE_LIST(enforcing);
	if (c->source->rules)
		lists[count++] = (struct confine_calls)CONFINE_LIST(judging);
	if (!c->source->types || c->source->types & VIGIL_TYPE_BIT(VIGIL_IMAGE_LOAD))
		lists[count++] = (struct confine_calls)CONFINE_LIST(reopening);
	if (c->ends_command)
		lists[count++] = (struct confine_calls)CONFINE_LIST(ending);
	return confine_system_calls(lists, count, true);
}
