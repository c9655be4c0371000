/* SPDX-License-Identifier: MIT */
/*
 * forgetful.h - an SQLite VFS that simulates a power failure: of the writes to a file since its
 * last flush, some are kept, some are lost, and some are kept in part, by whole sectors. The
 * real files are written as usual.
 */
#ifndef FORGETFUL_H
#define FORGETFUL_H

#include <stdint.h>

/* Registers the VFS for all databases whose path begins with this, opened from now on. */
void forgetful_begin(const char *path);

/* Writes what a power failure at this moment would leave of the database and its log to `copy`
 * and `copy`-wal, while other threads use the database. before: called while they cannot write.
 * */
void forgetful_cut(const char *copy, uint64_t seed, void (*before)(void));

void forgetful_end(void);

#endif /* FORGETFUL_H */
