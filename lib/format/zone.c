/* SPDX-License-Identifier: MIT */
/* zone.c - times of day in the requested zone. */
#include "format/line.h"

#include <time.h>

#include "os/os.h"

#define DAY     86400
#define QUARTER 900 /* in seconds: offsets change only at quarters of an hour */

static uint32_t time_of_day(struct vigil_zone *zone, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000, from = seconds - seconds % QUARTER;
	uint32_t of_day = (uint32_t)(seconds % DAY);
	struct tm local = { 0 };

	if (zone->utc)
		return of_day;
	if (zone->from != from) {
		zone->from = from;
		zone->offset = 0;
		if (os_local_time((time_t)seconds, &local)) {
			unsigned hours = (unsigned)local.tm_hour, minutes = (unsigned)local.tm_min;
			uint32_t there = hours * 3600 + minutes * 60 + (unsigned)local.tm_sec % 60;

			zone->offset = (there + DAY - of_day) % DAY;
		}
	}
	return (of_day + zone->offset) % DAY;
}

void vigil_line_time(struct vigil_line *line, struct vigil_zone *zone, uint64_t ns)
{
	uint32_t of_day = time_of_day(zone, ns);
	char text[13] = "00:00:00.000";

	vigil_format_padded(text, of_day / 3600, 2);
	vigil_format_padded(text + 3, of_day / 60 % 60, 2);
	vigil_format_padded(text + 6, of_day % 60, 2);
	vigil_format_padded(text + 9, ns / 1000000 % 1000, 3);
	vigil_line_text(line, text);
}

void vigil_line_date(struct vigil_line *line, struct vigil_zone *zone, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000;
	/* More than 14 hours mean a zone west of UTC: zones reach from UTC-12 to UTC+14. */
	uint64_t ahead = (time_of_day(zone, ns) + DAY - seconds % DAY) % DAY;
	char all[32];
	struct vigil_buffer text = { .data = all, .capacity = sizeof(all) };

	if (ahead > 14 * 3600u)
		seconds -= seconds < DAY ? seconds : DAY;
	vigil_put_utc(&text, (seconds + ahead) * 1000000000, ' ', 0);
	all[10] = '\0';
	vigil_line_text(line, all);
}
