/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <inttypes.h>

#include "cli.h"
#include "os.h"

#define LOOK_MS 1000

/* ---- options ---- */

const char *recording_take_size(struct vigil_recorder_options *how, const char *value)
{
	return cli_bytes(value, &how->max_bytes) && how->max_bytes >= 16u << 20 ? NULL
										: "a size from 16M";
}

const char *recording_take_age(struct vigil_recorder_options *how, const char *value)
{
	uint64_t ms;

	if (!cli_duration_ms(value, &ms) || ms < 1000)
		return "a time from 1s to 100000d: 12h, 30d, 1d12h";
	how->max_age_s = ms / 1000;
	return NULL;
}

uint32_t recording_types(void)
{
	return vigil_types_parse("process,existing,snapshot-end,status", NULL);
}

/* ---- recording ---- */

void recording_open(struct recording *recording)
{
	struct vigil_error error;

	recording->how.size = sizeof recording->how;
	if (!recording->path)
		return;
	if (vigil_recorder_open(&recording->recorder, recording->path, &recording->how, &error) < 0)
		cli_say("%s The log goes on without a recording.", error.text);
}

void recording_event(struct recording *recording, const struct vigil_event *event, bool wanted)
{
	if (!recording->recorder)
		return;
	recording->wanted += wanted;
	vigil_recorder_add(recording->recorder, event, wanted); /* it counts what it loses */
}

void recording_look(struct recording *recording)
{
	struct vigil_error error;
	bool failing;

	if (!recording->recorder || os_now_ms() < recording->look_ms)
		return;
	recording->look_ms = os_now_ms() + LOOK_MS;
	failing = vigil_recorder_failing(recording->recorder, &error) < 0;
	if (failing && !recording->failing)
		cli_say("%s The log goes on; the recording does when it can, and tells what is "
			"missing.",
			error.text);
	if (!failing && recording->failing)
		cli_say("%s can be written again", recording->path);
	recording->failing = failing;
}

int recording_close(struct recording *recording)
{
	struct vigil_recorder_statistics statistics;
	struct vigil_error error;
	enum vigil_code code;

	if (!recording->path)
		return EXIT_FINE;
	if (!recording->recorder)
		return EXIT_OUTPUT;
	vigil_recorder_flush(recording->recorder, NULL); /* what it counts is on the disk */
	vigil_recorder_statistics(recording->recorder, &statistics);
	code = vigil_recorder_close(recording->recorder, &error);
	if (code < 0)
		cli_fail(&error);
	else if (!statistics.dropped)
		cli_say("%" PRIu64 " events recorded in %s, none lost", recording->wanted,
			recording->path);
	else
		cli_say("%" PRIu64 " events are missing in %s; in their place it says so",
			statistics.dropped, recording->path);
	recording->recorder = NULL;
	return code < 0 || statistics.dropped ? EXIT_OUTPUT : EXIT_FINE;
}
