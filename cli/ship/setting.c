/* SPDX-License-Identifier: MIT */
/* setting.c - reads the settings of an output that its engine has. */
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "common/settings.h"
#include "core/error.h"
#include "os/input.h"
#include "outlet.h"

#define SECRET_MAX 4095

static const struct ship_setting *setting_find(const struct ship_settings *settings,
					       const char *name)
{
	for (size_t i = settings->own_count; i > 0; i--)
		if (strcmp(settings->own[i - 1].name, name) == 0)
			return &settings->own[i - 1];
	return NULL;
}

const char *ship_setting(const struct ship_settings *settings, const char *name)
{
	const struct ship_setting *setting = setting_find(settings, name);

	return setting ? setting->value : NULL;
}

bool ship_setting_fail(const struct ship_settings *settings, const char *name, const char *expected,
		       struct vigil_error *error)
{
	const struct ship_setting *setting = setting_find(settings, name);

	vigil_fail(error, VIGIL_ERROR_USAGE,
		   "output %.60s, line %u: %.60s: invalid value `%.100s`: expected %.150s",
		   settings->name, setting->line, setting->name, setting->value, expected);
	return false;
}

bool ship_setting_number(const struct ship_settings *settings, const char *name, uint64_t min,
			 uint64_t max, uint64_t *out, struct vigil_error *error)
{
	const struct ship_setting *setting = setting_find(settings, name);
	char expected[80], *end;
	unsigned long long number;

	if (!setting)
		return true;
	number = strtoull(setting->value, &end, 10);
	if (*setting->value >= '0' && *setting->value <= '9' && *end == '\0' && number >= min &&
	    number <= max) {
		*out = number;
		return true;
	}
	snprintf(expected, sizeof(expected), "a number from %llu to %llu", (unsigned long long)min,
		 (unsigned long long)max);
	return ship_setting_fail(settings, name, expected, error);
}

bool ship_setting_bytes(const struct ship_settings *settings, const char *name, uint64_t *out,
			struct vigil_error *error)
{
	const struct ship_setting *setting = setting_find(settings, name);

	return !setting || cli_bytes(setting->value, out) ||
	       ship_setting_fail(settings, name, "a number of bytes, such as 512K or 4M", error);
}

bool ship_setting_ms(const struct ship_settings *settings, const char *name, uint64_t *out,
		     struct vigil_error *error)
{
	const struct ship_setting *setting = setting_find(settings, name);

	return !setting || cli_duration_ms(setting->value, out) ||
	       ship_setting_fail(settings, name, "a time, such as 500ms or 10s", error);
}

bool ship_setting_yes_no(const struct ship_settings *settings, const char *name, bool *out,
			 struct vigil_error *error)
{
	const struct ship_setting *setting = setting_find(settings, name);

	return !setting || settings_yes_no(setting->value, out) ||
	       ship_setting_fail(settings, name, "yes or no", error);
}

bool ship_setting_pair(const struct ship_settings *settings, const char *first, const char *second,
		       struct vigil_error *error)
{
	if (!ship_setting(settings, first) == !ship_setting(settings, second))
		return true;
	vigil_fail(error, VIGIL_ERROR_USAGE, "output %.60s: %.60s and %.60s need each other",
		   settings->name, first, second);
	return false;
}

bool ship_setting_secret(const struct ship_settings *settings, const char *name, char **text,
			 struct vigil_error *error)
{
	const struct ship_setting *setting = setting_find(settings, name);
	struct vigil_error why;
	size_t length;

	*text = NULL;
	if (!setting)
		return true;
	if (input_read(text, &length, setting->value, SECRET_MAX, &why) < 0) {
		vigil_fail(error, why.code, "output %.60s: cannot read %.60s %.200s: %.200s",
			   settings->name, setting->name, setting->value, why.text);
		return false;
	}
	(*text)[strcspn(*text, "\r\n")] = '\0';
	return true;
}
