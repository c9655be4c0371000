/* SPDX-License-Identifier: MIT */
/* field.h - describes every value that an output can show; names of types and losses. */
#ifndef VIGIL_PUBLIC_FIELD_H
#define VIGIL_PUBLIC_FIELD_H

#include <vigil/sensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The type of a value, and the member of struct vigil_value that has it. */
enum vigil_value_kind {
	VIGIL_VALUE_UNSIGNED, /* u */
	VIGIL_VALUE_SIGNED,   /* i */
	VIGIL_VALUE_BOOL,     /* u: 0 or 1 */
	VIGIL_VALUE_HEX,      /* u: an address or mask */
	VIGIL_VALUE_TIME,     /* u: ns since 1970 UTC */
	VIGIL_VALUE_DURATION, /* u: ns */
	VIGIL_VALUE_STRING,   /* s */
	VIGIL_VALUE_LIST,     /* s: items, each terminated by a NUL */
	VIGIL_VALUE_BINARY,   /* s: shown in hexadecimal */
	VIGIL_VALUE_OBJECT    /* only in JSON: `get` returns false */
};

/* The value of a field. s is valid as long as both the event and this struct. This struct does not
 * grow. */
struct vigil_value {
	uint64_t u;
	int64_t i;
	struct vigil_string s;
	char buffer[320]; /* where s.data may point */
};

/* A field. It is owned by the library. This struct does not grow. */
struct vigil_field {
	const char *name; /* as in ECS, with dots: "process.parent.pid" */
	enum vigil_value_kind kind;
	uint32_t types;          /* VIGIL_TYPE_BIT() of the events that may have it */
	const char *description; /* one sentence of plain text */
	/* Sets *value and returns true if the event has the field. */
	bool (*get)(const struct vigil_event *event, struct vigil_value *value);
};

/* Returns the table of all fields.
 *
 * Returns *count fields, in the order in which JSON has them. */
VIGIL_API const struct vigil_field *vigil_fields(size_t *count);

/* Finds a field by its name, such as "process.parent.pid".
 *
 * Returns NULL if there is none. */
VIGIL_API const struct vigil_field *vigil_field_find(const char *name);

/* Checks a list of fields as vigil_printer_options has it.
 *
 * list has names of fields, or their beginnings up to a dot, separated by commas.
 *
 * Returns VIGIL_OK, or VIGIL_ERROR_USAGE if a name does not exist; *error (error may be NULL) then
 * has it and the most similar one. */
VIGIL_API enum vigil_code vigil_fields_check(const char *list, struct vigil_error *error);

/* Returns the name of an event type as options and outputs have it, such as "exec".
 *
 * type is an enum vigil_type.
 *
 * Returns NULL if there is no such type. */
VIGIL_API const char *vigil_type_name(uint32_t type);

/* Parses a list of event types.
 *
 * list has names separated by commas: "exec,exit"; "process" and "all" stand for several types.
 *
 * Returns their VIGIL_TYPE_BIT() bits; 0 if a name is unknown, with the name and the known ones in
 * *error (error may be NULL). */
VIGIL_API uint32_t vigil_types_parse(const char *list, struct vigil_error *error);

/* Returns the name of a reason of loss (enum vigil_loss), such as "queue-full".
 *
 * Returns NULL if there is no such reason. */
VIGIL_API const char *vigil_loss_name(uint32_t reason);

#ifdef __cplusplus
}
#endif

#endif /* VIGIL_PUBLIC_FIELD_H */
