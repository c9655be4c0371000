/* SPDX-License-Identifier: MIT */
#include "rules/fold.h"

#include <stdint.h>
#include <string.h>

#include "core/bytes.h"
#include "os/os.h"

void fold_text(char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t code = 0;
		char raised[4];
		int step = vigil_utf8_step(text + i, length - i, &code);

		if (step > 0 && vigil_utf8_write(raised, os_upcase(code)) == (size_t)step)
			memcpy(text + i, raised, (size_t)step);
		i += (size_t)(step > 0 ? step : -step);
	}
}
