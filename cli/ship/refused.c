/* SPDX-License-Identifier: MIT */
#include "refused.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/json_string.h"
#include "os/os.h"

static int open_file(int folder)
{
	struct stat st;

	if (fstatat(folder, REFUSED_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_size >= (off_t)REFUSED_BYTES_MAX &&
	    renameat(folder, REFUSED_FILE, folder, REFUSED_PREVIOUS) < 0)
		return -1;
	return openat(folder, REFUSED_FILE, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
		      0600);
}

static void put_member(struct vigil_buffer *line, const char *name, const char *text, size_t length)
{
	vigil_put_text(line, name);
	vigil_put_json(line, text, length);
}

bool refused_add(int folder, const struct ship_item *item, const char *reason)
{
	struct vigil_buffer line = { 0 };
	int fd = open_file(folder), why;
	bool fine;

	if (fd < 0)
		return false;
	put_member(&line, "{\"id\":", item->id, strlen(item->id));
	put_member(&line, ",\"reason\":", reason, strlen(reason));
	put_member(&line, ",\"body\":", item->body, item->length);
	vigil_put_text(&line, "}\n");
	if (line.failed)
		errno = ENOMEM;
	fine = !line.failed && os_write_all(fd, line.data, line.length) == 0;
	why = errno;
	vigil_buffer_free(&line);
	close(fd);
	errno = why;
	return fine;
}
