/* SPDX-License-Identifier: MIT */
/* records.c - the records of the live sensor that are made in user space. */
#include "sensor/linux/records.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "enrich/enrich.h"
#include "os/boot_clock.h"
#include "record/parts.h"

struct vigil_header *linux_begin(struct linux_source *s, uint32_t queue, uint16_t type, size_t body,
				 size_t parts)
{
	size_t size = (sizeof(struct vigil_header) + body + parts + 7) & ~(size_t)7;
	struct vigil_header *h = merge_reserve(&s->merge, queue, (uint32_t)size);

	if (!h)
		return NULL;
	memset(h, 0, size);
	h->size = (uint32_t)size;
	h->type = type;
	h->fixed = (uint16_t)(sizeof *h + body);
	h->version = VIGIL_RECORD_VERSION;
	h->encoding = VIGIL_BYTES;
	h->cpu = 0xffff;
	return h;
}

void linux_add(struct linux_source *s, uint32_t queue, struct vigil_header *record)
{
	merge_add(&s->merge, queue, record->mono, record);
	s->made[record->type]++;
}

void linux_report_warning(struct linux_source *s, uint64_t now, const char *text)
{
	struct vigil_header *h =
	    linux_begin(s, LINUX_QUEUE_OWN, VIGIL_STATUS, sizeof(struct vigil_status),
			sizeof(struct vigil_part) + strlen(text) + 8);
	struct vigil_part *part;

	if (!h)
		return;
	h->mono = now;
	((struct vigil_status *)(h + 1))->state = VIGIL_STATUS_WARNING;
	part = (void *)((struct vigil_status *)(h + 1) + 1);
	part = part_add(part, VIGIL_TEXT, VIGIL_SOURCE_NONE, text, strlen(text));
	h->size = (uint32_t)((uint8_t *)part - (uint8_t *)h);
	linux_add(s, LINUX_QUEUE_OWN, h);
}

void linux_report_snapshot_end(struct linux_source *s, int error)
{
	struct vigil_header *h =
	    linux_begin(s, LINUX_QUEUE_OWN, VIGIL_SNAPSHOT_END, sizeof(struct vigil_snapshot), 0);

	if (!h)
		return;
	h->mono = boot_clock_ns();
	memcpy(h + 1, &s->told, sizeof s->told);
	linux_add(s, LINUX_QUEUE_OWN, h);
	if (error)
		losses_report(s, LINUX_QUEUE_OWN, VIGIL_EXISTING, VIGIL_LOSS_READ_FAILED, 1,
			      h->mono);
}

/* Names this machine and this boot, so that an id made of it is unique. */
static uint64_t machine_id(void)
{
	const char *const files[] = { "/etc/machine-id", "/proc/sys/kernel/random/boot_id" };
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		FILE *f = fopen(files[i], "re");
		int c;

		if (!f)
			continue;
		while ((c = getc(f)) != EOF)
			hash = (hash ^ (unsigned char)c) * UINT64_C(0x100000001b3);
		fclose(f);
	}
	return hash;
}

void linux_report_started(struct linux_source *s, uint32_t types)
{
	struct utsname name;
	char text[256];
	struct vigil_header *h;
	struct vigil_status *status;
	struct vigil_part *part;

	uname(&name);
	snprintf(text, sizeof text, "vigil %s on %.64s %.96s %.32s", VIGIL_VERSION, name.sysname,
		 name.release, name.machine);
	h = linux_begin(s, LINUX_QUEUE_OWN, VIGIL_STATUS, sizeof *status,
			3 * 20 + sizeof text + 65 + sizeof s->backend);
	if (!h)
		return;
	status = (void *)(h + 1);
	status->state = VIGIL_STATUS_STARTED;
	status->types = types;
	status->machine = machine_id();
	part = part_add((void *)(status + 1), VIGIL_HOST, VIGIL_SOURCE_KERNEL, name.nodename,
			strlen(name.nodename));
	part = part_add(part, VIGIL_BACKEND, VIGIL_SOURCE_NONE, s->backend, strlen(s->backend));
	part = part_add(part, VIGIL_TEXT, VIGIL_SOURCE_NONE, text, strlen(text));
	h->size = (uint32_t)((uint8_t *)part - (uint8_t *)h);
	h->mono = boot_clock_ns();
	h->actor.pid = h->actor.tid = (uint32_t)getpid();
	linux_add(s, LINUX_QUEUE_OWN, h);
}

bool linux_add_exec_begins(struct linux_source *s, uint32_t queue, const struct perf_record *comm)
{
	struct vigil_header *h = linux_begin(s, queue, LINUX_EXEC_BEGINS, 0, 0);

	if (!h)
		return false;
	h->mono = comm->mono;
	h->actor.pid = comm->pid;
	merge_add(&s->merge, queue, h->mono, h);
	return true;
}

/* The build-id if it is known, or what makes enrich.c ask for it: the file is the
 * subject's, who decides how long it takes to read. */
static struct vigil_part *add_build_id(struct linux_source *s, const struct vigil_image *image,
				       struct vigil_part *part)
{
	size_t length;
	const uint8_t *id = lookup_known_build_id(s->lookup, image, s->now_ms, &length);
	struct vigil_part *mark = part;

	if (id && length == 0)
		return part;
	part =
	    part_add(part, VIGIL_BUILD_ID, VIGIL_SOURCE_FILE, id ? id : (const void *)"", length);
	if (!id)
		mark->flags = ENRICH_WANTED;
	return part;
}

/* The path as the kernel wrote it down, with what is in doubt about it. One that was too long
 * for that is asked for, like a build-id: the process may keep whoever reads it waiting. */
static struct vigil_part *add_name(struct vigil_image *image, struct vigil_part *part,
				   const struct perf_record *map)
{
	struct vigil_part *name = part;

	if (map->in_memory)
		image->attributes =
		    VIGIL_IMAGE_MEMORY_ONLY | (map->anonymous ? VIGIL_IMAGE_ANONYMOUS : 0);
	else if (map->maybe_deleted)
		image->attributes = VIGIL_IMAGE_MAYBE_DELETED;
	part =
	    part_add(part, VIGIL_IMAGE, VIGIL_SOURCE_PERF, map->path ? map->path : "", map->length);
	if (!map->path)
		name->flags = ENRICH_WANTED;
	return part;
}

bool linux_add_image(struct linux_source *s, uint32_t queue, const struct perf_record *map)
{
	size_t parts = 2 * sizeof(struct vigil_part) + 16 + map->length + UINT8_MAX + 8;
	struct vigil_header *h =
	    linux_begin(s, queue, VIGIL_IMAGE_LOAD, sizeof(struct vigil_image), parts);
	struct vigil_image *image;
	struct vigil_part *part;

	if (!h)
		return false;
	image = (void *)(h + 1);
	part = (void *)(image + 1);
	h->cpu = (uint16_t)map->cpu;
	h->mono = map->mono;
	h->actor.pid = map->pid;
	h->actor.tid = map->tid;
	image->process.pid = map->pid;
	image->base = map->base;
	image->size = map->size;
	image->offset = map->offset;
	image->device = (uint64_t)map->major << 20 | map->minor;
	image->inode = map->inode;
	image->generation = map->generation;
	image->protection = map->protection;
	image->signature_level = 0xff;
	image->signature_type = 0xff;
	part = add_name(image, part, map);
	if (map->path && !map->anonymous)
		part = add_build_id(s, image, part);
	h->size = (uint32_t)((uint8_t *)part - (uint8_t *)h);
	merge_add(&s->merge, queue, map->mono, h);
	s->images_produced += !map->anonymous; /* counted once it is known to be the first */
	return true;
}
