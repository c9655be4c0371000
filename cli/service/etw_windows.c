/* SPDX-License-Identifier: MIT */
#include "etw.h"

#include <inttypes.h>

#include "common/cli.h"
#include "os/os_windows.h"

#include <evntprov.h>

#define CHANNEL_TRACELOGGING 11 /* WINEVENT_CHANNEL_TRACELOGGING */

/* Kinds of EVENT_DATA_DESCRIPTOR, and the EVENT_INFO_CLASS by which a provider says that it uses
 * them; mingw-w64's header lacks them. */
#define DESCRIPTOR_EVENT_METADATA    1
#define DESCRIPTOR_PROVIDER_METADATA 2
#define EVENT_PROVIDER_SET_TRAITS    2

/* Windows 8 and later, and 7 with an update: announces the kinds of the descriptors. Without it
 * consumers get the descriptions as the first bytes of the data. */
static bool set_traits(struct etw *etw)
{
	HMODULE advapi = GetModuleHandleW(L"advapi32.dll");
	FARPROC found = advapi ? GetProcAddress(advapi, "EventSetInformation") : NULL;

	return found && ((ULONG(WINAPI *)(REGHANDLE, int, void *, ULONG))(void (*)(
			    void))found)(etw->handle, EVENT_PROVIDER_SET_TRAITS, etw->provider.data,
					 (ULONG)etw->provider.length) == ERROR_SUCCESS;
}

void etw_open(struct etw *etw)
{
	static const GUID id = TRACELOGGING_ID;
	REGHANDLE handle;
	char words[300];
	ULONG error;

	tracelogging_provider(&etw->provider, TRACELOGGING_PROVIDER);
	error = etw->provider.failed ? ERROR_OUTOFMEMORY : EventRegister(&id, NULL, NULL, &handle);
	if (error) {
		cli_say("cannot register with ETW: %s. The log continues without it.",
			os_error_text(error, words, sizeof(words)));
		return;
	}
	etw->handle = handle;
	if (!set_traits(etw))
		etw_close(etw); /* no consumer on this system can read the events */
}

static EVENT_DATA_DESCRIPTOR describe(const struct vigil_buffer *bytes, ULONG kind)
{
	return (EVENT_DATA_DESCRIPTOR){ .Ptr = (uintptr_t)bytes->data,
					.Size = (ULONG)bytes->length,
					.Reserved = kind };
}

static ULONG etw_send(struct etw *etw, const struct vigil_event *event, uint8_t level,
		      uint64_t keyword)
{
	EVENT_DESCRIPTOR descriptor = { .Channel = CHANNEL_TRACELOGGING,
					.Level = level,
					.Keyword = keyword };
	EVENT_DATA_DESCRIPTOR data[3];

	if (!tracelogging_event(&etw->event, event))
		return ERROR_OUTOFMEMORY;
	data[0] = describe(&etw->provider, DESCRIPTOR_PROVIDER_METADATA);
	data[1] = describe(&etw->event.metadata, DESCRIPTOR_EVENT_METADATA);
	data[2] = describe(&etw->event.data, 0);
	return EventWriteTransfer(etw->handle, &descriptor, NULL, NULL, 3, data);
}

void etw_event(struct etw *etw, const struct vigil_event *event)
{
	uint32_t type = event->record->type;
	uint8_t level = tracelogging_level(type);
	uint64_t keyword = tracelogging_keyword(type);

	if (!etw->handle || !EventProviderEnabled(etw->handle, level, keyword))
		return;
	if (etw_send(etw, event, level, keyword) == ERROR_SUCCESS)
		etw->sent++;
	else
		etw->refused++;
}

void etw_close(struct etw *etw)
{
	if (etw->handle)
		EventUnregister(etw->handle);
	etw->handle = 0;
	if (etw->refused)
		cli_say("ETW: %" PRIu64 " events sent, %" PRIu64 " refused", etw->sent,
			etw->refused);
	vigil_buffer_free(&etw->provider);
	tracelogging_free(&etw->event);
}
