/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* limit.h - the records that limit.bpf.c sends to limit.c. */
#ifndef LIMIT_H
#define LIMIT_H

#include <stdint.h>

enum limit_mode {
	LIMIT_EMPTY = 0,    /* programs that do nothing */
	LIMIT_WAKE = 1,     /* a record for each event, and one wake-up of the reader for each */
	LIMIT_POLL = 2,     /* a record for each event, the reader runs every 10 ms */
	LIMIT_ARGUMENTS = 3 /* the same, with 256 bytes of arguments for each exec */
};

enum limit_what {
	LIMIT_START = 1,
	LIMIT_EXEC = 2,
	LIMIT_END = 3
};

struct limit_record {
	uint64_t time, start;
	uint32_t what, pid, tid, parent;
	int32_t code;
	uint32_t uid;
	char name[16];
};

struct limit_arguments {
	struct limit_record record;
	char arguments[256];
};

#endif /* LIMIT_H */
