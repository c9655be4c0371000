/* SPDX-License-Identifier: MIT */
#include "rules/fold.h"

#include <stdint.h>
#include <string.h>

#include "model/bytes.h"

#ifdef _WIN32

#include <windows.h>

/* Exported by ntdll since Windows NT: the very table that the driver uses. */
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR c);

static uint32_t raise(uint32_t code)
{
	return code < 0x10000 ? RtlUpcaseUnicodeChar((WCHAR)code) : code;
}

#else

static uint32_t raise(uint32_t code)
{
	return code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code;
}

#endif

void fold_text(char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t code = 0;
		char raised[4];
		int step = vigil_utf8_step(text + i, length - i, &code);

		if (step > 0 && vigil_utf8_write(raised, raise(code)) == (size_t)step)
			memcpy(text + i, raised, (size_t)step);
		i += (size_t)(step > 0 ? step : -step);
	}
}
