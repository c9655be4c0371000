/* SPDX-License-Identifier: MIT */
/*
 * message.h - messages that contain foreign text: paths, names, what other programs say.
 *
 * Of a message the format is ours; what its %s, %ls and %c insert need not be. That part is
 * shown by unicode.h, newlines included, so that it can neither command a terminal nor
 * look like a message of its own. A backslash stays as it is, and visible text is left
 * unchanged: a message may be part of another one.
 */
#ifndef VIGIL_CORE_MESSAGE_H
#define VIGIL_CORE_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>

#include "core/error.h"

/* As vsnprintf, for d i u o x X f c s and %, with flags, widths in columns up to 200,
 * precisions, and the lengths h hh l ll j z t. Returns the bytes of the whole message, of
 * which `to` has as many as fit before its NUL; no character is cut. Allocates nothing. */
VIGIL_PRINTF(3, 0)
size_t message_format(char *to, size_t size, const char *format, va_list arguments);

#endif /* VIGIL_CORE_MESSAGE_H */
