/* SPDX-License-Identifier: MIT */
/*
 * source.h - where records come from. Nothing above it knows which
 * operating system, or which file, a record came from.
 */
#ifndef VIGIL_RECORD_SOURCE_H
#define VIGIL_RECORD_SOURCE_H

#include <vigil/vigil.h>

#include "core/statistics.h"

struct source {
	const struct source_ops *ops;
	struct vigil_error error; /* of the last call that failed */
};

struct source_ops {
	/* Takes the next record. Returns 1 and sets *record, which the caller may
	 * change and which stays valid until the next call; 0: none now, and
	 * wait() returns, and what fd() gives becomes readable, when there may be
	 * one; a negative vigil_code. A record with seq 0 is to be numbered by the
	 * caller. */
	int (*next)(struct source *source, struct vigil_header **record);
	/* Waits after next() returned 0, at most timeout_ms, -1: for ever. Returns 1:
	 * look again, or the time is over; 0: a signal came; a negative vigil_code. */
	int (*wait)(struct source *source, int timeout_ms);
	/* Descriptor for poll(2), or -1. */
	int (*fd)(struct source *source);
	/* Adds produced and dropped, per type, and unreadable. */
	void (*statistics)(struct source *source, struct vigil_statistics *out);
	/* vigil_losses_by_cgroup. NULL: this source cannot name cgroups. */
	size_t (*losses_by_cgroup)(struct source *source, struct cgroup_loss *out, size_t max);
	const char *(*backend)(struct source *source);
	void (*close)(struct source *source);
	/* Whether next() will never give a record again. NULL: it always may. */
	bool (*at_end)(struct source *source);
	/* Of a live sensor on Windows: the HANDLE for which wait() would wait now. */
	void *(*event)(struct source *source);
	/* Ends the stream here: next() gives what happened before (Windows: what was taken
	 * from the driver before), with all losses, up to at_end(). NULL: no live sensor. */
	bool (*stop)(struct source *source);
	/* vigil_reread_rules. NULL: this source reads rules once, or has none. */
	void (*reread_rules)(struct source *source);
};

/* Opens this machine's sensor. lookup stays the caller's, and is open for longer. */
struct lookup;
enum vigil_code source_open_live(struct source **out, const struct vigil_options *options,
				 struct lookup *lookup, struct vigil_error *error);

#endif /* VIGIL_RECORD_SOURCE_H */
