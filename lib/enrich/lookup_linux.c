/* SPDX-License-Identifier: MIT */
#include "enrich/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/lru.h"
#include "inspect/inspect.h"
#include "os/os.h"

#define BYTES_DEFAULT   (256ull << 20) /* larger files are not hashed */
#define CONTAINERS      256            /* size of the cache */
#define CONTAINER_MS    60000          /* after which one is looked up again: it may be renamed */
#define NO_CONTAINER_MS 1000 /* the same, if nothing was found: it may just have been created */

struct container_id {
	char id[LOOKUP_CONTAINER_ID];
};

/* What was found about a container. */
struct container_info {
	int64_t until; /* ms */
	uint32_t length;
	bool cut;
	char text[LOOKUP_CONTAINER_MAX];
};

struct lookup {
	struct inspect *inspect;
	uint64_t bytes_max;
	struct lru *containers; /* container_id to container_info; NULL: not requested */
	struct {
		uint32_t ticket; /* 0: free */
		struct container_id of;
	} asked[LOOKUPS_MAX]; /* requests about containers */
};

uint32_t lookup_can(void)
{
	return VIGIL_INSPECT_HASH | VIGIL_INSPECT_CONTAINER;
}

enum vigil_code lookup_open(struct lookup **out, const struct vigil_options *options,
			    struct vigil_error *error)
{
	uint32_t classes =
	    INSPECT_CLASS(INSPECT_QUICK) | (options->realtime ? INSPECT_REALTIME : 0);
	struct lookup *lookup;
	enum vigil_code code;

	*out = NULL;
	if (options->inspect & ~lookup_can())
		return vigil_fail(
		    error, VIGIL_ERROR_USAGE,
		    "version information and signatures are available on Windows only. "
		    "Leave out --version-info and --signature.");
	lookup = calloc(1, sizeof(*lookup));
	if (!lookup)
		return vigil_fail(error, VIGIL_ERROR_MEMORY,
				  "out of memory for the helper processes");
	lookup->bytes_max = options->inspect_bytes_max ? options->inspect_bytes_max : BYTES_DEFAULT;
	if (options->inspect & VIGIL_INSPECT_CONTAINER)
		lookup->containers = lru_open(sizeof(struct container_id),
					      sizeof(struct container_info), CONTAINERS);
	if (options->inspect & VIGIL_INSPECT_CONTAINER && !lookup->containers) {
		free(lookup);
		return vigil_fail(error, VIGIL_ERROR_MEMORY,
				  "out of memory for information about containers");
	}
	if (options->inspect & VIGIL_INSPECT_HASH)
		classes |= INSPECT_CLASS(INSPECT_HASHES);
	code = inspect_open(&lookup->inspect, classes, error);
	*out = lookup;
	if (code < 0) {
		lookup_close(lookup);
		*out = NULL;
	}
	return code;
}

bool lookup_close(struct lookup *lookup)
{
	if (lookup) {
		inspect_close(lookup->inspect);
		lru_close(lookup->containers);
	}
	free(lookup);
	return true;
}

enum vigil_code lookup_start(struct lookup *lookup, struct waiter *waiter,
			     struct vigil_error *error)
{
	return waiter_add_fd(waiter, inspect_fd(lookup->inspect), error);
}

static const struct {
	uint32_t lookup, inspect;
} BITS[] = {
	{ LOOKUP_BUILD_ID, INSPECT_BUILD_ID }, { VIGIL_INSPECT_HASH, INSPECT_SHA256 },
	{ LOOKUP_ARGS, INSPECT_ARGS },         { LOOKUP_MAPPING, INSPECT_MAPPING },
	{ LOOKUP_LINKS, INSPECT_LINKS },       { VIGIL_INSPECT_CONTAINER, INSPECT_CONTAINER },
};

/* ---- containers ---- */

static struct container_id id_of(const struct lookup_request *request)
{
	struct container_id id;

	memcpy(id.id, request->container, sizeof(id.id)); /* padded with zeros */
	return id;
}

static bool is_known_container(const struct lookup *lookup, const struct lookup_request *request,
			       struct lookup_result *result)
{
	const struct container_id id = id_of(request);
	const struct container_info *info = lru_find(lookup->containers, &id);

	if (!info || os_now_ms() >= info->until)
		return false;
	result->known = VIGIL_INSPECT_CONTAINER;
	result->container = info->text;
	result->container_length = info->length;
	result->container_cut = info->cut;
	return true;
}

static void keep_question(struct lookup *lookup, const struct lookup_request *request,
			  uint32_t ticket)
{
	for (int i = 0; i < LOOKUPS_MAX; i++)
		if (!lookup->asked[i].ticket) {
			lookup->asked[i].ticket = ticket;
			lookup->asked[i].of = id_of(request);
			return;
		}
}

static void keep_container(struct lookup *lookup, const struct container_id *id,
			   const struct inspect_answer *answer)
{
	struct container_info fresh = { .length = answer->args_length, .cut = answer->cut };
	struct container_info *info = lru_find(lookup->containers, id);

	if (!(answer->known & INSPECT_CONTAINER) || fresh.length > sizeof(fresh.text))
		return;
	fresh.until = os_now_ms() + (fresh.length ? CONTAINER_MS : NO_CONTAINER_MS);
	memcpy(fresh.text, answer->text, fresh.length);
	if (info)
		*info = fresh;
	else
		lru_add(lookup->containers, id, &fresh);
}

static void store_result(struct lookup *lookup, const struct inspect_answer *answer)
{
	for (int i = 0; i < LOOKUPS_MAX; i++)
		if (lookup->asked[i].ticket && lookup->asked[i].ticket == answer->ticket) {
			lookup->asked[i].ticket = 0;
			keep_container(lookup, &lookup->asked[i].of, answer);
		}
}

/* ---- questions and answers ---- */

/* Whether the result is known, so that other processes that map a file while it is being looked
 * up need no request. */
static bool is_known(struct lookup *lookup, const struct lookup_request *request,
		     struct lookup_result *result)
{
	if (request->what == VIGIL_INSPECT_CONTAINER)
		return is_known_container(lookup, request, result);
	if (request->what != LOOKUP_BUILD_ID)
		return false;
	result->known = LOOKUP_BUILD_ID;
	result->build_id =
	    inspect_known_build_id(lookup->inspect, request->device, request->inode,
				   request->generation, os_now_ms(), &result->build_id_length);
	return result->build_id;
}

enum lookup_asked lookup_ask(struct lookup *lookup, const struct lookup_request *from,
			     uint32_t *ticket, struct lookup_result *result)
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
	for (size_t i = 0; i < sizeof(BITS) / sizeof(BITS[0]); i++)
		request.what |= from->what & BITS[i].lookup ? BITS[i].inspect : 0;
	if (request.what & INSPECT_CONTAINER)
		request.path = from->container;
	switch (inspect_ask(lookup->inspect, &request, -1, ticket)) {
	case INSPECT_BUSY:
		return LOOKUP_BUSY;
	case INSPECT_ASKED:
		if (request.what & INSPECT_CONTAINER)
			keep_question(lookup, from, *ticket);
		return LOOKUP_ASKED;
	default:
		return LOOKUP_REFUSED;
	}
}

bool lookup_next(struct lookup *lookup, uint32_t *ticket, struct lookup_result *result)
{
	const struct inspect_answer *answer = inspect_next(lookup->inspect);

	if (!answer)
		return false;
	*ticket = answer->ticket;
	result->known = 0;
	for (size_t i = 0; i < sizeof(BITS) / sizeof(BITS[0]); i++)
		result->known |= answer->known & BITS[i].inspect ? BITS[i].lookup : 0;
	memcpy(result->sha256, answer->sha256, sizeof(result->sha256));
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
	result->container = answer->text;
	result->container_length = answer->args_length;
	result->container_cut = answer->cut;
	store_result(lookup, answer);
	return true;
}

const uint8_t *lookup_known_build_id(struct lookup *lookup, const struct vigil_image_body *image,
				     int64_t now_ms, size_t *length)
{
	return inspect_known_build_id(lookup->inspect, image->device, image->inode,
				      image->generation, now_ms, length);
}

bool lookup_news(struct lookup *lookup, char *text, size_t size)
{
	return inspect_news(lookup->inspect, text, size);
}
