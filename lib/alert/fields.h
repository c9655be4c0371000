/* SPDX-License-Identifier: MIT */
/*
 * fields.h - the fields of detection rules: which events have them, and their values.
 *
 * Rules name fields as Sysmon does, or as the Elastic Common Schema does (`vigil fields`). A field
 * that events of a log source cannot have is a reason not to load the rule. A value that one event
 * lacks is unknown, and the rule is not decided for that event.
 */
#ifndef VIGIL_ALERT_FIELDS_H
#define VIGIL_ALERT_FIELDS_H

#include <vigil/vigil.h>

#include "detect/detect.h"

/* Where the events come from. */
struct alert_origin {
	/* VIGIL_INSPECT_... that the sensor is opened with; all of them for a recording, which may
	 * have been made with any. */
	uint32_t inspect;
	bool live; /* events of this machine only: rules for other systems are not loaded */
};

/* The fields that a set of rules asks for. One thread at a time may use it. */
struct alert_fields;

/* Returns NULL if out of memory. */
struct alert_fields *alert_fields_new(const struct alert_origin *origin);
void alert_fields_free(struct alert_fields *fields);

/* detect_resolver.resolve; user is a struct alert_fields. The reason is a string constant. */
const char *alert_fields_resolve(void *user, unsigned source, const char *field, uint32_t *id);

/* Allocates what the values need, after all fields were resolved. Returns false if out of memory. */
bool alert_fields_ready(struct alert_fields *fields);

/* Begins an event. Returns false if it belongs to no log source; then *out is not set. The values
 * are those of `event` until the next call. */
bool alert_fields_begin(struct alert_fields *fields, const struct vigil_event *event,
			struct detect_event *out);

/* detect_event.get; user is a struct alert_fields. */
void alert_fields_get(void *user, uint32_t id, struct detect_value *value);

/* The types of events that log sources consist of: a mask of sources to VIGIL_TYPE_BITs. */
uint32_t alert_types(uint32_t sources);

/* Types that fields need besides: image loads, for the module of an address. */
uint32_t alert_fields_types(const struct alert_fields *fields);

/* Values that are not known to rules because memory ran out. */
uint64_t alert_fields_no_memory(const struct alert_fields *fields);

#endif /* VIGIL_ALERT_FIELDS_H */
