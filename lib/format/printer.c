/* SPDX-License-Identifier: MIT */
#include "core/sized.h"
#include "format/format.h"

#include <stdlib.h>

#include "record/names.h"

static bool is_columns(enum vigil_format format)
{
	return format == VIGIL_FORMAT_TEXT || format == VIGIL_FORMAT_TABLE;
}

struct vigil_printer *vigil_printer_new(const struct vigil_printer_options *options)
{
	struct vigil_printer *printer = calloc(1, sizeof(*printer));

	if (!printer)
		return NULL;
	if (!sized_read(&printer->options, sizeof(printer->options), options)) {
		free(printer);
		return NULL;
	}
	options = &printer->options;
	printer->zone.utc = options->utc;
	if (options->format == VIGIL_FORMAT_JSON)
		printer->json = vigil_json_new(options);
	if (is_columns(options->format))
		printer->columns = vigil_columns_new(options);
	if ((options->format == VIGIL_FORMAT_JSON && !printer->json) ||
	    (is_columns(options->format) && !printer->columns) ||
	    !vigil_buffer_grow(&printer->out, 1)) {
		vigil_printer_free(printer);
		return NULL;
	}
	return printer;
}

void vigil_printer_free(struct vigil_printer *printer)
{
	if (!printer)
		return;
	vigil_json_free(printer->json);
	vigil_columns_free(printer->columns);
	vigil_buffer_free(&printer->out);
	free(printer);
}

static const char *printed_text(struct vigil_printer *printer, size_t *length)
{
	if (printer->out.failed) {
		printer->out.failed = false;
		*length = 0;
		return NULL;
	}
	*length = printer->out.length;
	return printer->out.data;
}

const char *vigil_print(struct vigil_printer *printer, const struct vigil_event *event,
			size_t *length)
{
	static void (*const PRINT[])(struct vigil_printer *, const struct vigil_event *) = {
		[VIGIL_FORMAT_TEXT] = vigil_columns_print,
		[VIGIL_FORMAT_TABLE] = vigil_columns_print,
		[VIGIL_FORMAT_JSON] = vigil_json_print,
		[VIGIL_FORMAT_SYSMON] = vigil_sysmon_print,
	};

	printer->out.length = 0;
	/* A type of a later version: this version has no names for its fields. */
	if (vigil_type_name(event->record->type))
		PRINT[printer->options.format](printer, event);
	return printed_text(printer, length);
}

const char *vigil_print_heading(struct vigil_printer *printer, size_t *length)
{
	printer->out.length = 0;
	if (printer->options.format == VIGIL_FORMAT_TABLE)
		vigil_columns_heading(printer);
	return printed_text(printer, length);
}
