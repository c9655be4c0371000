/* SPDX-License-Identifier: MIT */
/* absent.c - replaces the JSON import if the library is built without SQLite, which parses the
 * JSON. */
#include "core/error.h"
#include "import/jsonl.h"

enum vigil_code source_open_jsonl(struct source **out, const char *path, struct vigil_error *error)
{
	(void)out;
	(void)path;
	return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
			  "this Vigil was built without SQLite: it cannot read JSON lines");
}
