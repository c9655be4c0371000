/* SPDX-License-Identifier: MIT */
/* values.c - the values of options: sizes, times, lists of types. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

volatile int cli_signal, cli_signal_alone, cli_reopen;

/* Reads a number and a unit from a table; nothing may follow. */
static bool read_unit(const char *text, const char *const *units, const uint64_t *factors,
		      size_t count, uint64_t *out)
{
	char *end;
	unsigned long long number;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(end, units[i]) == 0 && number <= UINT64_MAX / factors[i]) {
			*out = number * factors[i];
			return true;
		}
	return false;
}

bool cli_bytes(const char *text, uint64_t *out)
{
	static const char *const units[] = { "", "K", "KiB", "M", "MiB", "G", "GiB" };
	static const uint64_t factors[] = {
		1, 1 << 10, 1 << 10, 1 << 20, 1 << 20, 1 << 30, 1 << 30
	};

	return read_unit(text, units, factors, 7, out);
}

uint64_t cli_hash_text(uint64_t hash, const char *text)
{
	const uint64_t prime = UINT64_C(0x100000001b3);

	while (*text)
		hash = (hash ^ (unsigned char)*text++) * prime;
	return (hash ^ 0xff) * prime; /* the end: in no text in UTF-8 */
}

/* Reads "1h30m": numbers with units, larger ones first. A single number may have a fraction, and no
 * unit. */
bool cli_duration_ms(const char *text, uint64_t *out)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 },    { "s", 1000 },    { "min", 60000 },
		      { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	uint64_t total = 0, last = UINT64_MAX;

	do {
		size_t digits = strspn(text, "0123456789."), i = 0;
		double number;
		char *end;

		if (!isdigit((unsigned char)*text) || digits > 15)
			return false;
		number = strtod(text, &end);
		if (end != text + digits)
			return false;
		while (i < sizeof(units) / sizeof(units[0]) &&
		       strncasecmp(end, units[i].unit, strlen(units[i].unit)) != 0)
			i++;
		if (*end == '\0' && total == 0 && last == UINT64_MAX)
			i = 1; /* seconds */
		else if (i == sizeof(units) / sizeof(units[0]))
			return false;
		if (units[i].ms >= last || number * (double)units[i].ms > CLI_DURATION_MAX_MS)
			return false;
		text = *end ? end + strlen(units[i].unit) : end;
		last = units[i].ms;
		total += (uint64_t)(number * (double)last + 0.5);
	} while (*text);
	*out = total;
	return total <= CLI_DURATION_MAX_MS;
}

const char *cli_type_name(uint32_t type)
{
	const char *name = vigil_type_name(type);

	return name ? name : "unknown";
}

uint32_t cli_types_named(const char *list)
{
	uint32_t types = 0;
	char word[32];

	for (; *list; list += *list != '\0') {
		size_t length = strcspn(list, ", ");

		if (length > 0 && length < sizeof(word) && strncmp(list, "all", length) != 0) {
			memcpy(word, list, length);
			word[length] = '\0';
			types |= vigil_types_parse(word, NULL);
		}
		list += length;
	}
	return types;
}
