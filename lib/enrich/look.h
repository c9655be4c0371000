/* SPDX-License-Identifier: MIT */
/*
 * look.h - what the file is that a record speaks of: its hash, its version, who signed
 * it; and the arguments of its process. The file looked at is the one that ran or was
 * mapped, or none. lookup.h asks for it.
 */
#ifndef VIGIL_ENRICH_LOOK_H
#define VIGIL_ENRICH_LOOK_H

#include <stdbool.h>

#include <vigil/vigil.h>

#define LOOK_HASH_BYTES    32
#define LOOK_TEXT_UNITS    720u
#define LOOK_ARGS_MAX      65536
#define LOOK_CONTAINER_ID  65   /* bytes of an id, with its NUL */
#define LOOK_CONTAINER_MAX 5120 /* bytes of what is said of a container */

/* What can be looked for, besides VIGIL_LOOK_...: */
#define LOOK_BUILD_ID (1u << 16)
#define LOOK_ARGS     (1u << 17)
#define LOOK_LINKS    (1u << 19) /* whether a file still has a name, or that name */
#define LOOK_MAPPING  (1u << 18) /* the path, device and inode of a mapped file */

/* Which file; points into a record, or a copy of one. */
struct look_request {
	uint32_t what; /* VIGIL_LOOK_... and the above */
	uint32_t pid;  /* of the process that runs it or mapped it; 0: none */
	bool runs;     /* it is the program of pid, else mapped at base */
	bool in_memory;
	uint64_t base, size, offset;        /* of the mapping; offset in the file */
	uint64_t device, inode, generation; /* as in the record; 0: unknown */
	uint64_t start_key;                 /* of pid, for its arguments */
	uint64_t time;                      /* wall clock of the record, ns */
	const char *path;                   /* ended by a NUL; "" unknown */
	char container[LOOK_CONTAINER_ID];  /* its id; "": none that is looked for */
};

/* Items of UTF-16, each ended by a NUL, as they stand in a part. */
struct look_text {
	uint32_t units, missing; /* missing: of values that were cut */
	uint16_t unit[LOOK_TEXT_UNITS];
};

struct look_result {
	uint32_t known; /* VIGIL_LOOK_... and the above: which of these */
	uint8_t sha256[LOOK_HASH_BYTES];
	struct look_text version;   /* nothing: the file has none */
	struct look_text signature; /* status, signer */
	const uint8_t *build_id;
	size_t build_id_length; /* 0: it has none */
	const char *args;       /* each ended by a NUL */
	size_t args_length;
	bool args_cut;
	const char *path; /* of a mapped file */
	size_t path_length;
	bool path_cut;          /* its beginning is missing */
	uint64_t device, inode; /* of a mapped file, as in the request */
	bool deleted;           /* LINKS: it has no name; false: it has that of the request */
	const char *container;  /* as VIGIL_CONTAINER_INFO; length 0: nothing is found */
	size_t container_length;
	bool container_cut;
};

/* ---- reading the file, in look_windows.c ---- */

struct look;

/* what: VIGIL_LOOK_...; cache_max: files that are remembered. NULL: no memory. */
struct look *look_open(uint32_t what, uint64_t bytes_max, unsigned cache_max);
void look_close(struct look *look);

/* Used by one thread at a time. A file that was seen before and has not changed
 * since is not read again. */
void look_at(struct look *look, const struct look_request *request, struct look_result *result);

/* From another thread: look_at, now and from now on, gives up. */
void look_stop(struct look *look);

#endif /* VIGIL_ENRICH_LOOK_H */
