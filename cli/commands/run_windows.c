/* SPDX-License-Identifier: MIT */
#include "run.h"

static const struct options_line lines[] = {
	{ .name = "service",
	  OPTION_IN(FLAG, struct run, service), /* service_main has handled it, too */
	  .help = "started by the service manager, which says when to stop" },
	{ .name = "event-log",
	  .value = "LIST",
	  OPTION_IN(TYPES, struct run, eventlog_types),
	  .word = "none",
	  .help = "write these types of what is written into the event log, too, or none (default "
		  "of the service: " EVENTLOG_TYPES ")" },
};
const struct options_group run_system_options = OPTIONS_GROUP(lines);

int run_health_open(struct run *r)
{
	(void)r;
	return -1;
}

const char *run_health_path(const struct run *r)
{
	(void)r;
	return NULL;
}

const char *run_health_socket(const struct run *r)
{
	(void)r;
	return NULL;
}

int run_health_check(const struct run *r)
{
	(void)r;
	return -1;
}

void run_health_close(struct run *r)
{
	(void)r;
}

void run_health_beat(struct run *r)
{
	(void)r;
}

void run_health_reloaded(struct run *r, const char *fault)
{
	(void)r;
	(void)fault;
}
