/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "file.h"
#include "os.h"
#include "rotate.h"

#define CAPACITY (256u << 10)

static const struct {
	const char *name;
	enum vigil_format format;
} formats[] = {
	{ "text", VIGIL_FORMAT_TEXT },
	{ "table", VIGIL_FORMAT_TABLE },
	{ "json", VIGIL_FORMAT_JSON },
	{ "sysmon-xml", VIGIL_FORMAT_SYSMON },
};

bool output_format(const char *name, enum vigil_format *out)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (strcmp(formats[i].name, name) == 0) {
			*out = formats[i].format;
			return true;
		}
	return false;
}

bool output_color(const char *name, enum color_choice *out)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (size_t i = 0; i < 3; i++)
		if (strcmp(names[i], name) == 0) {
			*out = (enum color_choice)i;
			return true;
		}
	return false;
}

bool output_width(const char *text, int *out)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || (number > 0 && number < 20) || number > 10000)
		return false;
	*out = (int)number;
	return true;
}

bool output_is_colored(enum color_choice choice, int fd)
{
	const char *none = getenv("NO_COLOR");

	if (choice != COLOR_AUTO)
		return choice == COLOR_ALWAYS;
	return !(none && *none) && os_has_colors(fd);
}

static enum vigil_code failed(struct output *output, enum vigil_code code, const char *what)
{
	const char *next = "";

	if (code == VIGIL_ERROR_OUTPUT && errno == ENOSPC)
		next = " Free some space; what was written before is complete.";
	output->error.code = code;
	snprintf(output->error.text, sizeof output->error.text, "%s %s: %s.%s", what, output->name,
		 strerror(errno), next);
	return code;
}

static enum vigil_code open_file(struct output *output, const struct output_options *options)
{
	unsigned flags = (options->append ? OUTPUT_FILE_APPEND : 0u) |
			 (options->whole ? OUTPUT_FILE_WHOLE : 0u) |
			 (options->trust_path ? OUTPUT_FILE_TRUSTED : 0u);
	struct vigil_error why;

	output->name = options->path;
	output->fd = output_file_open(&output->file, options->path, flags, &why);
	if (output->fd >= 0)
		return VIGIL_OK;
	return vigil_fail(&output->error, why.code, "cannot write to %s: %s", options->path,
			  why.text);
}

enum vigil_code output_open(struct output *output, const struct output_options *options)
{
	struct vigil_printer_options how = { .format = options->format, .utc = options->utc };
	enum vigil_code code;
	const char *heading;
	size_t length;

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
	if (!output->printer || !output->data) {
		output->error = (struct vigil_error){ VIGIL_ERROR_MEMORY, "no memory" };
		return VIGIL_ERROR_MEMORY;
	}
	heading = vigil_print_heading(output->printer, &length);
	return output_text(output, heading, length);
}

/* Cuts off the part of a line that a failed write of data left at the end of a file, which
 * had `before` bytes: what reads it finds whole lines. Leaves errno as it was. */
static void cut_part_of_line(const struct output *output, uint64_t before, const char *data,
			     size_t length)
{
	int reason = errno;
	uint64_t after;
	bool named;

	if (file_look(output->fd, &after, &named) && after > before && after - before <= length)
		file_truncate(output->fd,
			      before + rotate_whole_lines(data, (size_t)(after - before)));
	errno = reason;
}

static enum vigil_code write_all(struct output *output, const char *data, size_t length)
{
	uint64_t before = 0;
	bool ours, named;

	/* The caller's descriptor may be another's file, too. */
	ours = output->file.fd >= 0 && file_look(output->fd, &before, &named);
	if (os_write_all(output->fd, data, length) == 0)
		return VIGIL_OK;
	if (ours && errno != EPIPE)
		cut_part_of_line(output, before, data, length);
	if (errno != EPIPE)
		return failed(output, VIGIL_ERROR_OUTPUT, "cannot write to");
	output->error = (struct vigil_error){ VIGIL_ERROR_PEER, "" };
	snprintf(output->error.text, sizeof output->error.text,
		 "the reader of %s has gone; stopped.", output->name);
	return VIGIL_ERROR_PEER;
}

enum vigil_code output_flush(struct output *output)
{
	size_t length = output->length;

	output->length = 0;
	return length ? write_all(output, output->data, length) : VIGIL_OK;
}

enum vigil_code output_text(struct output *output, const char *text, size_t length)
{
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

enum vigil_code output_event(struct output *output, const struct vigil_event *event)
{
	size_t length;
	const char *text = vigil_print(output->printer, event, &length);

	if (!text) {
		output->error = (struct vigil_error){ VIGIL_ERROR_MEMORY, "no memory" };
		return VIGIL_ERROR_MEMORY;
	}
	return output_text(output, text, length);
}

/* complete: a partial file takes its place, else it goes. */
static enum vigil_code finish(struct output *output, bool complete)
{
	enum vigil_code code = VIGIL_OK;

	if (output->file.fd < 0) /* the caller's, which becomes the output's */
		output->file.fd = output->fd > STDERR_FILENO ? output->fd : -1;
	if (output_file_end(&output->file, complete) < 0)
		code = failed(output, VIGIL_ERROR_OUTPUT, "cannot finish");
	vigil_printer_free(output->printer);
	free(output->data);
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
