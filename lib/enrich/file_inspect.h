/* SPDX-License-Identifier: MIT */
/*
 * file_inspect.h - requests for information about the file of a record (hash, version,
 * signature), and about its process (arguments); and their results. The file is the one that was executed or
 * mapped, or the request fails. lookup.h makes the requests.
 */
#ifndef VIGIL_ENRICH_FILE_INSPECT_H
#define VIGIL_ENRICH_FILE_INSPECT_H

#include <stdbool.h>

#include <vigil/vigil.h>

#define LOOKUP_HASH_BYTES    32
#define LOOKUP_TEXT_UNITS    720u
#define LOOKUP_ARGS_MAX      65536
#define LOOKUP_CONTAINER_ID  65   /* bytes of an id, including its NUL */
#define LOOKUP_CONTAINER_MAX 5120 /* bytes of the information about a container */

/* What can be requested, in addition to VIGIL_INSPECT_...: */
#define LOOKUP_BUILD_ID (1u << 16)
#define LOOKUP_ARGS     (1u << 17)
#define LOOKUP_LINKS    (1u << 19) /* whether a file still has a name, and its path */
#define LOOKUP_MAPPING  (1u << 18) /* the path, device and inode of a mapped file */

/* A request. Pointers refer to a record or a copy of one. */
struct lookup_request {
	uint32_t what; /* VIGIL_INSPECT_... and the above */
	uint32_t pid;  /* of the process that runs or mapped it; 0: none */
	bool runs;     /* it is the program of pid, otherwise it is mapped at base */
	bool in_memory;
	uint64_t base, size, offset;         /* of the mapping; offset: in the file */
	uint64_t device, inode, generation;  /* as in the record; 0: unknown */
	uint64_t start_key;                  /* of pid, for its arguments */
	uint64_t time;                       /* wall clock of the record, ns since 1970 */
	const char *path;                    /* ends with a NUL; "": unknown */
	char container[LOOKUP_CONTAINER_ID]; /* its id; "": none */
};

/* Items of UTF-16, each ended by a NUL, in the form of a part. */
struct lookup_text {
	uint32_t units, missing; /* missing: units of truncated values */
	uint16_t unit[LOOKUP_TEXT_UNITS];
};

struct lookup_result {
	uint32_t known; /* VIGIL_INSPECT_... and the above: which members are known */
	uint8_t sha256[LOOKUP_HASH_BYTES];
	struct lookup_text version;   /* empty: the file has none */
	struct lookup_text signature; /* status, signer */
	const uint8_t *build_id;
	size_t build_id_length; /* 0: it has none */
	const char *args;       /* each ended by a NUL */
	size_t args_length;
	bool args_cut;
	const char *path; /* of a mapped file */
	size_t path_length;
	bool path_cut;          /* its beginning is missing */
	uint64_t device, inode; /* of a mapped file, as in the request */
	bool deleted;           /* LINKS: it has no name; false: it has the path in the request */
	const char
	    *container; /* in the form of VIGIL_PART_CONTAINER_INFO; length 0: nothing was found */
	size_t container_length;
	bool container_cut;
};

/* ---- reading the file, in file_inspect_windows.c ---- */

struct file_inspect;

/* what: VIGIL_INSPECT_...; bytes_max: larger files are not read; cache_max: files in the cache.
 * NULL: out of memory. */
struct file_inspect *file_inspect_open(uint32_t what, uint64_t bytes_max, unsigned cache_max);
void file_inspect_close(struct file_inspect *inspect);

/* Reads a file. Used by one thread at a time. A file that was read before and has not changed
 * since is not read again. */
void file_inspect_read(struct file_inspect *inspect, const struct lookup_request *request,
		       struct lookup_result *result);

/* Makes file_inspect_read fail, now and from now on. May be called from another thread. */
void file_inspect_stop(struct file_inspect *inspect);

#endif /* VIGIL_ENRICH_FILE_INSPECT_H */
