/* SPDX-License-Identifier: MIT */
/*
 * fields_engines.c - the fields as a table of ClickHouse and as an index template of Elasticsearch
 * and OpenSearch. Both nest as the JSON does: "process.parent.pid" is an element of "parent", which
 * is an element of "process".
 */
#include "fields.h"

#include <string.h>

#include "common/cli.h"

#define LEVELS 8 /* of objects in one another; the schema has 6 */

/* How a format writes the tree of fields. level: 0 for what is in no object. */
struct nesting {
	void (*open)(const char *name, size_t length, unsigned level);
	void (*field)(const struct vigil_field *field, const char *name, unsigned level);
	void (*close)(unsigned level);
};

struct walk {
	const struct nesting *nesting;
	const char *open[LEVELS]; /* names of the open objects, each with its length */
	size_t length[LEVELS];
	unsigned level;
	bool first; /* no comma is needed */
};

static void begin_line(struct walk *walk, unsigned indent)
{
	cli_print("%s\n", walk->first ? "" : ",");
	walk->first = false;
	for (unsigned i = 0; i < indent; i++)
		cli_print_own("\t");
}

static void close_objects(struct walk *walk, unsigned level, unsigned indent)
{
	while (walk->level > level) {
		walk->level--;
		walk->first = true;
		begin_line(walk, indent + walk->level);
		walk->nesting->close(walk->level);
	}
}

/* Returns the last element of the field's name, after it has opened and closed what is needed. */
static const char *enter_object(struct walk *walk, const char *name, unsigned indent)
{
	unsigned level = 0;
	size_t length;

	for (; name[length = strcspn(name, ".")] == '.' && level < LEVELS; name += length + 1) {
		if (level == walk->level || length != walk->length[level] ||
		    memcmp(name, walk->open[level], length) != 0) {
			close_objects(walk, level, indent);
			begin_line(walk, indent + level);
			walk->nesting->open(name, length, level);
			walk->open[level] = name;
			walk->length[level] = length;
			walk->level++;
			walk->first = true;
		}
		level++;
	}
	close_objects(walk, level, indent);
	return name;
}

static size_t walk_fields(const struct nesting *nesting, unsigned indent)
{
	struct walk walk = { .nesting = nesting, .first = true };
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);

	for (size_t i = 0; i < count; i++) {
		const char *name = enter_object(&walk, fields[i].name, indent);

		begin_line(&walk, indent + walk.level);
		nesting->field(&fields[i], name, walk.level);
	}
	close_objects(&walk, 0, indent);
	return count;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Texts that seldom repeat; a dictionary of them does not pay. */
static bool has_many_values(const char *name)
{
	return ends_with(name, "command_line") || ends_with(name, "message");
}

static bool is_entity(const char *name)
{
	return ends_with(name, "entity_id") || ends_with(name, "ancestry");
}

/* ---- ClickHouse ---- */

static const char *clickhouse_type(const struct vigil_field *field)
{
	switch (field->kind) {
	case VIGIL_VALUE_UNSIGNED:
	case VIGIL_VALUE_DURATION:
		return "Nullable(UInt64)";
	case VIGIL_VALUE_SIGNED:
		return "Nullable(Int64)";
	case VIGIL_VALUE_BOOL:
		return "Bool";
	case VIGIL_VALUE_TIME:
		return strcmp(field->name, "@timestamp") == 0 ? "DateTime64(9, 'UTC')"
							      : "Nullable(DateTime64(9, 'UTC'))";
	case VIGIL_VALUE_LIST:
		return is_entity(field->name) ? "Array(UUID)" : "Array(LowCardinality(String))";
	case VIGIL_VALUE_HEX:
	case VIGIL_VALUE_OBJECT:
		return "String";
	case VIGIL_VALUE_STRING:
	case VIGIL_VALUE_BINARY:
		break;
	}
	if (is_entity(field->name))
		return "Nullable(UUID)";
	return has_many_values(field->name) ? "String" : "LowCardinality(String)";
}

static void clickhouse_open(const char *name, size_t length, unsigned level)
{
	(void)level;
	cli_print("`%.*s` Tuple(", (int)length, name);
}

static void clickhouse_field(const struct vigil_field *field, const char *name, unsigned level)
{
	(void)level;
	cli_print("`%s` %s", name, clickhouse_type(field));
}

static void clickhouse_close(unsigned level)
{
	(void)level;
	cli_print_own(")");
}

size_t fields_print_clickhouse(char **names)
{
	static const struct nesting NESTING = { clickhouse_open, clickhouse_field,
						clickhouse_close };
	size_t count;

	(void)names;
	cli_print_own(
	    "-- Made by `vigil fields --format clickhouse`: the table of events. A column is an\n"
	    "-- object of the JSON, an element of it a field: SELECT process.name. docs/fields.md\n"
	    "-- explains each. id is that of the output, the same when an event is sent again.\n"
	    "CREATE DATABASE IF NOT EXISTS vigil;\n"
	    "\n"
	    "CREATE TABLE IF NOT EXISTS vigil.events\n"
	    "(\n"
	    "\t`id` String,");
	count = walk_fields(&NESTING, 1);
	cli_print_own(
	    ",\n"
	    "\tINDEX by_entity process.entity_id TYPE bloom_filter(0.001) GRANULARITY 1,\n"
	    "\tINDEX by_parent process.parent.entity_id TYPE bloom_filter(0.001) GRANULARITY 1,\n"
	    "\tINDEX by_hash process.hash.sha256 TYPE bloom_filter GRANULARITY 1\n"
	    ")\n"
	    "ENGINE = ReplacingMergeTree\n"
	    "PARTITION BY toDate(`@timestamp`)\n"
	    "PRIMARY KEY (host.name, `@timestamp`)\n"
	    "ORDER BY (host.name, `@timestamp`, event.sequence, rule.id, id)\n"
	    "TTL toDateTime(`@timestamp`) + INTERVAL 90 DAY DELETE\n"
	    "SETTINGS allow_nullable_key = 1, ttl_only_drop_parts = 1,\n"
	    "\tnon_replicated_deduplication_window = 1000;\n");
	return count;
}

/* ---- Elasticsearch and OpenSearch ---- */

/* Lucene refuses a term of more than 32,766 bytes, and a character has up to 4. */
#define KEYWORD "{ \"type\": \"keyword\", \"ignore_above\": 8191 }"

static const char *elasticsearch_type(const struct vigil_field *field)
{
	switch (field->kind) {
	case VIGIL_VALUE_UNSIGNED:
	case VIGIL_VALUE_SIGNED:
	case VIGIL_VALUE_DURATION:
		return "{ \"type\": \"long\" }";
	case VIGIL_VALUE_BOOL:
		return "{ \"type\": \"boolean\" }";
	case VIGIL_VALUE_TIME:
		return "{ \"type\": \"date_nanos\" }";
	case VIGIL_VALUE_OBJECT:
		return "{ \"type\": \"object\", \"enabled\": false }";
	case VIGIL_VALUE_HEX:
	case VIGIL_VALUE_LIST:
	case VIGIL_VALUE_STRING:
	case VIGIL_VALUE_BINARY:
		break;
	}
	return has_many_values(field->name) ? "{ \"type\": \"wildcard\" }" : KEYWORD;
}

static void elasticsearch_open(const char *name, size_t length, unsigned level)
{
	(void)level;
	cli_print("\"%.*s\": { \"properties\": {", (int)length, name);
}

static void elasticsearch_field(const struct vigil_field *field, const char *name, unsigned level)
{
	(void)level;
	cli_print("\"%s\": %s", name, elasticsearch_type(field));
}

static void elasticsearch_close(unsigned level)
{
	(void)level;
	cli_print_own("} }");
}

size_t fields_print_elasticsearch(char **names)
{
	static const struct nesting NESTING = { elasticsearch_open, elasticsearch_field,
						elasticsearch_close };
	size_t count;

	(void)names;
	cli_print_own(
	    "{\n"
	    "\t\"_meta\": { \"description\": \"Made by vigil fields --format elasticsearch\" },\n"
	    "\t\"index_patterns\": [\"logs-vigil-*\"],\n"
	    "\t\"priority\": 200,\n"
	    "\t\"data_stream\": {},\n"
	    "\t\"template\": {\n"
	    "\t\t\"settings\": {\n"
	    "\t\t\t\"index.codec\": \"best_compression\",\n"
	    "\t\t\t\"index.mapping.total_fields.limit\": 1000\n"
	    "\t\t},\n"
	    "\t\t\"mappings\": {\n"
	    "\t\t\t\"dynamic_templates\": [\n"
	    "\t\t\t\t{ \"text\": { \"match_mapping_type\": \"string\",\n"
	    "\t\t\t\t\t\"mapping\": " KEYWORD " } }\n"
	    "\t\t\t],\n"
	    "\t\t\t\"properties\": {");
	count = walk_fields(&NESTING, 4);
	cli_print_own("\n\t\t\t}\n\t\t}\n\t}\n}\n");
	return count;
}
