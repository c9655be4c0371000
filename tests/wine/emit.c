/* SPDX-License-Identifier: MIT */
/* emit.c - output of the test programs: one JSON object a line, ASCII only. */
#include "emit.h"

#include <fcntl.h>
#include <io.h>
#include <string.h>

static FILE *out;

int emit_to(const wchar_t *path)
{
	if (path != NULL) {
		out = _wfopen(path, L"ab");
	} else {
		out = stdout;
		_setmode(_fileno(stdout), _O_BINARY);
	}
	return out != NULL ? 0 : -1;
}

void emit_begin(const char *what)
{
	fprintf(out, "{\"what\":\"%s\"", what);
}

void emit_number(const char *name, uint64_t value)
{
	fprintf(out, ",\"%s\":%llu", name, (unsigned long long)value);
}

void emit_text(const char *name, const void *text, size_t bytes)
{
	size_t i;

	fprintf(out, ",\"%s\":\"", name);
	for (i = 0; i + 1 < bytes; i += 2) {
		uint16_t unit;

		memcpy(&unit, (const char *)text + i, sizeof(unit));
		if (unit >= ' ' && unit < 127 && unit != '"' && unit != '\\')
			fputc((char)unit, out);
		else
			fprintf(out, "\\u%04x", unit);
	}
	fputc('"', out);
}

void emit_wide(const char *name, const wchar_t *text)
{
	emit_text(name, text, wcslen(text) * sizeof(*text));
}

void emit_end(void)
{
	fputs("}\n", out);
	fflush(out);
}
