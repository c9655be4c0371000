/* SPDX-License-Identifier: MIT */
/*
 * confinement.h - what a command gives up while it reads events. On Windows, where the driver
 * does what needs privilege, it gives up nothing.
 *
 * A command that opens the live sensor calls confinement_begin() before it opens anything, and
 * confinement_complete() after all is open. Both say what could not be given up, and go on.
 */
#ifndef VIGIL_CONFINEMENT_H
#define VIGIL_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define CONFINEMENT_OUTPUTS 4

/* What a command goes on doing after it has opened everything. */
struct confinement {
	const struct vigil_options *source;      /* how the sensor is opened */
	const char *output[CONFINEMENT_OUTPUTS]; /* files that it makes and replaces; NULL: none */
	bool ends_command;                       /* it passes a signal on to a command of its own */
	bool files_confined;
	uint64_t for_outputs; /* capabilities without which those cannot be written */
};

/* Gives up what not even opening needs. From here on no program that this process executes
 * has privileges of its own: what is to have them is started before. */
void confinement_begin(struct confinement *confinement);

/* Once the sensor is open, and before threads that write files are started: this thread, and
 * those that it starts, may change files in the folders of the outputs alone. Needed only
 * where there are such threads; confinement_complete() does it else. */
void confinement_files(struct confinement *confinement);

/* Gives up what only opening needs. */
void confinement_complete(struct confinement *confinement);

#endif /* VIGIL_CONFINEMENT_H */
