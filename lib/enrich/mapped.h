/* SPDX-License-Identifier: MIT */
/* mapped.h - adds to an image load what was found about the mapped file. */
#ifndef VIGIL_ENRICH_MAPPED_H
#define VIGIL_ENRICH_MAPPED_H

#include "enrich/file_inspect.h"

/* Sets device and inode of the file, from an answer to LOOKUP_MAPPING. */
void mapped_set_file(struct vigil_header *image_load, const struct lookup_result *result);

/* Sets whether the file has no name any more, from an answer to LOOKUP_LINKS. If so, the suffix
 * " (deleted)" is removed from its path; otherwise the suffix is part of the path. */
void mapped_set_deleted(struct vigil_header *image_load, bool deleted);

#endif /* VIGIL_ENRICH_MAPPED_H */
