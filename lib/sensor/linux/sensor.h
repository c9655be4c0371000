/* SPDX-License-Identifier: MIT */
/*
 * sensor.h - the state of the live sensor on Linux. attach.c opens and closes it, sensor.c
 * merges its queues into one stream. Reader's thread only.
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
	LINUX_QUEUE_OWN,  /* records made in user space: snapshot, STATUS, missed runs */
	LINUX_QUEUE_RING, /* the BPF ring */
	LINUX_QUEUE_VERDICTS,
	LINUX_QUEUE_PERF /* and the following, one for each perf ring */
};

struct linux_source {
	struct source base;
	struct vigil_bpf *bpf;
	struct ring ring;
	struct perf perf;
	struct snapshot snapshot;
	struct merge merge;
	struct exec_reorder reorder;
	struct anonymous anonymous;
	struct losses losses;
	struct lookup *lookup;                     /* the caller's */
	struct enforcer *enforcer;                 /* NULL: no rules */
	const struct vigil_cpu_counters *counters; /* one per CPU, mapped */
	int cpus;
	size_t counters_size;
	int epoll, timer;
	uint64_t latency; /* ns */
	bool low_latency;
	bool images;
	bool hides;         /* others than the descendants of some processes: outsiders.h */
	struct hooks hooks; /* how process access and other types are reported */
	bool refused;       /* the kernel refused the programs that trace its functions */
	bool woken;         /* was asleep, and has delivered nothing since */
	char backend[64];

	/* Times are in ns since boot unless stated otherwise. */
	uint64_t attached;
	uint64_t horizon; /* no record up to this time can still arrive */
	uint64_t stop;    /* no later record is delivered; 0: not stopped */
	bool complete;    /* everything up to `stop` is in the batch, including losses */
	bool at_end;      /* and was delivered */
	struct wall wall;
	int clock_set;        /* timerfd: readable after the wall clock was set */
	uint64_t last_active; /* when a refill last found records */
	uint64_t last_check;  /* the last losses_check() */
	int64_t now_ms;       /* os_now_ms() at the start of the latest refill */
	uint64_t refused_all; /* refused by the ring and reported as LOST so far */
	uint64_t missed[VIGIL_TYPE_MAX];
	uint64_t missed_by[LOSSES_PROGRAMS]; /* by each program, in the skeleton's order */
	uint64_t images_produced;
	uint64_t images_lost; /* reported as LOST */
	uint64_t vdsos;       /* mappings of [vdso] that were read */
	uint64_t images_gap;  /* time of the first image load that is lost and not reported; 0 */
	uint64_t denied_lost, denied_unreported; /* verdicts that did not fit in their queue */
	uint64_t made[VIGIL_TYPE_MAX];           /* records of the snapshot, and those made here */
	struct vigil_snapshot_body snapshot_counts;
};

extern const struct source_ops linux_ops;

/* Closes and frees the source, which may be partly open. */
void linux_close(struct source *base);

#endif /* VIGIL_SENSOR_LINUX_SENSOR_H */
