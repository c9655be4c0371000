/* SPDX-License-Identifier: MIT */
/* file_info.h - what an event says of its file, where that was asked for. */
#ifndef VIGIL_RECORD_FILE_INFO_H
#define VIGIL_RECORD_FILE_INFO_H

#include <stdbool.h>

#include <vigil/vigil.h>

/* A value of the version resource by its key, e.g. "CompanyName"; length 0: none. */
struct vigil_string vigil_version_value(const struct vigil_event *event, const char *key);

#define VIGIL_SIGNATURE_STATUS 0
#define VIGIL_SIGNATURE_SIGNER 1

struct vigil_string vigil_signature_item(const struct vigil_event *event, unsigned number);

bool vigil_signature_is(const struct vigil_event *event, const char *status);

/* Whether the file bears a signature, whatever that is worth. */
bool vigil_is_signed(const struct vigil_event *event);

#endif /* VIGIL_RECORD_FILE_INFO_H */
