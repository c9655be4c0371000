/* SPDX-License-Identifier: MIT */
/*
 * access_probes.h - by which of the kernel's means process access (kernel/linux/access.h), changes of
 * credentials (credentials.h) and execs that fail (exec_failed.h) are reported.
 *
 * fexit costs nobody who does no such thing. It needs a kernel with ftrace's direct
 * calls. Elsewhere tracepoints tell a part, at no cost either (tracers.h). All of it,
 * by a program at the return of every system call, makes each of them slower for
 * everybody, and is done only where the caller insists.
 */
#ifndef VIGIL_SENSOR_LINUX_ACCESS_PROBES_H
#define VIGIL_SENSOR_LINUX_ACCESS_PROBES_H

#include <vigil/vigil.h>

#include "vigil.skel.h"

struct kernel_types;

enum means {
	MEANS_NONE,
	MEANS_TRACED, /* fentry, fexit */
	MEANS_TRACEPOINTS,
	MEANS_SYSCALLS
};

/* By which means each of these is reported. */
struct hooks {
	enum means access; /* and remote threads */
	enum means credentials;
	enum means exec_failed;
};

/*
 * Chooses, and says in bpf which programs are to be loaded. types: the kernel's. may_trace: false
 * where the kernel has refused the programs of MEANS_TRACED. That for credentials is loaded for
 * whatever types: with it, the library knows the user of a process when an image is loaded, the
 * record of which has none.
 */
void hooks_choose(struct hooks *hooks, struct vigil_bpf *bpf, const struct kernel_types *types,
		  const struct vigil_options *options, bool may_trace);

/* The types that need means, and have none. */
uint32_t hooks_missing(const struct hooks *hooks);

/* The types that need programs of MEANS_TRACED or MEANS_TRACEPOINTS. */
#define HOOKS_TYPES \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS) | VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_CREDENTIALS) | VIGIL_TYPE_BIT(VIGIL_EVENT_EXEC_FAILED))

/* What the means for process access add to the name of the back end ("+fexit", ""), and
 * "+syscalls" where any other has that. */
const char *hooks_name(const struct hooks *hooks);
const char *hooks_other_name(const struct hooks *hooks);

#endif /* VIGIL_SENSOR_LINUX_ACCESS_PROBES_H */
