/* SPDX-License-Identifier: MIT */
/*
 * recording.h - what `vigil run` records beside its log. A recording that cannot be
 * made or written is said, and nothing else waits for it.
 */
#ifndef VIGIL_RECORDING_H
#define VIGIL_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

struct recording {
	const char *path; /* NULL: there is none */
	struct vigil_recorder_options how;
	struct vigil_recorder *recorder; /* NULL: it could not be opened, either */
	bool failing;                    /* the last write failed, which was said */
	int64_t look_ms;                 /* when to look again whether it does */
	uint64_t wanted;
};

/* Options: a bound of the file, an age. NULL, or what is wrong. */
const char *recording_take_size(struct vigil_recorder_options *how, const char *value);
const char *recording_take_age(struct vigil_recorder_options *how, const char *value);

/* Types that a recording needs besides those that are wanted, to name processes. */
uint32_t recording_types(void);

/* Says what fails. */
void recording_open(struct recording *recording);

/* Takes one event; wanted as for vigil_recorder_add. Never waits. */
void recording_event(struct recording *recording, const struct vigil_event *event, bool wanted);

/* Says whether writing fails, or goes on again; looks once a second. */
void recording_look(struct recording *recording);

/* Writes the rest and says how much there is. EXIT_FINE, or EXIT_OUTPUT: something of
 * what was to be recorded is not. */
int recording_close(struct recording *recording);

#endif /* VIGIL_RECORDING_H */
