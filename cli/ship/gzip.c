/* SPDX-License-Identifier: MIT */
#include "gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "core/error.h"
#include "library.h"

#define WINDOW_GZIP (15 + 16) /* the largest window, with the header of gzip */
#define MEMORY      8         /* zlib's default */

/* clang-format off */
#define CALLS(X) \
	X(deflateInit2_) X(deflateReset) X(deflateBound) X(deflate) X(deflateEnd)
/* clang-format on */
static struct {
	CALLS(LIBRARY_MEMBER)
} zlib;
static const char *const names[] = { CALLS(LIBRARY_NAME) };

struct gzip {
	z_stream stream;
};

struct gzip *gzip_new(struct vigil_error *error)
{
	struct gzip *gzip;

	if (library_open("libz.so.1", "zlib1g", names, sizeof(names) / sizeof(names[0]), &zlib,
			 error) < 0)
		return NULL;
	gzip = calloc(1, sizeof(*gzip));
	if (gzip &&
	    zlib.deflateInit2_(&gzip->stream, Z_BEST_SPEED, Z_DEFLATED, WINDOW_GZIP, MEMORY,
			       Z_DEFAULT_STRATEGY, ZLIB_VERSION, sizeof(gzip->stream)) == Z_OK)
		return gzip;
	free(gzip);
	vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	return NULL;
}

void gzip_free(struct gzip *gzip)
{
	if (gzip)
		zlib.deflateEnd(&gzip->stream);
	free(gzip);
}

bool gzip_pack(struct gzip *gzip, struct vigil_buffer *to, const void *data, size_t length)
{
	z_stream *stream = &gzip->stream;
	size_t most = zlib.deflateBound(stream, length);

	to->length = 0;
	if (length > UINT_MAX || most > UINT_MAX || zlib.deflateReset(stream) != Z_OK ||
	    !vigil_buffer_reserve(to, most))
		return false;
	stream->next_in = (Bytef *)data;
	stream->avail_in = (uInt)length;
	stream->next_out = (Bytef *)to->data;
	stream->avail_out = (uInt)most;
	if (zlib.deflate(stream, Z_FINISH) != Z_STREAM_END)
		return false;
	to->length = most - stream->avail_out;
	return true;
}
