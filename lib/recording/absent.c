/* SPDX-License-Identifier: MIT */
/* absent.c - replaces the other files of this folder if the library is built without SQLite. */
#include <vigil/vigil.h>

#include "core/error.h"
#include "recording/reader.h"
#include "recording/storage.h"

#define WHY "this Vigil was built without SQLite: it can neither write nor read recordings"

enum vigil_code store_check_file(const char *path, struct vigil_error *error)
{
	(void)path;
	return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED, WHY);
}

enum vigil_code source_open_recording(struct source **out, const char *path, bool trust_path,
				      struct vigil_error *error)
{
	(void)out;
	(void)path;
	(void)trust_path;
	return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED, WHY);
}

enum vigil_code vigil_recorder_open(struct vigil_recorder **out, const char *path,
				    const struct vigil_recorder_options *options,
				    struct vigil_error *error)
{
	(void)path;
	(void)options;
	*out = NULL;
	return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED, WHY);
}

/* The functions below are never called, because no recorder can be opened. */

enum vigil_code vigil_recorder_add(struct vigil_recorder *r, const struct vigil_event *event,
				   bool wanted)
{
	(void)r;
	(void)event;
	(void)wanted;
	return VIGIL_ERROR_UNSUPPORTED;
}

enum vigil_code vigil_recorder_flush(struct vigil_recorder *r, struct vigil_error *error)
{
	(void)r;
	return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED, WHY);
}

enum vigil_code vigil_recorder_status(struct vigil_recorder *r, struct vigil_error *error)
{
	(void)r;
	return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED, WHY);
}

void vigil_recorder_statistics(struct vigil_recorder *r, struct vigil_recorder_statistics *out)
{
	(void)r;
	*out = (struct vigil_recorder_statistics){ .size = out->size };
}

enum vigil_code vigil_recorder_finish(struct vigil_recorder *r,
				      struct vigil_recorder_statistics *statistics,
				      struct vigil_error *error)
{
	(void)r;
	(void)error;
	if (statistics)
		*statistics = (struct vigil_recorder_statistics){ .size = statistics->size };
	return VIGIL_OK;
}

enum vigil_code vigil_recorder_close(struct vigil_recorder *r, struct vigil_error *error)
{
	(void)r;
	(void)error;
	return VIGIL_OK;
}
