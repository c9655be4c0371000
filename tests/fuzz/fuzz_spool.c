/* SPDX-License-Identifier: MIT */
/* The segments of a spool with arbitrary bytes, and its mark: reading ends, and returns only items
 * that lie inside the file, in ascending order; the writer repairs it and continues. The first byte
 * selects how much of it gets a valid checksum. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ship/spool.h"
#include "ship/spool_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64];
static int directory = -1;

static void open_folder(void)
{
	char path[] = "/dev/shm/vigil-fuzz-XXXXXX";

	if (directory >= 0)
		return;
	if (!mkdtemp(path))
		abort();
	snprintf(folder, sizeof(folder), "%s/one", path);
	if (mkdir(folder, 0700) < 0)
		abort();
	directory = open(folder, O_RDONLY | O_DIRECTORY);
}

static void remove_files(void)
{
	uint64_t *first;
	size_t count;
	char name[SPOOL_NAME_SIZE];

	if (!spool_list(directory, &first, &count))
		abort();
	for (size_t i = 0; i < count; i++) {
		spool_name_write(name, first[i]);
		unlinkat(directory, name, 0);
	}
	free(first);
	unlinkat(directory, "mark", 0);
}

static void write_file(const char *name, const void *data, size_t size)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

/* Makes the checksums of a segment valid, for as many frames as follow one another. */
static void seal(char *data, size_t size, unsigned frames)
{
	size_t at = sizeof(struct spool_header);

	if (size < at)
		return;
	((struct spool_header *)(void *)data)->host[SPOOL_HOST_SIZE - 1] = '\0';
	spool_header_seal((struct spool_header *)(void *)data);
	for (; frames > 0 && size - at >= sizeof(struct spool_frame); frames--) {
		struct spool_frame *frame = (struct spool_frame *)(void *)(data + at);
		size_t room = size - at - sizeof(*frame);

		frame->key_length %= 8;
		frame->body_length %= (uint32_t)(room < 256 ? room + 1 : 256);
		frame->size = (uint32_t)spool_frame_size(frame->key_length, frame->body_length);
		if (frame->size > size - at)
			return;
		data[at + sizeof(*frame) + frame->key_length] = '\0';
		spool_frame_seal(frame);
		at += frame->size;
	}
}

static void write_segment(uint64_t number, const uint8_t *data, size_t size, unsigned frames)
{
	char name[SPOOL_NAME_SIZE];
	char *copy = aligned_alloc(16, (size + 31) / 16 * 16);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	if (frames)
		seal(copy, size, frames);
	spool_name_write(name, number);
	write_file(name, copy, size);
	free(copy);
}

static void read_spool(size_t size)
{
	struct spool_reader reader;
	struct spool_entry entry;
	uint64_t last = 0, bytes = 0;
	unsigned count = 0;

	spool_reader_open(&reader, directory, 1);
	while (spool_next(&reader, &entry) > 0) {
		const char *end = entry.block->data + entry.block->length;

		if ((count && entry.frame->number <= last) ||
		    entry.body + entry.frame->body_length + 1 > end)
			abort();
		bytes += entry.frame->size;
		last = entry.frame->number;
		count++;
	}
	spool_reader_close(&reader);
	if (bytes > size)
		abort();
}

static void continue_spool(void)
{
	struct spool_options options = { .folder = folder, .max_bytes = SPOOL_BYTES_MIN };
	struct spool spool;
	char frame[64] = { 0 };
	size_t written;

	((struct spool_frame *)(void *)frame)->size = (uint32_t)spool_frame_size(0, 0);
	if (spool_open(&spool, &options) < 0)
		return;
	if (spool.next < UINT64_MAX - 1 &&
	    spool_write(&spool, frame, spool_frame_size(0, 0), &written) < 0 && !spool.full)
		abort();
	spool_close(&spool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned how = size ? data[0] : 0;
	size_t split = size / 2;

	open_folder();
	remove_files();
	if (size)
		write_file("mark", data, size < 1024 ? size : 1024);
	write_segment(1, data, split, how & 15);
	write_segment(2 + how, data + split, size - split, how >> 4);
	read_spool(size);
	continue_spool();
	return 0;
}
