/* SPDX-License-Identifier: MIT */
/*
 * source.h - where records come from. Its users do not know from which operating system or file a
 * record came.
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
	/* Takes the next record. Returns 1 and sets *record, which the caller may change and which
	 * is valid until the next call; 0: none now: wait() returns, and the descriptor of fd()
	 * becomes readable, when there may be one; or a negative vigil_code. The caller must number
	 * a record whose seq is 0. */
	int (*next)(struct source *source, struct vigil_header **record);
	/* Waits after next() returned 0, for at most timeout_ms; -1: forever. Returns 1: call
	 * next() again, or the time has elapsed; 0: a signal interrupted it; or a negative
	 * vigil_code. */
	int (*wait)(struct source *source, int timeout_ms);
	/* Returns a descriptor for poll(2), or -1. */
	int (*fd)(struct source *source);
	/* Adds to produced and dropped, per type, and to unreadable. */
	void (*statistics)(struct source *source, struct vigil_statistics *out);
	/* vigil_losses_by_cgroup. NULL: this source cannot name cgroups. */
	size_t (*losses_by_cgroup)(struct source *source, struct cgroup_loss *out, size_t max);
	const char *(*backend)(struct source *source);
	void (*close)(struct source *source);
	/* Returns whether next() will never return a record again. NULL: it always may. */
	bool (*at_end)(struct source *source);
	/* Live sensor on Windows: returns the HANDLE for which wait() would wait now. */
	void *(*event)(struct source *source);
	/* Ends the stream: next() returns what happened earlier (Windows: what was taken from the
	 * driver earlier), with all losses, until at_end() is true. NULL: not a live sensor. */
	bool (*stop)(struct source *source);
	/* vigil_reread_rules. NULL: this source reads rules only once, or has none. */
	void (*reread_rules)(struct source *source);
};

/* Opens this machine's sensor. The caller keeps ownership of lookup, which must outlive it. */
struct lookup;
enum vigil_code source_open_live(struct source **out, const struct vigil_options *options,
				 struct lookup *lookup, struct vigil_error *error);

#endif /* VIGIL_RECORD_SOURCE_H */
