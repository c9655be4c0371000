/* SPDX-License-Identifier: MIT */
/*
 * vigil.h - libvigil: processes, threads and image loads of this machine, as events.
 *
 *	struct vigil *v;
 *	struct vigil_error error;
 *	const struct vigil_event *event;
 *
 *	if (vigil_open(&v, NULL, &error) < 0)
 *		errx(1, "%s", error.text);
 *	while (vigil_next(v, &event, -1) > 0)
 *		if (event->record->type == VIGIL_EVENT_PROCESS_EXEC && event->process)
 *			printf("%u %s\n", event->process->id.pid, event->process->command.data);
 *	vigil_close(v);
 *
 * One thread at a time may use a handle. Several handles may be open at the same time, in several
 * threads. The process has one log function (log.h) and, while a sensor is open, one helper
 * process that looks up user names; there is no other global state.
 *
 * Threads of the library have all signals blocked and names that begin with "vigil-". They have
 * ordinary priority unless the options ask for real-time priority.
 */
#ifndef VIGIL_VIGIL_H
#define VIGIL_VIGIL_H

#include <vigil/common.h>
#include <vigil/event.h>
#include <vigil/field.h>
#include <vigil/filter.h>
#include <vigil/log.h>
#include <vigil/printer.h>
#include <vigil/probe.h>
#include <vigil/recorder.h>
#include <vigil/rules.h>
#include <vigil/sensor.h>
#include <vigil/statistics.h>
#include <vigil/version.h>

#endif /* VIGIL_VIGIL_H */
