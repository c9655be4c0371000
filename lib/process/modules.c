/* SPDX-License-Identifier: MIT */
#include "process/modules.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 8u

struct module {
	uint64_t begin, end; /* end: after the last byte, or 0 if that exceeds 64 bits */
	uint64_t zero;       /* address of the file's first byte */
	uint32_t name;       /* index in modules->names */
};

struct module_map {
	struct module_map *older, *newer; /* in the list of all maps */
	uint32_t refs, count, capacity;
	struct module at[]; /* sorted by begin; they do not overlap */
};

static size_t map_bytes(uint32_t capacity)
{
	return sizeof(struct module_map) + capacity * sizeof(struct module);
}

/* Returns NULL if everything was forgotten since: the map is freed. */
static struct module_map *map_of(const struct modules *modules, const struct images *images)
{
	return images && images->age == modules->age ? images->map : NULL;
}

static void link_map(struct modules *modules, struct module_map *map)
{
	map->older = modules->newest;
	if (map->older)
		map->older->newer = map;
	modules->newest = map;
	modules->bytes += map_bytes(map->capacity);
}

static void free_map(struct modules *modules, struct module_map *map)
{
	*(map->newer ? &map->newer->older : &modules->newest) = map->older;
	if (map->older)
		map->older->newer = map->newer;
	modules->bytes -= map_bytes(map->capacity);
	free(map);
}

static void drop_map(struct modules *modules, struct module_map *map)
{
	if (map && --map->refs == 0)
		free_map(modules, map);
}

/* Forgets everything. Maps refer to `names` by number, so they cannot outlive it. */
static void forget_all(struct modules *modules)
{
	while (modules->newest)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): free_map sets the next one */
		free_map(modules, modules->newest);
	string_table_free(&modules->names);
	modules->age++;
	modules->doubted++;
}

void modules_free(struct modules *modules)
{
	forget_all(modules);
	*modules = (struct modules){ 0 };
}

void modules_drop(struct modules *modules, struct images *images)
{
	drop_map(modules, map_of(modules, images));
	*images = (struct images){ 0 };
}

/* Returns an unshared map with space for one more image; NULL: out of memory. */
static struct module_map *unshare_map(struct modules *modules, struct images *images)
{
	struct module_map *map = map_of(modules, images), *grown;
	uint32_t count = map ? map->count : 0, capacity = map ? map->capacity : 0;

	if (map && map->refs == 1 && count < capacity)
		return map;
	while (capacity <= count)
		capacity = capacity ? capacity * 2 : FIRST_CAPACITY;
	grown = malloc(map_bytes(capacity));
	if (!grown)
		return NULL;
	*grown = (struct module_map){ .refs = 1, .count = count, .capacity = capacity };
	if (count)
		memcpy(grown->at, map->at, count * sizeof(map->at[0]));
	drop_map(modules, map);
	link_map(modules, grown);
	images->map = grown;
	images->age = modules->age;
	return grown;
}

/* Returns the first module that ends after address. */
static uint32_t first_ending_after(const struct module_map *map, uint64_t address)
{
	uint32_t low = 0, high = map->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (map->at[middle].end - 1 < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void add_module(struct modules *modules, struct images *images,
		       const struct vigil_event *event)
{
	const struct vigil_image_body *image = event->image;
	struct vigil_string path = event->part[VIGIL_PART_IMAGE];
	struct module new = { .begin = image->base,
			      .end = image->base + image->size,
			      .zero = image->base - image->offset };
	struct module_map *map;
	uint32_t first, last;

	/* A range that wraps around the end of memory is not an image. */
	if (!image->size || (new.end &&new.end < new.begin))
		return;
	if (modules->bytes + modules->names.bytes > MODULES_BYTES_MAX)
		forget_all(modules);
	new.name = string_table_add(&modules->names, path.data, path.length);
	map = new.name != STRINGS_NONE ? unshare_map(modules, images) : NULL;
	if (!map) { /* so that code of a missing image does not count as unbacked */
		images->whole = false;
		return;
	}
	first = first_ending_after(map, new.begin);
	for (last = first; last < map->count && map->at[last].begin <= new.end - 1; last++)
		;
	if (first == last && map->count == MODULES_PROCESS_MAX) {
		images->whole = false;
		return;
	}
	memmove(&map->at[first + 1], &map->at[last], (map->count - last) * sizeof(map->at[0]));
	map->at[first] = new;
	map->count += 1 - (last - first);
}

/* ---- events ---- */

void modules_start(struct modules *modules, struct images *images, const struct images *creator,
		   const struct vigil_event *event)
{
	bool copied = event->record->encoding == VIGIL_BYTES && /* Windows has no fork */
		      event->record->type == VIGIL_EVENT_PROCESS_CREATE;

	modules_drop(modules, images);
	if (!modules->kept || event->record->type == VIGIL_EVENT_PROCESS_SNAPSHOT)
		return;
	if (copied && creator) {
		struct module_map *map = map_of(modules, creator);

		*images = *creator;
		if (map)
			map->refs++;
	} else if (!copied) {
		*images = (struct images){ .age = modules->age,
					   .doubted = modules->doubted,
					   .whole = true };
	}
}

/* Decides from the recorded types whether images are kept. A Linux thread has no start address. */
static void learn_types(struct modules *modules, const struct vigil_event *event)
{
	uint32_t types = event->status->types,
		 addressed = VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_ACCESS);
	bool kept;

	if (!types)
		return;
	if (event->record->encoding == VIGIL_UTF16LE)
		addressed |= VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_CREATE) |
			     VIGIL_TYPE_BIT(VIGIL_EVENT_THREAD_SNAPSHOT) |
			     VIGIL_TYPE_BIT(VIGIL_EVENT_REMOTE_THREAD);
	kept = types & VIGIL_TYPE_BIT(VIGIL_EVENT_IMAGE_LOAD) && types & addressed;
	if (modules->kept != kept)
		forget_all(modules);
	modules->kept = kept;
}

static bool begins_with_images(uint16_t type)
{
	return type == 0 || type == VIGIL_EVENT_IMAGE_LOAD || type == VIGIL_EVENT_PROCESS_CREATE ||
	       type == VIGIL_EVENT_PROCESS_EXEC;
}

/* Finds the image that contains an address. Only the start of a thread must be in one. Windows
 * reports the first thread of a process before the program and ntdll, which that thread maps:
 * with an empty map nothing is known. */
static void find_module(const struct modules *modules, const struct images *images,
			uint64_t address, bool must_be_code, struct vigil_event *event)
{
	const struct module_map *map = map_of(modules, images);
	uint32_t found = map ? first_ending_after(map, address) : 0;

	if (!modules->kept || !images || !address)
		return;
	if (map && found < map->count && map->at[found].begin <= address) {
		const struct module *module = &map->at[found];
		uint32_t length = modules->names.length[module->name];

		event->module =
		    (struct vigil_string){ modules->names.text[module->name], length, length };
		event->module_offset = address - module->zero;
		return;
	}
	event->unbacked = must_be_code && map && map->count > 0 && images->whole &&
			  images->doubted == modules->doubted;
}

void modules_apply(struct modules *modules, struct images *process, const struct images *target,
		   struct vigil_event *event)
{
	switch (event->record->type) {
	case VIGIL_EVENT_STATUS:
		learn_types(modules, event);
		break;
	case VIGIL_EVENT_LOST:
		if (begins_with_images(event->lost->type))
			modules->doubted++;
		break;
	case VIGIL_EVENT_IMAGE_LOAD:
		/* Memory without a file is not an image: code in it is unbacked. */
		if (modules->kept && process && !(event->image->attributes & VIGIL_IMAGE_ANONYMOUS))
			add_module(modules, process, event);
		break;
	case VIGIL_EVENT_THREAD_CREATE:
	case VIGIL_EVENT_THREAD_SNAPSHOT:
		find_module(modules, process, event->thread->start_address, true, event);
		break;
	case VIGIL_EVENT_REMOTE_THREAD:
		find_module(modules, target, event->thread->start_address, true, event);
		break;
	case VIGIL_EVENT_PROCESS_ACCESS:
		find_module(modules, target, event->access->address, false, event);
		break;
	default:
		break;
	}
}
