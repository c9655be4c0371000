/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* shared.h - definitions shared by vigil.bpf.c and its loader (lib/sensor/linux/sensor.c). */
#ifndef VIGIL_SHARED_H
#define VIGIL_SHARED_H

#include <vigil/event.h>

/* Arguments are recorded up to this many bytes, paths up to PATH_MAX. */
#define VIGIL_ARGS_MAX 65536
#define VIGIL_PATH_MAX 4096

/* Records in the ring are those of event.h, except for members that the loader completes:
 * header.time and process.start (wall clock), and header.seq. There the program stores how many
 * records the ring had refused when this one was written. An increase between two records marks
 * the place of a loss. */

/* The number that marks where the loader may insert a call of bpf_rdonly_cast(): record.h. */
#define VIGIL_RDONLY_CAST_MARK 0x56494743

/* Counters of one CPU, summed by the loader. */
struct vigil_cpu_counters {
	uint64_t produced[VIGIL_TYPE_MAX];
	uint64_t unreadable; /* parts whose memory could not be read */
};

/* Records refused by the ring, counted by the cgroup of the current process. Each refused record
 * is counted in exactly one slot. Slot 0 counts those of all cgroups that appeared after the
 * other slots were taken. */
#define VIGIL_LOSS_SLOTS    1024
#define VIGIL_LOSS_PATH_MAX 256

struct vigil_loss_slot {
	uint64_t refused[VIGIL_TYPE_MAX];
	uint64_t cgroup;      /* its id; 0: not known yet, and in slot 0 */
	uint32_t path_length; /* its path ends at path[VIGIL_LOSS_PATH_MAX] */
	uint32_t path_cut;    /* the beginning of the path is missing */
	char path[2 * VIGIL_LOSS_PATH_MAX];
};

/* Number of programs that report failed execs. Each has separate scratch memory on each CPU. */
#define VIGIL_FAILED_PROGRAMS 4

/* Maximum number of environment variables that are recorded, and maximum length of a name with
 * its `=`, in words of 8 bytes. */
#define VIGIL_ENVIRONMENT_NAMES 8
#define VIGIL_ENVIRONMENT_WORDS 4

/* State of a search for environment variables. */
struct vigil_environment {
	uint64_t at, end; /* in the new program's memory */
	uint64_t inside;  /* all ones: `at` is in the middle of a variable; else 0 */
	uint32_t to;      /* offset in the record of the next one */
	uint32_t flags;   /* of the part */
	uint32_t used[VIGIL_ENVIRONMENT_NAMES]; /* bytes used by each name */
};

/* Processes whose descendants alone are reported: kernel/linux/outsiders.h. */
#define VIGIL_ROOTS_MAX 8

/* The reserve of the ring is its last 1/VIGIL_RESERVE_PART. Each group of processes may use
 * 1/VIGIL_SHARES of the reserve. */
#define VIGIL_RESERVE_PART 4
#define VIGIL_SHARES       8

/* Scratch memory in which a record of variable length is built: one per CPU for exec, and one
 * for the iterator. */
struct vigil_scratch {
	uint8_t record[98304] __attribute__((aligned(8)));
	uint8_t path[2 * VIGIL_PATH_MAX];
	uint8_t name[256];
	/* In memory, not in registers, so that the verifier sees the same state in each
	 * iteration of a loop and after each branch. */
	volatile uint32_t at;      /* offset in path at which the path begins */
	volatile uint32_t end;     /* where in record the next part begins: below 32768 while
				    * paths are written */
	volatile uint64_t seen[4]; /* hashes of cgroups already in path; 0: unused */
	struct {
		uint64_t dentry, mount, root_dentry, root_mount;
	} walk; /* position of a walk along a path, and its end */
	struct vigil_environment environment;
};

#endif /* VIGIL_SHARED_H */
