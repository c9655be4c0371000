/* SPDX-License-Identifier: MIT */
#include "enforce/linux/watcher.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "os/os.h"

#define FILE_EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_ATTRIB)
#define NAME_EVENTS \
	(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)

static int compare_names(const void *left, const void *right)
{
	const struct watcher_name *a = left, *b = right;

	if (a->wd != b->wd)
		return a->wd < b->wd ? -1 : 1;
	return strcmp(a->name, b->name);
}

static bool add_watched_name(struct watcher *w, int wd, const char *name, size_t length)
{
	if (w->count == w->capacity) {
		size_t more = w->capacity ? 2 * w->capacity : 64;
		struct watcher_name *larger = realloc(w->name, more * sizeof(*larger));

		if (!larger)
			return false;
		w->name = larger;
		w->capacity = more;
	}
	w->name[w->count].wd = wd;
	w->name[w->count].name = strndup(name, length);
	return w->name[w->count++].name;
}

/* Watches every folder of a path for changes of the next component. `before` is the path that
 * was added last; its common components are watched already. */
static bool watch_path(struct watcher *w, const char *path, const char *before)
{
	char folder[PATH_MAX + 1];
	size_t same = 0, at = 0;

	while (path[same] && path[same] == before[same])
		same++;
	while (path[at] == '/' && path[at + 1]) {
		size_t length = strcspn(path + at + 1, "/"), next = at + 1 + length;
		int wd;

		if (next >= sizeof(folder))
			break;
		if (next > same || (path[next] == '\0') != (before[next] == '\0')) {
			memcpy(folder, path, at + 1);
			folder[at + 1] = '\0';
			wd = inotify_add_watch(w->fd, folder,
					       NAME_EVENTS | IN_MASK_ADD | IN_ONLYDIR);
			if (wd >= 0 && !add_watched_name(w, wd, path + at + 1, length))
				return false;
		}
		at = next;
	}
	return true;
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool watch_rules(struct watcher *w, const struct vigil_rules *rules)
{
	const char **path = malloc((rules->keys + 1) * sizeof(*path)), *before = "";
	size_t count = 0;
	bool fine = path;

	for (uint32_t i = 0; path && i < rules->keys; i++)
		if (rules->key[i].kind == VIGIL_TARGET_PATH ||
		    rules->key[i].kind == VIGIL_TARGET_FOLDER)
			path[count++] = rules->key[i].bytes;
	if (count)
		qsort(path, count, sizeof(*path), compare_paths);
	for (size_t i = 0; fine && i < count; before = path[i++])
		fine = watch_path(w, path[i], before);
	free(path);
	return fine;
}

bool watcher_open(struct watcher *w, const char *file, const struct vigil_rules *rules)
{
	const char *slash = strrchr(file, '/');
	char folder[PATH_MAX + 1] = ".";

	*w = (struct watcher){ .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
			       .file_wd = -1,
			       .file = file,
			       .written_wd = -1 };
	if (w->fd < 0)
		return false;
	if (slash && (size_t)(slash - file) < sizeof(folder) - 1) {
		memcpy(folder, file, (size_t)(slash - file) + 1);
		folder[slash - file + 1] = '\0';
	}
	w->file_name = slash ? slash + 1 : file;
	if (!watch_rules(w, rules)) {
		watcher_close(w);
		return false;
	}
	watcher_follow(w);
	w->file_wd = inotify_add_watch(w->fd, folder, FILE_EVENTS | IN_MASK_ADD);
	if (w->count)
		qsort(w->name, w->count, sizeof(*w->name), compare_names);
	return true;
}

/* Writes are watched on the file, not on its folder, where other files may be written often. */
void watcher_follow(struct watcher *w)
{
	int wd = inotify_add_watch(w->fd, w->file, IN_MODIFY);

	if (w->written_wd >= 0 && w->written_wd != wd)
		inotify_rm_watch(w->fd, w->written_wd);
	w->written_wd = wd;
}

void watcher_close(struct watcher *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->name[i].name);
	free(w->name);
	if (w->fd >= 0)
		close(w->fd);
	*w = (struct watcher){ .fd = -1 };
}

static bool note_event(const struct watcher *w, const struct inotify_event *event,
		       struct settle *settle)
{
	char name[NAME_MAX + 1];
	struct watcher_name wanted = { event->wd, name };

	if (event->mask & IN_Q_OVERFLOW) { /* events were lost */
		settle_note(settle, IN_ATTRIB, os_now_ms());
		return true;
	}
	if (event->wd == w->written_wd && event->mask & IN_MODIFY)
		settle_note(settle, IN_MODIFY, os_now_ms());
	if (event->len == 0)
		return event->mask & (IN_DELETE_SELF | IN_MOVE_SELF);
	memcpy(name, event->name, event->len < sizeof(name) ? event->len : sizeof(name));
	name[sizeof(name) - 1] = '\0';
	if (event->wd == w->file_wd && event->mask & FILE_EVENTS && strcmp(name, w->file_name) == 0)
		settle_note(settle, event->mask, os_now_ms());
	return event->mask & NAME_EVENTS && w->count &&
	       bsearch(&wanted, w->name, w->count, sizeof(*w->name), compare_names);
}

bool watcher_read(struct watcher *w, struct settle *settle)
{
	_Alignas(struct inotify_event) char buffer[16384];
	bool paths = false;
	ssize_t got;

	while ((got = read(w->fd, buffer, sizeof(buffer))) > 0)
		for (const char *at = buffer; at < buffer + got;) {
			const struct inotify_event *event = (const void *)at;

			paths |= note_event(w, event, settle);
			at += sizeof(*event) + event->len;
		}
	return paths;
}
