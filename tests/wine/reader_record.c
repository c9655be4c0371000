/* SPDX-License-Identifier: MIT */
/* reader_record.c - a record, printed as the driver wrote it. */
#include "reader.h"

#define IS_TEXT 1

static const struct {
	const char *name;
	int is_text;
} kinds[VIGIL_PART_MAX] = {
	[VIGIL_PART_IMAGE] = { "image", IS_TEXT },
	[VIGIL_PART_COMMAND_LINE] = { "command", IS_TEXT },
	[VIGIL_PART_RULE] = { "rule", IS_TEXT },
	[VIGIL_PART_TEXT] = { "text", IS_TEXT },
	[VIGIL_PART_USER] = { "user_bytes", 0 },
};

static const char *const types[VIGIL_TYPE_MAX] = {
	[VIGIL_EVENT_PROCESS_CREATE] = "create",
	[VIGIL_EVENT_PROCESS_EXIT] = "exit",
	[VIGIL_EVENT_THREAD_CREATE] = "thread-create",
	[VIGIL_EVENT_THREAD_EXIT] = "thread-exit",
	[VIGIL_EVENT_IMAGE_LOAD] = "image",
	[VIGIL_EVENT_DRIVER_LOAD] = "driver",
	[VIGIL_EVENT_REMOTE_THREAD] = "remote-thread",
	[VIGIL_EVENT_PROCESS_DENIED] = "denied",
	[VIGIL_EVENT_LOST] = "lost",
	[VIGIL_EVENT_PROCESS_SNAPSHOT] = "existing",
	[VIGIL_EVENT_THREAD_SNAPSHOT] = "existing-thread",
	[VIGIL_EVENT_SNAPSHOT_END] = "snapshot-end",
	[VIGIL_EVENT_STATUS] = "status",
};

static void tell_process(const void *body)
{
	const struct vigil_process_body *process = body;

	tell_number("pid", process->process.pid);
	tell_number("start_key", process->process.start_key);
	tell_number("parent", process->parent.pid);
	tell_number("session", process->session);
	tell_number("integrity", process->integrity);
	tell_number("start", process->start);
}

static void tell_denied(const void *body)
{
	const struct vigil_denied_body *denied = body;

	tell_process(&denied->process);
	tell_number("verdict", denied->verdict);
	tell_number("hits", denied->hits);
	tell_number("status", denied->status);
}

static void tell_exit(const void *body)
{
	const struct vigil_exit_body *ended = body;

	tell_number("pid", ended->process.pid);
	tell_number("start_key", ended->process.start_key);
	tell_number("parent", ended->parent.pid);
	tell_number("code", ended->code);
	tell_number("lifetime", ended->lifetime);
}

static void tell_thread(const void *body)
{
	const struct vigil_thread_body *thread = body;

	tell_number("pid", thread->thread.pid);
	tell_number("tid", thread->thread.tid);
	tell_number("start_key", thread->thread.start_key);
	tell_number("address", thread->start_address);
	tell_number("code", thread->code);
	tell_number("origin", thread->origin);
}

static void tell_thread_end(const void *body)
{
	const struct vigil_thread_end_body *end = body;

	tell_thread(body);
	tell_number("by_pid_then", end->creator.pid);
	tell_number("lifetime", end->lifetime);
}

static void tell_image(const void *body)
{
	const struct vigil_image_body *image = body;

	tell_number("pid", image->process.pid);
	tell_number("start_key", image->process.start_key);
	tell_number("base", image->base);
	tell_number("size", image->size);
}

static void tell_lost(const void *body)
{
	const struct vigil_lost_body *lost = body;

	tell_number("count", lost->count);
	tell_number("of", lost->type);
	tell_number("reason", lost->reason);
}

static void tell_snapshot(const void *body)
{
	const struct vigil_snapshot_body *snapshot = body;

	tell_number("processes", snapshot->processes);
	tell_number("threads", snapshot->threads);
}

static void tell_status(const void *body)
{
	const struct vigil_status_body *status = body;

	tell_number("state", status->state);
	tell_number("produced", status->produced);
}

static void (*const bodies[VIGIL_TYPE_MAX])(const void *body) = {
	[VIGIL_EVENT_PROCESS_CREATE] = tell_process,
	[VIGIL_EVENT_PROCESS_SNAPSHOT] = tell_process,
	[VIGIL_EVENT_PROCESS_DENIED] = tell_denied,
	[VIGIL_EVENT_PROCESS_EXIT] = tell_exit,
	[VIGIL_EVENT_THREAD_CREATE] = tell_thread,
	[VIGIL_EVENT_THREAD_EXIT] = tell_thread_end,
	[VIGIL_EVENT_REMOTE_THREAD] = tell_thread,
	[VIGIL_EVENT_THREAD_SNAPSHOT] = tell_thread,
	[VIGIL_EVENT_IMAGE_LOAD] = tell_image,
	[VIGIL_EVENT_DRIVER_LOAD] = tell_image,
	[VIGIL_EVENT_LOST] = tell_lost,
	[VIGIL_EVENT_SNAPSHOT_END] = tell_snapshot,
	[VIGIL_EVENT_STATUS] = tell_status,
};

static void tell_parts(const struct vigil_header *header)
{
	const char *record = (const char *)header;
	size_t at = header->fixed;

	while (at + sizeof(struct vigil_part) <= header->size) {
		const struct vigil_part *part = (const void *)(record + at);
		const char *name = part->kind < VIGIL_PART_MAX ? kinds[part->kind].name : NULL;

		if (name != NULL && kinds[part->kind].is_text)
			tell_text(name, part + 1, part->length);
		else if (name != NULL)
			tell_number(name, part->length);
		if (part->kind == VIGIL_PART_IMAGE)
			tell_number("image_source", part->source);
		at += (sizeof(*part) + part->length + 7) & ~(size_t)7;
	}
}

void record_tell(const struct vigil_header *header)
{
	int known = header->type < VIGIL_TYPE_MAX && types[header->type] != NULL;

	tell_begin(known ? types[header->type] : "unknown");
	tell_number("seq", header->seq);
	tell_number("time", header->time);
	tell_number("mono", header->mono);
	tell_number("flags", header->flags);
	tell_number("by_pid", header->actor.pid);
	tell_number("by_tid", header->actor.tid);
	if (known)
		bodies[header->type](header + 1);
	tell_parts(header);
	tell_end();
}

int record_counts(const struct vigil_header *header)
{
	const struct vigil_status_body *status = (const void *)(header + 1);

	return header->type != VIGIL_EVENT_LOST &&
	       !(header->type == VIGIL_EVENT_STATUS && status->state == VIGIL_STATUS_STARTED);
}
