/* SPDX-License-Identifier: MIT */
/* run_outputs.h - the outputs of `vigil run` besides its log and recording: sections [output NAME] of
 * the settings. Linux has them (run_outputs_linux.c); on Windows such a section is an error. */
#ifndef VIGIL_RUN_OUTPUTS_H
#define VIGIL_RUN_OUTPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/options.h"

struct health;
struct outputs;
struct output_list;
struct run;

struct run_outputs {
	const char *spool;        /* folder of the spools; NULL: the default */
	struct output_list *list; /* the sections of the settings; NULL: none */
	struct outputs *running;
	char *path; /* run_outputs_path */
};

/* The callbacks `section` and `own_each` of the command. */
bool run_section(struct options *options, const struct setting *setting, struct vigil_error *error);
void run_own_each(options_visit_own *visit, void *context);

/* Starts the processes that send; to be called before any privilege is given up. Returns -1 to
 * continue, otherwise the exit status, after a message. */
int run_outputs_start(struct run *r);

/* Opens the spools. Returns as run_outputs_start. */
int run_outputs_open(struct run *r);

/* Starts the thread that syncs the spools, after files are confined. */
void run_outputs_begin(struct run *r);

uint32_t run_outputs_types(const struct run *r);
void run_outputs_event(struct run *r, const struct vigil_event *event);
void run_outputs_flush(struct run *r);

/* A reload, as outputs_prepare() and so on. run_outputs_prepare() returns false after a message. */
bool run_outputs_prepare(struct run *r, const struct run *next);
void run_outputs_discard(struct run *r);
void run_outputs_commit(struct run *r, const struct run *next);

/* After a reload that has changed no settings. */
void run_outputs_look_again(struct run *r);

/* Returns the exit status. */
int run_outputs_close(struct run *r);
void run_outputs_free(struct run_outputs *outputs);

/* Fills in the figures of the outputs. */
void run_outputs_health(const struct run *r, struct health *health);

/* Returns a path in the folder that the outputs write to; NULL: there are none. */
const char *run_outputs_path(const struct run *r);

#endif /* VIGIL_RUN_OUTPUTS_H */
