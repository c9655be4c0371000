/* SPDX-License-Identifier: MIT */
#include "os/bpf_print.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "core/log.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects loads and writes to found */
static unsigned loads;
static _Atomic libbpf_print_fn_t found; /* the program's function; NULL: none */

static _Thread_local unsigned loading; /* nesting depth: an LSM is loaded within a sensor */
static _Thread_local char warning[256];

static void log_lines(enum libbpf_print_level level, char *text)
{
	static const enum vigil_log_level LEVELS[] = { [LIBBPF_WARN] = VIGIL_LOG_WARNING,
						       [LIBBPF_INFO] = VIGIL_LOG_INFO,
						       [LIBBPF_DEBUG] = VIGIL_LOG_DEBUG };
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		log_message(level <= LIBBPF_DEBUG ? LEVELS[level] : VIGIL_LOG_DEBUG, "libbpf: %s",
			    line);
}

__attribute__((format(printf, 2, 0))) static int
print_captured(enum libbpf_print_level level, const char *format, va_list arguments)
{
	libbpf_print_fn_t other = found;
	va_list again;
	char *text;

	if (!loading)
		return other ? other(level, format, arguments) : 0;
	if (level == LIBBPF_WARN && !warning[0]) {
		va_copy(again, arguments);
		vsnprintf(warning, sizeof(warning), format, again);
		va_end(again);
		warning[strcspn(warning, "\n")] = '\0';
	}
	if (log_is_on() && vasprintf(&text, format, arguments) >= 0) {
		log_lines(level, text);
		free(text);
	}
	return 0;
}

void bpf_print_begin(void)
{
	pthread_mutex_lock(&lock);
	if (loads++ == 0)
		found = libbpf_set_print(print_captured);
	pthread_mutex_unlock(&lock);
	loading++;
	warning[0] = '\0';
}

void bpf_print_end(void)
{
	libbpf_print_fn_t now;

	loading--;
	pthread_mutex_lock(&lock);
	if (--loads == 0) {
		now = libbpf_set_print(found);
		if (now != print_captured) /* the program has set another one in the meantime */
			libbpf_set_print(now);
	}
	pthread_mutex_unlock(&lock);
}

const char *bpf_print_warning(void)
{
	return warning;
}

void bpf_print_forget(void)
{
	warning[0] = '\0';
}
