/* SPDX-License-Identifier: MIT */
/* reader.h - a recording as a source of records. */
#ifndef VIGIL_RECORDING_READER_H
#define VIGIL_RECORDING_READER_H

#include "record/source.h"

/* Opens a recording to read its records in the order in which they were written. trust_path: as
 * in vigil_options. VIGIL_ERROR_FORMAT: the file is not a recording. */
enum vigil_code source_open_recording(struct source **out, const char *path, bool trust_path,
				      struct vigil_error *error);

#endif /* VIGIL_RECORDING_READER_H */
