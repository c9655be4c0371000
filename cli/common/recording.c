/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <inttypes.h>

#include "cli.h"
#include "file.h"
#include "os/os.h"

#define LOOK_MS 1000

uint32_t recording_types(void)
{
	return vigil_types_parse("process,existing,snapshot-end,status", NULL);
}

bool recording_open(struct recording *recording)
{
	struct vigil_error error;

	recording->how.size = sizeof(recording->how);
	recording->how.realtime = true;
	if (!recording->path)
		return true;
	recording->lost = 0;
	if (vigil_recorder_open(&recording->recorder, recording->path, &recording->how, &error) < 0)
		recording->status = cli_fail(&error);
	else
		file_identity(recording->path, recording->file);
	return recording->recorder;
}

void recording_event(struct recording *recording, const struct vigil_event *event, bool wanted)
{
	if (wanted && event->record->type == VIGIL_EVENT_LOST)
		recording->lost += event->lost->count;
	if (recording->recorder) /* the recorder counts losses */
		vigil_recorder_add(recording->recorder, event, wanted);
	else if (recording->path)
		recording->missed += wanted;
}

void recording_look(struct recording *recording)
{
	struct vigil_error error;
	bool failing;

	if (!recording->recorder || os_now_ms() < recording->look_ms)
		return;
	recording->look_ms = os_now_ms() + LOOK_MS;
	failing = vigil_recorder_status(recording->recorder, &error) < 0;
	if (failing && !recording->failing)
		cli_say("%s Events wait in memory meanwhile; those that are lost are counted, in "
			"the recording too.",
			error.text);
	if (!failing && recording->failing)
		cli_say("%s can be written again", recording->path);
	recording->failing = failing;
}

/* Prints how many events are in the file, and how many LOST events in it report. */
static void say_account(const struct recording *recording,
			const struct vigil_recorder_statistics *statistics)
{
	if (recording->quiet && !statistics->dropped)
		return;
	if (!recording->lost && !statistics->dropped)
		cli_say("%" PRIu64 " events recorded in %s, none lost", statistics->wanted,
			recording->path);
	else
		cli_say("%" PRIu64 " events recorded in %s, %" PRIu64 " lost, %" PRIu64
			" not written%s",
			statistics->wanted, recording->path, recording->lost, statistics->dropped,
			statistics->dropped ? " (the disk was full or too slow)" : "");
}

/* Writes the rest, reports the account, and sets status if not all is written. */
static void finish(struct recording *recording)
{
	struct vigil_recorder_statistics statistics = { .size = sizeof(statistics) };
	struct vigil_error error;

	if (vigil_recorder_finish(recording->recorder, &statistics, &error) < 0)
		recording->status = cli_fail(&error);
	else if (statistics.dropped)
		recording->status = EXIT_OUTPUT;
	recording->recorder = NULL;
	recording->failing = false;
	say_account(recording, &statistics);
}

void recording_reopen(struct recording *recording)
{
	uint64_t now[2];

	if (recording->recorder) {
		vigil_recorder_flush(recording->recorder, NULL); /* recording_look reports it */
		if (file_identity(recording->path, now) && now[0] == recording->file[0] &&
		    now[1] == recording->file[1])
			return;
		finish(recording);
	}
	recording_open(recording);
}

int recording_close(struct recording *recording)
{
	if (recording->recorder)
		finish(recording);
	if (recording->missed)
		cli_say("%" PRIu64 " events were not recorded in %s, which could not be opened",
			recording->missed, recording->path);
	return recording->status;
}
