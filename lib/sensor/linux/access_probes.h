/* SPDX-License-Identifier: MIT */
/*
 * access_probes.h - the kernel mechanisms that report process access (kernel/linux/access.h),
 * changes of credentials (credentials.h), execs that fail (exec_failed.h) and the last thread of a
 * process (last_thread.h).
 *
 * fexit costs only processes that perform such an operation. It requires a kernel with ftrace's
 * direct calls. On other kernels tracepoints report some of the operations, also without cost to
 * other processes (tracers.h). A program at the return of every system call reports all of them but
 * makes each system call of every process slower; it is used only if the caller insists.
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

/* The mechanism that reports each of these. */
struct hooks {
	enum means access; /* and remote threads */
	enum means credentials;
	enum means exec_failed;
};

/*
 * Chooses the mechanisms and sets in bpf which programs are to be loaded. types: the kernel's type
 * information. may_trace: false if the kernel has refused the programs of MEANS_TRACED. The program
 * for credentials is loaded for every set of types: with it, the library knows the user of a
 * process at an image load, whose record has none.
 */
void hooks_choose(struct hooks *hooks, struct vigil_bpf *bpf, const struct kernel_types *types,
		  const struct vigil_options *options, bool may_trace);

/* Returns the types that need a mechanism and have none. */
uint32_t hooks_missing(const struct hooks *hooks);

/* The types that need programs of MEANS_TRACED or MEANS_TRACEPOINTS. */
#define HOOKS_TYPES \
	(VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS) | VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD) | \
	 VIGIL_TYPE_BIT(VIGIL_EVENT_CREDENTIALS) | VIGIL_TYPE_BIT(VIGIL_EVENT_EXEC_FAILED))

/* Returns what the mechanism for process access adds to the name of the back end ("+fexit", ""),
 * and "+syscalls" if any other uses that. */
const char *hooks_name(const struct hooks *hooks);
const char *hooks_other_name(const struct hooks *hooks);

#endif /* VIGIL_SENSOR_LINUX_ACCESS_PROBES_H */
