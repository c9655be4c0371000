/* SPDX-License-Identifier: MIT */
/* jsonl_fields.c - puts the fields of a line into a record, at the places given in schema.h: the
 * reverse of the getters. */
#include "import/jsonl_fields.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "import/jsonl_implied.h"
#include "import/jsonl_put.h"
#include "import/jsonl_value.h"
#include "record/fields.h"
#include "record/names.h"

/* ---- which fields a type has ---- */

/* What a field becomes in records of a type; JSONL_LISTS: not stored. */
static enum jsonl_list list_of(const struct field_store *store, uint32_t type)
{
	const struct field_source *source = &store->source;
	uint32_t types = store->types & vigil_type_bit(type);

	if (!types || source->is_derived)
		return JSONL_LISTS;
	switch (source->place) {
	case PLACE_HEADER:
	case PLACE_BODY:
	case PLACE_IDS:
		return JSONL_NUMBERS;
	case PLACE_PROCESS:
		return types & VIGIL_TYPES_START ? JSONL_NUMBERS : JSONL_LISTS;
	case PLACE_PART:
		return JSONL_PARTS;
	case PLACE_SUBJECT:
	case PLACE_KNOWN:
		return types & VIGIL_TYPES_START && source->part ? JSONL_PARTS : JSONL_LISTS;
	case PLACE_ITEM:
		return JSONL_ITEMS;
	case PLACE_INFO:
		return JSONL_INFO;
	default:
		return JSONL_LISTS;
	}
}

static void add_store(struct jsonl *j, uint32_t type, size_t i)
{
	enum jsonl_list list = list_of(&field_stores[i], type);
	struct jsonl_stores *stores = &j->stores[type][list];

	if (list < JSONL_LISTS && stores->count < JSONL_STORES)
		stores->store[stores->count++] = (uint16_t)i;
}

struct jsonl *jsonl_new(void)
{
	struct jsonl *j = calloc(1, sizeof(*j));

	for (uint32_t type = 1; j && type < VIGIL_TYPE_MAX; type++)
		for (int last = 0; last <= 1; last++) /* a command line: see is_needless */
			for (size_t i = 0; i < field_store_count; i++)
				if ((field_stores[i].source.part == VIGIL_PART_COMMAND_LINE) ==
				    last)
					add_store(j, type, i);
	return j;
}

static const struct vigil_field *field_of(const struct field_store *store)
{
	size_t count;

	return vigil_fields(&count) + store->field;
}

static const char *name_of(const struct field_store *store)
{
	return field_of(store)->name;
}

/* ---- numbers ---- */

static uint8_t *number_place(struct vigil_header *record, const struct field_source *source)
{
	uint8_t *base = (uint8_t *)record;

	if (source->place == PLACE_IDS) /* the first part */
		base += record->fixed + sizeof(struct vigil_part);
	else if (source->place != PLACE_HEADER)
		base += sizeof(*record);
	return base + source->at;
}

/* Stores a number. Some are only a part of a member, which is 0 if they are unknown. */
static void put_number(uint8_t *to, const struct field_source *source, uint64_t number)
{
	if (source->form == FORM_FLAG || source->form == FORM_MAJOR || source->form == FORM_MINOR)
		number |= field_load(to, source->bytes);
	memcpy(to, &number, source->bytes); /* little-endian, like all records */
}

/* Returns whether a value that is not a number is stored elsewhere or not at all: null, a flag that
 * is not set, a Windows user, which is a part. */
static bool is_elsewhere(const struct json_value *value, const struct field_store *store)
{
	return value->type == JSON_NULL ||
	       (store->source.form == FORM_FLAG && value->type == JSON_FALSE) ||
	       (value->type == JSON_TEXT && value->text[0] == 'S' && store->field == FIELD_user_id);
}

void jsonl_put_values(struct jsonl *j, const struct json_value *line, struct vigil_header *record)
{
	const struct jsonl_stores *stores = &j->stores[record->type][JSONL_NUMBERS];

	for (size_t i = 0; i < stores->count; i++) {
		const struct field_store *store = &field_stores[stores->store[i]];
		const struct vigil_field *field = field_of(store);
		const struct json_value *value = jsonl_find(j, line, store->field);
		uint64_t number;

		if (!value)
			continue;
		if (jsonl_number(value, &store->source, field->kind, &number))
			put_number(number_place(record, &store->source), &store->source, number);
		else if (!is_elsewhere(value, store))
			j->unreadable = true;
	}
}

/* ---- parts ---- */

static uint8_t part_origin(const struct jsonl *j, const struct json_value *line, uint16_t kind)
{
	const char *name = jsonl_text(line, "vigil.path_source");

	if (kind == VIGIL_PART_IMAGE && j->system == LINUX &&
	    jsonl_is_implied(j, line, "vigil.path_source")) {
		if (j->type == VIGIL_EVENT_PROCESS_EXEC)
			return VIGIL_PART_ORIGIN_KERNEL;
		if (j->type == VIGIL_EVENT_IMAGE_LOAD)
			return VIGIL_PART_ORIGIN_PERF;
	}
	for (uint8_t i = 0; name && kind == VIGIL_PART_IMAGE && i < 32; i++)
		if (vigil_source_name(i) && strcmp(vigil_source_name(i), name) == 0)
			return i;
	return VIGIL_PART_ORIGIN_NONE;
}

static uint8_t part_flags(const struct json_value *line, uint16_t kind)
{
	static const struct {
		const char *field;
		uint8_t flag;
	} LISTS[] = { { "vigil.unreadable", VIGIL_PART_FLAG_UNREADABLE },
		      { "vigil.too_late", VIGIL_PART_FLAG_LATE },
		      { "vigil.cut_head", VIGIL_PART_FLAG_CUT_HEAD } };
	uint8_t flags = 0;

	for (size_t i = 0; i < sizeof(LISTS) / sizeof(LISTS[0]); i++)
		if (jsonl_lists(line, LISTS[i].field, vigil_kind_name(kind)))
			flags |= LISTS[i].flag;
	return flags;
}

/* Adds one item, terminated by a NUL: KEY=VALUE, or VALUE if there is no key; the latter is added
 * even if it is empty. Returns whether the line has it. */
static bool add_item(struct jsonl *j, const struct json_value *line, const char *field,
		     const char *key, struct vigil_buffer *items)
{
	struct jsonl_bytes bytes = { 0 };
	bool has = jsonl_bytes(line, field, &bytes);

	j->failed |= bytes.failed;
	j->unreadable |= bytes.unreadable;
	if (has && key) {
		vigil_put_text(items, key);
		vigil_put_char(items, '=');
	}
	if (has)
		vigil_put(items, bytes.data, bytes.length);
	if (has || !key)
		vigil_put_char(items, '\0');
	free(bytes.memory);
	return has;
}

/* Adds the items of a part that the line has. Returns whether there are any. */
static bool gather_items(struct jsonl *j, const struct json_value *line,
			 const struct jsonl_stores *stores, uint16_t kind,
			 struct vigil_buffer *items)
{
	bool any = false;

	for (size_t i = 0; i < stores->count; i++) {
		const struct field_store *store = &field_stores[stores->store[i]];

		if (store->source.part == kind)
			any |= add_item(j, line, name_of(store), store->source.key, items);
	}
	return any;
}

/* Returns 1 << kind if the line has such a part. */
static uint32_t put_items(struct jsonl *j, const struct json_value *line,
			  struct vigil_header *record, uint16_t kind)
{
	struct vigil_buffer items = { 0 };
	bool any = gather_items(j, line, &j->stores[record->type][JSONL_ITEMS], kind, &items);

	j->failed |= items.failed;
	if (any && !items.failed)
		jsonl_put_part(record, kind, 0, 0, items.data, items.length, 0);
	vigil_buffer_free(&items);
	return any ? 1u << kind : 0;
}

/* The labels follow the items after an empty one. */
static uint32_t put_container_info(struct jsonl *j, const struct json_value *line,
				   struct vigil_header *record, uint8_t flags)
{
	struct vigil_buffer items = { 0 };
	struct jsonl_bytes bytes;
	bool any;

	gather_items(j, line, &j->stores[record->type][JSONL_INFO], 0, &items);
	vigil_put_char(&items, '\0');
	if (jsonl_bytes(line, "vigil.container.labels", &bytes))
		vigil_put(&items, bytes.data, bytes.length);
	j->failed |= bytes.failed || items.failed;
	j->unreadable |= bytes.unreadable;
	free(bytes.memory);
	any = items.length > 1 && !items.failed;
	if (any)
		jsonl_put_part(record, VIGIL_PART_CONTAINER_INFO, 0, flags, items.data,
			       items.length, 0);
	vigil_buffer_free(&items);
	return any ? 1u << VIGIL_PART_CONTAINER_INFO : 0;
}

/* Stores a control group path from which the name of the container or machine can be derived
 * again. */
static void put_container(struct jsonl *j, const struct json_value *line,
			  struct vigil_header *record)
{
	const char *id = jsonl_text(line, "container.id");
	const char *machine = jsonl_text(line, "vigil.machine");
	struct vigil_buffer path = { 0 };

	if (!id && !machine)
		return;
	vigil_put_text(&path, id ? "/lxc/" : "/");
	vigil_put_text(&path, id ? id : machine);
	vigil_put_text(&path, id ? "" : ".libvirt-lxc");
	j->failed |= path.failed;
	if (!path.failed)
		jsonl_put_part(record, VIGIL_PART_CGROUP, 0, 0, path.data, path.length, 0);
	vigil_buffer_free(&path);
}

/* The parts that a record has so far, a bit for each kind. */
struct seen {
	uint32_t parts, bad; /* bad: the line has them in an unexpected form */
};

/* Returns whether a record does not need this part: a user's number is in the body, a command line
 * follows from the arguments, a driver's name from its path. */
static bool is_needless(const struct vigil_header *record, const struct seen *seen, uint16_t kind,
			const struct jsonl_bytes *bytes)
{
	return (kind == VIGIL_PART_USER && bytes->data[0] != 'S') ||
	       (kind == VIGIL_PART_COMMAND_LINE && seen->parts & 1u << VIGIL_PART_ARGS) ||
	       (kind == VIGIL_PART_NAME && record->type == VIGIL_EVENT_DRIVER_LOAD &&
		seen->parts & 1u << VIGIL_PART_IMAGE);
}

static void put_part_of(struct jsonl *j, const struct json_value *line, struct vigil_header *record,
			bool whole, const struct field_store *store, struct seen *seen)
{
	uint16_t kind = store->source.part;
	struct jsonl_bytes bytes = { 0 };

	if (seen->parts & 1u << kind)
		return;
	if (store->field == FIELD_process_args && !json_find(line, name_of(store))
		? !jsonl_imply_args(j, line, &bytes)
		: !jsonl_bytes(line, name_of(store), &bytes)) {
		j->failed |= bytes.failed;
		seen->bad |= bytes.unreadable ? 1u << kind : 0;
		return;
	}
	if (!is_needless(record, seen, kind, &bytes)) {
		jsonl_put_part(record, kind, whole ? part_origin(j, line, kind) : 0,
			       (whole ? part_flags(line, kind) : 0) |
				   (bytes.unreadable ? VIGIL_PART_FLAG_UNREADABLE : 0),
			       bytes.data, bytes.length, bytes.missing);
		j->unreadable |= bytes.unreadable;
		seen->parts |= 1u << kind;
	}
	free(bytes.memory);
}

/* Adds marks of parts for which the line gives only the reason why they are incomplete. */
static void put_marks(struct jsonl *j, const struct json_value *line, struct vigil_header *record,
		      const struct seen *seen)
{
	for (uint32_t i = 1; i < VIGIL_PART_MAX; i++) {
		uint16_t kind = (uint16_t)i;
		uint8_t flags = part_flags(line, kind);

		if (seen->bad & ~seen->parts & 1u << kind) {
			flags |= VIGIL_PART_FLAG_UNREADABLE;
			j->unreadable = true;
		}
		if (flags && !(seen->parts & 1u << kind))
			jsonl_put_part(record, kind, 0, flags, "", 0, 0);
	}
}

void jsonl_put_parts(struct jsonl *j, const struct json_value *line, struct vigil_header *record,
		     bool whole)
{
	const struct jsonl_stores *stores = &j->stores[record->type][JSONL_PARTS];
	bool starts = vigil_type_bit(record->type) & VIGIL_TYPES_START;
	struct seen seen = { .parts = record->size > record->fixed ? 1u << VIGIL_PART_IDS : 0 };

	for (size_t i = 0; i < stores->count; i++)
		put_part_of(j, line, record, whole, &field_stores[stores->store[i]], &seen);
	if (whole)
		seen.parts |= put_items(j, line, record, VIGIL_PART_FILE_VERSION) |
			      put_items(j, line, record, VIGIL_PART_SIGNATURE) |
			      put_items(j, line, record, VIGIL_PART_RULE_INFO);
	if (starts && !(seen.parts & 1u << VIGIL_PART_CGROUP))
		put_container(j, line, record);
	if (starts)
		seen.parts |=
		    put_container_info(j, line, record,
				       whole ? part_flags(line, VIGIL_PART_CONTAINER_INFO) : 0);
	if (whole)
		put_marks(j, line, record, &seen);
}
