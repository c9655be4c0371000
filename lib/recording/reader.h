/* SPDX-License-Identifier: MIT */
/* reader.h - the records of a recording as a source. */
#ifndef VIGIL_RECORDING_READER_H
#define VIGIL_RECORDING_READER_H

#include "record/source.h"

/* trust_path: as in vigil_options. VIGIL_ERROR_FORMAT: the file is no recording. */
enum vigil_code source_open_recording(struct source **out, const char *path, bool trust_path,
				      struct vigil_error *error);

#endif /* VIGIL_RECORDING_READER_H */
