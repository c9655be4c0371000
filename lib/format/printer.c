/* SPDX-License-Identifier: MIT */
#include "format/format.h"

#include <stdlib.h>
#include <time.h>

#include "os/os.h"
#include "record/names.h"

#define DAY     86400
#define QUARTER 900 /* clocks are changed at quarters of an hour, never within */

static bool is_columns(enum vigil_format format)
{
	return format == VIGIL_FORMAT_TEXT || format == VIGIL_FORMAT_TABLE;
}

struct vigil_printer *vigil_printer_new(const struct vigil_printer_options *options)
{
	struct vigil_printer *printer = calloc(1, sizeof(*printer));

	if (printer == NULL)
		return NULL;
	printer->options = *options;
	if (options->format == VIGIL_FORMAT_JSON)
		printer->json = vigil_json_new();
	if (is_columns(options->format))
		printer->columns = vigil_columns_new(options);
	if ((options->format == VIGIL_FORMAT_JSON && printer->json == NULL) ||
	    (is_columns(options->format) && printer->columns == NULL) ||
	    !vigil_buffer_grow(&printer->out, 1)) {
		vigil_printer_free(printer);
		return NULL;
	}
	return printer;
}

void vigil_printer_free(struct vigil_printer *printer)
{
	if (printer == NULL)
		return;
	vigil_json_free(printer->json);
	vigil_columns_free(printer->columns);
	vigil_buffer_free(&printer->out);
	free(printer);
}

static const char *take(struct vigil_printer *printer, size_t *length)
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
	/* A type of a later version: its fields have no names here. */
	if (vigil_type_name(event->record->type) != NULL)
		PRINT[printer->options.format](printer, event);
	return take(printer, length);
}

const char *vigil_print_heading(struct vigil_printer *printer, size_t *length)
{
	printer->out.length = 0;
	if (printer->options.format == VIGIL_FORMAT_TABLE)
		vigil_columns_heading(printer);
	return take(printer, length);
}

uint32_t vigil_time_of_day(struct vigil_printer *printer, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000, from = seconds - seconds % QUARTER;
	uint32_t of_day = (uint32_t)(seconds % DAY);
	struct tm local = { 0 };

	if (printer->options.utc)
		return of_day;
	if (printer->zone_from != from) {
		printer->zone_from = from;
		printer->zone_offset = 0;
		if (os_local_time((time_t)seconds, &local)) {
			unsigned hours = (unsigned)local.tm_hour, minutes = (unsigned)local.tm_min;
			uint32_t there = hours * 3600 + minutes * 60 + (unsigned)local.tm_sec % 60;

			printer->zone_offset = (there + DAY - of_day) % DAY;
		}
	}
	return (of_day + printer->zone_offset) % DAY;
}

void vigil_line_time(struct vigil_line *line, struct vigil_printer *printer, uint64_t ns)
{
	uint32_t of_day = vigil_time_of_day(printer, ns);
	char text[13] = "00:00:00.000";

	vigil_format_padded(text, of_day / 3600, 2);
	vigil_format_padded(text + 3, of_day / 60 % 60, 2);
	vigil_format_padded(text + 6, of_day % 60, 2);
	vigil_format_padded(text + 9, ns / 1000000 % 1000, 3);
	vigil_line_text(line, text);
}

void vigil_line_date(struct vigil_line *line, struct vigil_printer *printer, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000;
	/* Zones reach from 12 hours behind UTC to 14 before it. */
	uint64_t ahead = (vigil_time_of_day(printer, ns) + DAY - seconds % DAY) % DAY;
	char all[32];
	struct vigil_buffer text = { .data = all, .capacity = sizeof all };

	if (ahead > 14 * 3600u)
		seconds -= seconds < DAY ? seconds : DAY;
	vigil_put_utc(&text, (seconds + ahead) * 1000000000, ' ', 0);
	all[10] = '\0';
	vigil_line_text(line, all);
}
