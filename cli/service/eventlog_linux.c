/* SPDX-License-Identifier: MIT */
/* eventlog_linux.c - Linux has no event log. */
#include "eventlog.h"

void eventlog_open(struct eventlog *log)
{
	(void)log;
}

void eventlog_event(struct eventlog *log, const struct vigil_event *event)
{
	(void)log;
	(void)event;
}

void eventlog_close(struct eventlog *log)
{
	(void)log;
}
