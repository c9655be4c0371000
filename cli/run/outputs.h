/* SPDX-License-Identifier: MIT */
/*
 * outputs.h - what the process of the sensor does for the outputs of `vigil run`: each has a filter,
 * a format and a spool. It never uses the network; the processes that the keeper starts do.
 */
#ifndef VIGIL_OUTPUTS_H
#define VIGIL_OUTPUTS_H

#include "common/health.h"
#include "ship/output_settings.h"

struct outputs; /* NULL: there are none */

/* Starts the processes that send, in the folder of the spools. To be called before the process gives
 * up privileges. settings and folder stay valid. sections: the text of the settings. Returns NULL if
 * there are no outputs or on failure; then error->code is set. */
struct outputs *outputs_start(const struct output_list *settings, const char *sections,
			      const char *folder, bool trust_path, struct vigil_error *error);

/* Opens the spools; called after outputs_start(), before the sensor is opened. */
enum vigil_code outputs_open(struct outputs *outputs, struct vigil_error *error);

/* Starts the thread that writes the spools to the disk; after files are confined. */
void outputs_begin(struct outputs *outputs);

/* The types of events that the outputs want. */
uint32_t output_list_types(const struct output_list *settings);

/* Takes an event of the sensor, or an alert; each output takes it if it matches. Never waits for the
 * network. */
void outputs_event(struct outputs *outputs, const struct vigil_event *event);

/* Writes what is buffered; called when no event is ready. */
void outputs_flush(struct outputs *outputs);

/* Prepares other settings: opens the spools of outputs that are new. list: NULL: none; it stays valid.
 * Returns false with an error; then nothing has changed. Otherwise outputs_commit() puts them in
 * force, or outputs_discard() gives them up. outputs: not NULL. */
bool outputs_prepare(struct outputs *outputs, const struct output_list *list,
		     struct vigil_error *error);
void outputs_discard(struct outputs *outputs);
void outputs_commit(struct outputs *outputs, const struct output_list *list, const char *sections,
		    struct health *health);

/* Starts the processes again whose files with passwords or certificates have changed. */
void outputs_look_again(struct outputs *outputs);

/* Fills in the figures of each output. */
void outputs_health(const struct outputs *outputs, struct health *health);

/* Writes the rest, prints an account, lets the processes send what they can in a few seconds, and
 * frees everything. Returns EXIT_FINE, or EXIT_OUTPUT if something could not be written to a
 * spool. */
int outputs_close(struct outputs *outputs);

#endif /* VIGIL_OUTPUTS_H */
