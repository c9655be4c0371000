/* SPDX-License-Identifier: MIT */
/*
 * buildid.h - the GNU build-id of a mapped file, read once a file.
 *
 * perf can tell the build-id or the inode of a mapping, not both. The inode
 * comes from the kernel, as it names the file; the build-id is read from the
 * file itself when it is first seen, through /proc/PID/map_files, which leads to
 * the mapped file even if it was deleted or lies in another mount namespace. A
 * file that is no longer there, or is another one by now, has none.
 */
#ifndef VIGIL_BUILDID_H
#define VIGIL_BUILDID_H

#include <stddef.h>
#include <stdint.h>

#include <vigil/event.h>

#define BUILDID_MAX 32 /* bytes; SHA-1 gives 20 */

struct buildid_entry {
	uint64_t device, inode, generation;
	uint8_t length;
	uint8_t bytes[BUILDID_MAX];
};

/* A direct-mapped cache: bounded, and a miss costs one open and two reads. */
struct buildid_cache {
	struct buildid_entry *entry;
};

int buildid_open(struct buildid_cache *cache);
void buildid_close(struct buildid_cache *cache);

/* The build-id of what `image` (mapped from path) is; *length 0: none. */
const uint8_t *buildid_find(struct buildid_cache *cache, const struct vigil_image *image,
			    const char *path, size_t *length);

#endif /* VIGIL_BUILDID_H */
