/* SPDX-License-Identifier: MIT */
#include "core/sid.h"

#include <stdint.h>
#include <string.h>

#include "core/bytes.h"

#define HEAD    8 /* revision, count, authority (6 bytes) */
#define SUB_MAX 15

static uint32_t sub_at(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

size_t sid_text(char out[SID_TEXT_MAX], const void *sid, size_t length)
{
	const unsigned char *p = sid;
	uint64_t authority = 0;
	size_t at = 4;

	if (length < HEAD || p[0] != 1 || p[1] > SUB_MAX || length != HEAD + 4u * p[1])
		return 0;
	for (unsigned i = 2; i < HEAD; i++) /* the only big-endian number of a SID */
		authority = authority << 8 | p[i];
	memcpy(out, "S-1-", at);
	if (authority > UINT32_MAX) {
		out[at++] = '0';
		out[at++] = 'x';
		vigil_format_hex(out + at, authority, 12);
		at += 12;
	} else {
		at += vigil_format_unsigned(out + at, authority);
	}
	for (unsigned i = 0; i < p[1]; i++) {
		out[at++] = '-';
		at += vigil_format_unsigned(out + at, sub_at(p + HEAD + 4u * i));
	}
	out[at] = '\0';
	return at;
}
