/* SPDX-License-Identifier: MIT */
#include "spool_format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bytes.h"
#include "crc32c.h"

#define MARK_MAGIC "VIGMARK1"
/* Frames and headers are written as they are in memory. */
_Static_assert(sizeof(struct spool_header) == 128, "the header of a segment");
_Static_assert(sizeof(struct spool_frame) == 32, "the header of a frame");
_Static_assert(sizeof(struct spool_mark) == 32, "the mark");

static uint32_t frame_crc(const struct spool_frame *frame)
{
	size_t from = offsetof(struct spool_frame, number);

	return crc32c(0, (const char *)frame + from, frame->size - from);
}

size_t spool_frame_check(const void *data, size_t length)
{
	const struct spool_frame *frame = data;

	if (length < sizeof(*frame) || frame->size > length || frame->size > SPOOL_FRAME_MAX ||
	    frame->key_length > SPOOL_KEY_MAX || frame->body_length > SPOOL_FRAME_MAX ||
	    frame->size != spool_frame_size(frame->key_length, frame->body_length) ||
	    frame->number == UINT64_MAX)
		return 0;
	return frame_crc(frame) == frame->crc ? frame->size : 0;
}

void spool_frame_seal(struct spool_frame *frame)
{
	frame->crc = frame_crc(frame);
}

bool spool_header_check(const struct spool_header *header, size_t length)
{
	return length >= sizeof(*header) && memcmp(header->magic, SPOOL_MAGIC, 8) == 0 &&
	       header->version == SPOOL_VERSION && header->size == sizeof(*header) &&
	       memchr(header->host, '\0', sizeof(header->host)) &&
	       header->crc == crc32c(0, header, offsetof(struct spool_header, crc));
}

void spool_header_seal(struct spool_header *header)
{
	memcpy(header->magic, SPOOL_MAGIC, 8);
	header->version = SPOOL_VERSION;
	header->size = sizeof(*header);
	header->crc = crc32c(0, header, offsetof(struct spool_header, crc));
}

/* ---- names ---- */

bool spool_name_read(const char *name, uint64_t *first)
{
	if (strlen(name) != SPOOL_NAME_SIZE - 1 || strspn(name, "0123456789abcdef") != 16 ||
	    strcmp(name + 16, SPOOL_SUFFIX) != 0)
		return false;
	*first = strtoull(name, NULL, 16);
	return true;
}

void spool_name_write(char name[SPOOL_NAME_SIZE], uint64_t first)
{
	vigil_format_hex(name, first, 16);
	memcpy(name + 16, SPOOL_SUFFIX, sizeof(SPOOL_SUFFIX));
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static bool list_add(uint64_t **first, size_t *count, uint64_t number)
{
	uint64_t *more = *first;

	if ((*count & (*count - 1)) == 0) /* 0 and powers of two: it is full */
		more = realloc(*first, (*count ? *count * 2 : 1) * sizeof(*more));
	if (!more)
		return false;
	*first = more;
	more[(*count)++] = number;
	return true;
}

bool spool_list(int folder, uint64_t **first, size_t *count)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool fine = true;
	uint64_t number;

	*first = NULL;
	*count = 0;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (fine && (entry = readdir(dir)))
		if (spool_name_read(entry->d_name, &number))
			fine = list_add(first, count, number);
	closedir(dir);
	if (!fine) {
		free(*first);
		*first = NULL;
		*count = 0;
		errno = ENOMEM;
		return false;
	}
	if (*count > 1)
		qsort(*first, *count, sizeof(**first), compare_numbers);
	return true;
}

/* ---- the mark ---- */

static bool mark_is_valid(const struct spool_mark *mark)
{
	return memcmp(mark->magic, MARK_MAGIC, 8) == 0 &&
	       mark->crc == crc32c(0, mark, offsetof(struct spool_mark, crc));
}

uint64_t spool_mark_read(int folder, uint64_t *acked)
{
	int fd = openat(folder, "mark", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint64_t turn = 0;

	*acked = 0;
	for (int slot = 0; fd >= 0 && slot < SPOOL_MARK_SLOTS; slot++) {
		struct spool_mark mark;

		if (pread(fd, &mark, sizeof(mark), slot * SPOOL_MARK_STEP) == sizeof(mark) &&
		    mark_is_valid(&mark) && mark.turn > turn) {
			turn = mark.turn;
			*acked = mark.acked;
		}
	}
	if (fd >= 0)
		close(fd);
	return turn;
}

bool spool_mark_make(int folder)
{
	int fd = openat(folder, "mark", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int reason;

	if (fd < 0)
		return false;
	reason = posix_fallocate(fd, 0, SPOOL_MARK_SLOTS * SPOOL_MARK_STEP);
	close(fd);
	errno = reason;
	return reason == 0;
}

bool spool_mark_write(int folder, uint64_t acked, uint64_t turn)
{
	struct spool_mark mark = { .magic = MARK_MAGIC, .acked = acked, .turn = turn };
	int fd = openat(folder, "mark", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool fine;

	if (fd < 0)
		return false;
	mark.crc = crc32c(0, &mark, offsetof(struct spool_mark, crc));
	fine = pwrite(fd, &mark, sizeof(mark),
		      (off_t)(turn % SPOOL_MARK_SLOTS) * SPOOL_MARK_STEP) == sizeof(mark);
	return close(fd) == 0 && fine;
}
