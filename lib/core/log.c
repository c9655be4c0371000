/* SPDX-License-Identifier: MIT */
#include "core/log.h"

#include <pthread.h>
#include <stdarg.h>

#include "core/message.h"

/* Held for reading while the function runs, so that a function that was replaced has returned. */
static pthread_rwlock_t log_lock = PTHREAD_RWLOCK_INITIALIZER;
static vigil_log_function *log_function;
static void *log_context;

void vigil_set_log(vigil_log_function *function, void *context)
{
	pthread_rwlock_wrlock(&log_lock);
	log_function = function;
	log_context = context;
	pthread_rwlock_unlock(&log_lock);
}

bool log_is_on(void)
{
	bool is;

	pthread_rwlock_rdlock(&log_lock);
	is = log_function;
	pthread_rwlock_unlock(&log_lock);
	return is;
}

void log_message(enum vigil_log_level level, const char *format, ...)
{
	char text[1000];
	va_list arguments;

	if (!log_is_on())
		return;
	va_start(arguments, format);
	message_format(text, sizeof(text), format, arguments);
	va_end(arguments);
	pthread_rwlock_rdlock(&log_lock);
	if (log_function)
		log_function(level, text, log_context);
	pthread_rwlock_unlock(&log_lock);
}
