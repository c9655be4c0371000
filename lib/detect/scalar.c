/* SPDX-License-Identifier: MIT */
/* scalar.c - the type of a YAML scalar that is written without quotes. */
#include "detect/scalar.h"

#include <string.h>

static bool scalar_is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static size_t scalar_digits(const char *text, const char *digits)
{
	return strspn(text, digits);
}

static bool scalar_is_integer(const char *text)
{
	size_t n;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'o')) {
		n = scalar_digits(text + 2, text[1] == 'x' ? "0123456789abcdefABCDEF" : "01234567");
		return n > 0 && text[2 + n] == '\0';
	}
	text += *text == '-' || *text == '+';
	n = scalar_digits(text, "0123456789");
	return n > 0 && text[n] == '\0';
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool scalar_is_float(const char *text)
{
	size_t whole, part = 0, n;

	text += *text == '-' || *text == '+';
	whole = scalar_digits(text, "0123456789");
	text += whole;
	if (*text == '.') {
		part = scalar_digits(text + 1, "0123456789");
		text += 1 + part;
	}
	if (whole + part == 0)
		return false;
	if (*text == 'e' || *text == 'E') {
		text++;
		text += *text == '-' || *text == '+';
		n = scalar_digits(text, "0123456789");
		if (n == 0)
			return false;
		text += n;
	}
	return *text == '\0';
}

enum doc_type scalar_type(const char *text, size_t length)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const bools[] = {
		"true", "True", "TRUE", "false", "False", "FALSE", NULL
	};

	if (strlen(text) != length)
		return DOC_STRING;
	if (scalar_is_one_of(text, nulls))
		return DOC_NULL;
	if (scalar_is_one_of(text, bools))
		return DOC_BOOL;
	if (scalar_is_integer(text))
		return DOC_INTEGER;
	return scalar_is_float(text) ? DOC_FLOAT : DOC_STRING;
}

static unsigned scalar_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return (unsigned)((c | 0x20) - 'a') + 10;
}

bool scalar_integer(const char *text, int64_t *value)
{
	bool negative = *text == '-';
	uint64_t sum = 0, most = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	unsigned base = 10;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'o')) {
		base = text[1] == 'x' ? 16 : 8;
		text += 2;
	} else {
		text += *text == '-' || *text == '+';
	}
	for (; *text; text++) {
		unsigned digit = scalar_digit(*text);

		if (sum > (most - digit) / base)
			return false;
		sum = sum * base + digit;
	}
	*value = negative ? (int64_t)(0 - sum) : (int64_t)sum;
	return true;
}

static double scalar_scale(double value, int exponent)
{
	for (; exponent > 0 && value <= 1e308; exponent--)
		value *= 10;
	for (; exponent < 0 && value > 0; exponent++)
		value /= 10;
	return value;
}

/* Without strtod, whose decimal point depends on the locale. */
double scalar_double(const char *text)
{
	double value = 0, sign = *text == '-' ? -1 : 1;
	int exponent = 0, given = 0, direction = 1;
	int64_t integer;

	if (scalar_is_integer(text) && scalar_integer(text, &integer))
		return (double)integer;
	text += *text == '-' || *text == '+';
	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (*text - '0');
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++, exponent--)
			value = value * 10 + (*text - '0');
	if (*text == 'e' || *text == 'E') {
		text++;
		direction = *text == '-' ? -1 : 1;
		text += *text == '-' || *text == '+';
		for (; *text >= '0' && *text <= '9'; text++)
			given = given < 10000 ? given * 10 + (*text - '0') : given;
	}
	exponent += direction * given;
	return value > 0 ? sign * scalar_scale(value, exponent) : value;
}
