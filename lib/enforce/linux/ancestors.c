/* SPDX-License-Identifier: MIT */
#include "enforce/linux/ancestors.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KERNEL_THREAD 0x00200000u /* PF_KTHREAD, in the flags of /proc/PID/stat */
#define FLAGS_FIELD   7           /* counted from the state, which is field 3 of 52 */

static bool is_kernel_thread(int process)
{
	char text[1024] = "", *at;
	int fd = openat(process, "stat", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
	at = strrchr(text, ')');
	for (int field = 0; at && field < FLAGS_FIELD; field++)
		at = strchr(at + 1, ' ');
	return at && (strtoul(at, NULL, 10) & KERNEL_THREAD);
}

/* Whether the process has a mount namespace other than ours: then it may have chosen the name
 * of its image. */
static bool has_own_mounts(int process)
{
	char its[64] = "", ours[64] = "";

	return readlinkat(process, "ns/mnt", its, sizeof(its) - 1) <= 0 ||
	       readlink("/proc/thread-self/ns/mnt", ours, sizeof(ours) - 1) <= 0 ||
	       strcmp(its, ours) != 0;
}

/* Adds the image of a process. first: no rule can be about the first process, so if its image
 * is hidden from us (in a container), it counts as none. */
static void add_ancestor_image(struct ancestors *a, int process, bool first,
			       struct rules_subject *s)
{
	struct rules_image *image = &s->image[s->images++];
	char *to = a->text + a->length;

	*image = (struct rules_image){ .chosen = has_own_mounts(process) };
	if (exec_request_image(process, to, sizeof(a->text) - a->length)) {
		image->path = to;
		a->length += strlen(to) + 1;
	} else if (first || is_kernel_thread(process)) {
		image->path = "";
	}
}

/* Opens the parent. A parent that has ended meanwhile is added as an unknown image. */
static int open_parent(int process, struct exec_request *caller, struct rules_subject *s)
{
	while (s->images < RULES_IMAGES_MAX) {
		struct exec_request again;
		int parent = exec_request_open(caller->parent);

		/* The PPid has not changed, so the process that was opened is the parent. */
		if (parent >= 0 && exec_request_read_at(process, &again) &&
		    again.parent == caller->parent)
			return parent;
		if (parent >= 0)
			close(parent);
		if (!exec_request_read_at(process, caller) || caller->parent == VIGIL_UNKNOWN)
			return -1;
		s->image[s->images++] = (struct rules_image){ 0 };
	}
	return -1;
}

bool ancestors_read(struct ancestors *a, uint32_t tid, uint32_t most, struct rules_subject *s,
		    struct exec_request *caller)
{
	int process = exec_request_open(tid), parent;
	struct exec_request current;

	a->length = 0;
	s->images = 0;
	s->complete = false;
	if (process < 0 || !exec_request_read_at(process, caller)) {
		if (process >= 0)
			close(process);
		return false;
	}
	current = *caller;
	for (;;) {
		s->complete = current.parent == 0;
		add_ancestor_image(a, process, s->complete, s);
		if (s->complete || s->images >= most)
			break;
		parent = open_parent(process, &current, s);
		if (parent < 0 || !exec_request_read_at(parent, &current))
			break;
		close(process);
		process = parent;
	}
	close(process);
	return true;
}

/* ---- the dynamic loader ---- */

static bool is_loader_name(const char *path)
{
	static const char *const begins[] = { "ld-linux", "ld-musl", "ld-", "ld.so", "ld64.so" };
	const char *slash = path ? strrchr(path, '/') : NULL;

	for (size_t i = 0; slash && i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(slash + 1, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* Uses the mounts of this process, because its own mounts may give the file another name. */
static bool is_loader_file(const struct exec_mounts *mounts, int process)
{
	int fd = openat(process, "exe", O_PATH | O_CLOEXEC);
	struct exec_file file;

	if (fd < 0)
		return true;
	exec_file_locate(mounts, fd, &file);
	close(fd);
	return is_loader_name(file.path) || is_loader_name(file.also[0]);
}

bool ancestors_is_loader(const struct exec_mounts *mounts, uint32_t tid)
{
	char image[EXEC_PATH_SIZE];
	int process = exec_request_open(tid);
	bool loader = true;

	if (process >= 0 && has_own_mounts(process))
		loader = is_loader_file(mounts, process);
	else if (process >= 0 && exec_request_image(process, image, sizeof(image)))
		loader = is_loader_name(image);
	if (process >= 0)
		close(process);
	return loader;
}
