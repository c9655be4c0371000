/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"

static size_t put_line(void *context, char *to, size_t room, const struct vigil_event *event,
		       const char *line, size_t length)
{
	(void)context;
	(void)event;
	if (length > room)
		return 0;
	memcpy(to, line, length);
	return length;
}

static enum vigil_code write_lines(void *context, char *data, size_t length, size_t *written)
{
	struct log *log = context;
	bool stuck = log->file.stuck;
	enum vigil_code code = rotate_write(&log->file, data, length, written);

	if (code == VIGIL_OK && log->file.stuck && !stuck)
		cli_say("%s The log grows on beyond --max-size.", log->file.error.text);
	return code;
}

static void use_log_reserve(void *context)
{
	struct log *log = context;

	log->file.reserve = 0;
}

static const struct feed_target log_target = { put_line, write_lines, use_log_reserve };

void log_flush(struct log *log)
{
	feed_flush(&log->feed);
}

enum vigil_code log_reopen(struct log *log)
{
	feed_flush_now(&log->feed);
	return rotate_reopen(&log->file);
}

void log_event(struct log *log, const struct vigil_event *event)
{
	feed_event(&log->feed, event);
}

static bool make_heading(struct log *log)
{
	const char *heading = lines_heading(log->feed.lines, &log->file.heading_length);

	log->file.heading = log->heading = malloc(log->file.heading_length + 1);
	if (log->heading)
		memcpy(log->heading, heading, log->file.heading_length);
	return log->heading;
}

enum vigil_code log_open(struct log *log, const struct log_options *options)
{
	enum vigil_code code;

	*log = (struct log){ .file = { .path = options->path,
				       .max_size = options->max_size,
				       .keep = options->keep,
				       .trust_path = options->trust_path,
				       .reserve = ACCOUNT_RESERVE,
				       .fd = -1 } };
	log->feed =
	    (struct feed){ &log_target, log, .name = options->path, .error = &log->file.error };
	if (!feed_open(&log->feed, &options->how) || !make_heading(log)) {
		log->file.error = (struct vigil_error){ VIGIL_ERROR_MEMORY, "no memory" };
		log_close(log);
		return VIGIL_ERROR_MEMORY;
	}
	code = rotate_open(&log->file);
	if (code < 0)
		log_close(log);
	else if (log->file.cut)
		cli_say("%s ended in the middle of a line: its last %" PRIu64
			" bytes were cut off.",
			log->file.path, log->file.cut);
	return code;
}

enum vigil_code log_change(struct log *log, const struct log_options *options)
{
	struct log other = { .heading = NULL };

	other.feed.lines = lines_open(&options->how);
	if (!other.feed.lines || !make_heading(&other)) {
		lines_close(other.feed.lines);
		return VIGIL_ERROR_MEMORY;
	}
	lines_close(log->feed.lines);
	free(log->heading);
	log->feed.lines = other.feed.lines;
	log->heading = other.heading;
	log->file.heading = other.heading;
	log->file.heading_length = other.file.heading_length;
	log->file.max_size = options->max_size;
	log->file.keep = options->keep;
	log->file.path = log->feed.name = options->path;
	return VIGIL_OK;
}

enum vigil_code log_close(struct log *log)
{
	enum vigil_code code = log->file.fd >= 0 ? feed_finish(&log->feed) : VIGIL_OK;
	enum vigil_code closed = rotate_close(&log->file);

	feed_free(&log->feed);
	free(log->heading);
	log->heading = NULL;
	return code < 0 ? code : closed;
}
