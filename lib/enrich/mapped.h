/* SPDX-License-Identifier: MIT */
/* mapped.h - what is learned of a mapped file after its record was made. */
#ifndef VIGIL_ENRICH_MAPPED_H
#define VIGIL_ENRICH_MAPPED_H

#include "enrich/look.h"

/* Device and inode of the file, from an answer to LOOK_MAPPING. */
void mapped_set_file(struct vigil_header *image_load, const struct look_result *result);

/* Whether the file has no name any more, from an answer to LOOK_LINKS; then " (deleted)" is no
 * part of its path, and is taken off. */
void mapped_set_deleted(struct vigil_header *image_load, bool deleted);

#endif /* VIGIL_ENRICH_MAPPED_H */
