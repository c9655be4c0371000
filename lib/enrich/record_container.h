/* SPDX-License-Identifier: MIT */
/* record_container.h - the container for which a record is completed. */
#ifndef VIGIL_ENRICH_RECORD_CONTAINER_H
#define VIGIL_ENRICH_RECORD_CONTAINER_H

#include "enrich/file_inspect.h"

/* Copies the id of the container that the record of a start names, if runtimes keep files about
 * it: 64 hexadecimal digits. Returns false if there is none. */
bool record_container_id(const struct vigil_header *record, char id[LOOKUP_CONTAINER_ID]);

#endif /* VIGIL_ENRICH_RECORD_CONTAINER_H */
