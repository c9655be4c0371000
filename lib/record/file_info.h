/* SPDX-License-Identifier: MIT */
/* file_info.h - items of parts that are lists: of a file's version and signature, and of a
 * container. */
#ifndef VIGIL_RECORD_FILE_INFO_H
#define VIGIL_RECORD_FILE_INFO_H

#include <stdbool.h>

#include <vigil/vigil.h>

/* VALUE of the first item KEY=VALUE of a part, for example of "CompanyName"; length 0: none. */
struct vigil_string vigil_part_value(const struct vigil_event *event, enum vigil_part_id kind,
				     const char *key);

/* The item of a part by its number, from 0; length 0: none. */
struct vigil_string vigil_part_item(const struct vigil_event *event, enum vigil_part_id kind,
				    unsigned number);

/* Of VIGIL_PART_SIGNATURE. */
#define VIGIL_SIGNATURE_STATUS 0
#define VIGIL_SIGNATURE_SIGNER 1

bool vigil_signature_is(const struct vigil_event *event, const char *status);

/* Whether the file bears a signature, whatever that is worth. */
bool vigil_is_signed(const struct vigil_event *event);

/* Whether the signature is good and trusted. */
bool vigil_is_signature_valid(const struct vigil_event *event);

/* VALUE of KEY=VALUE in what is known of the container of the event's process, before the
 * labels; length 0: none. */
struct vigil_string vigil_container_value(const struct vigil_event *event, const char *key);

/* The labels, each ended by a NUL. */
struct vigil_string vigil_container_labels(const struct vigil_event *event);

#endif /* VIGIL_RECORD_FILE_INFO_H */
