/* SPDX-License-Identifier: MIT */
#include "crc32c.h"

#include <string.h>

#define POLYNOMIAL 0x82f63b78u /* reversed */

uint32_t crc32c_portable(uint32_t crc, const void *data, size_t length)
{
	static uint32_t table[256];
	const uint8_t *at = data;

	/* Two threads may fill the table at the same time: they write the same values. Entry 1 is
	 * the last one but 0, which is zero. */
	if (!__atomic_load_n(&table[1], __ATOMIC_ACQUIRE))
		for (uint32_t i = 256; i-- > 0;) {
			uint32_t value = i;

			for (int bit = 0; bit < 8; bit++)
				value = value >> 1 ^ (value & 1 ? POLYNOMIAL : 0);
			__atomic_store_n(&table[i], value, __ATOMIC_RELEASE);
		}
	crc = ~crc;
	while (length-- > 0)
		crc = crc >> 8 ^ table[(crc ^ *at++) & 0xff];
	return ~crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse(uint32_t crc, const void *data,
							     size_t length)
{
	const uint8_t *at = data;
	uint64_t value = ~crc, word;

	for (; length >= sizeof(word); length -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		value = __builtin_ia32_crc32di(value, word);
	}
	crc = (uint32_t)value;
	while (length-- > 0)
		crc = __builtin_ia32_crc32qi(crc, *at++);
	return ~crc;
}
#endif

uint32_t crc32c(uint32_t crc, const void *data, size_t length)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_sse(crc, data, length);
#endif
	return crc32c_portable(crc, data, length);
}
