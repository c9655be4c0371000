/* SPDX-License-Identifier: MIT */
/*
 * message.h - formats messages that contain foreign text: paths, names, output of other
 * programs.
 *
 * The format is trusted; the values of %s, %ls and %c are not. unicode.h escapes them,
 * newlines included, so that they can neither control a terminal nor look like another
 * message. A backslash and visible text stay unchanged, so that a message can be inserted in
 * another one.
 */
#ifndef VIGIL_CORE_MESSAGE_H
#define VIGIL_CORE_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>

#include "core/error.h"

/* Formats like vsnprintf, for d i u o x X f c s and %, with flags, widths up to 200 columns,
 * precisions, and the lengths h hh l ll j z t. Returns the length of the whole message in bytes,
 * of which `to` has as many as fit before its NUL; no character is split. Allocates nothing. */
VIGIL_PRINTF(3, 0)
size_t message_format(char *to, size_t size, const char *format, va_list arguments);

#endif /* VIGIL_CORE_MESSAGE_H */
