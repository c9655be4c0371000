/* SPDX-License-Identifier: MIT */
/*
 * fields.h - the fields of schema.h as tables: where each value is in a record.
 *
 * field_read() reads a field's source with one switch over all kinds of sources. Its callers in
 * fields.c pass a constant source, so that the compiler reduces it to a few instructions for each
 * field. The JSON import uses the same sources in the other direction.
 */
#ifndef VIGIL_RECORD_FIELDS_H
#define VIGIL_RECORD_FIELDS_H

#include <stddef.h>

#include "core/bytes.h"
#include "record/file_info.h"
#include "record/schema.h"
#include "users/users.h"

/* Where the value is. */
enum field_place {
	PLACE_NONE, /* computed, or an object of the JSON */
	/* Numbers: */
	PLACE_HEADER,  /* member of struct vigil_header */
	PLACE_BODY,    /* member of the body */
	PLACE_PROCESS, /* member of struct vigil_process_body, otherwise of event->process */
	PLACE_IDS,     /* member of struct vigil_ids, in the part IDS; only the import writes it */
	/* Processes: */
	PLACE_ID,       /* returned by a function */
	PLACE_BODY_ID,  /* member of the body */
	PLACE_KNOWN_ID, /* member of event->process */
	/* Strings: */
	PLACE_PART,
	PLACE_SUBJECT, /* returned by a function: from the process table, otherwise a part */
	PLACE_KNOWN,   /* member of a process of the event */
	PLACE_ITEM,    /* KEY=VALUE in a part; without a key the nth item */
	PLACE_INFO,    /* KEY=VALUE in what is known about the container */
	/* Flags: */
	PLACE_TEST /* returned by a function */
};

/* How a number or a process is shown. A number in a field of the kind STRING is an id, which is
 * shown in decimal. */
enum field_form {
	FORM_NUMBER,
	FORM_FLAG,      /* whether a bit is set */
	FORM_WORD,      /* its name */
	FORM_DEVICE,    /* major:minor */
	FORM_MAJOR,     /* of a device */
	FORM_MINOR,     /* of a device */
	FORM_USER_NAME, /* of the user with this id */
	FORM_PID,
	FORM_ENTITY /* entity id */
};

enum field_system {
	ANY,
	LINUX,
	WINDOWS
};

struct field_source {
	uint8_t place;           /* enum field_place */
	uint8_t form;            /* enum field_form */
	uint8_t system;          /* enum field_system: the only system whose records have it */
	uint8_t bytes;           /* of the member */
	uint8_t part;            /* enum vigil_part_id; 0: none */
	uint8_t item;            /* PLACE_ITEM without a key: which one, from 0 */
	bool always_known;       /* no number means unknown */
	bool is_optional;        /* the member is beyond the shortest body of its types */
	bool is_derived;         /* another field has the same number */
	uint16_t at;             /* of the member in its struct */
	uint16_t known_at;       /* of the member in struct vigil_process_info */
	uint16_t proc_at;        /* of the process in struct vigil_event */
	uint32_t flag;           /* FORM_FLAG */
	uint64_t unknown, other; /* numbers that mean unknown, or that are left out */
	const char *key;
	const char *(*word)(uint32_t number);
	const struct vigil_id *(*id)(const struct vigil_event *event);
	struct vigil_string (*text)(const struct vigil_event *event);
	bool (*test)(const struct vigil_event *event);
};

/* ---- sources ----
 *
 * Each macro begins with the types whose records have such a member. */

/* clang-format off */
/* One bit for each type whose body, shortest or longest, is `body_`. */
#define BODY_TYPES(body_) (0u SCHEMA_TYPES(BODY_TYPE_, body_))
#define BODY_TYPE_(body_, type, short_, long_, ...) \
	| _Generic((struct body_ *)0, struct short_ *: BIT(type), \
		default: _Generic((struct body_ *)0, struct long_ *: BIT(type), default: 0u))

/* One bit for each type of which only the longest body is `body_`: some records have less. */
#define LONGER_TYPES(body_) (0u SCHEMA_TYPES(LONGER_TYPE_, body_))
#define LONGER_TYPE_(body_, type, short_, long_, ...) \
	| _Generic((struct body_ *)0, struct short_ *: 0u, \
		default: _Generic((struct body_ *)0, struct long_ *: BIT(type), default: 0u))
/* clang-format on */

#define MEMBER_OF(type, member) \
	.at = offsetof(struct type, member), .bytes = sizeof(((struct type *)0)->member)
#define IN_BODY(place_, body, member) \
	BODY_TYPES(body), .place = (place_), MEMBER_OF(body, member), \
			  .is_optional = LONGER_TYPES(body) != 0
#define IN_PROCESS(member) \
	ALL, .place = PLACE_PROCESS, MEMBER_OF(vigil_process_body, member), \
	     .known_at = offsetof(struct vigil_process_info, member)
#define IN_KNOWN(place_, proc, member) \
	ALL, .place = (place_), .proc_at = offsetof(struct vigil_event, proc), \
	     .known_at = offsetof(struct vigil_process_info, member)

/* A number; `unknown_` means that it is not known. */
#define HEADER(member, unknown_) \
	ALL, .place = PLACE_HEADER, MEMBER_OF(vigil_header, member), .unknown = (unknown_), \
	     .other = (unknown_)
#define BODY(body, member, unknown_) \
	IN_BODY(PLACE_BODY, body, member), .unknown = (unknown_), .other = (unknown_)
/* A number for which no value means unknown. */
#define COUNT(body, member)       IN_BODY(PLACE_BODY, body, member), .always_known = true
#define LINUX_COUNT(body, member) COUNT(body, member), .system = LINUX
/* A user or group. */
#define LINUX_ID(body, member) BODY(body, member, VIGIL_UNKNOWN), .system = LINUX
/* A namespace. The machine's initial namespace is omitted. Its number is fixed: PROC_..._INIT_INO
 * in include/linux/proc_ns.h; for net and mnt since Linux 6.18. */
#define NAMESPACE(member, initial) \
	IN_BODY(PLACE_BODY, vigil_process_body, member), .unknown = 0, .other = (initial)
#define DEVICE(body, member)      BODY(body, member, 0), .form = FORM_DEVICE
#define WORD(body, member, names) COUNT(body, member), .form = FORM_WORD, .word = (names)
/* The name of a number that another field has. */
#define WORD_OF(body, member, names) WORD(body, member, names), .is_derived = true
/* A bit of the header's flags or of a body's attributes. */
#define HEADER_FLAG(bit) HEADER(flags, 0), .form = FORM_FLAG, .flag = (bit)
#define FLAG(body, bit)  BODY(body, attributes, 0), .form = FORM_FLAG, .flag = (bit)

/* A number of a starting process; for other processes the one in the process table. */
#define PROCESS(member, unknown_) PROCESS_OF(ANY, member, unknown_, unknown_)
#define PROCESS_OF(system_, member, unknown_, other_) \
	IN_PROCESS(member), .unknown = (unknown_), .other = (other_), .system = (system_)
#define PROCESS_FLAG(bit) PROCESS(attributes, 0), .form = FORM_FLAG, .flag = (bit)
#define TTY(half)         PROCESS_OF(ANY, tty, 0, VIGIL_UNKNOWN), .form = FORM_##half
#define USER_NAME(member) \
	PROCESS_OF(LINUX, member, VIGIL_UNKNOWN, VIGIL_UNKNOWN), .form = FORM_USER_NAME, \
								 .is_derived = true

#define IDS(member) WITH_IDS, .place = PLACE_IDS, MEMBER_OF(vigil_ids, member)

/* A process: its PID, its entity id. */
#define PID(function)             ALL, .place = PLACE_ID, .id = (function), .form = FORM_PID
#define ENTITY(function)          ALL, .place = PLACE_ID, .id = (function), .form = FORM_ENTITY
#define BODY_PID(body, member)    IN_BODY(PLACE_BODY_ID, body, member), .form = FORM_PID
#define BODY_ENTITY(body, member) IN_BODY(PLACE_BODY_ID, body, member), .form = FORM_ENTITY
#define LEADER_PID(member)        IN_KNOWN(PLACE_KNOWN_ID, process, member), .form = FORM_PID
#define LEADER_ENTITY(member)     IN_KNOWN(PLACE_KNOWN_ID, process, member), .form = FORM_ENTITY

/* A string. */
#define PART(kind) ALL, .place = PLACE_PART, .part = SCHEMA_PART(kind)
/* A string of the subject; in the record of the subject's start it is a part. */
#define SUBJECT(member, kind) \
	ALL, .place = PLACE_SUBJECT, .text = vigil_subject_##member, .part = SCHEMA_PART(kind)
/* A string of a process of the event. */
#define KNOWN(proc, member) IN_KNOWN(PLACE_KNOWN, proc, member)
/* A string of the subject, and in the record of its start a part. */
#define SHOWN(member, kind) KNOWN(process, member), .part = SCHEMA_PART(kind)
#define ITEM(kind, key_)    ALL, .place = PLACE_ITEM, .part = SCHEMA_PART(kind), .key = (key_)
#define ITEM_AT(kind, n)    ALL, .place = PLACE_ITEM, .part = SCHEMA_PART(kind), .item = (n)
#define INFO(key_)          ALL, .place = PLACE_INFO, .key = (key_)

/* What a function returns about a part. */
#define TEST(function, kind) ALL, .place = PLACE_TEST, .test = (function), .part = SCHEMA_PART(kind)
#define JSON_OBJECT          ALL, .place = PLACE_NONE

/* ---- tables ---- */

#define FIELD_ID_(id, ...) FIELD_##id,
enum field_id {
	SCHEMA_FIELDS(FIELD_ID_, FIELD_ID_) FIELD_COUNT
};
#undef FIELD_ID_

/* A place in records of some types, which the JSON import fills from a field. */
struct field_store {
	uint16_t field; /* enum field_id */
	uint32_t types;
	struct field_source source;
};

/* Those of all fields in their order, then those of SCHEMA_STORED. */
extern const struct field_store field_stores[];
extern const size_t field_store_count;

/* ---- getters ---- */

/* A getter reads only the event and allocates nothing. */
#define GETTER(name) \
	bool vigil_get_##name(const struct vigil_event *event, struct vigil_value *value)

#define IGNORE_(...)
#define DECLARE_(id, ...) GETTER(id);
SCHEMA_FIELDS(IGNORE_, DECLARE_)
#undef DECLARE_

static inline bool vigil_set_string(struct vigil_value *value, struct vigil_string s)
{
	value->s = s;
	return s.length > 0;
}

/* text: constant, or NULL for unknown. */
static inline bool vigil_set_text(struct vigil_value *value, const char *text)
{
	if (!text)
		return false;
	value->s.data = text;
	value->s.length = (uint32_t)strlen(text);
	value->s.original = value->s.length;
	return true;
}

/* Sets the first length bytes of the value's buffer. */
static inline bool vigil_set_buffer(struct vigil_value *value, size_t length)
{
	value->s.data = value->buffer;
	value->s.length = (uint32_t)length;
	value->s.original = value->s.length;
	return length > 0;
}

/* Sets a number that is an id, not a quantity, as a string. */
static inline bool vigil_set_number_text(struct vigil_value *value, uint64_t number)
{
	return vigil_set_buffer(value, vigil_format_unsigned(value->buffer, number));
}

static inline bool vigil_set_unsigned(struct vigil_value *value, uint64_t u, bool known)
{
	value->u = u;
	return known;
}

/* Sets a copy of a name that may change; NULL: unknown. */
bool vigil_set_name(struct vigil_value *value, const char *name);

/* For functions that are called with a constant source, which then costs nothing. */
#define FIELD_INLINE static inline __attribute__((always_inline))

/* Returns whether the record is of this system. */
FIELD_INLINE bool field_is_of(const struct vigil_event *event, enum field_system system)
{
	return system == ANY ||
	       event->record->encoding == (system == LINUX ? VIGIL_BYTES : VIGIL_UTF16LE);
}

/* Returns whether the record is long enough to have the member of its body. */
FIELD_INLINE bool field_has_member(const struct field_source *source,
				   const struct vigil_event *event)
{
	return !source->is_optional ||
	       event->record->fixed >= sizeof(*event->record) + source->at + source->bytes;
}

/* Loads a number of `bytes` bytes at `from`, little-endian like all records. */
FIELD_INLINE uint64_t field_load(const void *from, unsigned bytes)
{
	uint64_t number = 0;

	memcpy(&number, from, bytes);
	return number;
}

/* Reads a number from the record or the process table. Returns false if there is none. types: of
 * the field. */
FIELD_INLINE bool field_number(const struct field_source *source, uint32_t types,
			       const struct vigil_event *event, uint64_t *number)
{
	const char *start = (const void *)vigil_start_of(event);

	*number = source->unknown;
	if (source->place == PLACE_HEADER) {
		*number = field_load((const char *)event->record + source->at, source->bytes);
		return true;
	}
	if (source->place == PLACE_BODY) {
		if (!vigil_event_is(event, types) || !field_has_member(source, event))
			return false;
		*number = field_load((const char *)event->body + source->at, source->bytes);
		return true;
	}
	if (start)
		*number = field_load(start + source->at, source->bytes);
	if (*number == source->unknown && event->process)
		*number =
		    field_load((const char *)event->process + source->known_at, source->bytes);
	return true;
}

#endif /* VIGIL_RECORD_FIELDS_H */
