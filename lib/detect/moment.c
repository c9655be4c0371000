/* SPDX-License-Identifier: MIT */
/* moment.c - the parts of a date that the time modifiers compare. */
#include "detect/moment.h"

static bool moment_digits(int *value, const char *text, int digits)
{
	*value = 0;
	for (int i = 0; i < digits; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (text[i] - '0');
	}
	return true;
}

static bool moment_is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int moment_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && moment_is_leap(year));
}

/* The weekday of January 1: 0 is Monday. */
static int moment_first_weekday(int year)
{
	int before = year - 1;

	return (before + before / 4 - before / 100 + before / 400) % 7;
}

static int moment_weeks(int year)
{
	int first = moment_first_weekday(year);

	return first == 3 || (first == 2 && moment_is_leap(year)) ? 53 : 52;
}

static int moment_week(int year, int month, int day)
{
	int ordinal = day, weekday, week;

	for (int m = 1; m < month; m++)
		ordinal += moment_month_days(year, m);
	weekday = (moment_first_weekday(year) + ordinal - 1) % 7;
	week = (ordinal - 1 - weekday + 10) / 7;
	if (week < 1)
		return moment_weeks(year - 1);
	return week > moment_weeks(year) ? 1 : week;
}

bool moment_read(int64_t *value, enum moment_part part, const char *text, size_t length)
{
	int year, month, day, hour, minute;

	if (length < 10 || text[4] != '-' || text[7] != '-' || !moment_digits(&year, text, 4) ||
	    !moment_digits(&month, text + 5, 2) || !moment_digits(&day, text + 8, 2) || year < 1 ||
	    month < 1 || month > 12 || day < 1 || day > moment_month_days(year, month))
		return false;
	if (part == MOMENT_HOUR || part == MOMENT_MINUTE) {
		if (length < 16 || (text[10] != ' ' && text[10] != 'T') || text[13] != ':' ||
		    !moment_digits(&hour, text + 11, 2) || !moment_digits(&minute, text + 14, 2) ||
		    hour > 23 || minute > 59)
			return false;
		*value = part == MOMENT_HOUR ? hour : minute;
		return true;
	}
	if (part == MOMENT_WEEK)
		*value = moment_week(year, month, day);
	else
		*value = part == MOMENT_DAY ? day : part == MOMENT_MONTH ? month : year;
	return true;
}
