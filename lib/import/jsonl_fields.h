/* SPDX-License-Identifier: MIT */
/* jsonl_fields.h - where a field of the JSON belongs in a record of which types. */
#ifndef VIGIL_IMPORT_JSONL_FIELDS_H
#define VIGIL_IMPORT_JSONL_FIELDS_H

#include <stddef.h>

#include <vigil/vigil.h>

#include "record/subject.h"

enum back_way {
	BACK_NUMBER, /* as the kind of the field says; an id in a string is one, too */
	BACK_FLAG,   /* true: this bit */
	BACK_WORD,   /* the number that has this word */
	BACK_DEVICE  /* major:minor */
};

struct back {
	const char *field;
	uint32_t types;
	size_t at, bytes; /* in the record */
	enum back_way way;
	uint32_t flag;
	const char *(*word)(uint32_t number);
};

struct back_part {
	const char *field;
	uint32_t types;
	uint16_t kind;
};

/* A field that is an item of a part: "KEY=VALUE", or VALUE where there is no key, ended by
 * a NUL. The items of a part stand together, in their order. */
struct back_item {
	const char *field;
	uint32_t types;
	uint16_t kind;
	const char *key; /* NULL: none, and it has its place even if empty */
};

extern const struct back back_values[];
extern const size_t back_value_count;
extern const struct back_part back_parts[];
extern const size_t back_part_count;
extern const struct back_item back_items[];
extern const size_t back_item_count;

/* Types whose records begin with a part IDS, into which some of back_values lead. */
#define BACK_IDS_TYPES \
	(VIGIL_TYPES_THREAD | VIGIL_TYPE_BIT(VIGIL_PROCESS_EXIT) | \
	 VIGIL_TYPE_BIT(VIGIL_REMOTE_THREAD) | VIGIL_TYPE_BIT(VIGIL_IMAGE_LOAD) | \
	 VIGIL_TYPE_BIT(VIGIL_DRIVER_LOAD) | VIGIL_TYPE_BIT(VIGIL_PROCESS_ACCESS) | \
	 VIGIL_TYPE_BIT(VIGIL_EXEC_FAILED))

/* Of a type's body; 0: no such type. */
size_t back_body_size(uint32_t type);

#endif /* VIGIL_IMPORT_JSONL_FIELDS_H */
