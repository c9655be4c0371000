/* SPDX-License-Identifier: MIT */
#include "figures.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/futex.h>

#include "common/sequence.h"

#define READ_TRIES 1000

struct figures *figures_map(int folder, bool create)
{
	int flags = create ? O_RDWR | O_CREAT : O_RDONLY;
	int fd = openat(folder, FIGURES_FILE, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct figures *figures = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return NULL;
	/* Reserved: a write to a page of the mapping cannot fail because the disk is full. */
	if (create && (errno = posix_fallocate(fd, 0, sizeof(*figures))) != 0) {
		close(fd);
		return NULL;
	}
	if (fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(*figures))
		figures = mmap(NULL, sizeof(*figures), PROT_READ | (create ? PROT_WRITE : 0),
			       MAP_SHARED, fd, 0);
	else
		errno = EINVAL;
	close(fd);
	if (figures == MAP_FAILED)
		return NULL;
	if (figures->magic == FIGURES_MAGIC)
		return figures;
	if (!create) {
		figures_unmap(figures);
		errno = EINVAL;
		return NULL;
	}
	memset(figures, 0, sizeof(*figures));
	figures->magic = FIGURES_MAGIC;
	return figures;
}

void figures_unmap(struct figures *figures)
{
	if (figures)
		munmap(figures, sizeof(*figures));
}

void figures_wake(struct figures *figures)
{
	__atomic_add_fetch(&figures->sensor.grown, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &figures->sensor.grown, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void figures_wait(const struct figures *figures, uint32_t *seen, int64_t ms)
{
	struct timespec limit = { ms / 1000, ms % 1000 * 1000000 };

	syscall(SYS_futex, &figures->sensor.grown, FUTEX_WAIT, *seen, &limit, NULL, 0);
	*seen = __atomic_load_n(&figures->sensor.grown, __ATOMIC_ACQUIRE);
}

void figures_set_text(struct figures *figures, const char *text)
{
	char copy[FIGURES_TEXT] = "";

	snprintf(copy, sizeof(copy), "%s", text);
	sequence_write(&figures->shipper.changes, figures->shipper.text, copy, sizeof(copy));
}

void figures_get_text(const struct figures *figures, char text[FIGURES_TEXT])
{
	for (int i = 0; i < READ_TRIES; i++) {
		bool valid = sequence_read(&figures->shipper.changes, figures->shipper.text, text,
					   FIGURES_TEXT);

		text[FIGURES_TEXT - 1] = '\0';
		if (valid)
			return;
	}
	text[0] = '\0';
}
