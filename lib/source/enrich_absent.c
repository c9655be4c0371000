/* SPDX-License-Identifier: MIT */
/* enrich_absent.c - where files are not looked at (Windows, yet). */
#include "enrich.h"

#include "error.h"

enum vigil_code enrich_open(struct source **out, struct source *inner,
			    const struct vigil_options *options, struct vigil_error *error)
{
	(void)options;
	*out = NULL;
	inner->ops->close(inner);
	return vigil_fail(error, VIGIL_ERROR_UNSUPPORTED,
			  "files are not hashed on this system. Leave out --hash.");
}
