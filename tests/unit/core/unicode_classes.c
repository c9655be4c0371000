/* SPDX-License-Identifier: MIT */
/* unicode_classes.c - prints the class of each code point as a digit, for check_unicode.py. */
#include <stdio.h>

#include "core/unicode.h"

int main(void)
{
	for (uint32_t code = 0; code < 0x110000; code++)
		putchar('0' + (int)unicode_class_of(code));
	return fflush(stdout) == 0 ? 0 : 1;
}
