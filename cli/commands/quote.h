/* SPDX-License-Identifier: MIT */
/* quote.h - converts arguments to one Windows command line. */
#ifndef VIGIL_QUOTE_H
#define VIGIL_QUOTE_H

#include <stdbool.h>

#include "core/bytes.h"

/* Appends argv and a NUL, quoted so that CommandLineToArgvW and Microsoft's C library split it into
 * the same arguments. Returns false if the program's name has a quotation mark, which no file name
 * has, or if memory is short. */
bool quote_arguments(struct vigil_buffer *line, char *const *argv);

/* Returns whether this names a batch file. cmd.exe parses its arguments by different rules, so they
 * cannot be quoted safely. */
bool quote_is_batch(const char *program);

#endif /* VIGIL_QUOTE_H */
