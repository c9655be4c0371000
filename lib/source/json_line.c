/* SPDX-License-Identifier: MIT */
#include "source/json_line.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "error.h"
#include "model/bytes.h"

/* One row a value, an outer value before those in it. An integer that fits no int64_t would
 * be rounded: its digits are taken from the line. */
#define VALUES_SQL \
	"SELECT id, parent, key, type, " \
	"CASE WHEN type = 'integer' AND typeof(atom) = 'real' THEN ?1 -> fullkey ELSE atom END " \
	"FROM json_tree(?1)"

struct row {
	int64_t id;
	size_t parent;    /* its row; of the outermost value, itself */
	size_t key, text; /* where they are in `texts` */
};

struct json_reader {
	sqlite3 *db;
	sqlite3_stmt *statement;
	struct json_value *value;
	struct row *row;
	size_t count, capacity;
	struct vigil_buffer texts;
};

struct json_reader *json_reader_open(void)
{
	struct json_reader *reader = calloc(1, sizeof *reader);

	if (!reader)
		return NULL;
	if (sqlite3_open_v2(":memory:", &reader->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(reader->db, VALUES_SQL, -1, &reader->statement, NULL) != SQLITE_OK) {
		json_reader_close(reader);
		return NULL;
	}
	return reader;
}

void json_reader_close(struct json_reader *reader)
{
	if (!reader)
		return;
	sqlite3_finalize(reader->statement);
	sqlite3_close(reader->db);
	vigil_buffer_free(&reader->texts);
	free(reader->value);
	free(reader->row);
	free(reader);
}

static enum json_type type_of_name(const char *name)
{
	static const char *const NAMES[] = { "null", "false", "true",  "integer",
					     "real", "text",  "array", "object" };

	for (size_t i = 0; name && i < sizeof NAMES / sizeof NAMES[0]; i++)
		if (strcmp(name, NAMES[i]) == 0)
			return (enum json_type)i;
	return JSON_NULL;
}

static bool grow_values(struct json_reader *reader)
{
	size_t capacity = reader->capacity ? 2 * reader->capacity : 256;
	struct json_value *value = realloc(reader->value, capacity * sizeof *value);
	struct row *row;

	if (!value)
		return false;
	reader->value = value;
	row = realloc(reader->row, capacity * sizeof *row);
	if (!row)
		return false;
	reader->row = row;
	reader->capacity = capacity;
	return true;
}

/* Copies a column's text; *at says where. false: no memory. */
static bool copy_column(struct json_reader *reader, int column, size_t *at, uint32_t *length)
{
	const void *text = NULL;

	*at = reader->texts.length;
	if (sqlite3_column_type(reader->statement, column) != SQLITE_NULL) {
		text = sqlite3_column_text(reader->statement, column);
		if (!text)
			return false;
	}
	*length = text ? (uint32_t)sqlite3_column_bytes(reader->statement, column) : 0;
	vigil_put(&reader->texts, text, *length);
	vigil_put_char(&reader->texts, '\0');
	return !reader->texts.failed;
}

/* Adds the row that the statement is at, as a value of the nearest one before it that has its
 * parent's id. false: no memory. */
static bool add_value(struct json_reader *reader)
{
	sqlite3_stmt *statement = reader->statement;
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
	if (!copy_column(reader, 2, &row->key, &value->key_length) ||
	    !copy_column(reader, 4, &row->text, &value->text_length))
		return false;
	if (at > 0) {
		int64_t parent = sqlite3_column_int64(statement, 1);

		while (outer > 0 && reader->row[outer].id != parent)
			outer = reader->row[outer].parent;
	}
	row->parent = outer;
	reader->count++;
	return true;
}

/* Texts no longer move, and it is known what each value contains. */
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

enum vigil_code json_read_line(struct json_reader *reader, const char *line, size_t length,
			       const struct json_value **out, struct vigil_error *error)
{
	int code =
	    sqlite3_bind_text64(reader->statement, 1, line, length, SQLITE_STATIC, SQLITE_UTF8);

	reader->count = 0;
	reader->texts.length = 0;
	reader->texts.failed = false;
	while (code == SQLITE_OK && (code = sqlite3_step(reader->statement)) == SQLITE_ROW &&
	       reader->count < JSON_VALUES_MAX)
		code = add_value(reader) ? SQLITE_OK : SQLITE_NOMEM;
	sqlite3_reset(reader->statement);
	if (code == SQLITE_NOMEM)
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory");
	if (code == SQLITE_ROW)
		return vigil_fail(error, VIGIL_ERROR_FORMAT, "it has more than %u values",
				  JSON_VALUES_MAX);
	if (code != SQLITE_DONE || reader->count == 0)
		return vigil_fail(error, VIGIL_ERROR_FORMAT, "it is no JSON object");
	link_values(reader);
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
	const struct json_value *member = NULL;

	if (object->type != JSON_OBJECT)
		return NULL;
	while ((member = json_next_item(object, member)) != NULL)
		if (member->key_length == length && memcmp(member->key, key, length) == 0)
			return member;
	return NULL;
}

const struct json_value *json_find(const struct json_value *object, const char *name)
{
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
