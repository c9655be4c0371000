/* SPDX-License-Identifier: MIT */
/* make.h - makes the record of an alert. */
#ifndef VIGIL_ALERT_MAKE_H
#define VIGIL_ALERT_MAKE_H

#include <vigil/vigil.h>

#include "core/bytes.h"
#include "detect/detect.h"
#include "record/decode.h"

/* What an alert says. */
struct alert_subject {
	const struct detect_info *info;
	uint64_t hits;
	const struct detect_match *match;
	uint32_t matches;
	const char *id; /* of the rule; its title if it has no id */
	/* Instead of matches: FIELD=VALUE, each terminated by a NUL. length 0: none. */
	struct vigil_string matched;
	bool apart; /* the event only shows that time has passed: the alert has no process */
};

/* Memory for one alert. */
struct alert_record {
	uint64_t *record; /* of VIGIL_RECORD_MAX bytes */
	struct decoder decoder;
	struct vigil_buffer text;
	struct vigil_event event;
};

bool alert_record_open(struct alert_record *record); /* false: out of memory */
void alert_record_close(struct alert_record *record);

/* Makes an alert about an event. Returns record->event, or NULL if out of memory. */
const struct vigil_event *alert_make(struct alert_record *record,
				     const struct alert_subject *subject,
				     const struct vigil_event *about);

#endif /* VIGIL_ALERT_MAKE_H */
