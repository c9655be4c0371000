/* SPDX-License-Identifier: MIT */
/* file_info.h - items of parts that are lists: the version and signature of a file, and information
 * about a container. */
#ifndef VIGIL_RECORD_FILE_INFO_H
#define VIGIL_RECORD_FILE_INFO_H

#include <stdbool.h>

#include <vigil/vigil.h>

/* Returns VALUE of the first item KEY=VALUE of a part, for example of "CompanyName"; length 0:
 * none. */
struct vigil_string vigil_part_value(const struct vigil_event *event, enum vigil_part_id kind,
				     const char *key);

/* Returns the item of a part with this index, from 0; length 0: none. */
struct vigil_string vigil_part_item(const struct vigil_event *event, enum vigil_part_id kind,
				    unsigned number);

/* Indexes of items of VIGIL_PART_SIGNATURE. */
#define VIGIL_SIGNATURE_STATUS 0
#define VIGIL_SIGNATURE_SIGNER 1

bool vigil_signature_is(const struct vigil_event *event, const char *status);

/* Returns whether the file has a signature, valid or not. */
bool vigil_is_signed(const struct vigil_event *event);

/* Returns whether the signature is valid and trusted. */
bool vigil_is_signature_valid(const struct vigil_event *event);

/* Returns VALUE of KEY=VALUE in what is known about the container of the event's process, before
 * the labels; length 0: none. */
struct vigil_string vigil_container_value(const struct vigil_event *event, const char *key);

/* Returns the labels, each terminated by a NUL. */
struct vigil_string vigil_container_labels(const struct vigil_event *event);

#endif /* VIGIL_RECORD_FILE_INFO_H */
