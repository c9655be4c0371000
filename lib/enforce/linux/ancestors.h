/* SPDX-License-Identifier: MIT */
/*
 * ancestors.h - the images of the process that calls exec, of its parent, and so on.
 *
 * They are read from /proc, the nearest first: PIDs and links that the kernel keeps in memory,
 * so no read waits. Each process is identified by its open /proc/PID, so a process that reuses
 * the PID is not mistaken for it. If a parent ends before it is read, one image is unknown. The
 * kernel gives orphans to the first process or to a subreaper (PR_SET_CHILD_SUBREAPER); their
 * previous ancestors are not known here.
 */
#ifndef VIGIL_ENFORCE_LINUX_ANCESTORS_H
#define VIGIL_ENFORCE_LINUX_ANCESTORS_H

#include "enforce/linux/exec_file.h"
#include "enforce/linux/exec_request.h"

struct ancestors {
	char text[65536]; /* the images' paths */
	size_t length;
};

/* Fills in subject->image with at most `most` images, the first one that of the thread tid. The
 * paths are in *ancestors. *caller receives the ids of the calling process. Returns false if
 * the process has ended. */
bool ancestors_read(struct ancestors *ancestors, uint32_t tid, uint32_t most,
		    struct rules_subject *subject, struct exec_request *caller);

/* Whether the process runs the dynamic loader as a program: then a file that it opens may be a
 * program for it to run. Also true if its image is not known. */
bool ancestors_is_loader(const struct exec_mounts *mounts, uint32_t tid);

#endif /* VIGIL_ENFORCE_LINUX_ANCESTORS_H */
