/* SPDX-License-Identifier: MIT */
#include "text/visible.h"

#include "text/line.h"

bool visible_put(struct vigil_buffer *out, struct vigil_string s, bool list, bool windows,
		 unsigned columns)
{
	struct vigil_line line;

	vigil_line_begin(&line, out, columns, false);
	line.windows = windows;
	if (list)
		vigil_line_command(&line, s);
	else
		vigil_line_string(&line, s, 0);
	if (s.original > s.length && !line.full)
		vigil_put_text(out, " [cut]");
	return !line.full;
}

struct vigil_string visible_base(struct vigil_string path, bool windows)
{
	uint32_t from = 0, length = 0;

	for (; length < path.length && path.data[length]; length++)
		if (path.data[length] == '/' || (windows && path.data[length] == '\\'))
			from = length + 1;
	return (struct vigil_string){ path.data + from, length - from, length - from };
}

void visible_quote(struct vigil_buffer *out, const char *text, size_t length)
{
	vigil_put_char(out, '"');
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		char hex[4];

		if (c == '"' || c == '\\') {
			vigil_put_char(out, '\\');
			vigil_put_char(out, text[i]);
		} else if (c < 0x20 || c == '<' || c == '>' || c == '&') {
			vigil_format_hex(hex, c, 4);
			vigil_put_text(out, "\\u");
			vigil_put(out, hex, 4);
		} else {
			vigil_put_char(out, text[i]);
		}
	}
	vigil_put_char(out, '"');
}
