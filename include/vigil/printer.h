/* SPDX-License-Identifier: MIT */
/* printer.h - events as text. */
#ifndef VIGIL_PUBLIC_PRINTER_H
#define VIGIL_PUBLIC_PRINTER_H

#include <vigil/sensor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum vigil_format {
	VIGIL_FORMAT_TEXT,  /* one line per event, for people */
	VIGIL_FORMAT_TABLE, /* aligned columns under a heading */
	VIGIL_FORMAT_JSON,  /* one ECS object per line */
	VIGIL_FORMAT_SYSMON /* one Sysmon event in XML per line */
};

/* How to print. A member that is zero has its default. Set size =
 * sizeof(struct vigil_printer_options); see struct vigil_options. */
struct vigil_printer_options {
	size_t size;
	enum vigil_format format;
	bool color;     /* text and table: ANSI colors */
	bool utc;       /* text and table: times in UTC; default: local time */
	unsigned width; /* text and table: columns of the terminal; 0: lines are not shortened */
	/* JSON: names of fields, or their beginnings ("process.parent"), separated by commas;
	 * "all": every field. See vigil_fields_check(). The caller may free them after
	 * vigil_printer_new(). NULL: every field, except those that the rest of the line implies
	 * (docs/record.md); if any of the next three is set, implied fields are written. */
	const char *fields;
	const char *omit; /* JSON: fields that are not written, in the same form */
	bool compact;     /* JSON: the fields of the compact profile, and those of `fields` */
};

/* Formats the events of one handle. One thread at a time may use it. */
struct vigil_printer;

/* Creates a printer.
 *
 * Returns NULL if there is no memory, or if options has a size, members or names of fields that this
 * library does not know. The caller frees it with vigil_printer_free(). */
VIGIL_API struct vigil_printer *vigil_printer_new(const struct vigil_printer_options *options);

/* Frees a printer.
 *
 * printer may be NULL. */
VIGIL_API void vigil_printer_free(struct vigil_printer *printer);

/* Formats one event.
 *
 * Returns the text with its newline and sets *length. The text is in a buffer of the printer that
 * the next call reuses. *length is 0 if the format has no representation of such an event. NULL if
 * there is no memory. */
VIGIL_API const char *vigil_print(struct vigil_printer *printer, const struct vigil_event *event,
				  size_t *length);

/* Formats what precedes the first event, such as the heading of a table.
 *
 * Returns as vigil_print(). *length is 0 if the format has no heading. */
VIGIL_API const char *vigil_print_heading(struct vigil_printer *printer, size_t *length);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_PRINTER_H */
