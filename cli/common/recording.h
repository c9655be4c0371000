/* SPDX-License-Identifier: MIT */
/*
 * recording.h - the recording of `vigil record`, and of `vigil run` in addition to its log. When
 * the file is complete, its account is printed: what is in it and what is missing.
 */
#ifndef VIGIL_RECORDING_H
#define VIGIL_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

struct recording {
	const char *path; /* NULL: there is none */
	struct vigil_recorder_options how;
	bool quiet;                      /* print no account if nothing is missing */
	struct vigil_recorder *recorder; /* NULL: also if it could not be opened */
	uint64_t file[2];                /* identity of the file: file_identity */
	bool failing;                    /* the last write failed, which was reported */
	int64_t look_ms;                 /* when to check the writing again */
	uint64_t lost;                   /* by the sensor, as LOST events in this file say */
	uint64_t missed;                 /* wanted events while there was no recorder */
	int status;                      /* EXIT_FINE: all that was wanted is recorded so far */
};

/* Minimum values of its options max_bytes and max_age_s. */
#define RECORDING_BYTES_MIN  (16u << 20)
#define RECORDING_AGE_MIN_MS 1000

/* Types that a recording needs in addition to the wanted ones, to name processes. */
uint32_t recording_types(void);

/* Opens the recording; without a path it does nothing. Returns false after an error message if it
 * cannot be opened. */
bool recording_open(struct recording *recording);

/* Takes one event; wanted as for vigil_recorder_add. Never waits. */
void recording_event(struct recording *recording, const struct vigil_event *event, bool wanted);

/* Reports when writing begins to fail and when it works again; checks once a second. */
void recording_look(struct recording *recording);

/* Syncs to disk. If the file has lost its name, completes it, prints its account, and begins a new
 * one, in which processes of the snapshot have no names. Retries to open a recording that could not
 * be opened. Reports failures. */
void recording_reopen(struct recording *recording);

/* Writes the rest and prints the account. Returns EXIT_FINE, or the status for what was not
 * recorded, at the end or before. */
int recording_close(struct recording *recording);

#endif /* VIGIL_RECORDING_H */
