/* SPDX-License-Identifier: MIT */
#include "import/jsonl_implied.h"

#include <stdlib.h>
#include <string.h>

#include "record/implied.h"

const struct json_value *jsonl_find(const struct jsonl *j, const struct json_value *line,
				    uint16_t field)
{
	size_t count;
	const struct vigil_field *fields = vigil_fields(&count);
	const struct json_value *value = json_find(line, fields[field].name);

	if (value || !j->implies)
		return value;
	field = implied_same_as(field, j->type, j->system);
	return field < FIELD_COUNT ? jsonl_find(j, line, field) : NULL;
}

bool jsonl_is_implied(const struct jsonl *j, const struct json_value *line, const char *name)
{
	return j->implies && !json_find(line, name);
}

/* On Linux a start key is a time since boot. */
static void imply_monotonic(const struct json_value *line, struct vigil_header *record)
{
	uint64_t start = jsonl_time(jsonl_text(line, "process.start"));
	struct vigil_id id = { 0 };
	uint32_t machine;

	if (start && jsonl_entity(jsonl_text(line, "process.entity_id"), &machine, &id) &&
	    id.start_key)
		record->mono = id.start_key + (record->time - start);
}

void jsonl_imply_numbers(const struct jsonl *j, const struct json_value *line,
			 struct vigil_header *record)
{
	struct vigil_exit_body *exit = (void *)(record + 1);
	struct vigil_process_body *start = (void *)(record + 1);

	if (j->system != LINUX || (vigil_type_bit(j->type) & SUBJECTS) == 0)
		return;
	if (jsonl_is_implied(j, line, "vigil.monotonic"))
		imply_monotonic(line, record);
	if ((vigil_type_bit(j->type) & STARTS) != 0 && start->euid != VIGIL_UNKNOWN &&
	    jsonl_is_implied(j, line, "vigil.process.capabilities"))
		start->capabilities = implied_capabilities_of(start->euid);
	if (record->type == VIGIL_EVENT_PROCESS_EXIT &&
	    (exit->attributes & VIGIL_EXIT_CPU_UNKNOWN) == 0 &&
	    jsonl_is_implied(j, line, "vigil.exit.cpu_time"))
		exit->cpu_time = exit->user_time + exit->system_time;
}

uint64_t jsonl_parent_start(const struct jsonl *j, const struct json_value *line,
			    const struct vigil_header *event, const struct vigil_id *id)
{
	if (j->system != LINUX || !id->start_key || !event->mono ||
	    (vigil_type_bit(j->type) & LIVES) == 0 ||
	    !jsonl_is_implied(j, line, "process.parent.start"))
		return jsonl_time(jsonl_text(line, "process.parent.start"));
	return event->time - (event->mono - id->start_key);
}

/* Ends each argument with a NUL, at the blanks that `lengths` gives or, without it, at every
 * blank. Returns false if there is no blank. */
static bool split_args(char *text, size_t length, const char *lengths)
{
	for (size_t at = 0; at < length; at++) {
		char *end;

		if (!lengths) {
			if (text[at] == ' ')
				text[at] = '\0';
			continue;
		}
		if (*lengths < '0' || *lengths > '9')
			return false;
		at += strtoul(lengths, &end, 10);
		lengths = end + (*end == ' ');
		if (at > length || (at < length && text[at] != ' '))
			return false;
		text[at] = '\0';
		if (at == length)
			return !*lengths;
	}
	/* The last argument is empty. */
	return !lengths || strcmp(lengths, "0") == 0;
}

static uint64_t count_args(const char *text, size_t length)
{
	uint64_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += text[i] == '\0';
	return count;
}

bool jsonl_imply_args(const struct jsonl *j, const struct json_value *line, struct jsonl_bytes *out)
{
	const struct json_value *lengths = json_find(line, "vigil.process.args_lengths");
	const struct json_value *args_count = json_find(line, "process.args_count");
	struct jsonl_bytes command = { 0 };

	*out = (struct jsonl_bytes){ 0 };
	if (j->system != LINUX || !args_count || !jsonl_is_implied(j, line, "process.args") ||
	    !jsonl_bytes(line, "process.command_line", &command)) {
		out->failed = command.failed;
		return false;
	}
	out->memory = malloc(command.length + 1);
	out->failed = !out->memory;
	if (out->memory) {
		memcpy(out->memory, command.data, command.length);
		out->memory[command.length] = '\0';
		out->length = command.length + 1;
		out->data = out->memory;
		out->unreadable =
		    command.unreadable || (lengths && lengths->type != JSON_TEXT) ||
		    !split_args(out->memory, command.length, lengths ? lengths->text : NULL) ||
		    count_args(out->memory, out->length) != json_unsigned(args_count);
	}
	free(command.memory);
	if (!out->failed && !out->unreadable)
		return true;
	free(out->memory);
	*out = (struct jsonl_bytes){ .failed = out->failed, .unreadable = out->unreadable };
	return false;
}
