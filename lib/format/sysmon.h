/* SPDX-License-Identifier: MIT */
/* sysmon.h - the fields of Sysmon's XML that describe a file; the others are in sysmon.c. */
#ifndef VIGIL_FORMAT_SYSMON_H
#define VIGIL_FORMAT_SYSMON_H

#include <vigil/vigil.h>

#include "format/xml.h"

static inline void put_missing(struct vigil_buffer *b)
{
	vigil_put_char(b, '-');
}

static inline void put_string(struct vigil_buffer *b, struct vigil_string s)
{
	if (s.length == 0 || !s.data)
		put_missing(b);
	else
		vigil_put_xml(b, s.data, s.length);
}

static inline void put_words(struct vigil_buffer *b, const char *words)
{
	if (!words)
		put_missing(b);
	else
		vigil_put_xml(b, words, strlen(words));
}

/* Each function writes one value, or a dash. */
#define VALUE(name) void sysmon_##name(struct vigil_buffer *b, const struct vigil_event *event)

VALUE(signed);
VALUE(signature_status);
VALUE(hashes);

#undef VALUE

#endif /* VIGIL_FORMAT_SYSMON_H */
