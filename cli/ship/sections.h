/* SPDX-License-Identifier: MIT */
/* sections.h - the sections [output NAME] of the settings, as the keeper and its shippers need them:
 * without conditions, whose files it might not be able to read. */
#ifndef VIGIL_SHIP_SECTIONS_H
#define VIGIL_SHIP_SECTIONS_H

#include "output_settings.h"
#include "shipper.h"
#include "spool_format.h"

struct section {
	struct shipper_options options;
	uint64_t hash;  /* of the settings that matter here */
	uint64_t files; /* of the times and sizes of the files that they name */
};

struct sections {
	char *text; /* options point into it */
	struct output_list list;
	char host[SPOOL_HOST_SIZE];
	struct section section[OUTPUTS_MAX];
	char *folder[OUTPUTS_MAX];
	size_t count;
};

/* Reads sections, which are valid. Takes the text. folder: that of the spools. Returns NULL if
 * memory is short. */
struct sections *sections_read(char *text, const char *folder);
void sections_free(struct sections *sections);

/* Returns whether a shipper that runs with `a` may continue with `b`. */
bool section_is_same(const struct section *a, const struct section *b);

#endif /* VIGIL_SHIP_SECTIONS_H */
