/* SPDX-License-Identifier: MIT */
#include "lost.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "text/visible.h"

#define LOST_LISTED 10 /* cgroups that `vigil stats` lists */
#define COLUMNS     256

/* Appends visible text: the path of the cgroup, or its id if the path is unknown. */
static void put_name(struct vigil_buffer *out, const struct vigil_cgroup_loss *loss)
{
	if (!loss->cgroup) {
		vigil_put_text(out, "other cgroups");
	} else if (loss->path.length) {
		if (loss->path.original > loss->path.length)
			vigil_put_text(out, "...");
		visible_put(out, loss->path, false, false, COLUMNS);
	} else {
		vigil_put_text(out, "cgroup ");
		vigil_put_unsigned(out, loss->cgroup);
	}
}

/* Names the queue that was full, and a remedy. */
static void say_causes(struct vigil *v)
{
	uint64_t images, others, missed;
	const struct vigil_statistics *counts = vigil_get_statistics(v);

	images = vigil_statistics_dropped(counts, VIGIL_EVENT_IMAGE_LOAD, VIGIL_LOSS_QUEUE_FULL) +
		 vigil_statistics_dropped(counts, VIGIL_EVENT_IMAGE_LOAD, VIGIL_LOSS_OVERWRITTEN);
	others = vigil_statistics_dropped(counts, VIGIL_ANY_TYPE, VIGIL_LOSS_QUEUE_FULL) +
		 vigil_statistics_dropped(counts, VIGIL_ANY_TYPE, VIGIL_LOSS_OVERWRITTEN) - images;
	missed = vigil_statistics_dropped(counts, VIGIL_ANY_TYPE, VIGIL_LOSS_MISSED);
	if (others)
		cli_say("%" PRIu64 " lost because the queue was full: try a larger --buffer-size, "
			"or fewer --type",
			others);
	if (images)
		cli_say("%" PRIu64 " lost because the queue of image loads was full: try a larger "
			"--buffer-size, or a --type without image",
			images);
	if (missed)
		cli_say("%" PRIu64 " lost because the kernel did not report them to vigil", missed);
}

void lost_say(struct vigil *v)
{
	const struct vigil_cgroup_loss *loss[LOST_SHOWN];
	size_t count = vigil_losses_by_cgroup(v, loss, LOST_SHOWN);

	say_causes(v);
	for (size_t i = 0; i < count && i < LOST_SHOWN; i++) {
		struct vigil_buffer name = { 0 };

		put_name(&name, loss[i]);
		vigil_put(&name, "", 1);
		if (!name.failed)
			cli_say("%" PRIu64 " of them (%" PRIu64 " exec) by processes of %s",
				loss[i]->total,
				vigil_cgroup_loss_dropped(loss[i], VIGIL_EVENT_PROCESS_EXEC),
				name.data);
		vigil_buffer_free(&name);
	}
	if (count > LOST_SHOWN)
		cli_say("others by processes of %zu more cgroups", count - LOST_SHOWN);
}

void lost_put_text(struct vigil_buffer *out, struct vigil *v)
{
	const struct vigil_cgroup_loss *loss[LOST_LISTED];
	size_t count = vigil_losses_by_cgroup(v, loss, LOST_LISTED);
	char line[64];

	if (count) {
		snprintf(line, sizeof(line), "\n%12s%12s  %s\n", "LOST", "EXEC", "BY CGROUP");
		vigil_put_text(out, line);
	}
	for (size_t i = 0; i < count && i < LOST_LISTED; i++) {
		snprintf(line, sizeof(line), "%12" PRIu64 "%12" PRIu64 "  ", loss[i]->total,
			 vigil_cgroup_loss_dropped(loss[i], VIGIL_EVENT_PROCESS_EXEC));
		vigil_put_text(out, line);
		put_name(out, loss[i]);
		vigil_put_text(out, "\n");
	}
	if (count > LOST_LISTED) {
		snprintf(line, sizeof(line), "and %zu more cgroups\n", count - LOST_LISTED);
		vigil_put_text(out, line);
	}
}

static void put_json_loss(struct json *json, const struct vigil_cgroup_loss *loss)
{
	struct vigil_buffer name = { 0 };
	char id[24];

	put_name(&name, loss);
	vigil_put(&name, "", 1);
	snprintf(id, sizeof(id), "%" PRIu64, loss->cgroup);
	json_open(json, NULL, '{');
	json_text(json, "id", id);
	json_text(json, "path", name.data);
	json_number(json, "lost", loss->total);
	json_open(json, "types", '{');
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++)
		if (vigil_cgroup_loss_dropped(loss, type) && vigil_type_name(type))
			json_number(json, vigil_type_name(type),
				    vigil_cgroup_loss_dropped(loss, type));
	json_close(json, '}');
	json_close(json, '}');
	json->out.failed |= name.failed;
	vigil_buffer_free(&name);
}

void lost_put_json(struct json *json, struct vigil *v)
{
	const struct vigil_cgroup_loss *loss[LOST_LISTED];
	size_t count = vigil_losses_by_cgroup(v, loss, LOST_LISTED);

	json_open(json, "cgroups", '[');
	for (size_t i = 0; i < count && i < LOST_LISTED; i++)
		put_json_loss(json, loss[i]);
	json_close(json, ']');
}
