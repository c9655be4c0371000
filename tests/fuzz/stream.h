/* SPDX-License-Identifier: MIT */
/* stream.h - the bytes of a fuzzer as a stream of records, for a table to learn from. */
#ifndef STREAM_H
#define STREAM_H

#include <vigil/vigil.h>

#include "process/table.h"
#include "record/decode.h"

struct stream {
	const uint8_t *bytes;
	size_t left, told;
	bool repair; /* heads are corrected, so that the code after their checks is reached */
	struct decoder decoder;
	struct table *table;
	struct vigil_header *record; /* in memory of just its size */
	struct vigil_event event;
};

void stream_open(struct stream *stream, const uint8_t *bytes, size_t size, bool repair);
void stream_close(struct stream *stream);

/* The next record that is none of those that must be refused; false: the end. */
bool stream_next(struct stream *stream);

#endif /* STREAM_H */
