/* SPDX-License-Identifier: MIT */
#include "source/file.h"

#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "os.h"
#include "store/file.h"

void source_count(const struct vigil_header *record, uint64_t told[VIGIL_TYPE_MAX],
		  uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX])
{
	struct vigil_lost lost;

	if (record->type >= VIGIL_TYPE_MAX)
		return;
	told[record->type]++;
	if (record->type != VIGIL_LOST || record->size < sizeof *record + sizeof lost)
		return;
	memcpy(&lost, record + 1, sizeof lost);
	dropped[lost.type < VIGIL_TYPE_MAX ? lost.type : 0]
	       [lost.reason < VIGIL_LOSS_MAX ? lost.reason : 0] += lost.count;
}

void source_counted(struct vigil_statistics *out, const uint64_t told[VIGIL_TYPE_MAX],
		    uint64_t dropped[VIGIL_TYPE_MAX][VIGIL_LOSS_MAX])
{
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++) {
		out->type[type].produced += told[type];
		for (uint32_t reason = 0; reason < VIGIL_LOSS_MAX; reason++) {
			out->type[type].dropped[reason] += dropped[type][reason];
			out->type[type].produced += dropped[type][reason];
		}
	}
}

#define BEGINNING (64u << 10) /* bytes */

/* Whether a file that is no recording is text of which some line begins as an object of JSON
 * does: other programs' lines may stand before it. */
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
	/* A recording is tried first, and nothing else opens one: to close a file ends the
	 * locks that SQLite may have on it in this process. */
	code = store_check_file(path, error);
	if (code == VIGIL_OK)
		code = source_open_recording(out, path, trust_path, error);
	if (code == VIGIL_ERROR_FORMAT && has_json_lines(path))
		code = source_open_jsonl(out, path, error);
	return code;
}
