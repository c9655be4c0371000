/* SPDX-License-Identifier: MIT */
/* address.c - IP addresses and networks, for `cidr`. */
#include "detect/address.h"

#include <string.h>

/* Reads digits of a base up to `most`. Returns how many characters; 0: no number, or too large. */
static size_t address_number(const char *s, size_t length, unsigned base, unsigned most,
			     unsigned *value)
{
	size_t n = 0;

	for (*value = 0; n < length; n++) {
		unsigned c = (unsigned char)s[n], digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (base == 16 && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			break;
		*value = *value * base + digit;
		if (*value > most)
			return 0;
	}
	return n;
}

static bool address_parse_v4(uint8_t *byte, const char *s, size_t length)
{
	for (int i = 0; i < 4; i++) {
		unsigned value;
		size_t n = address_number(s, length, 10, 255, &value);

		if (n == 0 || n > 3 || (n > 1 && *s == '0'))
			return false;
		byte[i] = (uint8_t)value;
		s += n;
		length -= n;
		if (i == 3)
			break;
		if (length == 0 || *s != '.')
			return false;
		s++;
		length--;
	}
	return length == 0;
}

/* Reads groups of IPv6 up to a "::" or the end. Returns their bytes, or -1. */
static int address_groups(uint8_t *byte, const char *s, size_t length)
{
	int bytes = 0;

	while (length > 0) {
		unsigned value;
		size_t n = address_number(s, length, 16, 0xffff, &value);

		if (n < length && s[n] == '.' && bytes <= 12)
			return address_parse_v4(byte + bytes, s, length) ? bytes + 4 : -1;
		if (n == 0 || n > 4 || bytes == 16)
			return -1;
		byte[bytes++] = (uint8_t)(value >> 8);
		byte[bytes++] = (uint8_t)value;
		s += n;
		length -= n;
		if (length == 0)
			break;
		if (*s != ':' || length == 1)
			return -1;
		s++;
		length--;
	}
	return bytes;
}

static bool address_parse_v6(uint8_t *byte, const char *s, size_t length)
{
	uint8_t tail[16];
	size_t gap;
	int head, rest;

	for (gap = 0; gap + 1 < length; gap++)
		if (s[gap] == ':' && s[gap + 1] == ':')
			break;
	if (gap + 1 >= length)
		return address_groups(byte, s, length) == 16;
	head = address_groups(byte, s, gap);
	rest = address_groups(tail, s + gap + 2, length - gap - 2);
	if (head < 0 || rest < 0 || head + rest > 14 || (gap > 0 && memchr(s, '.', gap)))
		return false;
	memset(byte + head, 0, (size_t)(16 - head - rest));
	memcpy(byte + 16 - rest, tail, (size_t)rest);
	return true;
}

bool address_parse(struct address *out, const char *text, size_t length)
{
	if (length == 0 || length > 45)
		return false;
	out->length = memchr(text, ':', length) ? 16 : 4;
	return out->length == 4 ? address_parse_v4(out->byte, text, length)
				: address_parse_v6(out->byte, text, length);
}

bool network_parse(struct network *out, const char *text, size_t length)
{
	const char *slash = memchr(text, '/', length);
	size_t left = slash ? length - (size_t)(slash - text) - 1 : 0;
	unsigned bits;

	if (!address_parse(&out->address, text, slash ? (size_t)(slash - text) : length))
		return false;
	bits = out->address.length * 8u;
	if (slash && (left == 0 || address_number(slash + 1, left, 10, bits, &bits) != left))
		return false;
	out->bits = (uint8_t)bits;
	return true;
}

bool network_contains(const struct network *network, const struct address *address)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	if (address->length != network->address.length ||
	    memcmp(address->byte, network->address.byte, whole) != 0)
		return false;
	return rest == 0 ||
	       ((address->byte[whole] ^ network->address.byte[whole]) >> (8 - rest)) == 0;
}
