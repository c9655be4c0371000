/* SPDX-License-Identifier: MIT */
/*
 * make_event.h - constructed events: real records with header, body and parts, and the processes
 * that a process table would know.
 */
#ifndef MAKE_EVENT_H
#define MAKE_EVENT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <vigil/vigil.h>

#include "record/decode.h"

#define MAKE_RECORD_MAX (4 * VIGIL_RECORD_MAX)

#define TEXT(s) ((struct vigil_string){ (s), sizeof(s) - 1, sizeof(s) - 1 })

/* Memory for one event and everything that it points to. The bodies can be written. */
struct maker {
	struct vigil_event event;
	struct event_parts parts; /* of event */
	struct vigil_process_info process, parent, actor, target;
	struct vigil_header *header;
	union {
		void *body;
		struct vigil_process_body *start;
		struct vigil_exit_body *exit;
		struct vigil_thread_body *thread;
		struct vigil_image_body *image;
		struct vigil_access_body *access;
		struct vigil_denied_body *denied;
		struct vigil_credentials_body *credentials;
		struct vigil_exec_failed_body *exec_failed;
		struct vigil_alert_body *alert;
		struct vigil_lost_body *lost;
		struct vigil_snapshot_body *snapshot;
		struct vigil_status_body *status;
	};
	union {
		uint64_t align;
		unsigned char bytes[MAKE_RECORD_MAX];
	} record;
};

/* Makes a minimal event: a header with times and an actor, a body of unknown values, no parts, no
 * known process. m->event can then be printed. */
void make_event(struct maker *m, uint32_t type);

/* Adds a part to the record. original > length: it was truncated. */
void make_part(struct maker *m, enum vigil_part_id kind, const void *data, size_t length,
	       size_t original);

/* Makes a process of which only the identity is known. */
void make_proc(struct vigil_process_info *proc, uint32_t pid, uint64_t start_key);

/* Makes a process, its parent, actor and target, with everything known. */
void make_known(struct maker *m);

/* Makes an event of this type in which every field is set and every string is `s` (in a list: two
 * items of it). */
void make_full(struct maker *m, uint32_t type, const char *s, size_t length);

/* Writes random bytes that are hard to print: quotes, control characters, escapes, ill-formed
 * UTF-8. */
size_t make_hostile(char *out, size_t max, uint64_t *seed);
uint64_t make_random(uint64_t *seed);

/* Fails unless the text contains these words in this order. */
void assert_words(const char *text, const char *const *words, size_t count);

#define ASSERT_WORDS(text, ...) \
	assert_words((text), (const char *const[]){ __VA_ARGS__ }, \
		     sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

#endif /* MAKE_EVENT_H */
