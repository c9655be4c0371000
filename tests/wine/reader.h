/* SPDX-License-Identifier: MIT */
/* reader.h - what the files of reader.exe share. */
#ifndef VIGIL_TEST_READER_H
#define VIGIL_TEST_READER_H

#include <windows.h>

#include <vigil/event.h>

#include "emit.h"

/* Prints a record as the driver wrote it. */
void record_emit(const struct vigil_header *header);

/* Whether the driver's ledgers count it: 0 for its notes about the stream. */
int record_counts(const struct vigil_header *header);

#endif /* VIGIL_TEST_READER_H */
