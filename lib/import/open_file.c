/* SPDX-License-Identifier: MIT */
#include "import/open_file.h"

#include <stdlib.h>
#include <string.h>

#include "import/jsonl.h"
#include "os/input.h"
#include "os/os.h"
#include "recording/reader.h"
#include "recording/storage.h"

#define BEGINNING (64u << 10) /* bytes */

/* Returns whether a file that is not a recording is text with a line that begins as a JSON object
 * does. Lines of other programs may precede it. */
static bool has_json_lines(const char *path)
{
	struct vigil_error why;
	int fd = input_open(path, INPUT_FILE, &why);
	char *data = malloc(BEGINNING);
	ptrdiff_t got = fd >= 0 && data ? os_read(fd, data, BEGINNING) : 0;
	bool found = false;

	for (ptrdiff_t i = 0; i < got && !found; i++)
		found = data[i] == '{' && (i == 0 || strchr("\n \t\xbf", data[i - 1]));
	found = found && !memchr(data, '\0', (size_t)got);
	free(data);
	if (fd >= 0)
		os_close(fd);
	return found;
}

enum vigil_code source_open_file(struct source **out, const char *path, bool trust_path,
				 struct vigil_error *error)
{
	enum vigil_code code;

	/* A recording cannot be read through a pipe. */
	if (strcmp(path, "-") == 0 || input_is_pipe(path))
		return source_open_jsonl(out, path, error);
	/* Try a recording first, and open it nowhere else: closing a file releases the locks that
	 * SQLite may hold on it in this process. */
	code = store_check_file(path, error);
	if (code == VIGIL_OK)
		code = source_open_recording(out, path, trust_path, error);
	if (code == VIGIL_ERROR_FORMAT && has_json_lines(path))
		code = source_open_jsonl(out, path, error);
	return code;
}
