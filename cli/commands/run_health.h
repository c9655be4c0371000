/* SPDX-License-Identifier: MIT */
/*
 * run_health.h - how `vigil run` reports what it does: to the service manager, and in the status
 * file (health.h). On Windows it reports nothing yet.
 */
#ifndef VIGIL_RUN_HEALTH_H
#define VIGIL_RUN_HEALTH_H

#include "common/health.h"
#include "common/published.h"

struct metrics;
struct run;

struct run_health {
	struct health figures;
	struct published published;
	const char *path;        /* from the command line or the settings; NULL: the default */
	char *chosen;            /* the path in use, to be freed; NULL: none */
	const char *metrics_at;  /* an address; NULL: no process answers */
	struct metrics *metrics; /* NULL: not started */
	int64_t status_ms;       /* when the service manager got a line last */
	uint64_t before;         /* events at that time */
	bool was_failing;
};

/* Makes the status file, if there is to be one, and starts the process that answers for it. Called
 * before privileges are given up. A status file that cannot be made is reported, and no more.
 * Returns -1 to continue, otherwise the exit status, after a message. */
int run_health_open(struct run *r);
void run_health_close(struct run *r);

/* Returns the path of the status file; NULL: there is none. */
const char *run_health_path(const struct run *r);

/* Returns the path of the socket of the process that answers; NULL: there is none. */
const char *run_health_socket(const struct run *r);

/* Checks the settings of this part. Returns as run_health_open. */
int run_health_check(const struct run *r);

/* Collects the figures, publishes them, and reports to the service manager. Called by the loop that
 * reads events, every service_beat_ms(). */
void run_health_beat(struct run *r);

/* Notes the end of a reload. fault: the first one, because of which nothing changed; NULL: none. */
void run_health_reloaded(struct run *r, const char *fault);

#endif /* VIGIL_RUN_HEALTH_H */
