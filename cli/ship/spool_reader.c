/* SPDX-License-Identifier: MIT */
#include "spool_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES (1u << 20)

void spool_block_release(struct spool_block *block)
{
	if (block && --block->users == 0)
		free(block);
}

void spool_reader_open(struct spool_reader *r, int folder, uint64_t next)
{
	*r = (struct spool_reader){ .folder = folder, .fd = -1, .next = next };
}

void spool_reader_close(struct spool_reader *r)
{
	spool_block_release(r->block);
	r->block = NULL;
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

/* ---- segments ---- */

/* Finds the segment to continue with: the one after that which was read, or at the beginning the
 * one that has the item `next`. Returns 1; 0: there is none; -1: see errno. */
static int find_segment(const struct spool_reader *r, uint64_t *found)
{
	uint64_t *first;
	size_t count;
	int got = 0;

	if (!spool_list(r->folder, &first, &count))
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (r->begun && first[i] <= r->first)
			continue;
		if (got && (r->begun || first[i] > r->next))
			break;
		*found = first[i];
		got = 1;
	}
	free(first);
	return got;
}

/* Opens the next segment. Returns 1, also if another has to be tried; 0: there is none yet. */
static int open_segment(struct spool_reader *r)
{
	char name[SPOOL_NAME_SIZE];
	uint64_t first = 0, later;
	bool begun = r->begun;
	int got = find_segment(r, &first);
	ssize_t length;

	if (got <= 0)
		return got;
	spool_name_write(name, first);
	r->fd = openat(r->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (r->fd < 0)
		return errno == ENOENT ? 1 : -1;
	length = pread(r->fd, &r->header, sizeof(r->header), 0);
	if (length >= 0 && spool_header_check(&r->header, (size_t)length)) {
		r->begun = true;
		r->first = first;
		r->at = sizeof(r->header);
		return 1;
	}
	/* It is being made, or its writer crashed: then another one follows. */
	close(r->fd);
	r->fd = -1;
	r->begun = true;
	later = r->first;
	r->first = first;
	got = find_segment(r, &first);
	if (got <= 0) {
		r->begun = begun;
		r->first = later;
	}
	return length < 0 ? -1 : got;
}

/* ---- frames ---- */

/* Returns the bytes of the block after offset `at`. */
static size_t block_left(const struct spool_reader *r, uint64_t at)
{
	if (!r->block || at < r->block_at || at > r->block_at + r->block->length)
		return 0;
	return (size_t)(r->block_at + r->block->length - at);
}

/* Returns the frame at that offset if it is valid. */
static const struct spool_frame *frame_at(const struct spool_reader *r, uint64_t at)
{
	size_t left = block_left(r, at);
	const char *data = left ? r->block->data + (at - r->block_at) : NULL;

	return data && spool_frame_check(data, left) ? (const void *)data : NULL;
}

/* Reads a block from offset `at` on, at most `most` bytes. */
static bool read_block(struct spool_reader *r, uint64_t most)
{
	struct spool_block *block = malloc(sizeof(*block) + (size_t)most);
	ssize_t got;

	if (!block) {
		errno = ENOMEM;
		return false;
	}
	got = pread(r->fd, block->data, (size_t)most, (off_t)r->at);
	if (got < 0) {
		free(block);
		return false;
	}
	block->users = 1;
	block->capacity = (size_t)most;
	block->length = (size_t)got;
	spool_block_release(r->block);
	r->block = block;
	r->block_at = r->at;
	return true;
}

/* Finds the next valid frame in the block, which begins with bytes that are not one. Returns false
 * if there is none: the rest of the frame may not be written yet. */
static bool skip_damage(struct spool_reader *r, uint64_t size)
{
	uint64_t end = r->block_at + r->block->length, at = r->at + SPOOL_ALIGN;

	for (; at + sizeof(struct spool_frame) <= end; at += SPOOL_ALIGN) {
		const struct spool_frame *frame = frame_at(r, at);

		if (frame && frame->number >= r->next)
			break;
	}
	if (at + sizeof(struct spool_frame) > end && end >= size)
		return false;
	r->damaged += at - r->at;
	r->at = at;
	return true;
}

/* Gets bytes from offset `at` on. Returns 1 if there is something to check there. */
static int load_block(struct spool_reader *r, uint64_t size)
{
	uint64_t left = size - r->at;

	if (!read_block(r, left < BLOCK_BYTES ? left : BLOCK_BYTES))
		return -1;
	if (frame_at(r, r->at))
		return 1;
	/* A long frame, or one that is not valid. */
	if (left > BLOCK_BYTES &&
	    !read_block(r, left < 2 * SPOOL_FRAME_MAX ? left : 2 * SPOOL_FRAME_MAX))
		return -1;
	return frame_at(r, r->at) || skip_damage(r, size);
}

/* Makes frame_at() find something at r->at. Returns 1 to look again; 0: nothing is there yet. */
static int load(struct spool_reader *r)
{
	struct stat st, again;
	uint64_t later;
	int got;

	if (r->fd < 0)
		return open_segment(r);
	if (fstat(r->fd, &st) < 0)
		return -1;
	got = (uint64_t)st.st_size > r->at ? load_block(r, (uint64_t)st.st_size) : 0;
	if (got)
		return got;
	got = find_segment(r, &later);
	if (got == 0 && st.st_nlink == 0) { /* another one may have its name */
		spool_reader_close(r);
		r->begun = false;
		return open_segment(r);
	}
	/* The writer completes a segment before it begins another. */
	if (got <= 0 || fstat(r->fd, &again) < 0 || again.st_size != st.st_size)
		return got;
	if ((uint64_t)st.st_size > r->at)
		r->damaged += (uint64_t)st.st_size - r->at;
	spool_reader_close(r);
	return open_segment(r);
}

int spool_next(struct spool_reader *r, struct spool_entry *entry)
{
	for (;;) {
		const struct spool_frame *frame = r->fd >= 0 ? frame_at(r, r->at) : NULL;
		int got;

		if (!frame) {
			got = load(r);
			if (got <= 0)
				return got;
			continue;
		}
		r->at += frame->size;
		if (frame->number < r->next)
			continue;
		*entry = (struct spool_entry){ .frame = frame,
					       .key = (const char *)(frame + 1),
					       .segment = &r->header,
					       .block = r->block,
					       .missing = frame->number - r->next };
		entry->body = entry->key + frame->key_length + 1;
		r->next = frame->number + 1;
		return 1;
	}
}
