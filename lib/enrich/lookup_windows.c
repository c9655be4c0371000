/* SPDX-License-Identifier: MIT */
/* lookup_windows.c - a thread that reads files, one after the other. */
#include "enrich/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"

#define BYTES_DEFAULT (256ull << 20) /* larger files are not read */
#define CACHE_MAX     8192           /* files in the cache */
#define PATH_BYTES    4096           /* longer paths are not opened */

enum place_state {
	PLACE_FREE,
	PLACE_ASKED,
	PLACE_READ, /* the thread is reading it */
	PLACE_ANSWERED
};

struct place {
	enum place_state state;
	uint32_t ticket;
	struct lookup_request request;
	struct lookup_result result;
	char path[PATH_BYTES];
};

struct lookup {
	struct file_inspect *inspect;
	struct waiter *waiter; /* NULL: no thread yet */
	uint32_t tickets;
	bool stop;
	struct place place[LOOKUPS_MAX]; /* protected by the waiter's lock */
};

uint32_t lookup_can(void)
{
	return VIGIL_INSPECT_HASH | VIGIL_INSPECT_VERSION | VIGIL_INSPECT_SIGNATURE;
}

enum vigil_code lookup_open(struct lookup **out, const struct vigil_options *options,
			    struct vigil_error *error)
{
	uint64_t bytes_max =
	    options->inspect_bytes_max ? options->inspect_bytes_max : BYTES_DEFAULT;
	struct lookup *lookup;

	*out = NULL;
	if (!options->inspect)
		return VIGIL_OK;
	if (options->inspect & ~lookup_can())
		return vigil_fail(
		    error, VIGIL_ERROR_USAGE,
		    "information about containers is available on Linux only. Leave out "
		    "--container-info.");
	lookup = calloc(1, sizeof(*lookup));
	if (lookup)
		lookup->inspect = file_inspect_open(options->inspect, bytes_max, CACHE_MAX);
	if (lookup && lookup->inspect) {
		*out = lookup;
		return VIGIL_OK;
	}
	free(lookup);
	return vigil_fail(error, VIGIL_ERROR_MEMORY, "out of memory for the inspection of files");
}

/* Returns the place with the oldest ticket in a state; NULL: none. */
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

	waiter_lock(lookup->waiter);
	while (!lookup->stop) {
		struct place *place = oldest_place(lookup, PLACE_ASKED);

		if (!place) {
			waiter_sleep(lookup->waiter);
			continue;
		}
		place->state = PLACE_READ;
		waiter_unlock(lookup->waiter);
		file_inspect_read(lookup->inspect, &place->request, &place->result);
		waiter_lock(lookup->waiter);
		place->state = PLACE_ANSWERED;
		waiter_signal(lookup->waiter);
	}
	waiter_unlock(lookup->waiter);
}

enum vigil_code lookup_start(struct lookup *lookup, struct waiter *waiter,
			     struct vigil_error *error)
{
	lookup->waiter = waiter;
	return waiter_start_thread(waiter, read_files, lookup, error);
}

enum lookup_asked lookup_ask(struct lookup *lookup, const struct lookup_request *request,
			     uint32_t *ticket, struct lookup_result *result)
{
	size_t length = strlen(request->path);
	struct place *place;

	(void)result; /* LOOKUP_KNOWN is for build-ids, which do not exist here */
	if (length >= PATH_BYTES)
		return LOOKUP_REFUSED;
	waiter_lock(lookup->waiter);
	place = oldest_place(lookup, PLACE_FREE);
	if (place) {
		*ticket = place->ticket = ++lookup->tickets;
		place->request = *request;
		memcpy(place->path, request->path, length + 1);
		place->request.path = place->path;
		place->state = PLACE_ASKED;
		waiter_wake(lookup->waiter);
	}
	waiter_unlock(lookup->waiter);
	return place ? LOOKUP_ASKED : LOOKUP_BUSY;
}

bool lookup_next(struct lookup *lookup, uint32_t *ticket, struct lookup_result *result)
{
	struct place *place;

	waiter_lock(lookup->waiter);
	place = oldest_place(lookup, PLACE_ANSWERED);
	if (place) {
		*ticket = place->ticket;
		*result = place->result;
		place->state = PLACE_FREE;
	}
	waiter_unlock(lookup->waiter);
	return place;
}

bool lookup_close(struct lookup *lookup)
{
	if (!lookup)
		return true;
	if (lookup->waiter) {
		file_inspect_stop(lookup->inspect);
		waiter_lock(lookup->waiter);
		lookup->stop = true;
		waiter_wake(lookup->waiter);
		waiter_unlock(lookup->waiter);
		if (!waiter_join_thread(lookup->waiter))
			return false;
	}
	file_inspect_close(lookup->inspect);
	free(lookup);
	return true;
}
