/* SPDX-License-Identifier: MIT */
/*
 * recording.h - what `vigil record` records, and `vigil run` beside its log, with its account:
 * what is in the file, what is missing, said once the file is complete.
 */
#ifndef VIGIL_RECORDING_H
#define VIGIL_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

struct recording {
	const char *path; /* NULL: there is none */
	struct vigil_recorder_options how;
	bool quiet;                      /* no account where nothing is missing */
	struct vigil_recorder *recorder; /* NULL: it could not be opened, either */
	uint64_t file[2];                /* which it is: file_identity */
	bool failing;                    /* the last write failed, which was said */
	int64_t look_ms;                 /* when to look again whether it does */
	uint64_t lost;                   /* by the sensor, as LOST events in this file say */
	uint64_t missed;                 /* wanted events while there was no recorder */
	int status;                      /* EXIT_FINE: all that was wanted is recorded so far */
};

/* The least values of its options max_bytes and max_age_s. */
#define RECORDING_BYTES_MIN  (16u << 20)
#define RECORDING_AGE_MIN_MS 1000

/* Types that a recording needs besides those that are wanted, to name processes. */
uint32_t recording_types(void);

/* False: it cannot be opened, which was said. Without a path it does nothing. */
bool recording_open(struct recording *recording);

/* Takes one event; wanted as for vigil_recorder_add. Never waits. */
void recording_event(struct recording *recording, const struct vigil_event *event, bool wanted);

/* Says whether writing fails, or goes on again; looks once a second. */
void recording_look(struct recording *recording);

/* Brings all to the disk. Where the file has lost its name, completes it, says its account, and
 * begins a new one, in which processes that ran before have no names. Tries again to open one
 * that could not be opened. Says what fails. */
void recording_reopen(struct recording *recording);

/* Writes the rest and says the account. EXIT_FINE, or the status that belongs to what of it is
 * not recorded, whether at the end or before. */
int recording_close(struct recording *recording);

#endif /* VIGIL_RECORDING_H */
