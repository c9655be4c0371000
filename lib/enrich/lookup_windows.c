/* SPDX-License-Identifier: MIT */
/* lookup_windows.c - a thread that reads the files, one after the other. */
#include "enrich/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"

#define BYTES_DEFAULT (256ull << 20) /* larger files are not read */
#define CACHE_MAX     8192           /* files that are remembered */
#define PATH_BYTES    4096           /* longer paths are not opened */

enum place_state {
	PLACE_FREE,
	PLACE_ASKED,
	PLACE_READ, /* by the thread, now */
	PLACE_ANSWERED
};

struct place {
	enum place_state state;
	uint32_t ticket;
	struct look_request request;
	struct look_result result;
	char path[PATH_BYTES];
};

struct lookup {
	struct look *look;
	struct worker *worker; /* NULL: no thread yet */
	uint32_t tickets;
	bool stop;
	struct place place[LOOKUPS_MAX]; /* under the worker's lock */
};

uint32_t lookup_can(void)
{
	return VIGIL_LOOK_HASH | VIGIL_LOOK_VERSION | VIGIL_LOOK_SIGNATURE;
}

enum vigil_code lookup_open(struct lookup **out, const struct vigil_options *options,
			    struct vigil_error *error)
{
	uint64_t bytes_max = options->look_bytes_max ? options->look_bytes_max : BYTES_DEFAULT;
	struct lookup *lookup;

	*out = NULL;
	if (!options->look)
		return VIGIL_OK;
	if (options->look & ~lookup_can())
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "containers are looked for on Linux alone. Leave out "
				  "--container-info.");
	lookup = calloc(1, sizeof *lookup);
	if (lookup)
		lookup->look = look_open(options->look, bytes_max, CACHE_MAX);
	if (lookup && lookup->look) {
		*out = lookup;
		return VIGIL_OK;
	}
	free(lookup);
	return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory to look at files");
}

/* The place with the oldest ticket in that state; NULL: none. */
static struct place *oldest_place(struct lookup *lookup, enum place_state state)
{
	struct place *oldest = NULL;

	for (int i = 0; i < LOOKUPS_MAX; i++) {
		struct place *place = &lookup->place[i];

		if (place->state == state &&
		    (!oldest || place->ticket - oldest->ticket > INT32_MAX))
			oldest = place;
	}
	return oldest;
}

static void read_files(void *context)
{
	struct lookup *lookup = context;

	worker_lock(lookup->worker);
	while (!lookup->stop) {
		struct place *place = oldest_place(lookup, PLACE_ASKED);

		if (!place) {
			worker_sleep(lookup->worker);
			continue;
		}
		place->state = PLACE_READ;
		worker_unlock(lookup->worker);
		look_at(lookup->look, &place->request, &place->result);
		worker_lock(lookup->worker);
		place->state = PLACE_ANSWERED;
		worker_ring(lookup->worker);
	}
	worker_unlock(lookup->worker);
}

enum vigil_code lookup_begin(struct lookup *lookup, struct worker *worker,
			     struct vigil_error *error)
{
	lookup->worker = worker;
	return worker_begin(worker, read_files, lookup, error);
}

enum lookup_asked lookup_ask(struct lookup *lookup, const struct look_request *request,
			     uint32_t *ticket, struct look_result *result)
{
	size_t length = strlen(request->path);
	struct place *place;

	(void)result; /* LOOKUP_KNOWN is for build-ids, which no file has here */
	if (length >= PATH_BYTES)
		return LOOKUP_REFUSED;
	worker_lock(lookup->worker);
	place = oldest_place(lookup, PLACE_FREE);
	if (place) {
		*ticket = place->ticket = ++lookup->tickets;
		place->request = *request;
		memcpy(place->path, request->path, length + 1);
		place->request.path = place->path;
		place->state = PLACE_ASKED;
		worker_wake(lookup->worker);
	}
	worker_unlock(lookup->worker);
	return place ? LOOKUP_ASKED : LOOKUP_BUSY;
}

bool lookup_next(struct lookup *lookup, uint32_t *ticket, struct look_result *result)
{
	struct place *place;

	worker_lock(lookup->worker);
	place = oldest_place(lookup, PLACE_ANSWERED);
	if (place) {
		*ticket = place->ticket;
		*result = place->result;
		place->state = PLACE_FREE;
	}
	worker_unlock(lookup->worker);
	return place;
}

bool lookup_close(struct lookup *lookup)
{
	if (!lookup)
		return true;
	if (lookup->worker) {
		look_stop(lookup->look);
		worker_lock(lookup->worker);
		lookup->stop = true;
		worker_wake(lookup->worker);
		worker_unlock(lookup->worker);
		if (!worker_end(lookup->worker))
			return false;
	}
	look_close(lookup->look);
	free(lookup);
	return true;
}
