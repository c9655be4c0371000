/* SPDX-License-Identifier: MIT */
/* run.h - what `vigil run` works with. */
#ifndef VIGIL_RUN_H
#define VIGIL_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/detecting.h"
#include "common/options.h"
#include "common/recording.h"
#include "common/session.h"
#include "run/log.h"
#include "run_outputs.h"
#include "run_health.h"
#include "service/etw.h"
#include "service/eventlog.h"

#define EVENTLOG_DEFAULT UINT32_MAX

struct run {
	struct options options; /* options with which the sensor was opened */
	struct run *again;      /* settings that SIGHUP has read again; NULL: unchanged */
	struct log_options log_options;
	const char *config; /* from the command line; NULL: the default */
	struct vigil *vigil;
	struct session session;
	struct log logs[2], *log; /* one of them; the other is for a change of the log */
	struct recording recording;
	struct detecting detecting;
	struct run_outputs outputs;
	int argc; /* as given, to parse them again */
	char **argv;
	struct eventlog eventlog; /* this and the next three: Windows only */
	struct etw etw;
	bool service;
	uint32_t eventlog_types; /* EVENTLOG_DEFAULT: not given */
	uint64_t lost;           /* lost by the sensor since the log was opened */
	struct run_health health;
	uint64_t written_before, lost_before; /* events of logs that are closed */
	int status;                           /* EXIT_FINE: each closed log is complete */
};

/* Returns the options in force: the latest that were read. */
static inline const struct options *run_options(const struct run *r)
{
	return r->again ? &r->again->options : &r->options;
}

void run_set_defaults(struct run *r);

/* Completes the log and prints its account. */
void run_close_log(struct run *r);

/* Handles SIGHUP: reads settings and rules again, and opens the log and the recording by their
 * names. Either all of the new settings and rules come into force, or none of them.
 * (run_reload.c) */
int run_reload(void *context);
void run_free_again(struct run *r);

/* Checks the files that the settings name, after these were read. Prints every mistake. Returns
 * EXIT_FINE or EXIT_USAGE. (run_check.c) */
int run_check(struct run *r);

/* Options that only one system has (run_linux.c, run_windows.c). */
extern const struct options_group run_system_options;

#endif /* VIGIL_RUN_H */
