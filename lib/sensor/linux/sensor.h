/* SPDX-License-Identifier: MIT */
/*
 * sensor.h - the state of the live sensor of Linux. attach.c opens and closes it,
 * linux.c turns its queues into one stream.
 */
#ifndef VIGIL_SENSOR_LINUX_SENSOR_H
#define VIGIL_SENSOR_LINUX_SENSOR_H

#include <time.h>

#include <bpf/libbpf.h>

#include "enforce/linux/enforcer.h"
#include "enrich/lookup.h"
#include "os/kernel_types.h"
#include "os/ring.h"
#include "record/source.h"
#include "sensor/linux/access_probes.h"
#include "sensor/linux/anonymous.h"
#include "sensor/linux/exec_reorder.h"
#include "sensor/linux/losses.h"
#include "sensor/linux/merge.h"
#include "sensor/linux/perf.h"
#include "sensor/linux/snapshot.h"
#include "sensor/linux/wall.h"
#include "shared.h"
#include "vigil.skel.h"

/* What the sensor needs; lib/probe tries the same. */
#define SENSOR_BUFFER_DEFAULT (8u << 20) /* bytes of the ring buffer */
#define SENSOR_BTF_FILE       KERNEL_TYPES_FILE
#define SENSOR_PID_NAMESPACE  0xeffffffcu /* PROC_PID_INIT_INO, include/linux/proc_ns.h */
#define SENSOR_FILES_NEEDED   96          /* 4 to 60 are in use at once, and one on each CPU */

/* The queues whose records are merged. */
enum linux_queue {
	LINUX_QUEUE_OWN, /* what is made here: snapshot, STATUS, counts of missed runs */
	LINUX_QUEUE_RING,
	LINUX_QUEUE_VERDICTS,
	LINUX_QUEUE_PERF /* and the following, one for each ring of perf */
};

struct linux_source {
	struct source base;
	struct vigil_bpf *bpf;
	struct ring ring;
	struct perf perf;
	struct snapshot snapshot;
	struct merge merge;
	struct hold hold;
	struct anonymous anonymous;
	struct losses losses;
	struct lookup *lookup;                     /* the caller's */
	struct enforcer *enforcer;                 /* NULL: no rules */
	const struct vigil_cpu_counters *counters; /* one a CPU, mapped */
	int cpus;
	size_t counters_size;
	int epoll, timer;
	uint64_t latency; /* ns */
	bool low_latency;
	bool images;
	struct hooks hooks; /* what reports process access and the like */
	bool refused;       /* by the kernel: programs that trace its functions */
	bool woken;         /* went to sleep and has given out nothing since */
	char backend[64];

	uint64_t attached; /* when */
	uint64_t horizon;
	uint64_t stop; /* nothing later is given out; 0: not stopped */
	bool complete; /* all up to `stop` is in the batch, losses too */
	bool at_end;   /* and was given out */
	struct wall wall;
	int clock_set;        /* timerfd: readable once somebody sets the wall clock */
	uint64_t last_active; /* when something was found last */
	uint64_t last_check;  /* of what is counted elsewhere: losses_check */
	int64_t now_ms;       /* os_now_ms at the start of the latest refill */
	uint64_t refused_all; /* refused by the ring and reported as LOST so far */
	uint64_t missed[VIGIL_TYPE_MAX];
	uint64_t missed_by[LOSSES_PROGRAMS]; /* by each program, in the skeleton's order */
	uint64_t images_produced;
	uint64_t images_lost; /* reported as LOST */
	uint64_t vdsos;       /* mappings of [vdso] that were read */
	uint64_t images_gap;  /* when the first of those that are not yet reported was lost; 0 */
	uint64_t denied_lost, denied_untold; /* verdicts for which there was no room */
	uint64_t made[VIGIL_TYPE_MAX];       /* by the snapshot, or here: LOST, STATUS */
	struct vigil_snapshot told;
};

extern const struct source_ops linux_ops;

/* Frees whatever of s is open. s may be half open. */
void linux_close(struct source *base);

#endif /* VIGIL_SENSOR_LINUX_SENSOR_H */
