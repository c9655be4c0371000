/* SPDX-License-Identifier: MIT */
#include "core/sized.h"

#include <string.h>

bool sized_read(void *to, size_t size, const void *from)
{
	const unsigned char *bytes = from;
	size_t given = size;

	memset(to, 0, size);
	if (from)
		memcpy(&given, from, sizeof(given));
	if (given < sizeof(given))
		return false;
	for (size_t i = size; i < given; i++)
		if (bytes[i])
			return false;
	if (from)
		memcpy(to, from, given < size ? given : size);
	memcpy(to, &size, sizeof(size));
	return true;
}

void sized_write(void *to, const void *from, size_t size)
{
	size_t given;

	memcpy(&given, to, sizeof(given));
	if (given > sizeof(given))
		memcpy((char *)to + sizeof(given), (const char *)from + sizeof(given),
		       (given < size ? given : size) - sizeof(given));
}
