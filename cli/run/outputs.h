/* SPDX-License-Identifier: MIT */
/*
 * outputs.h - what the process of the sensor does for the outputs of `vigil run`: each has a filter,
 * a format and a spool. It never uses the network; the processes that the keeper starts do.
 */
#ifndef VIGIL_OUTPUTS_H
#define VIGIL_OUTPUTS_H

#include "common/health.h"
#include "output_settings.h"

struct outputs; /* NULL: there are none */

/* Starts the processes that send, in the folder of the spools. To be called before the process gives
 * up privileges. settings stays valid. Returns NULL if there are no outputs or on failure; then
 * error->code is set. */
struct outputs *outputs_start(const struct output_list *settings, const char *folder,
			      bool trust_path, struct vigil_error *error);

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

/* Fills in the figures of each output. */
void outputs_health(const struct outputs *outputs, struct health *health);

/* Writes the rest, prints an account, lets the processes send what they can in a few seconds, and
 * frees everything. Returns EXIT_FINE, or EXIT_OUTPUT if something could not be written to a
 * spool. */
int outputs_close(struct outputs *outputs);

#endif /* VIGIL_OUTPUTS_H */
