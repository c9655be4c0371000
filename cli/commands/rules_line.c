/* SPDX-License-Identifier: MIT */
#include "rules_line.h"

#include <string.h>

static bool is_bare(const char *value)
{
	if (!*value || *value == '#')
		return false;
	for (; *value; value++)
		if ((unsigned char)*value <= ' ' || strchr("\"',\x7f", *value))
			return false;
	return true;
}

void rules_put_value(struct vigil_buffer *to, const char *value)
{
	bool plain = !strchr(value, '\'');

	for (const char *c = value; *c; c++)
		plain = plain && (unsigned char)*c >= ' ' && *c != 0x7f;
	if (is_bare(value)) {
		vigil_put_text(to, value);
	} else if (plain) {
		vigil_put_char(to, '\'');
		vigil_put_text(to, value);
		vigil_put_char(to, '\'');
	} else {
		vigil_put_char(to, '"');
		for (; *value; value++) {
			if ((unsigned char)*value < ' ' || *value == 0x7f) {
				vigil_put_text(to, "\\x");
				vigil_put_hex_bytes(to, value, 1);
				continue;
			}
			if (*value == '"' || *value == '\\')
				vigil_put_char(to, '\\');
			vigil_put_char(to, *value);
		}
		vigil_put_char(to, '"');
	}
}
