/* SPDX-License-Identifier: MIT */
#include "container.h"

#include <stdbool.h>
#include <string.h>

#define ID_DIGITS 64

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "<id>", "docker-<id>.scope", "cri-containerd-<id>.scope", "libpod-<id>", ... */
static const char *find_id(const char *name, size_t length)
{
	size_t run = 0;

	for (size_t i = 0; i < length; i++) {
		run = is_hex(name[i]) ? run + 1 : 0;
		if (run == ID_DIGITS && (i + 1 == length || !is_hex(name[i + 1])))
			return name + i + 1 - ID_DIGITS;
	}
	return NULL;
}

static const struct {
	const char *before, *after;
} names[] = {
	{ "lxc.payload.", "" },   /* LXC 4 and later */
	{ "machine-", ".scope" }, /* systemd-nspawn, libvirt */
	{ "systemd-nspawn@", ".service" },
};

static const char *find_name(const char *name, size_t length, size_t *found)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		size_t before = strlen(names[i].before), after = strlen(names[i].after);

		if (length > before + after && memcmp(name, names[i].before, before) == 0 &&
		    memcmp(name + length - after, names[i].after, after) == 0) {
			*found = length - before - after;
			return name + before;
		}
	}
	return NULL;
}

const char *container_of_cgroup(const char *path, size_t length, size_t *found)
{
	size_t at = length;

	/* The innermost container wins: components from the last to the first. */
	while (at > 0) {
		size_t end = at;
		const char *name, *hit;

		while (at > 0 && path[at - 1] != '/')
			at--;
		name = path + at;
		*found = ID_DIGITS;
		hit = find_id(name, end - at);
		if (!hit)
			hit = find_name(name, end - at, found);
		if (hit)
			return hit;
		if (at >= 5 && memcmp(path + at - 5, "/lxc/", 5) == 0 &&
		    end > at) { /* LXC before 4 */
			*found = end - at;
			return name;
		}
		if (at > 0)
			at--; /* the slash */
	}
	*found = 0;
	return NULL;
}
