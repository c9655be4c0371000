/* SPDX-License-Identifier: MIT */
/* quote.h - arguments as one command line of Windows. */
#ifndef VIGIL_QUOTE_H
#define VIGIL_QUOTE_H

#include <stdbool.h>

#include "core/bytes.h"

/* Adds argv, with a NUL behind it, so that CommandLineToArgvW and the C library of
 * Microsoft take it apart as it was. False: the name of the program has a quotation
 * mark, which no file has, or there is no memory. */
bool quote_arguments(struct vigil_buffer *line, char *const *argv);

/* Whether this names a batch file, whose arguments cmd.exe reads by rules of its own:
 * they cannot be quoted safely. */
bool quote_is_batch(const char *program);

#endif /* VIGIL_QUOTE_H */
