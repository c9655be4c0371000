/* SPDX-License-Identifier: MIT */
/* look_container.h - which container a record is to be completed for. */
#ifndef VIGIL_ENRICH_LOOK_CONTAINER_H
#define VIGIL_ENRICH_LOOK_CONTAINER_H

#include "enrich/look.h"

/* The id of the container that the record of a start names, if it is one that runtimes keep
 * files of: 64 hexadecimal digits. False: there is none. */
bool look_container_of(const struct vigil_header *record, char id[LOOK_CONTAINER_ID]);

#endif /* VIGIL_ENRICH_LOOK_CONTAINER_H */
