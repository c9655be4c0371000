/* SPDX-License-Identifier: MIT */
/* request.h - what is to be looked up for a record. */
#ifndef VIGIL_ENRICH_REQUEST_H
#define VIGIL_ENRICH_REQUEST_H

#include "enrich/lookup.h"

/* Returns whether something is looked up for the record even if no option requests it. */
bool request_is_always_made(const struct vigil_header *record);

/* Determines what to look up for a record, in request->what; 0: nothing. files: VIGIL_INSPECT_...
 * that the options request for each file. */
void request_fill(struct lookup_request *request, const struct vigil_header *record,
		  uint32_t files);

#endif /* VIGIL_ENRICH_REQUEST_H */
