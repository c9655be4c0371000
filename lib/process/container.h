/* SPDX-License-Identifier: MIT */
/* container.h - determines the container or machine of a control group from its path alone. */
#ifndef VIGIL_PROCESS_CONTAINER_H
#define VIGIL_PROCESS_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

#define CONTAINER_ID_MAX 255 /* bytes; the maximum length of a path component */

enum container_kind {
	CONTAINER_NONE,
	CONTAINER_ID,     /* a container: its id, or its name if the runtime has only names */
	CONTAINER_MACHINE /* a machine registered with systemd-machined or libvirt: its name */
};

struct container {
	enum container_kind kind;
	size_t length;
	char id[CONTAINER_ID_MAX + 1]; /* ended by a NUL */
};

/* Finds the innermost container or machine in the path of a control group. The supervisor of a
 * container (conmon, lxc-monitord) has a separate group and is not in the container. Returns
 * whether there is one. */
bool container_of_cgroup(const char *path, size_t length, struct container *found);

/* The same in a path; if it has none, in the first of other paths, each ended by a NUL, that has
 * one. */
bool container_of_cgroups(const char *path, size_t length, const char *others, size_t others_length,
			  struct container *found);

#endif /* VIGIL_PROCESS_CONTAINER_H */
