/* SPDX-License-Identifier: MIT */
/* records.c - the records of the live sensor that are made in user space. */
#include "sensor/linux/records.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "enrich/enrich.h"
#include "os/boot_clock.h"
#include "record/builder.h"
#include "record/decode.h"

void *linux_begin(struct linux_source *s, struct record_builder *builder, uint32_t queue,
		  uint16_t type, size_t parts)
{
	size_t size = sizeof(struct vigil_header) + decode_longest_body_size(type) + parts;
	void *to = merge_reserve(&s->merge, queue, (uint32_t)size);

	return to ? builder_begin(builder, to, size, type, VIGIL_BYTES) : NULL;
}

void linux_add(struct linux_source *s, uint32_t queue, const struct record_builder *builder)
{
	struct vigil_header *record = builder_end(builder);

	if (!record)
		return; /* cannot happen: its size was computed before */
	merge_add(&s->merge, queue, record->mono, record);
	s->made[record->type]++;
}

void linux_report_warning(struct linux_source *s, uint64_t now, const char *text)
{
	struct record_builder builder;
	struct vigil_status_body *status =
	    linux_begin(s, &builder, LINUX_QUEUE_OWN, VIGIL_EVENT_STATUS, part_size(strlen(text)));

	if (!status)
		return;
	linux_header(&builder)->mono = now;
	status->state = VIGIL_STATUS_WARNING;
	builder_add(&builder, VIGIL_PART_TEXT, VIGIL_PART_ORIGIN_NONE, text, strlen(text));
	linux_add(s, LINUX_QUEUE_OWN, &builder);
}

void linux_report_snapshot_end(struct linux_source *s, int error)
{
	struct record_builder builder;
	struct vigil_snapshot_body *body =
	    linux_begin(s, &builder, LINUX_QUEUE_OWN, VIGIL_EVENT_SNAPSHOT_END, 0);
	uint64_t now = boot_clock_ns();

	if (!body)
		return;
	linux_header(&builder)->mono = now;
	*body = s->snapshot_counts;
	linux_add(s, LINUX_QUEUE_OWN, &builder);
	if (error)
		losses_report(s, LINUX_QUEUE_OWN, VIGIL_EVENT_PROCESS_SNAPSHOT,
			      VIGIL_LOSS_READ_FAILED, 1, now);
}

/* A hash of the machine id and the boot id, so that ids derived from it are unique. */
static uint64_t machine_id(void)
{
	const char *const files[] = { "/etc/machine-id", "/proc/sys/kernel/random/boot_id" };
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
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
	struct record_builder builder;
	struct vigil_header *header;
	struct vigil_status_body *status;
	struct utsname name;
	char text[256];

	uname(&name);
	snprintf(text, sizeof(text), "vigil %s on %.64s %.96s %.32s", VIGIL_VERSION, name.sysname,
		 name.release, name.machine);
	status = linux_begin(s, &builder, LINUX_QUEUE_OWN, VIGIL_EVENT_STATUS,
			     part_size(sizeof(text)) + part_size(sizeof(name.nodename)) +
				 part_size(sizeof(s->backend)));
	if (!status)
		return;
	status->state = VIGIL_STATUS_STARTED;
	status->types = types;
	status->machine = machine_id();
	builder_add(&builder, VIGIL_PART_HOST, VIGIL_PART_ORIGIN_KERNEL, name.nodename,
		    strlen(name.nodename));
	builder_add(&builder, VIGIL_PART_BACKEND, VIGIL_PART_ORIGIN_NONE, s->backend,
		    strlen(s->backend));
	builder_add(&builder, VIGIL_PART_TEXT, VIGIL_PART_ORIGIN_NONE, text, strlen(text));
	header = linux_header(&builder);
	header->mono = boot_clock_ns();
	header->actor.pid = header->actor.tid = (uint32_t)getpid();
	linux_add(s, LINUX_QUEUE_OWN, &builder);
}

bool linux_add_exec_begins(struct linux_source *s, uint32_t queue, const struct perf_record *comm)
{
	struct record_builder builder;
	struct vigil_header *header;

	if (!linux_begin(s, &builder, queue, LINUX_EXEC_BEGINS, 0))
		return false;
	header = builder_end(&builder);
	header->mono = comm->mono;
	header->actor.pid = comm->pid;
	merge_add(&s->merge, queue, header->mono, header);
	return true;
}

/* Adds the build-id if it is known, or else an empty part that requests it from enrich.c: the
 * file belongs to the subject, which can make a read take arbitrarily long. */
static void add_build_id(struct linux_source *s, struct record_builder *builder,
			 const struct vigil_image_body *image)
{
	size_t length;
	const uint8_t *id = lookup_known_build_id(s->lookup, image, s->now_ms, &length);
	struct vigil_part *part;

	if (id && length == 0)
		return;
	part =
	    builder_add(builder, VIGIL_PART_BUILD_ID, VIGIL_PART_ORIGIN_FILE, id, id ? length : 0);
	if (part && !id)
		part->flags = ENRICH_WANTED;
}

/* Adds the path as the kernel recorded it, and sets the attributes about it. A path that was
 * too long for the kernel is requested like a build-id, because the process can delay a read of
 * it. */
static void add_image_path(struct record_builder *builder, struct vigil_image_body *image,
			   const struct perf_record *map)
{
	struct vigil_part *part;

	if (map->in_memory)
		image->attributes =
		    VIGIL_IMAGE_MEMORY_ONLY | (map->anonymous ? VIGIL_IMAGE_ANONYMOUS : 0);
	else if (map->maybe_deleted)
		image->attributes = VIGIL_IMAGE_MAYBE_DELETED;
	part = builder_add(builder, VIGIL_PART_IMAGE, VIGIL_PART_ORIGIN_PERF, map->path,
			   map->path ? map->length : 0);
	if (part && !map->path)
		part->flags = ENRICH_WANTED;
}

bool linux_add_image(struct linux_source *s, uint32_t queue, const struct perf_record *map)
{
	struct record_builder builder;
	struct vigil_image_body *image = linux_begin(s, &builder, queue, VIGIL_EVENT_IMAGE_LOAD,
						     part_size(map->length) + part_size(UINT8_MAX));
	struct vigil_header *header;

	if (!image)
		return false;
	header = linux_header(&builder);
	header->cpu = (uint16_t)map->cpu;
	header->mono = map->mono;
	header->actor.pid = map->pid;
	header->actor.tid = map->tid;
	image->process.pid = map->pid;
	image->base = map->base;
	image->size = map->size;
	image->offset = map->offset;
	image->device = (uint64_t)map->major << 20 | map->minor;
	image->inode = map->inode;
	image->generation = map->generation;
	image->protection = map->protection;
	add_image_path(&builder, image, map);
	if (map->path && !map->anonymous)
		add_build_id(s, &builder, image);
	header = builder_end(&builder);
	if (!header)
		return false;
	merge_add(&s->merge, queue, map->mono, header);
	s->images_produced += !map->anonymous; /* else counted when it is not a repetition */
	return true;
}
