/* SPDX-License-Identifier: MIT */
#include "enforce/linux/settle.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

void settle_note(struct settle *s, uint32_t mask, int64_t now)
{
	s->changed = true;
	s->since = now;
	if (mask & IN_MODIFY) {
		s->writing = true;
		s->replaced = s->warned = false;
	}
	/* A change of only its times or mode requests a new read (`vigil rules load`). */
	if (mask & (IN_CLOSE_WRITE | IN_ATTRIB))
		s->writing = false;
	if (mask & (IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)) {
		s->replaced = true;
		s->writing = false;
	}
}

/* Whether the file is not empty and ends with a newline. */
static bool is_whole(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char last = 0;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		(void)!pread(fd, &last, 1, st.st_size - 1);
	close(fd);
	return last == '\n';
}

int settle_wait_ms(const struct settle *s, const char *path, int64_t now)
{
	int64_t quiet;

	if (!s->changed || s->writing)
		return -1;
	if (s->replaced)
		return 0;
	quiet = is_whole(path) ? SETTLE_QUIET_MS : SETTLE_PART_MS;
	return now - s->since >= quiet ? 0 : (int)(quiet - (now - s->since));
}

bool settle_is_stuck(struct settle *s, int64_t now)
{
	if (!s->changed || !s->writing || s->warned || now - s->since < SETTLE_WARN_MS)
		return false;
	s->warned = true;
	return true;
}
