/* SPDX-License-Identifier: MIT */
/*
 * run_health.h - how `vigil run` reports what it does: to the service manager, and in the status
 * file (health.h). On Windows it reports nothing yet.
 */
#ifndef VIGIL_RUN_HEALTH_H
#define VIGIL_RUN_HEALTH_H

#include "common/health.h"
#include "common/published.h"

struct run;

struct run_health {
	struct health figures;
	struct published published;
	const char *path;  /* from the command line or the settings; NULL: the default */
	char *chosen;      /* the path in use, to be freed; NULL: none */
	int64_t status_ms; /* when the service manager got a line last */
	uint64_t before;   /* events at that time */
	bool was_failing;
};

/* Chooses the path of the status file. Called before run_health_open() and before privileges are
 * given up for it. */
void run_health_choose(struct run *r);

/* Makes the status file, if there is to be one. Reports a failure and continues without. */
void run_health_open(struct run *r);
void run_health_close(struct run *r);

/* Collects the figures, publishes them, and reports to the service manager. Called by the loop that
 * reads events, every service_beat_ms(). */
void run_health_beat(struct run *r);

/* Notes the end of a reload. fault: the first one, because of which nothing changed; NULL: none. */
void run_health_reloaded(struct run *r, const char *fault);

#endif /* VIGIL_RUN_HEALTH_H */
