/* SPDX-License-Identifier: MIT */
/* mounts.h - parses a line of /proc/PID/mountinfo, and lists the remote file systems. */
#ifndef VIGIL_OS_MOUNTS_H
#define VIGIL_OS_MOUNTS_H

#include <stdbool.h>

/* A mount. The strings point into the parsed line. */
struct mount_line {
	unsigned major, minor; /* of the device */
	const char *root;      /* of the mount within its file system */
	const char *point;     /* where it is mounted */
	const char *type;      /* of the file system: "ext4", "fuse.sshfs" */
};

/* Parses "36 35 98:0 / /mnt rw,noatime shared:1 - ext4 /dev/sda1 rw" (proc(5)) and modifies it.
 * Returns false if the line has another format. */
bool mount_parse(char *line, struct mount_line *out);

/* Whether a file system of this type depends on a network server or a user-space program.
 * Opening a file there may block indefinitely. */
bool mount_is_remote(const char *type);

#endif /* VIGIL_OS_MOUNTS_H */
