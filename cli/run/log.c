/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"

#define CAPACITY (4u << 20)  /* maximum bytes of buffered lines */
#define ENOUGH   (64u << 10) /* minimum bytes for a write */
#define RETRY_MS 1000

/* ---- writing ---- */

static bool take_line(struct log *log, const struct vigil_event *event)
{
	size_t length;
	const char *line = vigil_print(log->printer, event, &length);

	if (!line || length > CAPACITY - log->length || !account_add(&log->account, event, length))
		return false;
	memcpy(log->data + log->length, line, length);
	log->length += length;
	return true;
}

static void report_missing(struct log *log)
{
	struct vigil_event event;

	while (account_next_missing(&log->account, &event))
		if (!take_line(log, &event)) {
			account_drop(&log->account, &event);
			break;
		}
}

static void say_trouble(struct log *log)
{
	if (!log->failing)
		cli_say("%s What was written is complete; up to %u MiB wait in memory. "
			"Writing is retried automatically.",
			log->file.error.text, CAPACITY >> 20);
}

/* Writes the buffered lines. Returns false if some are left. */
static bool write_out(struct log *log)
{
	bool stuck = log->file.stuck;
	size_t written;
	enum vigil_code code;

	if (log->length == 0)
		return true;
	code = rotate_write(&log->file, log->data, log->length, &written);
	account_written(&log->account, written);
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
	if (!write_out(log) || !account_is_missing(&log->account))
		return;
	cli_say("%" PRIu64 " events could not be written in all", log->account.lost);
	report_missing(log);
	write_out(log);
}

void log_flush(struct log *log)
{
	if (log->failing && os_now_ms() < log->retry)
		return;
	flush(log);
}

enum vigil_code log_reopen(struct log *log)
{
	flush(log);
	return rotate_reopen(&log->file);
}

void log_event(struct log *log, const struct vigil_event *event)
{
	if (log->length >= ENOUGH)
		log_flush(log);
	/* After a gap no event is taken until LOST events for the gap are written. */
	if (account_is_missing(&log->account) || !take_line(log, event))
		account_drop(&log->account, event);
}

enum vigil_code log_open(struct log *log, const struct log_options *options)
{
	struct vigil_printer_options how = { .size = sizeof(how),
					     .format = options->format,
					     .utc = options->utc,
					     .fields = options->choice.fields,
					     .omit = options->choice.omit,
					     .compact = options->choice.compact };
	const char *heading = "";
	enum vigil_code code;

	*log = (struct log){ .file = { .path = options->path,
				       .max_size = options->max_size,
				       .keep = options->keep,
				       .trust_path = options->trust_path,
				       .reserve = ACCOUNT_RESERVE,
				       .fd = -1 } };
	log->printer = vigil_printer_new(&how);
	log->data = malloc(CAPACITY);
	if (log->printer) {
		heading = vigil_print_heading(log->printer, &log->file.heading_length);
		log->heading = malloc(log->file.heading_length + 1);
	}
	if (!account_open(&log->account) || !log->heading || !log->data) {
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

/* Gives up the buffered lines, which cannot be written: the last lines report the loss, in space
 * that is reserved for them. */
static void give_up(struct log *log)
{
	size_t written;

	account_give_up(&log->account);
	log->length = 0;
	log->file.reserve = 0;
	report_missing(log);
	if (rotate_write(&log->file, log->data, log->length, &written) < 0)
		cli_say("the loss could not be recorded in %s, either", log->file.path);
	account_written(&log->account, written);
}

enum vigil_code log_close(struct log *log)
{
	enum vigil_code code = VIGIL_OK, closed;

	if (log->file.fd >= 0) {
		flush(log);
		if (log->length > 0 || account_is_missing(&log->account)) {
			struct vigil_error error = log->file.error;

			give_up(log);
			log->file.error = error;
			code = error.code;
		}
	}
	closed = rotate_close(&log->file);
	vigil_printer_free(log->printer);
	free(log->heading);
	free(log->data);
	account_close(&log->account);
	log->heading = NULL;
	log->printer = NULL;
	log->data = NULL;
	log->length = 0;
	return code < 0 ? code : closed;
}
