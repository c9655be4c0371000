/* SPDX-License-Identifier: MIT */
/*
 * mapping.c - finds the file that a process has mapped at an address. /proc/PID/maps has its
 * path at any length; perf and readlink(2) return at most PATH_MAX bytes.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "inspect/worker.h"

/* perf reports paths that are shorter (perf_event_mmap_event in kernel/events/core.c). A shorter
 * one belongs to another process, which has the PID now. */
#define SHORTEST (PATH_MAX - 8)

static void skip_line(FILE *f, int c)
{
	while (c != '\n' && c != EOF)
		c = getc_unlocked(f);
}

/* Reads the start of a line, and checks that it is about the requested mapping. The process may
 * have unmapped or protected a part of it since. */
static bool read_mapping_line(FILE *f, const struct inspect_request *request,
			      struct inspect_answer *answer)
{
	unsigned long long begin, end, offset, inode;
	unsigned major, minor;

	if (fscanf(f, "%llx-%llx %*4s %llx %x:%x %llu", &begin, &end, &offset, &major, &minor,
		   &inode) != 6)
		return false;
	answer->device = (uint64_t)major << 20 | minor; /* of the last line, which matches */
	answer->inode = inode;
	return inode && begin <= request->base && request->base < end &&
	       offset + (request->base - begin) == request->offset;
}

/* Reads the path at the end of a line; if it is too long, its end. */
static void read_path(FILE *f, struct inspect_answer *answer)
{
	const uint32_t half = INSPECT_ARGS_MAX / 2;
	uint32_t length = 0;
	int c;

	while ((c = getc_unlocked(f)) == ' ')
		;
	for (; c != '\n' && c != EOF; c = getc_unlocked(f)) {
		if (length == INSPECT_ARGS_MAX) {
			memmove(answer->text, answer->text + half, half);
			length = half;
			answer->cut = true;
		}
		answer->text[length++] = (char)c;
	}
	answer->args_length = length;
}

/* Decodes line feeds, which the kernel writes as \012; it escapes nothing else. */
static void put_line_feeds(struct inspect_answer *answer)
{
	uint32_t to = 0;

	for (uint32_t from = 0; from < answer->args_length; to++) {
		bool escaped =
		    answer->args_length - from >= 4 && memcmp(answer->text + from, "\\012", 4) == 0;

		answer->text[to] = escaped ? '\n' : answer->text[from];
		from += escaped ? 4 : 1;
	}
	answer->args_length = to;
}

void inspect_read_mapping(const struct inspect_message *message, struct inspect_answer *answer)
{
	char name[64];
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%u/maps", message->request.pid);
	f = fopen(name, "re");
	while (f && !feof(f) && !ferror(f)) {
		if (!read_mapping_line(f, &message->request, answer)) {
			skip_line(f, getc_unlocked(f));
			continue;
		}
		read_path(f, answer);
		if (answer->args_length >= SHORTEST)
			answer->known = INSPECT_MAPPING;
		break;
	}
	if (f)
		fclose(f);
	if (answer->known)
		put_line_feeds(answer);
	else
		answer->args_length = answer->cut = 0;
}
