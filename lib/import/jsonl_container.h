/* SPDX-License-Identifier: MIT */
/* jsonl_container.h - what a line of JSON says of a container, as parts of a start. */
#ifndef VIGIL_IMPORT_JSONL_CONTAINER_H
#define VIGIL_IMPORT_JSONL_CONTAINER_H

#include "import/jsonl.h"

/* For a line that has no path of a control group, yet names the container or machine: the
 * path of a group that means the same. */
void jsonl_put_container(struct jsonl *jsonl, const struct json_value *line,
			 struct vigil_header *record);

/* The part VIGIL_CONTAINER_INFO, with these flags. Returns 1 << VIGIL_CONTAINER_INFO where the
 * line has something for it, else 0. */
uint32_t jsonl_put_container_info(struct jsonl *jsonl, const struct json_value *line,
				  struct vigil_header *record, uint8_t flags);

#endif /* VIGIL_IMPORT_JSONL_CONTAINER_H */
