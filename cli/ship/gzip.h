/* SPDX-License-Identifier: MIT */
/* gzip.h - compresses request bodies with zlib, which is loaded when it is needed. */
#ifndef VIGIL_SHIP_GZIP_H
#define VIGIL_SHIP_GZIP_H

#include <stdbool.h>

#include <vigil/vigil.h>

#include "core/bytes.h"

struct gzip; /* one stream: its memory is used again for each body */

/* Returns NULL with an error if zlib cannot be loaded, or memory is short. */
struct gzip *gzip_new(struct vigil_error *error);
void gzip_free(struct gzip *gzip);

/* Replaces the contents of `to` with the compressed data. Returns false if memory is short. */
bool gzip_pack(struct gzip *gzip, struct vigil_buffer *to, const void *data, size_t length);

#endif /* VIGIL_SHIP_GZIP_H */
