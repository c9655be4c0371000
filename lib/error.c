/* SPDX-License-Identifier: MIT */
#include "error.h"

#include <stdarg.h>

#include "message.h"

enum vigil_code vigil_fail(struct vigil_error *error, enum vigil_code code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	error->code = code;
	va_start(arguments, format);
	message_format(error->text, sizeof error->text, format, arguments);
	va_end(arguments);
	return code;
}
