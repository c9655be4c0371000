/* SPDX-License-Identifier: MIT */
#include "eventlog.h"

#include <stdlib.h>

#include "common/cli.h"
#include "os/os_windows.h"

static void say_failed(struct eventlog *log, const char *what)
{
	char words[300];

	if (!log->failed)
		cli_say("cannot %s the event log: %s. The log continues without it.", what,
			os_error_text(GetLastError(), words, sizeof(words)));
	log->failed = true;
}

void eventlog_open(struct eventlog *log)
{
	if (!log->types)
		return;
	log->source = RegisterEventSourceW(NULL, EVENTLOG_SOURCE);
	if (!log->source)
		say_failed(log, "open");
}

static WORD level_of(uint32_t type)
{
	return type == VIGIL_EVENT_PROCESS_DENIED || type == VIGIL_EVENT_LOST ||
		       type == VIGIL_EVENT_ALERT
		   ? EVENTLOG_WARNING_TYPE
		   : EVENTLOG_INFORMATION_TYPE;
}

void eventlog_event(struct eventlog *log, const struct vigil_event *event)
{
	uint32_t type = event->record->type;
	const wchar_t *strings[1];
	wchar_t *wide;

	if (!log->source || type >= VIGIL_TYPE_MAX || !(log->types & VIGIL_TYPE_BIT(type)))
		return;
	log->text.length = 0;
	eventlog_text(&log->text, event);
	log->text.length = eventlog_fitting(log->text.data, log->text.length, EVENTLOG_UNITS_MAX);
	vigil_put_char(&log->text, '\0');
	wide = log->text.failed ? NULL : os_widen(log->text.data);
	strings[0] = wide;
	if (!wide)
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
	if (!wide || !ReportEventW(log->source, level_of(type), 0, type, NULL, 1, 0, strings, NULL))
		say_failed(log, "write to");
	free(wide);
}

void eventlog_close(struct eventlog *log)
{
	if (log->source)
		DeregisterEventSource(log->source);
	vigil_buffer_free(&log->text);
	log->source = NULL;
}
