/* SPDX-License-Identifier: MIT */
/* rules_line.h - writes values of a rules file. */
#ifndef VIGIL_COMMAND_RULES_LINE_H
#define VIGIL_COMMAND_RULES_LINE_H

#include "core/bytes.h"

/* Appends a value, quoted where vigil-rules(5) requires it. */
void rules_put_value(struct vigil_buffer *to, const char *value);

#endif /* VIGIL_COMMAND_RULES_LINE_H */
