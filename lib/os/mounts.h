/* SPDX-License-Identifier: MIT */
/* mounts.h - a line of /proc/PID/mountinfo, and which file systems are remote. */
#ifndef VIGIL_OS_MOUNTS_H
#define VIGIL_OS_MOUNTS_H

#include <stdbool.h>

/* The texts are in the line that was parsed. */
struct mount_line {
	unsigned major, minor; /* of the device */
	const char *root;      /* of the mount, in its file system */
	const char *point;     /* where it is mounted */
	const char *type;      /* of the file system: "ext4", "fuse.sshfs" */
};

/* Reads "36 35 98:0 / /mnt rw,noatime shared:1 - ext4 /dev/sda1 rw" (proc(5)), which it
 * changes. false: it is no such line. */
bool mount_parse(char *line, struct mount_line *out);

/* Whether a file system of this type answers only when somebody else does: a server of the
 * network, or a program. Whoever opens a file there may wait for ever. */
bool mount_is_remote(const char *type);

#endif /* VIGIL_OS_MOUNTS_H */
