/* SPDX-License-Identifier: MIT */
/*
 * modules.h - which image lies where in a process: whose code an address is.
 *
 * Made of image loads alone. Sensors tell no unload, so a newer image takes the
 * place of older ones that it overlaps. Kept only while something with an address
 * and the images themselves are recorded. Bounds: 4096 images a process, which after
 * that are not added; 32 MiB in all, after which everything is forgotten once.
 */
#ifndef VIGIL_PROCESS_MODULES_H
#define VIGIL_PROCESS_MODULES_H

#include <vigil/vigil.h>

#include "core/string_table.h"

#define MODULES_PROCESS_MAX 4096
#define MODULES_BYTES_MAX   (32u << 20)

struct module_map;

/* All zeros: knows nothing, keeps nothing. */
struct modules {
	struct string_table names;
	struct module_map *newest; /* in the list of all maps */
	size_t bytes;              /* of all maps */
	uint32_t age;              /* raised when all is forgotten: older maps are empty */
	uint32_t doubted;          /* raised when images were lost: older maps may lack some */
	bool kept;
};

/* The images of one process; all zeros: none known. */
struct images {
	struct module_map *map; /* shared by those that were forked; NULL: empty */
	uint32_t age, doubted;
	bool whole; /* since its birth every image was told, if nothing was lost */
};

void modules_free(struct modules *modules);
void modules_drop(struct modules *modules, struct images *images);

/* A process begins (CREATE, EXISTING) or runs another program (EXEC). creator: its
 * images; NULL: unknown. */
void modules_start(struct modules *modules, struct images *images, const struct images *creator,
		   const struct vigil_event *event);

/* Any other event: learns from it, and says in it whose code its address is.
 * process, target: images of event->process and event->target, or NULL. */
void modules_apply(struct modules *modules, struct images *process, const struct images *target,
		   struct vigil_event *event);

#endif /* VIGIL_PROCESS_MODULES_H */
