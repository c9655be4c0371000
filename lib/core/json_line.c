/* SPDX-License-Identifier: MIT */
#include "core/json_line.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "core/bytes.h"
#include "core/error.h"

/* One row per value; an outer value comes before the values in it. */
#define VALUES_SQL(ATOM) "SELECT id, parent, key, type, " ATOM " FROM json_tree(?1)"

/* The second statement reads the digits of an integer that does not fit an int64_t from the
 * line, where the first returns it rounded. It takes 50 % longer, and such integers are rare. */
static const char *const STATEMENTS[] = {
	VALUES_SQL("atom"),
	VALUES_SQL("CASE WHEN type = 'integer' AND typeof(atom) = 'real' "
		   "THEN ?1 -> fullkey ELSE atom END"),
};
#define STATEMENT_COUNT (sizeof(STATEMENTS) / sizeof(STATEMENTS[0]))

#define NAME_BITS  4096u
#define HASH_BASIS 0x811c9dc5u /* FNV-1a */

struct row {
	int64_t id;
	size_t parent;    /* index of its row; for the outermost value, its own */
	uint32_t name;    /* hash of its dotted name, for json_find */
	size_t key, text; /* offsets in `texts` */
};

struct json_reader {
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENT_COUNT];
	bool rounded; /* an integer of the line was rounded */
	struct json_value *value;
	struct row *row;
	size_t count, capacity;
	struct vigil_buffer texts;
	uint8_t names[NAME_BITS / 8]; /* one bit per hash of a row's name */
};

struct json_reader *json_reader_open(void)
{
	struct json_reader *reader = calloc(1, sizeof(*reader));
	int code;

	if (!reader)
		return NULL;
	code =
	    sqlite3_open_v2(":memory:", &reader->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	for (size_t i = 0; code == SQLITE_OK && i < STATEMENT_COUNT; i++)
		code =
		    sqlite3_prepare_v2(reader->db, STATEMENTS[i], -1, &reader->statement[i], NULL);
	if (code == SQLITE_OK)
		return reader;
	json_reader_close(reader);
	return NULL;
}

void json_reader_close(struct json_reader *reader)
{
	if (!reader)
		return;
	for (size_t i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(reader->statement[i]);
	sqlite3_close(reader->db);
	vigil_buffer_free(&reader->texts);
	free(reader->value);
	free(reader->row);
	free(reader);
}

/* The first letter distinguishes SQLite's type names, except "true" and "text". */
static enum json_type type_of_name(const char *name)
{
	switch (name ? name[0] : 'n') {
	case 'a':
		return JSON_ARRAY;
	case 'f':
		return JSON_FALSE;
	case 'i':
		return JSON_INTEGER;
	case 'o':
		return JSON_OBJECT;
	case 'r':
		return JSON_REAL;
	case 't':
		return name[1] == 'r' ? JSON_TRUE : JSON_TEXT;
	default:
		return JSON_NULL;
	}
}

static uint32_t hash_more(uint32_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x01000193u;
	return hash;
}

static bool grow_values(struct json_reader *reader)
{
	size_t capacity = reader->capacity ? 2 * reader->capacity : 256;
	struct json_value *value = realloc(reader->value, capacity * sizeof(*value));
	struct row *row;

	if (!value)
		return false;
	reader->value = value;
	row = realloc(reader->row, capacity * sizeof(*row));
	if (!row)
		return false;
	reader->row = row;
	reader->capacity = capacity;
	return true;
}

/* Copies a column's text to `texts` and sets *at to its offset. Returns false if out of memory. */
static bool copy_column(struct json_reader *reader, sqlite3_stmt *statement, int column, size_t *at,
			uint32_t *length)
{
	const void *text = NULL;

	*at = reader->texts.length;
	if (sqlite3_column_type(statement, column) != SQLITE_NULL) {
		text = sqlite3_column_text(statement, column);
		if (!text)
			return false;
	}
	*length = text ? (uint32_t)sqlite3_column_bytes(statement, column) : 0;
	vigil_put(&reader->texts, text, *length);
	vigil_put_char(&reader->texts, '\0');
	return !reader->texts.failed;
}

/* Adds the current row as a value of the nearest row before it whose id is its parent. Returns
 * false if out of memory. */
static bool add_value(struct json_reader *reader, sqlite3_stmt *statement)
{
	size_t at = reader->count, outer = at ? at - 1 : 0;
	struct json_value *value;
	struct row *row;

	if (at == reader->capacity && !grow_values(reader))
		return false;
	value = &reader->value[at];
	row = &reader->row[at];
	*value = (struct json_value){ .type = type_of_name(
					  (const char *)sqlite3_column_text(statement, 3)) };
	row->id = sqlite3_column_int64(statement, 0);
	if (value->type == JSON_INTEGER && sqlite3_column_type(statement, 4) == SQLITE_FLOAT)
		reader->rounded = true;
	if (!copy_column(reader, statement, 2, &row->key, &value->key_length) ||
	    !copy_column(reader, statement, 4, &row->text, &value->text_length))
		return false;
	if (at > 0) {
		int64_t parent = sqlite3_column_int64(statement, 1);

		while (outer > 0 && reader->row[outer].id != parent)
			outer = reader->row[outer].parent;
	}
	row->parent = outer;
	row->name = outer ? hash_more(reader->row[outer].name, ".") : HASH_BASIS;
	row->name = hash_more(row->name, reader->texts.data + row->key);
	reader->names[row->name % NAME_BITS / 8] |= (uint8_t)(1u << row->name % 8);
	reader->count++;
	return true;
}

/* Sets the pointers and counts of all values. Texts no longer move, and it is known what each
 * value contains. */
static void link_values(struct json_reader *reader)
{
	for (size_t i = reader->count; i-- > 0;) {
		struct json_value *value = &reader->value[i];

		value->key = reader->texts.data + reader->row[i].key;
		value->text = reader->texts.data + reader->row[i].text;
		if (i > 0)
			reader->value[reader->row[i].parent].count += value->count + 1;
	}
}

/* Returns SQLITE_DONE if all values were read, SQLITE_ROW if there are too many. */
static int read_values(struct json_reader *reader, sqlite3_stmt *statement, const char *line,
		       size_t length)
{
	int code = sqlite3_bind_text64(statement, 1, line, length, SQLITE_STATIC, SQLITE_UTF8);

	reader->count = 0;
	reader->texts.length = 0;
	reader->texts.failed = reader->rounded = false;
	memset(reader->names, 0, sizeof(reader->names));
	while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW &&
	       reader->count < JSON_VALUES_MAX)
		code = add_value(reader, statement) ? SQLITE_OK : SQLITE_NOMEM;
	sqlite3_reset(statement);
	return code;
}

enum vigil_code json_read_line(struct json_reader *reader, const char *line, size_t length,
			       const struct json_value **out, struct vigil_error *error)
{
	int code = read_values(reader, reader->statement[0], line, length);

	if (code == SQLITE_DONE && reader->rounded)
		code = read_values(reader, reader->statement[1], line, length);
	if (code == SQLITE_NOMEM)
		return vigil_fail(error, VIGIL_ERROR_MEMORY,
				  "out of memory for the values of a line");
	if (code == SQLITE_ROW)
		return vigil_fail(error, VIGIL_ERROR_FORMAT, "it has more than %u values",
				  JSON_VALUES_MAX);
	if (code != SQLITE_DONE || reader->count == 0)
		return vigil_fail(error, VIGIL_ERROR_FORMAT, "it is not a JSON object");
	link_values(reader);
	reader->value[0].names = reader->names;
	*out = reader->value;
	return VIGIL_OK;
}

const struct json_value *json_next_item(const struct json_value *array,
					const struct json_value *item)
{
	const struct json_value *next = item ? item + 1 + item->count : array + 1;

	return next <= array + array->count ? next : NULL;
}

const struct json_value *json_member(const struct json_value *object, const char *key,
				     size_t length)
{
	const struct json_value *member = object + 1, *end = member + object->count;

	if (object->type != JSON_OBJECT)
		return NULL;
	for (; member < end; member += 1 + member->count)
		if (member->key_length == length && memcmp(member->key, key, length) == 0)
			return member;
	return NULL;
}

const struct json_value *json_find(const struct json_value *object, const char *name)
{
	/* Most lines lack most names, so the bits avoid most searches. */
	if (object && object->names) {
		uint32_t hash = hash_more(HASH_BASIS, name);

		if (!(object->names[hash % NAME_BITS / 8] & 1u << hash % 8))
			return NULL;
	}
	while (object && *name) {
		size_t length = strcspn(name, ".");

		object = json_member(object, name, length);
		name += length + (name[length] == '.');
	}
	return object;
}

int64_t json_signed(const struct json_value *value)
{
	return value && value->type == JSON_INTEGER ? strtoll(value->text, NULL, 10) : 0;
}

uint64_t json_unsigned(const struct json_value *value)
{
	if (!value || value->type != JSON_INTEGER || value->text[0] == '-')
		return 0;
	return strtoull(value->text, NULL, 10);
}
