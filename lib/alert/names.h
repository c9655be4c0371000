/* SPDX-License-Identifier: MIT */
/* names.h - finds a field by its name. */
#ifndef VIGIL_ALERT_NAMES_H
#define VIGIL_ALERT_NAMES_H

#include "detect/detect.h"
#include "record/sysmon_fields.h"

/* How the value of a field becomes one of a rule. */
enum alert_form {
	FORM_TEXT,
	FORM_PATH,    /* text; if it is cut, its beginning is missing, and nothing is known */
	FORM_VERSION, /* text, "-" if the file was read and has none, as in Sysmon's events */
	FORM_DIGITS,  /* text that is a number */
	FORM_HASHES,  /* text; hashes of other kinds are not known */
	FORM_FIELD    /* by the kind of a field of schema.h */
};

struct alert_name {
	const char *name;
	bool (*get)(const struct vigil_event *event, struct vigil_value *value);
	const struct vigil_field *field; /* FORM_FIELD */
	uint8_t form;                    /* enum alert_form */
	uint8_t needs[DETECT_PRODUCTS];  /* enum sysmon_needs */
	uint8_t part; /* VIGIL_PART_... that has it: without that part it is not known; 0: none */
};

/* Finds a field of a category. Returns false if no event of it has such a field. */
bool alert_name_find(enum detect_category category, const char *name, struct alert_name *out);

/* The event of Sysmon that a category is. */
const struct sysmon_event *alert_sysmon_event(enum detect_category category);

/* The type of event that a category is on a system. 0: not recorded there. */
uint32_t alert_type_of(enum detect_product product, enum detect_category category);

#endif /* VIGIL_ALERT_NAMES_H */
