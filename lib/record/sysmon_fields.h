/* SPDX-License-Identifier: MIT */
/*
 * sysmon_fields.h - the values of events under the names of Sysmon's fields.
 *
 * For the events that Sysmon and Vigil both have: each is a list of fields in the order of Sysmon's
 * schema. The XML format writes them, and detection rules ask for them by name.
 */
#ifndef VIGIL_RECORD_SYSMON_FIELDS_H
#define VIGIL_RECORD_SYSMON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include <vigil/vigil.h>

/* What has to be the case for Vigil to know a field. */
enum sysmon_needs {
	SYSMON_NOTHING,     /* it is known wherever the event is */
	SYSMON_HASH,        /* option --hash */
	SYSMON_VERSION,     /* option --version-info */
	SYSMON_SIGNATURE,   /* option --signature */
	SYSMON_CONTAINER,   /* option --container-info */
	SYSMON_ENVIRONMENT, /* option --env */
	SYSMON_IMAGES,      /* image loads are recorded too */
	SYSMON_NEVER        /* Vigil cannot know it */
};

struct sysmon_field {
	const char *name;
	/* Sets value->s and returns whether the value is known. If it is not, value->s is what
	 * Sysmon writes for an unknown value, or empty: a dash. value->u is 1 if value->s is a
	 * list of items, each terminated by a NUL; Sysmon joins them by spaces. The value is
	 * valid as long as the event and *value. */
	bool (*get)(const struct vigil_event *event, struct vigil_value *value);
	uint16_t field;                     /* get is NULL: this field of schema.h */
	uint8_t linux_needs, windows_needs; /* enum sysmon_needs */
};

struct sysmon_event {
	uint8_t id, version;
	const struct sysmon_field *fields;
	size_t count;
};

/* The events of Sysmon that Vigil has, by Sysmon's number: 1, 5, 6, 7, 8, 10; NULL: no such event. */
const struct sysmon_event *sysmon_event_at(unsigned id);

/* Returns the event of Sysmon that an event of Vigil is; NULL: none. */
const struct sysmon_event *sysmon_event_of(const struct vigil_event *event);

/* As sysmon_field.get, for any field. */
bool sysmon_get(const struct sysmon_field *field, const struct vigil_event *event,
		struct vigil_value *value);

#endif /* VIGIL_RECORD_SYSMON_FIELDS_H */
