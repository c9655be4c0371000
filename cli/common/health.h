/* SPDX-License-Identifier: MIT */
/*
 * health.h - the figures of a running service, which `vigil run` publishes every second
 * (published.h) for `vigil stats --service`, for Prometheus and for probes. All counters begin at 0
 * when the service starts.
 *
 * It is one struct of fixed size: each of its makers fills its own part, and no reader needs a
 * parser.
 */
#ifndef VIGIL_HEALTH_H
#define VIGIL_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define HEALTH_OUTPUTS 32 /* more are not shown */
#define HEALTH_FILTERS 64

/* One output: the log, the recording, an engine. Members that an output does not have are 0. */
struct health_output {
	char name[32];      /* as the settings name it; "log", "recording" */
	char kind[16];      /* "file", "recording", "kafka", ... */
	uint64_t written;   /* events passed to it: in the file, or in its spool */
	uint64_t acked;     /* of these: taken by the engine for good */
	uint64_t refused;   /* of these: refused by the engine for good */
	uint64_t withheld;  /* above its limit of events per second */
	uint64_t lost;      /* did not fit: full disk, full spool; LOST events report them */
	uint64_t aged;      /* removed from the spool before they were sent */
	uint64_t restarts;  /* of its process, after it ended by itself */
	uint64_t waiting;   /* bytes that wait: in memory, or in the spool */
	uint64_t oldest_ns; /* wall clock of the oldest event that waits, about; 0: none waits */
	uint64_t error_ns;  /* wall clock of the last error; 0: none */
	bool failing;       /* it does not work now, for the reason in error */
	char error[200];    /* the last one */
};

/* The counts of one type of events; see vigil_statistics_count(). */
struct health_type {
	uint64_t produced, delivered, filtered, queued;
	uint64_t dropped[VIGIL_LOSS_MAX];
};

/* The last time that settings and rules were read again. */
struct health_reload {
	uint64_t count, failed; /* failed: of these, those that changed nothing */
	uint64_t ns;            /* wall clock; 0: never */
	bool is_failed;
	char error[300]; /* the first fault */
};

struct health {
	char version[32];
	char backend[48];
	uint64_t pid;
	uint64_t started_ns; /* wall clock */
	uint64_t beat_ns;    /* wall clock when this was published */
	uint64_t beat_ms;    /* os_now_ms() then: the age, whatever sets the clock */
	bool is_ready;       /* the sensor runs */
	struct health_type type[VIGIL_TYPE_MAX];
	uint64_t unreadable, late, processes, remembered;
	uint64_t alerts;       /* of detection rules */
	uint64_t detect_rules; /* loaded */
	struct health_reload reload;
	uint64_t keeper_restarts, metrics_restarts; /* of these processes, after they ended */
	uint32_t outputs, filters;
	struct health_output output[HEALTH_OUTPUTS];
	struct health_filter {
		char name[64]; /* of the exclusion */
		uint64_t count;
	} filter[HEALTH_FILTERS];
};

/* Returns the figures of the output of this name, made empty if they are new. Never NULL: those
 * beyond HEALTH_OUTPUTS share the last. */
struct health_output *health_output(struct health *health, const char *name, const char *kind);

/* Removes the figures of an output that is not there any more. */
void health_remove(struct health *health, const char *name);

/* Returns all events that were lost: by the sensor and by the outputs. */
uint64_t health_lost(const struct health *health);

/* Returns a count over all types: offsetof(struct health_type, ...) of the member. */
#define HEALTH_SUM(health, member) health_sum((health), offsetof(struct health_type, member))
uint64_t health_sum(const struct health *health, size_t member);

#endif /* VIGIL_HEALTH_H */
