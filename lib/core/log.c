/* SPDX-License-Identifier: MIT */
#include "core/log.h"

#include <stdarg.h>

#include "core/message.h"

static vigil_log_function *log_function;
static void *log_context;

void vigil_set_log(vigil_log_function *function, void *context)
{
	log_function = function;
	log_context = context;
}

bool log_is_on(void)
{
	return log_function;
}

void log_message(enum vigil_log_level level, const char *format, ...)
{
	char text[1000];
	va_list arguments;

	if (!log_function)
		return;
	va_start(arguments, format);
	message_format(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_function(level, text, log_context);
}
