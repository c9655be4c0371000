/* SPDX-License-Identifier: MIT */
#include "rotate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "core/error.h"
#include "os/os.h"

/* text: the description of the reason. */
static enum vigil_code failed_with(struct rotate *r, const char *what, const char *text)
{
	const char *next = ".";
	int reason = errno;

	if (reason == ENOSPC)
		next = ". Free some space.";
	else if (reason == ELOOP)
		next = ". It is a symbolic link: name the file itself.";
	else if (reason == ENOTSUP || reason == EISDIR)
		next = ". A log is a regular file: name one.";
	else if (reason == EBUSY)
		next = ". Another program writes to it: stop that one, or name another file.";
	else if (reason == ENOENT)
		next = ". Make the directory first.";
	if (text[strlen(text) - 1] == '.') /* the text already ends with a remedy */
		next = "";
	r->error.code = vigil_code_of(reason, VIGIL_ERROR_OUTPUT);
	snprintf(r->error.text, sizeof(r->error.text), "cannot %s %s: %s%s", what, r->path, text,
		 next);
	errno = reason;
	return r->error.code;
}

static enum vigil_code failed(struct rotate *r, const char *what)
{
	return failed_with(r, what, strerror(errno));
}

static enum vigil_code failed_to_open(struct rotate *r, const char *what,
				      const struct vigil_error *why)
{
	failed_with(r, what, why->text);
	r->error.code = why->code;
	return why->code;
}

/* Appends all of data, or sets *written to the end of the last complete line. */
static enum vigil_code append(struct rotate *r, const char *data, size_t length, size_t *written)
{
	enum vigil_code code = VIGIL_OK;
	size_t done = 0, whole, fits;

	*written = 0;
	if (r->torn && !file_truncate(r->fd, r->size))
		return failed(r, "truncate");
	r->torn = false;
	fits = r->reserve ? file_fits(r->fd, r->size, data, length, r->reserve) : length;
	if (fits < length)
		code = failed(r, "write to");
	while (done < fits) {
		long n = file_write(r->fd, data + done, fits - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			errno = ENOSPC;
		if (n == 0 || (n < 0 && errno != EINTR)) {
			code = failed(r, "write to");
			break;
		}
	}
	whole = file_whole_lines(data, done);
	r->size += whole;
	*written = whole;
	if (whole < done)
		r->torn = !file_truncate(r->fd, r->size);
	return code;
}

/* Removes a partial line that a crash may have left at the end of the file. */
static enum vigil_code remove_partial_line(struct rotate *r)
{
	char tail[4096];
	uint64_t end = r->size, whole = 0;

	while (end > 0 && whole == 0) {
		size_t chunk = end < sizeof(tail) ? (size_t)end : sizeof(tail);

		if (file_read_at(r->fd, end - chunk, tail, chunk) != (long)chunk)
			return failed(r, "read");
		end -= chunk;
		chunk = file_whole_lines(tail, chunk);
		whole = chunk ? end + chunk : 0;
	}
	if (whole == r->size)
		return VIGIL_OK;
	if (!file_truncate(r->fd, whole))
		return failed(r, "truncate");
	r->cut = r->size - whole;
	r->size = whole;
	return VIGIL_OK;
}

static enum vigil_code begin_file(struct rotate *r)
{
	size_t written;

	if (r->size > 0 || r->heading_length == 0)
		return VIGIL_OK;
	return append(r, r->heading, r->heading_length, &written);
}

enum vigil_code rotate_open(struct rotate *r)
{
	struct vigil_error why;
	enum vigil_code code;
	bool named;

	r->torn = r->stuck = false;
	r->fd = file_open_log(r->path, false, r->trust_path, &why);
	if (r->fd < 0)
		return failed_to_open(r, "open", &why);
	code = file_look(r->fd, &r->size, &named) ? remove_partial_line(r) : failed(r, "open");
	if (code == VIGIL_OK)
		code = begin_file(r);
	if (code < 0) {
		os_close(r->fd);
		r->fd = -1;
	}
	return code;
}

static char *numbered(const struct rotate *r, unsigned number)
{
	size_t size = strlen(r->path) + 16;
	char *name = malloc(size);

	if (name && number)
		snprintf(name, size, "%s.%u", r->path, number);
	else if (name)
		memcpy(name, r->path, strlen(r->path) + 1);
	return name;
}

/* Renames FILE to FILE.1, FILE.1 to FILE.2 ..., from the first free number down. A crash in between
 * leaves a free number, which the next rotation fills. */
static bool shift(struct rotate *r)
{
	unsigned free_one = 1;
	bool fine = true;

	for (; free_one < r->keep; free_one++) {
		char *name = numbered(r, free_one);
		bool taken = name && os_exists(name);

		free(name);
		if (!taken)
			break;
	}
	for (unsigned i = free_one; i > 0 && fine; i--) {
		char *from = numbered(r, i - 1), *to = numbered(r, i);

		fine = from && to && os_rename(from, to) == 0;
		free(from);
		free(to);
	}
	return fine;
}

/* The new file is opened before the old one is closed: after a failure the old one stays in use,
 * whatever its name is. */
static enum vigil_code replace(struct rotate *r, bool named)
{
	struct vigil_error why;
	enum vigil_code code;
	char *first;
	int fd;

	if (named && !shift(r))
		return failed(r, "rotate");
	fd = file_open_log(r->path, named, r->trust_path, &why);
	if (fd < 0) {
		code = failed_to_open(r, "open a new", &why);
		first = named ? numbered(r, 1) : NULL;
		if (first)
			os_rename(first, r->path);
		free(first);
		return code;
	}
	if (r->torn || r->reserve) /* frees the space reserved after the end */
		file_truncate(r->fd, r->size);
	os_sync(r->fd);
	os_close(r->fd);
	r->fd = fd;
	r->torn = false;
	r->rounds++;
	if (!file_look(fd, &r->size, &named))
		r->size = 0;
	return begin_file(r);
}

enum vigil_code rotate_reopen(struct rotate *r)
{
	enum vigil_code code;

	if (file_is_at(r->fd, r->path))
		return VIGIL_OK;
	code = replace(r, false);
	return code == VIGIL_OK ? remove_partial_line(r) : code;
}

/* Rotates if the first of these lines does not fit. A file that cannot be renamed keeps growing,
 * which is better than losing lines. */
static void make_space(struct rotate *r, const char *lines, size_t length)
{
	const char *end = memchr(lines, '\n', length);
	size_t first = end ? (size_t)(end - lines) + 1 : length;
	bool named = true;
	uint64_t size;

	if (file_look(r->fd, &size, &named) && !r->torn)
		r->size = size; /* another process may have emptied it */
	if (!named || (r->max_size && r->size > r->heading_length && r->size + first > r->max_size))
		r->stuck = replace(r, named) < 0;
}

/* Returns how many of these bytes go into the file before it is full; at least one line. */
static size_t fitting(const struct rotate *r, const char *lines, size_t length)
{
	const char *end = memchr(lines, '\n', length);
	size_t fits = length;

	if (!r->max_size || r->stuck || r->size + length <= r->max_size)
		return length;
	fits = r->size < r->max_size ? file_whole_lines(lines, (size_t)(r->max_size - r->size)) : 0;
	if (fits)
		return fits;
	return end ? (size_t)(end - lines) + 1 : length;
}

enum vigil_code rotate_write(struct rotate *r, const char *lines, size_t length, size_t *written)
{
	enum vigil_code code = VIGIL_OK;

	*written = 0;
	while (*written < length && code == VIGIL_OK) {
		const char *next = lines + *written;
		size_t left = length - *written, n;

		make_space(r, next, left);
		code = append(r, next, fitting(r, next, left), &n);
		*written += n;
	}
	return code;
}

enum vigil_code rotate_close(struct rotate *r)
{
	enum vigil_code code = VIGIL_OK;

	if (r->fd < 0)
		return VIGIL_OK;
	if (!file_truncate(r->fd, r->size) && r->torn) /* frees the space reserved after the end */
		code = failed(r, "truncate");
	if (os_sync(r->fd) < 0 && code == VIGIL_OK)
		code = failed(r, "finish");
	if (os_close(r->fd) < 0 && code == VIGIL_OK)
		code = failed(r, "finish");
	r->fd = -1;
	return code;
}
