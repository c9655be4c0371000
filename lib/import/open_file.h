/* SPDX-License-Identifier: MIT */
/* open_file.h - opens stored events: a recording or JSON lines, depending on the content. */
#ifndef VIGIL_IMPORT_OPEN_FILE_H
#define VIGIL_IMPORT_OPEN_FILE_H

#include "record/source.h"

/* "-": JSON lines from standard input. trust_path: as in vigil_options. */
enum vigil_code source_open_file(struct source **out, const char *path, bool trust_path,
				 struct vigil_error *error);

#endif /* VIGIL_IMPORT_OPEN_FILE_H */
