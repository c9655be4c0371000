/* SPDX-License-Identifier: MIT */
/*
 * hooks.h - by which of the kernel's means process access (kernel/linux/access.h) and changes of
 * credentials (credentials.h) are reported.
 *
 * fexit costs nobody who does no such thing. It needs a kernel with ftrace's direct
 * calls. Elsewhere tracepoints tell a part, at no cost either (tracers.h). All of it,
 * by a program at the return of every system call, makes each of them slower for
 * everybody, and is done only where the caller insists.
 */
#ifndef VIGIL_HOOKS_H
#define VIGIL_HOOKS_H

#include <vigil/vigil.h>

#include "vigil.skel.h"

struct btf;

enum hooks {
	HOOKS_NONE,
	HOOKS_FEXIT,
	HOOKS_TRACEPOINTS,
	HOOKS_SYSCALLS
};

/* The types that need them. */
#define HOOKS_TYPES (VIGIL_TYPE_BIT(VIGIL_PROCESS_ACCESS) | VIGIL_TYPE_BIT(VIGIL_REMOTE_THREAD))

/* Chooses, and says in bpf which programs are to be loaded. btf: the kernel's. */
enum hooks hooks_choose(struct vigil_bpf *bpf, const struct btf *btf,
			const struct vigil_options *options);

/* The same for changes of credentials: HOOKS_FEXIT stands for fentry on commit_creds(). If
 * may_trace is true it is loaded for whatever types: with it, the library knows the user of a
 * process when an image is loaded, the record of which has none. */
enum hooks hooks_choose_credentials(struct vigil_bpf *bpf, const struct btf *btf,
				    const struct vigil_options *options, bool may_trace);

/* What hooks adds to the name of the back end: "+fexit", "". */
const char *hooks_name(enum hooks hooks);

#endif /* VIGIL_HOOKS_H */
