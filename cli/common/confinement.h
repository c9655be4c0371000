/* SPDX-License-Identifier: MIT */
/*
 * confinement.h - the privileges that a command gives up while it reads events. On Windows it gives
 * up nothing: the driver does what needs privilege.
 *
 * A command that opens the live sensor calls confinement_begin() before it opens anything, and
 * confinement_complete() after all is open. Both report what could not be given up, and continue.
 */
#ifndef VIGIL_CONFINEMENT_H
#define VIGIL_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <vigil/vigil.h>

#define CONFINEMENT_OUTPUTS 5

/* What a command still does after it has opened everything. */
struct confinement {
	const struct vigil_options *source;      /* how the sensor is opened */
	const char *output[CONFINEMENT_OUTPUTS]; /* files that it makes and replaces; NULL: none */
	bool ends_command;                       /* it forwards signals to a child command */
	bool files_confined;
	uint64_t for_outputs; /* capabilities needed to write the outputs */
};

/* Gives up privileges that are not needed even for opening. From here on no program that this
 * process executes gains privileges: start what needs them before. */
void confinement_begin(struct confinement *confinement);

/* Limits this thread, and the threads that it starts, to changing files in the folders of the
 * outputs. Called after the sensor is open and before threads that write files start; needed only
 * if there are such threads. Otherwise confinement_complete() does it. */
void confinement_files(struct confinement *confinement);

/* Gives up privileges that are needed only for opening. */
void confinement_complete(struct confinement *confinement);

#endif /* VIGIL_CONFINEMENT_H */
