/* SPDX-License-Identifier: MIT */
#include "core/error.h"

#include <errno.h>
#include <stdarg.h>

#include "core/message.h"

enum vigil_code vigil_fail(struct vigil_error *error, enum vigil_code code, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	error->code = code;
	va_start(arguments, format);
	message_format(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return code;
}

enum vigil_code vigil_code_of(int reason, enum vigil_code otherwise)
{
	switch (reason) {
	case EPERM:
	case EACCES:
		return VIGIL_ERROR_PRIVILEGE;
	case ENOMEM:
		return VIGIL_ERROR_MEMORY;
	case EMFILE: /* a limit of the user or of the system */
	case ENFILE:
		return VIGIL_ERROR_SYSTEM;
	default:
		return otherwise;
	}
}

enum vigil_code vigil_code_of_input(int reason)
{
	bool absent =
	    reason == ENOENT || reason == ENOTDIR || reason == ELOOP || reason == ENAMETOOLONG;

	return vigil_code_of(reason, absent ? VIGIL_ERROR_USAGE : VIGIL_ERROR_SYSTEM);
}
