/* SPDX-License-Identifier: MIT */
/* log.h - messages of libvigil about its own work. */
#ifndef VIGIL_PUBLIC_LOG_H
#define VIGIL_PUBLIC_LOG_H

#include <vigil/common.h>

#ifdef __cplusplus
extern "C" {
#endif

enum vigil_log_level {
	VIGIL_LOG_WARNING = 1, /* something does not work, and the library continues without it */
	VIGIL_LOG_INFO = 2,    /* which mechanism the library uses, and why */
	VIGIL_LOG_DEBUG = 3    /* what libbpf prints while programs are loaded */
};

/* Receives one message: UTF-8 without a newline, valid during the call. context is the argument of
 * vigil_set_log(). It may be called in any thread that calls the library and in the library's own
 * threads, and must not call the library. */
typedef void vigil_log_function(enum vigil_log_level level, const char *text, void *context);

/* Sets the function that receives log messages.
 *
 * There is one function for the process; NULL, the default, disables logging. Any thread may
 * change it at any time, except the function itself: when this returns, the previous function is
 * not running and is not called again. It receives messages of all levels.
 *
 * What libbpf prints while the library loads its programs is logged. libbpf's own print function,
 * libbpf_set_print(), is as the program set it at all other times. */
VIGIL_API void vigil_set_log(vigil_log_function *function, void *context);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_LOG_H */
