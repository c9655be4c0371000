/* SPDX-License-Identifier: MIT */
/* container.h - which container a cgroup belongs to, by its path alone. */
#ifndef VIGIL_CONTAINER_H
#define VIGIL_CONTAINER_H

#include <stddef.h>

/* Finds the container's id (64 hexadecimal digits: docker, podman, containerd,
 * CRI-O) or name (LXC, systemd-nspawn) in a cgroup path of `length` bytes.
 * Returns where it begins and sets *found to its length; 0: none. */
const char *container_of_cgroup(const char *path, size_t length, size_t *found);

#endif /* VIGIL_CONTAINER_H */
