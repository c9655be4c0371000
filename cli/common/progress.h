/* SPDX-License-Identifier: MIT */
/*
 * progress.h - how far a long work is: one line on standard error, where that is a
 * terminal, drawn anew a few times a second and gone at the end.
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

/* done of all; all 0: not known, then done is shown as it is. Cheap enough to be called
 * for every event. false: the user has had enough (cli_signal). */
bool progress_tell(struct progress *progress, uint64_t done, uint64_t all);

/* progress_tell for a library's callback; context: the struct progress. */
bool progress_of(void *context, uint64_t done, uint64_t all);

/* Takes the line away. */
void progress_end(struct progress *progress);

#endif /* VIGIL_PROGRESS_H */
