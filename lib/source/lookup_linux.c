/* SPDX-License-Identifier: MIT */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "inspect/inspect.h"
#include "os.h"

#define BYTES_DEFAULT (256ull << 20) /* larger files are not hashed */

struct lookup {
	struct inspect *inspect;
	uint64_t bytes_max;
};

uint32_t lookup_can(void)
{
	return VIGIL_LOOK_HASH;
}

enum vigil_code lookup_open(struct lookup **out, const struct vigil_options *options,
			    struct vigil_error *error)
{
	uint32_t classes = INSPECT_CLASS(INSPECT_QUICK);
	struct lookup *lookup;
	enum vigil_code code;

	*out = NULL;
	if (options->look & ~lookup_can())
		return vigil_fail(
		    error, VIGIL_ERROR_USAGE,
		    "version information and signatures are looked for on Windows alone. "
		    "Leave out --version-info and --signature.");
	lookup = calloc(1, sizeof *lookup);
	if (!lookup)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the helper processes");
	lookup->bytes_max = options->look_bytes_max ? options->look_bytes_max : BYTES_DEFAULT;
	if (options->look)
		classes |= INSPECT_CLASS(INSPECT_HASHES);
	code = inspect_open(&lookup->inspect, classes, error);
	if (code == VIGIL_OK)
		*out = lookup;
	else
		free(lookup);
	return code;
}

bool lookup_close(struct lookup *lookup)
{
	if (lookup)
		inspect_close(lookup->inspect);
	free(lookup);
	return true;
}

enum vigil_code lookup_begin(struct lookup *lookup, struct worker *worker,
			     struct vigil_error *error)
{
	return worker_watch(worker, inspect_fd(lookup->inspect), error);
}

static const struct {
	uint32_t look, inspect;
} BITS[] = {
	{ LOOK_BUILD_ID, INSPECT_BUILD_ID }, { VIGIL_LOOK_HASH, INSPECT_SHA256 },
	{ LOOK_ARGS, INSPECT_ARGS },         { LOOK_MAPPING, INSPECT_MAPPING },
	{ LOOK_LINKS, INSPECT_LINKS },
};

/* All that mapped a file while it was asked for need no question of their own. */
static bool is_known(struct lookup *lookup, const struct look_request *request,
		     struct look_result *result)
{
	if (request->what != LOOK_BUILD_ID)
		return false;
	result->known = LOOK_BUILD_ID;
	result->build_id =
	    inspect_known_build_id(lookup->inspect, request->device, request->inode,
				   request->generation, os_now_ms(), &result->build_id_length);
	return result->build_id;
}

enum lookup_asked lookup_ask(struct lookup *lookup, const struct look_request *from,
			     uint32_t *ticket, struct look_result *result)
{
	struct inspect_request request = { .pid = from->pid,
					   .runs = from->runs,
					   .in_memory = from->in_memory,
					   .base = from->base,
					   .size = from->size,
					   .offset = from->offset,
					   .device = from->device,
					   .inode = from->inode,
					   .generation = from->generation,
					   .start_key = from->start_key,
					   .time = from->time,
					   .bytes_max = lookup->bytes_max,
					   .path = from->path };

	if (is_known(lookup, from, result))
		return LOOKUP_KNOWN;
	for (size_t i = 0; i < sizeof BITS / sizeof BITS[0]; i++)
		request.what |= from->what & BITS[i].look ? BITS[i].inspect : 0;
	switch (inspect_ask(lookup->inspect, &request, -1, ticket)) {
	case INSPECT_BUSY:
		return LOOKUP_BUSY;
	case INSPECT_ASKED:
		return LOOKUP_ASKED;
	default:
		return LOOKUP_REFUSED;
	}
}

bool lookup_next(struct lookup *lookup, uint32_t *ticket, struct look_result *result)
{
	const struct inspect_answer *answer = inspect_next(lookup->inspect);

	if (!answer)
		return false;
	*ticket = answer->ticket;
	result->known = 0;
	for (size_t i = 0; i < sizeof BITS / sizeof BITS[0]; i++)
		result->known |= answer->known & BITS[i].inspect ? BITS[i].look : 0;
	memcpy(result->sha256, answer->sha256, sizeof result->sha256);
	result->build_id = answer->build_id;
	result->build_id_length = answer->build_id_length;
	result->device = answer->device;
	result->inode = answer->inode;
	result->deleted = answer->deleted;
	result->args = result->path = answer->text;
	result->path_length = answer->args_length;
	result->path_cut = answer->cut;
	result->args_length = answer->args_length;
	result->args_cut = answer->cut;
	return true;
}

const uint8_t *lookup_known_build_id(struct lookup *lookup, const struct vigil_image *image,
				     int64_t now_ms, size_t *length)
{
	return inspect_known_build_id(lookup->inspect, image->device, image->inode,
				      image->generation, now_ms, length);
}

bool lookup_news(struct lookup *lookup, char *text, size_t size)
{
	return inspect_news(lookup->inspect, text, size);
}
