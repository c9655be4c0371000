/* SPDX-License-Identifier: MIT */
/*
 * make_recording.h - shared by tests of recordings: a directory for their files, a recorder, and
 * numbered records to add to it.
 */
#ifndef MAKE_RECORDING_H
#define MAKE_RECORDING_H

#include <unistd.h>

#include "make_record.h"
#include "recording/schema.h"

extern char directory[];     /* of the group of tests */
extern char path[128];       /* a separate file for each test */
extern struct record record; /* the latest one that was begun */
extern uint64_t seq, epoch;  /* its number; the start of its times */

/* For the group of tests, and for each of them. */
int recording_begin_all(void **state);
int recording_end_all(void **state);
int recording_begin(void **state);

struct vigil_recorder *recorder_for(const struct vigil_recorder_options *options);
struct vigil *open_recording(void);

/* Begins a record with the next number, and returns its body. */
void *begin_record(uint32_t type);
void start_of(uint32_t type, uint32_t pid, uint32_t parent, const char *image);
void exit_of(uint32_t pid);
void image_of(uint32_t pid, const char *image);

/* Adds `record`. */
enum vigil_code add(struct vigil_recorder *recorder, bool wanted);
void add_started(struct vigil_recorder *recorder); /* also begins it */

/* Adds starts of one process, each with an image of 398 bytes. */
void add_many(struct vigil_recorder *recorder, int count);

/* Returns the first number in the result of a query. */
int64_t ask(const char *sql);

#endif /* MAKE_RECORDING_H */
