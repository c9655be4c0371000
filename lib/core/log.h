/* SPDX-License-Identifier: MIT */
/* log.h - messages to the function that vigil_set_log was given. */
#ifndef VIGIL_LOG_H
#define VIGIL_LOG_H

#include <vigil/vigil.h>

#include "core/error.h"

/* Whether anybody reads messages. */
bool log_is_on(void);

/* Logs one message without a newline. What the arguments insert is made visible (message.h). */
VIGIL_PRINTF(2, 3)
void log_message(enum vigil_log_level level, const char *format, ...);

#endif /* VIGIL_LOG_H */
