/* SPDX-License-Identifier: MIT */
/*
 * ancestors.h - the programs of a process that asks for a start, of its parent, and so on.
 *
 * Read from /proc, from the nearest up: numbers and links that the kernel keeps, nothing
 * that waits. A process is held by its open /proc/PID, so another that is given its number
 * is not taken for it. Where a parent ends before it was read, one image is unknown. The
 * children of a process that has ended are those of the first process, or of one that
 * asked for them (PR_SET_CHILD_SUBREAPER): who was above them before is not known here.
 */
#ifndef VIGIL_ENFORCE_LINUX_ANCESTORS_H
#define VIGIL_ENFORCE_LINUX_ANCESTORS_H

#include "enforce/linux/exec_file.h"
#include "enforce/linux/exec_request.h"

struct ancestors {
	char text[65536]; /* the images' paths */
	size_t length;
};

/* Fills in subject->image, from the thread tid on, as many as `most`. *caller: who asks.
 * False: it is gone. */
bool ancestors_read(struct ancestors *ancestors, uint32_t tid, uint32_t most,
		    struct rules_subject *subject, struct caller *caller);

/* Whether the process runs the dynamic loader itself, as a program: then what it opens may
 * be a program for it to run. True also where its image is not known. */
bool ancestors_is_loader(const struct exec_mounts *mounts, uint32_t tid);

#endif /* VIGIL_ENFORCE_LINUX_ANCESTORS_H */
