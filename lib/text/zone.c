/* SPDX-License-Identifier: MIT */
/* zone.c - times of day in the requested zone. */
#include "text/line.h"

#include <time.h>

#include "os/os.h"

#define DAY      86400
#define THURSDAY 4   /* tm_wday of the first day of 1970 */
#define QUARTER  900 /* in seconds: offsets change only at quarters of an hour */

/* Seconds by which a local time is ahead of UTC. The day of the week differs between +14 and -10 hours. */
static int32_t offset_from_utc(const struct tm *local, uint64_t seconds)
{
	int32_t there = local->tm_hour * 3600 + local->tm_min * 60 + local->tm_sec % 60;
	int32_t days = (local->tm_wday + 7 - (int32_t)((seconds / DAY + THURSDAY) % 7)) % 7;

	return there - (int32_t)(seconds % DAY) + (days == 6 ? -1 : days) * DAY;
}

/* Local time in seconds since 1970. */
static uint64_t local_seconds(struct vigil_zone *zone, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000, from = seconds - seconds % QUARTER;
	struct tm local = { 0 };

	if (zone->utc)
		return seconds;
	if (zone->from != from) {
		zone->from = from;
		zone->offset = 0;
		if (os_local_time((time_t)seconds, &local))
			zone->offset = offset_from_utc(&local, seconds);
	}
	return zone->offset < 0 && seconds < DAY ? seconds : seconds + (uint64_t)zone->offset;
}

void vigil_line_time(struct vigil_line *line, struct vigil_zone *zone, uint64_t ns)
{
	uint32_t of_day = (uint32_t)(local_seconds(zone, ns) % DAY);
	char text[13] = "00:00:00.000";

	vigil_format_padded(text, of_day / 3600, 2);
	vigil_format_padded(text + 3, of_day / 60 % 60, 2);
	vigil_format_padded(text + 6, of_day % 60, 2);
	vigil_format_padded(text + 9, ns / 1000000 % 1000, 3);
	vigil_line_text(line, text);
}

void vigil_line_date(struct vigil_line *line, struct vigil_zone *zone, uint64_t ns)
{
	char all[32];
	struct vigil_buffer text = { .data = all, .capacity = sizeof(all) };

	vigil_put_utc(&text, local_seconds(zone, ns) * 1000000000, ' ', 0);
	all[10] = '\0';
	vigil_line_text(line, all);
}
