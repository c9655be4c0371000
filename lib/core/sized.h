/* SPDX-License-Identifier: MIT */
/* sized.h - structs of the public headers that begin with their size, so that they can grow. */
#ifndef VIGIL_SIZED_H
#define VIGIL_SIZED_H

#include <stdbool.h>
#include <stddef.h>

/* Copies a struct of the program to `to`, which has `size` bytes: what an older program does not
 * have is zero. False: a newer one has set what this library does not know, or its size is not
 * set. NULL: all is zero, but the size. */
bool sized_read(void *to, size_t size, const void *from);

/* Copies `size` bytes to a struct of the program, or as many as it has, and leaves its size. */
void sized_write(void *to, const void *from, size_t size);

#endif /* VIGIL_SIZED_H */
