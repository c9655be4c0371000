/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "file.h"
#include "os/os.h"

#define CAPACITY    (256u << 10)
#define WAIT_MS     100
#define PATIENCE_MS 1000

bool output_is_colored(enum color_choice choice, int fd)
{
	const char *none = getenv("NO_COLOR");

	if (choice != COLOR_AUTO)
		return choice == COLOR_ALWAYS;
	return !(none && *none) && os_has_colors(fd);
}

/* Returns an error from errno, with the account of the output. */
static enum vigil_code failed(struct output *output, enum vigil_code code, const char *what)
{
	const struct account *account = &output->account;
	const char *next = errno == ENOSPC ? " Free some space." : "";
	char counts[128] = "";

	if (errno == ETIMEDOUT)
		next = " Its reader reads nothing.";
	if (output->file.partial)
		snprintf(counts, sizeof(counts), " The file was not written.");
	else if (account->written || account->lost)
		snprintf(counts, sizeof(counts),
			 " %" PRIu64 " events are written, %" PRIu64 " are missing.",
			 account->written, account->lost);
	output->error.code = code;
	snprintf(output->error.text, sizeof(output->error.text), "%s %s: %s.%s%s", what,
		 output->name, strerror(errno), counts, next);
	return code;
}

static enum vigil_code open_file(struct output *output, const struct output_options *options)
{
	unsigned flags = (options->append ? OUTPUT_FILE_APPEND : 0u) |
			 (options->whole ? OUTPUT_FILE_WHOLE : 0u) |
			 (options->trust_path ? OUTPUT_FILE_TRUSTED : 0u);
	struct vigil_error why;

	output->name = output->path = options->path;
	output->flags = (flags & OUTPUT_FILE_TRUSTED) | OUTPUT_FILE_APPEND;
	output->reserve = options->whole ? 0 : ACCOUNT_RESERVE;
	output->shared = options->append;
	output->fd = output_file_open(&output->file, options->path, flags, &why);
	if (output->fd >= 0)
		return VIGIL_OK;
	return vigil_fail(&output->error, why.code, "cannot write to %s: %s", options->path,
			  why.text);
}

static enum vigil_code begin_text(struct output *output)
{
	size_t length;
	const char *heading = vigil_print_heading(output->printer, &length);

	return output_text(output, heading, length);
}

enum vigil_code output_open(struct output *output, const struct output_options *options)
{
	struct vigil_printer_options how = { .size = sizeof(how),
					     .format = options->format,
					     .utc = options->utc,
					     .fields = options->choice.fields,
					     .omit = options->choice.omit,
					     .compact = options->choice.compact };
	enum vigil_code code;

	*output = (struct output){ .fd = options->fd,
				   .file = { .fd = -1, .folder = -1 },
				   .capacity = CAPACITY };
	output->name = options->fd == STDERR_FILENO ? "standard error" : "standard output";
	if (options->path) {
		code = open_file(output, options);
		if (code < 0)
			return code;
	}
	how.color = output_is_colored(options->color, output->fd);
	how.width = (unsigned)(options->width >= 0 ? options->width : os_columns(output->fd));
	output->printer = vigil_printer_new(&how);
	output->data = malloc(output->capacity);
	if (!account_open(&output->account) || !output->printer || !output->data) {
		output->error = (struct vigil_error){ VIGIL_ERROR_MEMORY, "no memory" };
		return VIGIL_ERROR_MEMORY;
	}
	return begin_text(output);
}

/* As os_write_all, but fails with ETIMEDOUT if a reader that does not read would delay the end of
 * the command. */
static int write_or_give_up(const struct output *output, const char *data, size_t length,
			    size_t *written)
{
	int64_t stuck_since = 0;

	for (*written = 0; *written < length;) {
		ptrdiff_t n =
		    os_write_some(output->fd, data + *written, length - *written, WAIT_MS);
		int64_t now = os_now_ms();

		if (n < 0)
			return -1;
		if (n > 0 || !output->deadline_ms || now < output->deadline_ms)
			stuck_since = 0;
		else if (!stuck_since)
			stuck_since = now;
		if (stuck_since && now - stuck_since > PATIENCE_MS) {
			errno = ETIMEDOUT;
			return -1;
		}
		*written += (size_t)n;
	}
	return 0;
}

/* A file that this command opened. */
static bool is_own_file(const struct output *output, uint64_t *size)
{
	bool named;

	/* The caller's descriptor may share its file with other writers. */
	return output->path && output->file.fd >= 0 && file_is_regular(output->fd) &&
	       file_look(output->fd, size, &named);
}

/* Writes the whole lines that fit into the file with the reserve left. Restores errno if something
 * did not fit. */
static bool write_to_file(struct output *output, uint64_t before, const char *data, size_t length,
			  size_t *written)
{
	size_t fits = file_fits(output->fd, before, data, length, output->reserve);
	int reason = errno;

	if (write_or_give_up(output, data, fits, written) < 0) {
		reason = errno;
		*written = file_whole_lines(data, *written);
		file_truncate(output->fd, before + *written);
	}
	errno = reason;
	return *written == length;
}

static void report_missing(struct output *output);

/* Gives up writing: waiting lines are missing, and LOST events report them where possible. */
static enum vigil_code give_up(struct output *output, enum vigil_code code, const char *what)
{
	int reason = errno;

	account_give_up(&output->account);
	if (output->reserve && is_own_file(output, &(uint64_t){ 0 }))
		report_missing(output);
	errno = reason;
	return failed(output, code, what);
}

static enum vigil_code write_all(struct output *output, const char *data, size_t length)
{
	uint64_t before = 0;
	size_t written;
	bool whole;

	if (output->error.code < 0)
		return output->error.code;
	whole = is_own_file(output, &before)
		    ? write_to_file(output, before, data, length, &written)
		    : write_or_give_up(output, data, length, &written) == 0;
	account_written(&output->account, written);
	if (whole)
		return VIGIL_OK;
	if (errno != EPIPE)
		return give_up(output, VIGIL_ERROR_OUTPUT, "cannot write to");
	account_give_up(&output->account);
	output->error = (struct vigil_error){ VIGIL_ERROR_PIPE, "" };
	snprintf(output->error.text, sizeof(output->error.text),
		 "the reader of %s has gone; stopped.", output->name);
	return VIGIL_ERROR_PIPE;
}

/* Uses the reserved space. */
static void report_missing(struct output *output)
{
	struct vigil_event event;
	size_t length, written;

	output->reserve = 0;
	while (account_next_missing(&output->account, &event)) {
		const char *line = vigil_print(output->printer, &event, &length);
		uint64_t before;

		if (!line || !is_own_file(output, &before) ||
		    !write_to_file(output, before, line, length, &written))
			return;
	}
}

enum vigil_code output_flush(struct output *output)
{
	size_t length = output->length;

	output->length = 0;
	return length ? write_all(output, output->data, length) : VIGIL_OK;
}

/* event: NULL for text that is not an event. */
static enum vigil_code put(struct output *output, const struct vigil_event *event, const char *text,
			   size_t length)
{
	if (!account_add(&output->account, event, length)) {
		enum vigil_code code = output_flush(output);

		if (code < 0)
			return code;
		account_add(&output->account, event, length);
	}
	if (length > output->capacity - output->length) {
		enum vigil_code code = output_flush(output);

		if (code < 0)
			return code;
		if (length > output->capacity)
			return write_all(output, text, length);
	}
	if (length)
		memcpy(output->data + output->length, text, length);
	output->length += length;
	return VIGIL_OK;
}

enum vigil_code output_text(struct output *output, const char *text, size_t length)
{
	return put(output, NULL, text, length);
}

enum vigil_code output_reopen(struct output *output, struct vigil_error *why)
{
	enum vigil_code code = output_flush(output);
	struct output_file file;
	uint64_t size;
	bool named;

	if (code < 0 || !output->path || file_is_at(output->fd, output->path))
		return code;
	if (output_file_open(&file, output->path, output->flags, why) < 0)
		return why->code;
	if (output_file_end(&output->file, true) < 0)
		cli_say("cannot finish the file that was %s: %s", output->path, strerror(errno));
	output->file = file;
	output->fd = file.fd;
	output->shared = true;
	return file_look(file.fd, &size, &named) && size == 0 ? begin_text(output) : VIGIL_OK;
}

enum vigil_code output_event(struct output *output, const struct vigil_event *event)
{
	size_t length;
	const char *text = vigil_print(output->printer, event, &length);

	if (!text) {
		output->error = (struct vigil_error){ VIGIL_ERROR_MEMORY, "no memory" };
		return VIGIL_ERROR_MEMORY;
	}
	return put(output, event, text, length);
}

/* complete: the partial file replaces the target; otherwise it is removed. */
static enum vigil_code finish(struct output *output, bool complete)
{
	enum vigil_code code = VIGIL_OK;
	uint64_t size;

	if (!output->shared &&
	    is_own_file(output, &size)) /* frees the space reserved after the end */
		file_truncate(output->fd, size);

	if (output->file.fd < 0) /* the caller's descriptor, now owned by the output */
		output->file.fd = output->fd > STDERR_FILENO ? output->fd : -1;
	if (output_file_end(&output->file, complete) < 0)
		code = failed(output, VIGIL_ERROR_OUTPUT, "cannot finish");
	vigil_printer_free(output->printer);
	free(output->data);
	account_close(&output->account);
	output->printer = NULL;
	output->data = NULL;
	return code;
}

enum vigil_code output_close(struct output *output)
{
	enum vigil_code code = output->error.code == VIGIL_OK ? output_flush(output) : VIGIL_OK;
	bool complete = code == VIGIL_OK && output->error.code == VIGIL_OK;
	enum vigil_code finished = finish(output, complete);

	return code == VIGIL_OK ? finished : code;
}

void output_discard(struct output *output)
{
	finish(output, false);
}
