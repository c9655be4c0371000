/* SPDX-License-Identifier: MIT */
/* container.h - which container or machine a control group belongs to, by its path alone. */
#ifndef VIGIL_PROCESS_CONTAINER_H
#define VIGIL_PROCESS_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

#define CONTAINER_ID_MAX 255 /* bytes; a component of a path is no longer */

enum container_kind {
	CONTAINER_NONE,
	CONTAINER_ID,     /* a container: its id, or its name where the runtime has only names */
	CONTAINER_MACHINE /* a machine that systemd-machined or libvirt registered: its name */
};

struct container {
	enum container_kind kind;
	size_t length;
	char id[CONTAINER_ID_MAX + 1]; /* ended by a NUL */
};

/* Finds the innermost container or machine in the path of a control group. What supervises
 * a container (conmon, lxc-monitord) is in a group of its own and not in the container.
 * Returns whether there is one. */
bool container_of_cgroup(const char *path, size_t length, struct container *found);

/* The same in a path, or else in the first of other paths, each ended by a NUL, that has one. */
bool container_of_cgroups(const char *path, size_t length, const char *others, size_t others_length,
			  struct container *found);

#endif /* VIGIL_PROCESS_CONTAINER_H */
