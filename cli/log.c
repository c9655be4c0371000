/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define CAPACITY (4u << 20)  /* bytes of lines that may wait */
#define ENOUGH   (64u << 10) /* to be worth a write */
#define RETRY_MS 1000

/* ---- losses ---- */

static bool is_missing(const struct log *log)
{
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++)
		if (log->missing[type])
			return true;
	return false;
}

static void count_missing(struct log *log, const struct vigil_event *event)
{
	uint32_t type = event->record->type;
	uint64_t count = 1;

	/* A loss that is lost is as many events as it stands for. */
	if (type == VIGIL_LOST) {
		type = event->lost->type;
		count = event->lost->count;
	}
	log->missing[type < VIGIL_TYPE_MAX ? type : 0] += count;
	log->lost += count;
	log->last_missing = *event->record;
}

static void take_line(struct log *log, const struct vigil_event *event);

/* The event that says how many of a type are missing here. */
static void tell_missing(struct log *log, uint32_t type)
{
	struct {
		struct vigil_header head;
		struct vigil_lost lost;
	} record = {
		.head = log->last_missing,
		.lost = { .count = log->missing[type],
			  .type = (uint16_t)type,
			  .reason = VIGIL_LOSS_NOT_WRITTEN },
	};
	struct vigil_event event = { .record = &record.head, .machine = log->machine };

	record.head.size = sizeof record;
	record.head.type = VIGIL_LOST;
	record.head.fixed = sizeof record;
	event.lost = &record.lost;
	for (int i = 0; i < VIGIL_KIND_MAX; i++)
		event.part[i].data = "";
	event.host = (struct vigil_string){ log->host, (uint32_t)strlen(log->host), 0 };
	event.host.original = event.host.length;
	log->missing[type] = 0;
	take_line(log, &event);
}

/* ---- writing ---- */

static void say_trouble(struct log *log)
{
	if (!log->failing)
		cli_say("%s What was written is complete; up to %u MiB wait in memory, and it "
			"goes on by itself.",
			log->file.error.text, CAPACITY >> 20);
}

/* Writes what waits. False: some is left. */
static bool write_out(struct log *log)
{
	bool stuck = log->file.stuck;
	size_t written;
	enum vigil_code code;

	if (log->length == 0)
		return true;
	code = rotate_write(&log->file, log->data, log->length, &written);
	log->length -= written;
	memmove(log->data, log->data + written, log->length);
	if (code == VIGIL_OK && log->file.stuck && !stuck)
		cli_say("%s The log grows on beyond --max-size.", log->file.error.text);
	if (code == VIGIL_OK) {
		if (log->failing)
			cli_say("%s can be written again", log->file.path);
		log->failing = false;
		return true;
	}
	say_trouble(log);
	log->failing = true;
	log->retry = os_now_ms() + RETRY_MS;
	return false;
}

static void flush(struct log *log)
{
	if (!write_out(log) || !is_missing(log))
		return;
	cli_say("%" PRIu64 " events could not be written in all", log->lost);
	for (uint32_t type = 0; type < VIGIL_TYPE_MAX; type++)
		if (log->missing[type])
			tell_missing(log, type);
	write_out(log);
}

void log_flush(struct log *log)
{
	if (log->failing && os_now_ms() < log->retry)
		return;
	flush(log);
}

static void take_line(struct log *log, const struct vigil_event *event)
{
	size_t length;
	const char *line = vigil_print(log->printer, event, &length);

	if (!line || length > CAPACITY - log->length) {
		count_missing(log, event);
		return;
	}
	memcpy(log->data + log->length, line, length);
	log->length += length;
	if (length)
		log->written++;
}

void log_event(struct log *log, const struct vigil_event *event)
{
	if (log->length >= ENOUGH)
		log_flush(log);
	log->machine = event->machine;
	if (event->host.length < sizeof log->host) {
		memcpy(log->host, event->host.data, event->host.length);
		log->host[event->host.length] = '\0';
	}
	/* Behind a gap nothing is taken until the gap itself is written. */
	if (is_missing(log))
		count_missing(log, event);
	else
		take_line(log, event);
}

enum vigil_code log_open(struct log *log, const struct log_options *options)
{
	struct vigil_printer_options how = { .format = options->format, .utc = options->utc };
	const char *heading = "";
	enum vigil_code code;

	*log = (struct log){ .file = { .path = options->path,
				       .max_size = options->max_size,
				       .keep = options->keep,
				       .trust_path = options->trust_path,
				       .fd = -1 } };
	log->printer = vigil_printer_new(&how);
	log->data = malloc(CAPACITY);
	if (log->printer) {
		heading = vigil_print_heading(log->printer, &log->file.heading_length);
		log->heading = malloc(log->file.heading_length + 1);
	}
	if (!log->heading || !log->data) {
		log->file.error = (struct vigil_error){ VIGIL_ERROR_MEMORY, "no memory" };
		log_close(log);
		return VIGIL_ERROR_MEMORY;
	}
	memcpy(log->heading, heading, log->file.heading_length);
	log->file.heading = log->heading;
	code = rotate_open(&log->file);
	if (code < 0)
		log_close(log);
	else if (log->file.cut)
		cli_say("%s ended in the middle of a line: its last %" PRIu64
			" bytes were cut off.",
			log->file.path, log->file.cut);
	return code;
}

enum vigil_code log_close(struct log *log)
{
	enum vigil_code code = VIGIL_OK, closed;

	if (log->file.fd >= 0) {
		flush(log);
		if (log->length > 0 || is_missing(log))
			code = log->file.error.code;
		for (size_t i = 0; i < log->length; i++)
			log->lost += log->data[i] == '\n';
	}
	closed = rotate_close(&log->file);
	vigil_printer_free(log->printer);
	free(log->heading);
	free(log->data);
	log->heading = NULL;
	log->printer = NULL;
	log->data = NULL;
	log->length = 0;
	return code < 0 ? code : closed;
}
