/* SPDX-License-Identifier: MIT */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/account.h"
#include "common/file.h"
#include "core/error.h"
#include "os/os.h"
#include "spool_reader.h"

#define SEGMENTS_OF_SPOOL 8
#define SEGMENT_MIN       (64u << 10)
#define SEGMENT_MAX       (64u << 20)
#define ALLOCATE_BYTES    (1u << 20) /* disk space is reserved in such steps */

/* Chooses the size of the next segment. A segment is removed as a whole: on a small disk it is
 * smaller, so that what is acknowledged makes space for more. */
static void choose_segment_bytes(struct spool *s)
{
	uint64_t bytes = s->options.max_bytes / SEGMENTS_OF_SPOOL;
	struct statvfs disk;

	if (fstatvfs(s->folder, &disk) == 0 &&
	    disk.f_bavail * disk.f_frsize / SEGMENTS_OF_SPOOL < bytes)
		bytes = disk.f_bavail * disk.f_frsize / SEGMENTS_OF_SPOOL;
	s->segment_bytes = bytes < SEGMENT_MIN   ? SEGMENT_MIN
			   : bytes > SEGMENT_MAX ? SEGMENT_MAX
						 : bytes;
}

static enum vigil_code spool_failed(struct spool *s, const char *what)
{
	int reason = errno;
	const char *next = reason == ENOSPC ? " Free some space." : "";

	if (s->full)
		return vigil_fail(&s->error, VIGIL_ERROR_OUTPUT,
				  "the spool %.300s is full (spool-size).", s->options.folder);
	return vigil_fail(&s->error, vigil_code_of(reason, VIGIL_ERROR_OUTPUT),
			  "cannot %s the spool %.300s: %s.%s", what, s->options.folder,
			  strerror(reason), next);
}

/* Publishes the size of the spool. */
static void count_bytes(struct spool *s)
{
	uint64_t complete = __atomic_load_n(&s->total, __ATOMIC_RELAXED);

	__atomic_store_n(&s->bytes, complete + (s->fd >= 0 ? s->size : 0), __ATOMIC_RELAXED);
}

/* ---- opening ---- */

bool spool_make_folder(const char *path)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (slash && slash != path) {
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		if (mkdir(parent, 0700) < 0 && errno != EEXIST)
			return false;
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool add_segment(struct spool *s, struct spool_segment segment)
{
	struct spool_segment *more = realloc(s->segment, (s->count + 1) * sizeof(*more));

	if (!more)
		return false;
	s->segment = more;
	s->segment[s->count++] = segment;
	__atomic_add_fetch(&s->total, segment.bytes, __ATOMIC_RELAXED);
	return true;
}

/* Cuts off what a crash left of the last segment. Sets *bytes to what remains; 0: nothing. */
static bool repair_segment(struct spool *s, uint64_t first, uint64_t *bytes)
{
	struct spool_reader reader;
	struct spool_entry entry;
	char name[SPOOL_NAME_SIZE];
	struct stat st;
	int got, fd;

	spool_name_write(name, first);
	fd = openat(s->folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	spool_reader_open(&reader, s->folder, first);
	while ((got = spool_next(&reader, &entry)) > 0)
		s->next = reader.next;
	*bytes = reader.at > sizeof(struct spool_header) ? reader.at : 0;
	spool_reader_close(&reader);
	if (got == 0 && (!*bytes || *bytes < (uint64_t)st.st_size)) {
		s->cut += (uint64_t)st.st_size - *bytes;
		got = *bytes ? ftruncate(fd, (off_t)*bytes) : unlinkat(s->folder, name, 0);
	}
	close(fd);
	return got == 0;
}

static bool take_segment(struct spool *s, uint64_t first, bool last)
{
	struct spool_segment segment = { .first = first, .fd = -1 };
	char name[SPOOL_NAME_SIZE];
	struct stat st;

	spool_name_write(name, first);
	if (fstatat(s->folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	segment.bytes = (uint64_t)st.st_size;
	segment.sealed_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	if (last && !repair_segment(s, first, &segment.bytes))
		return false;
	return !segment.bytes || add_segment(s, segment);
}

/* Takes over what is there. */
static bool take_segments(struct spool *s)
{
	uint64_t *first;
	size_t count;
	bool fine = spool_list(s->folder, &first, &count);

	spool_mark_read(s->folder, &s->acked);
	s->next = 1;
	for (size_t i = 0; i < count && fine; i++) {
		if (first[i] > s->next)
			s->next = first[i];
		fine = take_segment(s, first[i], i + 1 == count);
	}
	free(first);
	/* Items that were sent, and which the disk does not have after a power failure. */
	if (s->next <= s->acked)
		s->next = s->acked + 1;
	return fine;
}

enum vigil_code spool_open(struct spool *s, const struct spool_options *options)
{
	struct vigil_error why;
	char path[PATH_MAX];

	*s = (struct spool){ .options = *options, .folder = -1, .lock = -1, .fd = -1 };
	pthread_mutex_init(&s->mutex, NULL);
	if (!spool_make_folder(options->folder))
		return spool_failed(s, "make");
	if ((size_t)snprintf(path, sizeof(path), "%s/lock", options->folder) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return spool_failed(s, "open");
	}
	s->lock = file_open_log(path, false, options->trust_path, &why);
	if (s->lock < 0 && errno == EBUSY)
		return vigil_fail(&s->error, VIGIL_ERROR_OUTPUT,
				  "another process writes to the spool %.300s: stop that one, or "
				  "name another folder.",
				  options->folder);
	if (s->lock < 0)
		return vigil_fail(&s->error, why.code, "cannot open the spool %.200s: %.200s",
				  options->folder, why.text);
	s->folder = open(options->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (s->folder < 0 || !spool_mark_make(s->folder) ||
	    !os_random(&s->session, sizeof(s->session)) || !take_segments(s)) {
		spool_failed(s, "open");
		spool_close(s);
		return s->error.code;
	}
	count_bytes(s);
	return VIGIL_OK;
}

/* ---- writing ---- */

/* Writes all of data at the end of the segment; on failure sets *done to the bytes written. */
static bool append(struct spool *s, const char *data, size_t length, size_t *done)
{
	for (*done = 0; *done < length;) {
		ssize_t n = pwrite(s->fd, data + *done, length - *done, (off_t)(s->size + *done));

		if (n == 0)
			errno = ENOSPC;
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		*done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* The segment that grows is complete: another thread syncs and closes it. */
static bool seal_segment(struct spool *s)
{
	struct spool_segment segment = {
		.first = s->first, .bytes = s->size, .sealed_ns = (int64_t)os_wall_ns(), .fd = s->fd
	};
	bool fine;

	if (s->fd < 0)
		return true;
	if (ftruncate(s->fd, (off_t)s->size) < 0) /* frees the space reserved after the end */
		return false;
	s->torn = false;
	pthread_mutex_lock(&s->mutex);
	fine = add_segment(s, segment);
	if (fine)
		s->fd = -1;
	pthread_mutex_unlock(&s->mutex);
	return fine;
}

void spool_host(char host[SPOOL_HOST_SIZE])
{
	static const char *const letters =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	memset(host, 0, SPOOL_HOST_SIZE);
	if (gethostname(host, SPOOL_HOST_SIZE - 1) < 0 || !*host)
		snprintf(host, SPOOL_HOST_SIZE, "localhost");
	for (char *c = host; *c; c++)
		if (!strchr(letters, *c))
			*c = '_';
}

static void fill_header(struct spool *s, struct spool_header *header)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char text[37] = "", *from = text;

	*header = (struct spool_header){ .first = s->next,
					 .session = s->session,
					 .time_ns = (int64_t)os_wall_ns() };
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		for (size_t i = 0; i < sizeof(header->boot); i++) {
			unsigned byte = 0;

			from += *from == '-';
			if (sscanf(from, "%2x", &byte) != 1)
				break;
			header->boot[i] = (uint8_t)byte;
			from += 2;
		}
	if (fd >= 0)
		close(fd);
	spool_host(header->host);
	spool_header_seal(header);
}

/* Makes the file of a segment with its header. Returns its descriptor, or -1. */
static int make_segment(struct spool *s)
{
	struct spool_header header;
	char name[SPOOL_NAME_SIZE];
	int fd, reason;
	ssize_t done;

	fill_header(s, &header);
	spool_name_write(name, s->next);
	fd = openat(s->folder, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	done = pwrite(fd, &header, sizeof(header), 0);
	if (done == (ssize_t)sizeof(header))
		return fd;
	reason = done < 0 ? errno : ENOSPC;
	unlinkat(s->folder, name, 0);
	close(fd);
	errno = reason;
	return -1;
}

static bool begin_segment(struct spool *s)
{
	uint64_t complete;
	int fd;

	if (!seal_segment(s))
		return false;
	choose_segment_bytes(s);
	complete = __atomic_load_n(&s->total, __ATOMIC_RELAXED);
	s->full = !s->use_reserve && complete + s->segment_bytes > s->options.max_bytes;
	if (s->full)
		return false;
	fd = make_segment(s);
	if (fd < 0)
		return false;
	pthread_mutex_lock(&s->mutex);
	s->fd = fd;
	s->first = s->next;
	s->new_names = true;
	pthread_mutex_unlock(&s->mutex);
	s->size = s->allocated = sizeof(struct spool_header);
	s->began_ns = (int64_t)os_wall_ns();
	return true;
}

/* Reserves disk space for `length` bytes, and for the items that report a loss at the end. */
static bool allocate(struct spool *s, size_t length)
{
	uint64_t end = s->size + length + ACCOUNT_RESERVE;

	if (s->use_reserve || end <= s->allocated)
		return true;
	if (os_reserve_space(s->fd, s->size, end - s->size + ALLOCATE_BYTES)) {
		s->allocated = end + ALLOCATE_BYTES;
		return true;
	}
	return os_reserve_space(s->fd, s->size, end - s->size);
}

/* Numbers the frames that fit into `most` bytes and into the segment, at least one, and returns
 * their bytes. */
static size_t number_frames(struct spool *s, char *frames, size_t length, size_t most,
			    uint64_t *count)
{
	uint64_t room = s->segment_bytes > s->size ? s->segment_bytes - s->size : 0;
	size_t at = 0;

	if (room > most)
		room = most;

	for (*count = 0; at < length; ++*count) {
		struct spool_frame *frame = (struct spool_frame *)(void *)(frames + at);

		if (*count && at + frame->size > room)
			break;
		frame->number = s->next + *count;
		spool_frame_seal(frame);
		at += frame->size;
	}
	return at;
}

/* Returns the bytes of whole frames among the first `done`, and their number. */
static size_t whole_frames(const char *frames, size_t done, uint64_t *count)
{
	size_t at = 0;

	for (*count = 0;; ++*count) {
		const struct spool_frame *frame = (const void *)(frames + at);

		if (done - at < sizeof(*frame) || done - at < frame->size)
			return at;
		at += frame->size;
	}
}

static bool segment_is_full(const struct spool *s, const char *frames)
{
	const struct spool_frame *frame = (const void *)frames;
	int64_t age = (int64_t)(s->options.max_age_s * 1000000000u / SEGMENTS_OF_SPOOL);

	if (s->fd < 0)
		return true;
	return s->size > sizeof(struct spool_header) &&
	       (s->size + frame->size > s->segment_bytes ||
		(age && (int64_t)os_wall_ns() - s->began_ns > age));
}

enum vigil_code spool_write(struct spool *s, char *frames, size_t length, size_t *written)
{
	*written = 0;
	while (*written < length) {
		char *from = frames + *written;
		uint64_t count = 0;
		size_t bytes, done;
		bool fine;

		if (segment_is_full(s, from) && !begin_segment(s))
			return spool_failed(s, "write to");
		if (s->torn && ftruncate(s->fd, (off_t)s->size) < 0)
			return spool_failed(s, "write to");
		s->torn = false;
		bytes = number_frames(s, from, length - *written, length, &count);
		while (!allocate(s, bytes)) { /* fewer may fit on the disk */
			if (count == 1)
				return spool_failed(s, "write to");
			bytes = number_frames(s, from, bytes, bytes / 2, &count);
		}
		fine = append(s, from, bytes, &done);
		if (!fine) {
			int reason = errno;

			done = whole_frames(from, done, &count);
			s->torn = ftruncate(s->fd, (off_t)(s->size + done)) < 0;
			errno = reason;
		}
		s->size += done;
		s->next += count;
		*written += done;
		count_bytes(s);
		if (!fine)
			return spool_failed(s, "write to");
	}
	return VIGIL_OK;
}

void spool_set_limits(struct spool *s, uint64_t max_bytes, uint64_t max_age_s)
{
	pthread_mutex_lock(&s->mutex);
	s->options.max_bytes = max_bytes;
	s->options.max_age_s = max_age_s;
	pthread_mutex_unlock(&s->mutex);
}

/* ---- in another thread ---- */

/* Syncs what is not synced. The thread that writes does not wait meanwhile. */
static void sync_segments(struct spool *s)
{
	bool names;
	int fd;

	for (size_t i = 0;; i++) {
		pthread_mutex_lock(&s->mutex);
		fd = i < s->count ? s->segment[i].fd : -1;
		if (fd >= 0)
			s->segment[i].fd = -1;
		names = i >= s->count;
		pthread_mutex_unlock(&s->mutex);
		if (fd >= 0) {
			fdatasync(fd);
			close(fd);
		}
		if (names)
			break;
	}
	pthread_mutex_lock(&s->mutex);
	fd = s->fd >= 0 ? dup(s->fd) : -1;
	names = s->new_names;
	s->new_names = false;
	pthread_mutex_unlock(&s->mutex);
	if (fd >= 0) {
		fdatasync(fd);
		close(fd);
	}
	if (names)
		fsync(s->folder);
}

/* Returns the number after the last item of complete segment i. */
static uint64_t segment_end(const struct spool *s, size_t i)
{
	if (i + 1 < s->count)
		return s->segment[i + 1].first;
	return s->fd >= 0 ? s->first : s->next;
}

/* Returns whether the oldest segment is to be removed. */
static bool oldest_is_over(struct spool *s)
{
	int64_t age = (int64_t)s->options.max_age_s * 1000000000;
	uint64_t end, begin;

	if (!s->count || s->segment[0].fd >= 0)
		return false;
	end = segment_end(s, 0);
	if (end <= s->acked + 1)
		return true;
	if (!age || (int64_t)os_wall_ns() - s->segment[0].sealed_ns <= age)
		return false;
	begin = s->segment[0].first > s->acked ? s->segment[0].first : s->acked + 1;
	__atomic_add_fetch(&s->aged, end - begin, __ATOMIC_RELAXED);
	return true;
}

static void remove_segments(struct spool *s)
{
	char name[SPOOL_NAME_SIZE];
	bool over = true;

	spool_mark_read(s->folder, &s->acked);
	while (over) {
		pthread_mutex_lock(&s->mutex);
		over = oldest_is_over(s);
		if (over) {
			spool_name_write(name, s->segment[0].first);
			__atomic_sub_fetch(&s->total, s->segment[0].bytes, __ATOMIC_RELAXED);
			memmove(s->segment, s->segment + 1, --s->count * sizeof(*s->segment));
		}
		pthread_mutex_unlock(&s->mutex);
		if (over)
			unlinkat(s->folder, name, 0);
	}
}

void spool_look(struct spool *s)
{
	sync_segments(s);
	remove_segments(s);
}

enum vigil_code spool_close(struct spool *s)
{
	enum vigil_code code = VIGIL_OK;

	if (s->fd >= 0 && ftruncate(s->fd, (off_t)s->size) < 0)
		code = spool_failed(s, "complete");
	if (s->folder >= 0)
		spool_look(s);
	if (s->fd >= 0 && close(s->fd) < 0)
		code = spool_failed(s, "complete");
	if (s->folder >= 0)
		close(s->folder);
	if (s->lock >= 0)
		close(s->lock);
	free(s->segment);
	pthread_mutex_destroy(&s->mutex);
	s->fd = s->folder = s->lock = -1;
	s->segment = NULL;
	s->count = 0;
	return code;
}
