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

static void emit_process(const void *body)
{
	const struct vigil_process_body *process = body;

	emit_number("pid", process->process.pid);
	emit_number("start_key", process->process.start_key);
	emit_number("parent", process->parent.pid);
	emit_number("session", process->session);
	emit_number("integrity", process->integrity);
	emit_number("start", process->start);
}

static void emit_denied(const void *body)
{
	const struct vigil_denied_body *denied = body;

	emit_process(&denied->process);
	emit_number("verdict", denied->verdict);
	emit_number("hits", denied->hits);
	emit_number("status", denied->status);
}

static void emit_exit(const void *body)
{
	const struct vigil_exit_body *ended = body;

	emit_number("pid", ended->process.pid);
	emit_number("start_key", ended->process.start_key);
	emit_number("parent", ended->parent.pid);
	emit_number("code", ended->code);
	emit_number("lifetime", ended->lifetime);
}

static void emit_thread(const void *body)
{
	const struct vigil_thread_body *thread = body;

	emit_number("pid", thread->thread.pid);
	emit_number("tid", thread->thread.tid);
	emit_number("start_key", thread->thread.start_key);
	emit_number("address", thread->start_address);
	emit_number("code", thread->code);
	emit_number("origin", thread->origin);
}

static void emit_thread_end(const void *body)
{
	const struct vigil_thread_end_body *end = body;

	emit_thread(body);
	emit_number("by_pid_then", end->creator.pid);
	emit_number("lifetime", end->lifetime);
}

static void emit_image(const void *body)
{
	const struct vigil_image_body *image = body;

	emit_number("pid", image->process.pid);
	emit_number("start_key", image->process.start_key);
	emit_number("base", image->base);
	emit_number("size", image->size);
}

static void emit_lost(const void *body)
{
	const struct vigil_lost_body *lost = body;

	emit_number("count", lost->count);
	emit_number("of", lost->type);
	emit_number("reason", lost->reason);
}

static void emit_snapshot(const void *body)
{
	const struct vigil_snapshot_body *snapshot = body;

	emit_number("processes", snapshot->processes);
	emit_number("threads", snapshot->threads);
}

static void emit_status(const void *body)
{
	const struct vigil_status_body *status = body;

	emit_number("state", status->state);
	emit_number("produced", status->produced);
}

static void (*const bodies[VIGIL_TYPE_MAX])(const void *body) = {
	[VIGIL_EVENT_PROCESS_CREATE] = emit_process,
	[VIGIL_EVENT_PROCESS_SNAPSHOT] = emit_process,
	[VIGIL_EVENT_PROCESS_DENIED] = emit_denied,
	[VIGIL_EVENT_PROCESS_EXIT] = emit_exit,
	[VIGIL_EVENT_THREAD_CREATE] = emit_thread,
	[VIGIL_EVENT_THREAD_EXIT] = emit_thread_end,
	[VIGIL_EVENT_REMOTE_THREAD] = emit_thread,
	[VIGIL_EVENT_THREAD_SNAPSHOT] = emit_thread,
	[VIGIL_EVENT_IMAGE_LOAD] = emit_image,
	[VIGIL_EVENT_DRIVER_LOAD] = emit_image,
	[VIGIL_EVENT_LOST] = emit_lost,
	[VIGIL_EVENT_SNAPSHOT_END] = emit_snapshot,
	[VIGIL_EVENT_STATUS] = emit_status,
};

static void emit_parts(const struct vigil_header *header)
{
	const char *record = (const char *)header;
	size_t at = header->fixed;

	while (at + sizeof(struct vigil_part) <= header->size) {
		const struct vigil_part *part = (const void *)(record + at);
		const char *name = part->kind < VIGIL_PART_MAX ? kinds[part->kind].name : NULL;

		if (name != NULL && kinds[part->kind].is_text)
			emit_text(name, part + 1, part->length);
		else if (name != NULL)
			emit_number(name, part->length);
		if (part->kind == VIGIL_PART_IMAGE)
			emit_number("image_source", part->source);
		at += (sizeof(*part) + part->length + 7) & ~(size_t)7;
	}
}

void record_emit(const struct vigil_header *header)
{
	int known = header->type < VIGIL_TYPE_MAX && types[header->type] != NULL;

	emit_begin(known ? types[header->type] : "unknown");
	emit_number("seq", header->seq);
	emit_number("time", header->time);
	emit_number("mono", header->mono);
	emit_number("flags", header->flags);
	emit_number("by_pid", header->actor.pid);
	emit_number("by_tid", header->actor.tid);
	if (known)
		bodies[header->type](header + 1);
	emit_parts(header);
	emit_end();
}

int record_counts(const struct vigil_header *header)
{
	const struct vigil_status_body *status = (const void *)(header + 1);

	return header->type != VIGIL_EVENT_LOST &&
	       !(header->type == VIGIL_EVENT_STATUS && status->state == VIGIL_STATUS_STARTED);
}
