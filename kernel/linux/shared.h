/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* shared.h - what vigil.bpf.c and its loader (lib/sensor/linux/sensor.c) agree on. */
#ifndef VIGIL_SHARED_H
#define VIGIL_SHARED_H

#include <vigil/event.h>

/* Arguments are recorded up to this many bytes, paths up to PATH_MAX. */
#define VIGIL_ARGS_MAX 65536
#define VIGIL_PATH_MAX 4096

/* The ring's records are those of event.h but for three things that the loader
 * completes: header.time and process.start (wall clock), and header.seq, in which
 * the program leaves how many records the ring had refused when this one was
 * written. A step of it between two records is the place of a loss. */

/* The number that marks where the loader may insert a call of bpf_rdonly_cast(): record.h. */
#define VIGIL_UNTRUST 0x56494743

/* Counters of one CPU, summed by the loader. */
struct vigil_cpu_counters {
	uint64_t produced[VIGIL_TYPE_MAX];
	uint64_t unreadable; /* parts whose memory could not be read */
};

/* Records that the ring refused, by the cgroup of the process in whose context they
 * would have been written. Each refused record is counted in exactly one of these.
 * Slot 0 counts for all cgroups that came after the other slots were taken. */
#define VIGIL_LOSS_SLOTS    1024
#define VIGIL_LOSS_PATH_MAX 256

struct vigil_loss_slot {
	uint64_t refused[VIGIL_TYPE_MAX];
	uint64_t cgroup;      /* its id; 0: not known yet, and of slot 0 */
	uint32_t path_length; /* its path ends at path[VIGIL_LOSS_PATH_MAX] */
	uint32_t path_cut;    /* the beginning of the path is missing */
	char path[2 * VIGIL_LOSS_PATH_MAX];
};

/* Programs that report execs that fail; each has scratch memory of its own on each CPU. */
#define VIGIL_FAILED_PROGRAMS 4

/* Variables of the environment whose values are wanted: so many at most, of names that fit into
 * so many words of 8 bytes with their `=`. */
#define VIGIL_ENVIRONMENT_NAMES 8
#define VIGIL_ENVIRONMENT_WORDS 4

/* Where a search for them is. */
struct vigil_environment {
	uint64_t at, end; /* in the new program's memory */
	uint64_t inside;  /* all ones: `at` is inside a variable, not at its beginning */
	uint32_t to;      /* where in the record the next one goes */
	uint32_t flags;   /* of the part */
	uint32_t used[VIGIL_ENVIRONMENT_NAMES]; /* bytes, by each name */
};

/* The reserve of the ring: the last 1/VIGIL_RESERVE_PART of it, of which each group of
 * processes may use 1/VIGIL_SHARES. */
#define VIGIL_RESERVE_PART 4
#define VIGIL_SHARES       8

/* Scratch memory in which a record of variable length is put together: one per
 * CPU for exec, one more for the iterator. */
struct vigil_scratch {
	uint8_t record[98304] __attribute__((aligned(8)));
	uint8_t path[2 * VIGIL_PATH_MAX];
	uint8_t name[256];
	/* In memory and not in registers, so that the verifier sees the same state in each round
	 * of a loop, and after each branch. */
	volatile uint32_t at;      /* where in path the path begins */
	volatile uint32_t end;     /* where in record the next part begins: below 32768 while
				    * paths are written */
	volatile uint64_t seen[4]; /* of the task's cgroups in path; 0: unused */
	struct {
		uint64_t dentry, mount, root_dentry, root_mount;
	} walk; /* where a walk along a path is, and its end */
	struct vigil_environment environment;
};

#endif /* VIGIL_SHARED_H */
