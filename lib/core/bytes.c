/* SPDX-License-Identifier: MIT */
#include "core/bytes.h"

#include <stdlib.h>

static const char DIGITS[] = "0123456789abcdef";

/* "00", "01" ... "99": writing two decimal digits per step halves the number of divisions. */
static const char PAIRS[] = "00010203040506070809"
			    "10111213141516171819"
			    "20212223242526272829"
			    "30313233343536373839"
			    "40414243444546474849"
			    "50515253545556575859"
			    "60616263646566676869"
			    "70717273747576777879"
			    "80818283848586878889"
			    "90919293949596979899";

bool vigil_buffer_grow(struct vigil_buffer *b, size_t more)
{
	size_t capacity = b->capacity < 2048 ? 4096 : b->capacity * 2;
	char *data;

	if (b->failed || more > SIZE_MAX / 4 - b->length) {
		b->failed = true;
		return false;
	}
	while (capacity < b->length + more)
		capacity *= 2;
	data = realloc(b->data, capacity);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->capacity = capacity;
	return true;
}

void vigil_buffer_free(struct vigil_buffer *b)
{
	free(b->data);
	*b = (struct vigil_buffer){ 0 };
}

/* Stores the lowest byte first. Compilers do not recognize a loop that does this. */
static inline void store_eight(char *out, uint64_t bytes)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	for (unsigned i = 0; i < 8; i++)
		out[i] = (char)(bytes >> (8 * i) & 0xff);
#else
	memcpy(out, &bytes, 8);
#endif
}

/* Returns the eight digits of value < 10^8, the first one in the lowest byte. All lanes are
 * divided at once: x * 10486 >> 20 is x / 100 below 10^4, and x * 103 >> 10 is x / 10 below 100. */
static inline uint64_t eight_digits(uint32_t value)
{
	uint64_t x = value / 10000 | (uint64_t)(value % 10000) << 32;
	uint64_t q = (x * 10486 >> 20) & 0x7f0000007fu;

	x = q | (x - q * 100) << 16;
	q = (x * 103 >> 10) & 0xf000f000f000fu;
	x = q | (x - q * 10) << 8;
	return x + 0x3030303030303030u;
}

/* Counts digits without a branch on the length, which a CPU cannot predict. */
static inline unsigned digits_of(uint32_t value)
{
	return 1u + (value >= 10) + (value >= 100) + (value >= 1000) + (value >= 10000) +
	       (value >= 100000) + (value >= 1000000) + (value >= 10000000);
}

size_t vigil_format_unsigned(char *out, uint64_t value)
{
	size_t length = 0;
	uint32_t first;

	if (value >= 100000000) {
		length = vigil_format_unsigned(out, value / 100000000);
		store_eight(out + length, eight_digits((uint32_t)(value % 100000000)));
		return length + 8;
	}
	first = (uint32_t)value;
	length = digits_of(first);
	store_eight(out, eight_digits(first) >> (8 * (8 - length)));
	return length;
}

void vigil_format_padded(char *out, uint64_t value, unsigned digits)
{
	/* Four digits per step: the two pairs do not depend on each other. */
	while (digits >= 4) {
		unsigned four = (unsigned)(value % 10000);

		value /= 10000;
		digits -= 4;
		memcpy(out + digits, PAIRS + (size_t)2 * (four / 100), 2);
		memcpy(out + digits + 2, PAIRS + (size_t)2 * (four % 100), 2);
	}
	if (digits >= 2) {
		digits -= 2;
		memcpy(out + digits, PAIRS + 2 * (value % 100), 2);
		value /= 100;
	}
	if (digits == 1)
		out[0] = (char)('0' + value % 10);
}

void vigil_format_hex(char *out, uint64_t value, unsigned digits)
{
	while (digits > 0) {
		out[--digits] = DIGITS[value & 15];
		value >>= 4;
	}
}

void vigil_format_entity(char out[VIGIL_GUID_LENGTH], uint64_t machine, uint32_t pid,
			 uint64_t start_key)
{
	vigil_format_hex(out, machine & 0xffffffffu, 8);
	out[8] = '-';
	vigil_format_hex(out + 9, pid >> 16, 4);
	out[13] = '-';
	vigil_format_hex(out + 14, pid & 0xffff, 4);
	out[18] = '-';
	vigil_format_hex(out + 19, start_key >> 48, 4);
	out[23] = '-';
	vigil_format_hex(out + 24, start_key, 12);
}

void vigil_put_unsigned(struct vigil_buffer *b, uint64_t value)
{
	if (vigil_buffer_reserve(b, VIGIL_DECIMAL_MAX))
		b->length += vigil_format_unsigned(b->data + b->length, value);
}

void vigil_put_signed(struct vigil_buffer *b, int64_t value)
{
	if (value < 0)
		vigil_put_char(b, '-');
	vigil_put_unsigned(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void vigil_put_hex(struct vigil_buffer *b, uint64_t value)
{
	unsigned digits = 1;

	while (digits < 16 && value >> (4 * digits) != 0)
		digits++;
	if (vigil_buffer_reserve(b, 2 + digits)) {
		memcpy(b->data + b->length, "0x", 2);
		vigil_format_hex(b->data + b->length + 2, value, digits);
		b->length += 2 + digits;
	}
}

void vigil_put_hex_bytes(struct vigil_buffer *b, const void *data, size_t length)
{
	const unsigned char *from = data;
	char *to;

	if (length == 0 || length > SIZE_MAX / 4 || !vigil_buffer_reserve(b, 2 * length))
		return;
	to = b->data + b->length;
	for (size_t i = 0; i < length; i++) {
		*to++ = DIGITS[from[i] >> 4];
		*to++ = DIGITS[from[i] & 15];
	}
	b->length += 2 * length;
}

void vigil_put_base64(struct vigil_buffer *b, const void *data, size_t length)
{
	static const char ALPHABET[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *from = data;
	char *to;

	if (length == 0 || length > SIZE_MAX / 4 || !vigil_buffer_reserve(b, (length + 2) / 3 * 4))
		return;
	to = b->data + b->length;
	for (; length >= 3; length -= 3, from += 3, to += 4) {
		to[0] = ALPHABET[from[0] >> 2];
		to[1] = ALPHABET[(from[0] & 3) << 4 | from[1] >> 4];
		to[2] = ALPHABET[(from[1] & 15) << 2 | from[2] >> 6];
		to[3] = ALPHABET[from[2] & 63];
	}
	if (length > 0) {
		unsigned second = length == 2 ? from[1] : 0;

		to[0] = ALPHABET[from[0] >> 2];
		to[1] = ALPHABET[(from[0] & 3u) << 4 | second >> 4];
		to[2] = length == 2 ? ALPHABET[(second & 15) << 2] : '=';
		to[3] = '=';
		to += 4;
	}
	b->length = (size_t)(to - b->data);
}

/* Computes the civil date of a day counted from 1970-01-01. The year is taken to begin in March,
 * so that the leap day is its last; 400 years have 146097 days. */
static void date_of_day(uint64_t day, uint64_t *year, unsigned *month, unsigned *mday)
{
	uint64_t shifted = day + 719468; /* days since 0000-03-01 */
	uint64_t era = shifted / 146097;
	unsigned of_era = (unsigned)(shifted % 146097);
	unsigned y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	unsigned of_year = of_era - (365 * y + y / 4 - y / 100);
	unsigned from_march = (5 * of_year + 2) / 153;

	*mday = of_year - (153 * from_march + 2) / 5 + 1;
	*month = from_march < 10 ? from_march + 3 : from_march - 9;
	*year = y + era * 400 + (*month <= 2);
}

void vigil_put_utc(struct vigil_buffer *b, uint64_t ns, char separator, unsigned digits)
{
	uint64_t seconds = ns / 1000000000, fraction = ns % 1000000000, year;
	unsigned of_day = (unsigned)(seconds % 86400), month, mday;
	char *to;

	if (!vigil_buffer_reserve(b, 30))
		return;
	to = b->data + b->length;
	date_of_day(seconds / 86400, &year, &month, &mday);
	vigil_format_padded(to, year, 4);
	to[4] = '-';
	vigil_format_padded(to + 5, month, 2);
	to[7] = '-';
	vigil_format_padded(to + 8, mday, 2);
	to[10] = separator;
	vigil_format_padded(to + 11, of_day / 3600, 2);
	to[13] = ':';
	vigil_format_padded(to + 14, of_day / 60 % 60, 2);
	to[16] = ':';
	vigil_format_padded(to + 17, of_day % 60, 2);
	b->length += 19;
	if (digits > 0) {
		char all[9];

		vigil_format_padded(all, fraction, 9);
		to[19] = '.';
		memcpy(to + 20, all, digits);
		b->length += 1 + digits;
	}
}

/* For a lead byte: how many bytes the character has, and the range of the second byte. The
 * narrowed ranges exclude overlong forms, surrogates and code points above U+10FFFF (Unicode,
 * table 3-7). */
struct lead {
	unsigned char count, low, high;
};

static struct lead lead_of(unsigned char c)
{
	if (c < 0xc2 || c > 0xf4)
		return (struct lead){ 0, 0, 0 };
	if (c < 0xe0)
		return (struct lead){ 2, 0x80, 0xbf };
	if (c < 0xf0)
		return (struct lead){ 3, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf };
	return (struct lead){ 4, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf };
}

int vigil_utf8_step(const char *data, size_t length, uint32_t *code)
{
	const unsigned char *s = (const unsigned char *)data;
	struct lead lead;

	if (s[0] < 0x80) {
		*code = s[0];
		return 1;
	}
	lead = lead_of(s[0]);
	if (lead.count == 0 || length < 2 || s[1] < lead.low || s[1] > lead.high)
		return -1;
	*code = (s[0] & (0x7fu >> lead.count)) << 6 | (s[1] & 0x3f);
	for (int i = 2; i < lead.count; i++) {
		if ((size_t)i >= length || (s[i] & 0xc0) != 0x80)
			return -i;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	return lead.count;
}

bool vigil_utf8_valid(const char *data, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t code;
		int step = vigil_utf8_step(data + i, length - i, &code);

		if (step < 0)
			return false;
		i += (size_t)step;
	}
	return true;
}

size_t vigil_utf8_write(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | (code >> 18 & 7));
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

static uint32_t unit_at(const unsigned char *from, size_t i)
{
	return from[2 * i] | (uint32_t)from[2 * i + 1] << 8;
}

/* Converts four units at once if they are ASCII, as nearly all are. */
static inline bool copy_four_units(char *out, const unsigned char *from)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	(void)out;
	(void)from;
	return false;
#else
	uint64_t x;
	uint32_t four;

	memcpy(&x, from, 8);
	if ((x & 0xff80ff80ff80ff80u) != 0)
		return false;
	x = (x | x >> 8) & 0x0000ffff0000ffffu;
	four = (uint32_t)(x | x >> 16);
	memcpy(out, &four, 4);
	return true;
#endif
}

size_t vigil_utf16_to_utf8(char *out, const void *data, size_t bytes)
{
	const unsigned char *from = data;
	size_t units = bytes / 2, length = 0;

	for (size_t i = 0; i < units; i++) {
		uint32_t code;

		while (units - i > 4 && copy_four_units(out + length, from + 2 * i)) {
			i += 4;
			length += 4;
		}
		code = unit_at(from, i);

		if (code >> 10 == 0x36 && i + 1 < units) {
			uint32_t low = unit_at(from, i + 1);

			if (low >> 10 == 0x37) {
				code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
				i++;
			}
		}
		length += vigil_utf8_write(out + length, code);
	}
	return length;
}

/* Returns the surrogate that three bytes encode, which is not valid UTF-8; 0: they encode none. */
static uint32_t surrogate_at(const char *data, size_t length)
{
	const unsigned char *s = (const unsigned char *)data;

	if (length < 3 || s[0] != 0xed || (s[1] & 0xe0) != 0xa0 || (s[2] & 0xc0) != 0x80)
		return 0;
	return 0xd000u | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
}

static unsigned char *put_unit(unsigned char *to, uint32_t unit)
{
	to[0] = unit & 0xff;
	to[1] = unit >> 8 & 0xff;
	return to + 2;
}

size_t vigil_utf8_to_utf16(void *out, const char *data, size_t length)
{
	unsigned char *to = out;

	for (size_t i = 0; i < length;) {
		uint32_t code, surrogate;
		int step = vigil_utf8_step(data + i, length - i, &code);

		if (step < 0) {
			surrogate = surrogate_at(data + i, length - i);
			code = surrogate != 0 ? surrogate : 0xfffd;
			step = surrogate != 0 ? 3 : -step;
		}
		if (code >= 0x10000) {
			to = put_unit(to, 0xd800 + ((code - 0x10000) >> 10));
			to = put_unit(to, 0xdc00 + ((code - 0x10000) & 0x3ff));
		} else {
			to = put_unit(to, code);
		}
		i += (size_t)step;
	}
	return (size_t)(to - (unsigned char *)out);
}
