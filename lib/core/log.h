/* SPDX-License-Identifier: MIT */
/* log.h - sends messages to the function that was passed to vigil_set_log. */
#ifndef VIGIL_CORE_LOG_H
#define VIGIL_CORE_LOG_H

#include <vigil/vigil.h>

#include "core/error.h"

/* Whether a log function is set. */
bool log_is_on(void);

/* Logs one message without a newline. Control characters in the arguments are escaped
 * (message.h). */
VIGIL_PRINTF(2, 3)
void log_message(enum vigil_log_level level, const char *format, ...);

#endif /* VIGIL_CORE_LOG_H */
