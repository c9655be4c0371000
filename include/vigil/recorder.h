/* SPDX-License-Identifier: MIT */
/* recorder.h - writes events to a recording, which vigil_open_file() reads. */
#ifndef VIGIL_PUBLIC_RECORDER_H
#define VIGIL_PUBLIC_RECORDER_H

#include <vigil/sensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A recording that is open for writing. Any thread may use it. */
struct vigil_recorder;

/* How to record. A member that is zero has its default. Set size =
 * sizeof(struct vigil_recorder_options); see struct vigil_options. */
struct vigil_recorder_options {
	size_t size;
	uint64_t max_bytes; /* size of the file, at least 16 MiB: the oldest events are deleted to
			     * stay within it; default: no limit */
	uint64_t max_age_s; /* events are kept at least this many seconds; default: forever */
	bool no_index;      /* make no tables for `vigil query`; the first query makes them */
	/* Accept a file, or a folder on the way to it, that other users own or can write to.
	 * Default: that is refused, and symbolic links in such a folder are not followed. */
	bool trust_path;
	bool realtime; /* run the threads that write at real-time priority, as in
			* struct vigil_options */
};

/* Opens a recording for writing.
 *
 * If the file is a recording, new events are appended; if there is no file, it is created.
 * options may be NULL. The recorder starts two threads, which write.
 *
 * Returns VIGIL_OK and sets *out, to be closed with vigil_recorder_close(). Otherwise a negative
 * code: *out is NULL and *error has the reason (error may be NULL). VIGIL_ERROR_USAGE: another
 * recorder has the file open, or it is not a recording. */
VIGIL_API enum vigil_code vigil_recorder_open(struct vigil_recorder **out, const char *path,
					      const struct vigil_recorder_options *options,
					      struct vigil_error *error);

/* Records an event.
 *
 * Copies the event to memory and does not wait for the disk. After about 250 ms it survives the end
 * of the process, and a second later a power failure.
 *
 * wanted is false for an event that a filter does not match. It is kept only if a replay needs it
 * to know about processes, and a replay does not return it. To record such events, open the sensor
 * with VIGIL_TYPE_ALL.
 *
 * Returns VIGIL_OK, or a negative code if the event was dropped: the disk could not take earlier
 * events and the memory for them is used up. A LOST event is recorded in its place. The recorder
 * stays usable and continues when the disk does. */
VIGIL_API enum vigil_code vigil_recorder_add(struct vigil_recorder *recorder,
					     const struct vigil_event *event, bool wanted);

/* Waits until all events that were added are on the disk.
 *
 * Returns VIGIL_OK, or a negative code if they cannot be written, with the reason in *error (error
 * may be NULL). The recorder keeps trying. */
VIGIL_API enum vigil_code vigil_recorder_flush(struct vigil_recorder *recorder,
					       struct vigil_error *error);

/* Returns whether recorded events can be written, without waiting.
 *
 * Returns VIGIL_OK, or a negative code if the last write failed, with the reason in *error
 * (error may be NULL). The recorder keeps trying. */
VIGIL_API enum vigil_code vigil_recorder_status(struct vigil_recorder *recorder,
						struct vigil_error *error);

/* Counts of a recorder. Set size = sizeof(struct vigil_recorder_statistics) before the call that
 * fills it in. */
struct vigil_recorder_statistics {
	size_t size;
	uint64_t events;  /* written, including LOST and context for replays */
	uint64_t wanted;  /* of those: added as wanted */
	uint64_t bytes;   /* of their records */
	uint64_t dropped; /* lost because the backlog was full; not what LOST events count */
};

/* Counts the events of a recorder. */
VIGIL_API void vigil_recorder_statistics(struct vigil_recorder *recorder,
					 struct vigil_recorder_statistics *out);

/* Writes the rest of a recording and frees the recorder.
 *
 * recorder may be NULL.
 *
 * Returns VIGIL_OK, or a negative code if the rest could not be written; *error (error may be NULL)
 * has the reason and the number of missing events. LOST events at the end of the recording have
 * that number too, in space that was reserved for them if the file system can do so (fallocate(2));
 * if not even these can be written, *error says so. */
VIGIL_API enum vigil_code vigil_recorder_close(struct vigil_recorder *recorder,
					       struct vigil_error *error);

/* Closes a recorder and returns its final counts.
 *
 * As vigil_recorder_close(). *statistics has the counts after the last write: everything that was
 * added is written or dropped. statistics may be NULL. */
VIGIL_API enum vigil_code vigil_recorder_finish(struct vigil_recorder *recorder,
						struct vigil_recorder_statistics *statistics,
						struct vigil_error *error);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_RECORDER_H */
