/* SPDX-License-Identifier: MIT */
/*
 * progress.h - progress of long work: one line on standard error, if that is a terminal, redrawn a
 * few times a second and removed at the end.
 */
#ifndef VIGIL_PROGRESS_H
#define VIGIL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* "indexing FILE" */
	int64_t begun_ms, drawn_ms;
	bool shown, drawn;
};

void progress_begin(struct progress *progress, const char *what);

/* Shows done of all; all 0: unknown, then only done is shown. Cheap enough to be called for every
 * event. Returns false if the user interrupted (cli_signal). */
bool progress_update(struct progress *progress, uint64_t done, uint64_t all);

/* progress_update for a library's callback; context: the struct progress. */
bool progress_of(void *context, uint64_t done, uint64_t all);

/* Removes the line. */
void progress_end(struct progress *progress);

#endif /* VIGIL_PROGRESS_H */
