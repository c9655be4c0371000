/* SPDX-License-Identifier: MIT */
/*
 * modules.h - which image is at which address in a process, to resolve an address to an image.
 *
 * Built from image loads alone. Sensors report no unloads, so a newer image replaces the older
 * ones that it overlaps. Kept only while events with addresses and image loads are both
 * recorded. Bounds: 4096 images per process, after which none are added; 32 MiB in total,
 * after which everything is forgotten once.
 */
#ifndef VIGIL_PROCESS_MODULES_H
#define VIGIL_PROCESS_MODULES_H

#include <vigil/vigil.h>

#include "core/string_table.h"

#define MODULES_PROCESS_MAX 4096
#define MODULES_BYTES_MAX   (32u << 20)

struct module_map;

/* All zeros: empty, and keeps nothing yet. */
struct modules {
	struct string_table names;
	struct module_map *newest; /* in the list of all maps */
	size_t bytes;              /* of all maps */
	uint32_t age;     /* increased when everything is forgotten: older maps are empty */
	uint32_t doubted; /* increased when images were lost: older maps may be incomplete */
	bool kept;
};

/* The images of one process; all zeros: none known. */
struct images {
	struct module_map *map; /* shared between forked processes; NULL: empty */
	uint32_t age, doubted;
	bool whole; /* every image since its start was reported, if none was lost */
};

void modules_free(struct modules *modules);
void modules_drop(struct modules *modules, struct images *images);

/* A process starts (CREATE, PROCESS_SNAPSHOT) or runs another program (EXEC). creator: its images; NULL:
 * unknown. */
void modules_start(struct modules *modules, struct images *images, const struct images *creator,
		   const struct vigil_event *event);

/* Processes any other event: learns from it, and stores in it the image that contains its
 * address. process, target: images of event->process and event->target, or NULL. */
void modules_apply(struct modules *modules, struct images *process, const struct images *target,
		   struct vigil_event *event);

#endif /* VIGIL_PROCESS_MODULES_H */
