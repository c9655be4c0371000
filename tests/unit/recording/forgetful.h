/* SPDX-License-Identifier: MIT */
/*
 * forgetful.h - a disk for SQLite that forgets at a power cut what was not flushed: of
 * the writes since the last flush of a file some are there then and some are not, and of
 * one that is not whole any number of sectors. The files themselves are as on any disk.
 */
#ifndef FORGETFUL_H
#define FORGETFUL_H

#include <stdint.h>

/* For all databases whose path begins with this, opened from now on. */
void forgetful_begin(const char *path);

/* Writes what a power cut in this moment would leave of the database and its log to
 * `copy` and `copy`-wal, while others go on with it; before: called when they do not, for
 * a moment. */
void forgetful_cut(const char *copy, uint64_t seed, void (*before)(void));

void forgetful_end(void);

#endif /* FORGETFUL_H */
