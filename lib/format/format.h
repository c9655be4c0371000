/* SPDX-License-Identifier: MIT */
/*
 * format.h - what the formats share: the printer and its buffer.
 *
 * A format writes to printer->out, which is empty before the call, and ends its output with a
 * newline. If it writes nothing, the format cannot represent the event. Nothing is allocated per
 * event once the buffer has grown.
 */
#ifndef VIGIL_FORMAT_FORMAT_H
#define VIGIL_FORMAT_FORMAT_H

#include <vigil/vigil.h>

#include "core/bytes.h"
#include "text/line.h"

struct vigil_json;
struct vigil_columns;

struct vigil_printer {
	struct vigil_printer_options options;
	struct vigil_buffer out;
	struct vigil_json *json;       /* VIGIL_FORMAT_JSON */
	struct vigil_columns *columns; /* VIGIL_FORMAT_TEXT and _TABLE */
	struct vigil_zone zone;
};

/* Each format: preparation, done once, and the function that writes an event. */
/* Returns NULL if memory runs out, or if a list of fields has a name that does not exist. */
struct vigil_json *vigil_json_new(const struct vigil_printer_options *options);
void vigil_json_free(struct vigil_json *json);
void vigil_json_print(struct vigil_printer *printer, const struct vigil_event *event);

struct vigil_columns *vigil_columns_new(const struct vigil_printer_options *options);
void vigil_columns_free(struct vigil_columns *columns);
void vigil_columns_print(struct vigil_printer *printer, const struct vigil_event *event);
void vigil_columns_heading(struct vigil_printer *printer);

void vigil_sysmon_print(struct vigil_printer *printer, const struct vigil_event *event);

#endif /* VIGIL_FORMAT_FORMAT_H */
