/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/wildcard.h"
#include "filter/exclude.h"
#include "os/os.h"
#include "process/descendants.h"
#include "record/file_info.h"
#include "record/subject.h"
#include "users/users.h"

enum key {
	TYPE,
	PID,
	CHILDREN_OF,
	USER,
	IMAGE,
	COMMAND,
	CONTAINER,
	KEY_COUNT
};

struct condition {
	struct condition *next; /* an alternative */
	uint32_t number;        /* a PID, a user id or a set of types */
	bool has_number;
	bool whole_path; /* the pattern has a separator: not compared with the base name alone */
	struct vigil_wildcard *wildcard;
	char *text;
};

struct vigil_filter {
	struct condition *conditions[KEY_COUNT];
	uint32_t *roots, root_count;     /* of children-of */
	struct descendants *descendants; /* NULL: no children-of */
	uint32_t types;                  /* types that may match */
	struct exclusion *exclusions;
};

static enum vigil_code fail_filter_memory(struct vigil_error *error)
{
	return vigil_fail(error, VIGIL_ERROR_MEMORY, "out of memory for the filter");
}

struct vigil_filter *vigil_filter_new(void)
{
	struct vigil_filter *filter = calloc(1, sizeof(*filter));

	if (filter)
		filter->types = VIGIL_TYPE_ALL;
	return filter;
}

uint32_t vigil_filter_roots(const struct vigil_filter *filter, const uint32_t **pids)
{
	*pids = filter->roots;
	return filter->root_count;
}

static void free_condition(struct condition *condition)
{
	vigil_wildcard_free(condition->wildcard);
	free(condition->text);
	free(condition);
}

void vigil_filter_free(struct vigil_filter *filter)
{
	if (!filter)
		return;
	for (int key = 0; key < KEY_COUNT; key++) {
		while (filter->conditions[key]) {
			struct condition *condition = filter->conditions[key];

			filter->conditions[key] = condition->next;
			free_condition(condition);
		}
	}
	free(filter->roots);
	descendants_free(filter->descendants);
	exclusions_free(filter->exclusions);
	free(filter);
}

/* ---- adding: each key reads its value ---- */

static bool read_number(const char *text, uint32_t *number)
{
	uint64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned)(*text - '0');
		if (value >= VIGIL_UNKNOWN)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

static enum vigil_code keep_text(struct condition *condition, const char *value,
				 struct vigil_error *error)
{
	size_t size = strlen(value) + 1;

	condition->text = malloc(size);
	if (!condition->text)
		return fail_filter_memory(error);
	memcpy(condition->text, value, size);
	return VIGIL_OK;
}

static enum vigil_code add_type(struct vigil_filter *filter, struct condition *condition,
				const char *value, struct vigil_error *error)
{
	condition->number = vigil_types_parse(value, error);
	if (condition->number == 0)
		return VIGIL_ERROR_USAGE;
	if (!filter->conditions[TYPE])
		filter->types = 0;
	filter->types |= condition->number;
	return VIGIL_OK;
}

static enum vigil_code add_pid(struct vigil_filter *filter, struct condition *condition,
			       const char *value, struct vigil_error *error)
{
	(void)filter;
	if (!read_number(value, &condition->number) || condition->number == 0)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "\"%.32s\" is not a process id; give a number above 0", value);
	return VIGIL_OK;
}

static enum vigil_code add_children_of(struct vigil_filter *filter, struct condition *condition,
				       const char *value, struct vigil_error *error)
{
	enum vigil_code code = add_pid(filter, condition, value, error);
	uint32_t *roots;

	if (code != VIGIL_OK)
		return code;
	roots = realloc(filter->roots, (filter->root_count + 1) * sizeof(*roots));
	if (!roots)
		return fail_filter_memory(error);
	filter->roots = roots;
	roots[filter->root_count++] = condition->number;
	if (!filter->descendants)
		filter->descendants = descendants_new();
	if (!filter->descendants || !descendants_add(filter->descendants, condition->number))
		return fail_filter_memory(error);
	return VIGIL_OK;
}

static enum vigil_code add_user(struct vigil_filter *filter, struct condition *condition,
				const char *value, struct vigil_error *error)
{
	enum vigil_user_found found = VIGIL_USER_FOUND;
	char sid[SID_TEXT_MAX];

	(void)filter;
	if (!read_number(value, &condition->number))
		found = vigil_user_find(value, &condition->number);
	if (found == VIGIL_USER_UNANSWERED)
		return vigil_fail(error, VIGIL_ERROR_SYSTEM,
				  "user \"%.64s\" is not in /etc/passwd, and the directory service "
				  "(see nsswitch.conf) does not answer; give a number",
				  value);
	condition->has_number = found == VIGIL_USER_FOUND;
	if (!condition->has_number && vigil_account_find(value, sid))
		return keep_text(condition, sid, error);
	if (!condition->has_number && strncmp(value, "S-1-", 4) != 0)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "there is no user \"%.64s\"; give a name, a number or a SID",
				  value);
	return keep_text(condition, value, error);
}

static enum vigil_code add_pattern(struct condition *condition, const char *value, bool anywhere,
				   struct vigil_error *error)
{
	bool too_long;

	if (*value == '\0')
		return vigil_fail(error, VIGIL_ERROR_USAGE, "an empty pattern matches nothing");
	condition->wildcard = vigil_wildcard_new(value, anywhere, &too_long);
	if (too_long)
		return vigil_fail(error, VIGIL_ERROR_USAGE, "the pattern is longer than %d bytes",
				  VIGIL_WILDCARD_MAX);
	return condition->wildcard ? VIGIL_OK : fail_filter_memory(error);
}

/* Whether this is a path such as C:\Temp\*, \Device\... or *\temp\x.exe, in which a backslash is
 * a separator, not an escape. On other systems than Windows, that is assumed if a backslash
 * precedes a character that needs no escape. */
static bool is_windows_path(const char *value)
{
	const char *at = strchr(value, '\\');

	if (!at)
		return false;
	if (OS_WINDOWS || at == value || value[1] == ':')
		return true;
	for (; at; at = strchr(at + 1 + (at[1] != '\0'), '\\'))
		if (at[1] != '\0' && !strchr("*?[]!-^\\", at[1]))
			return true;
	return false;
}

/* If a backslash is a separator, each one is doubled, so that it matches itself. */
static enum vigil_code add_path_pattern(struct condition *condition, const char *value,
					bool anywhere, struct vigil_error *error)
{
	bool windows = is_windows_path(value);
	char *doubled = malloc(2 * strlen(value) + 1), *to = doubled;
	enum vigil_code code;

	if (!doubled)
		return fail_filter_memory(error);
	for (; *value != '\0'; value++) {
		if (windows && *value == '\\')
			*to++ = '\\';
		*to++ = *value;
	}
	*to = '\0';
	code = add_pattern(condition, doubled, anywhere, error);
	free(doubled);
	return code;
}

/* Rejects the pattern of a path that no program can have. */
static enum vigil_code check_image_pattern(const char *value, struct vigil_error *error)
{
	if (!strchr("/*?[\\", value[0]))
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "\"%.64s\" matches no program: a path begins with /; write "
				  "\"*/%.64s\" for this path in any folder",
				  value, value);
	if (value[strlen(value) - 1] == '/')
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "\"%.64s\" matches no program: it is a folder; write \"%.64s*\" "
				  "for all files in it",
				  value, value);
	return VIGIL_OK;
}

static enum vigil_code add_image(struct vigil_filter *filter, struct condition *condition,
				 const char *value, struct vigil_error *error)
{
	bool windows = is_windows_path(value);
	enum vigil_code code = VIGIL_OK;

	(void)filter;
	condition->whole_path = strchr(value, '/') || windows;
	if (condition->whole_path && !windows)
		code = check_image_pattern(value, error);
	return code < 0 ? code : add_path_pattern(condition, value, false, error);
}

static enum vigil_code add_command(struct vigil_filter *filter, struct condition *condition,
				   const char *value, struct vigil_error *error)
{
	(void)filter;
	return add_path_pattern(condition, value, true, error);
}

static enum vigil_code add_container(struct vigil_filter *filter, struct condition *condition,
				     const char *value, struct vigil_error *error)
{
	(void)filter;
	if (*value == '\0')
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "give the beginning of a container's id, its name, or \"any\"");
	return keep_text(condition, value, error);
}

/* ---- matching: each key against one of its conditions ---- */

static bool match_pid(const struct condition *condition, const struct vigil_event *event)
{
	const struct vigil_id *id = vigil_subject_id(event), *target = vigil_target_id(event);

	return (id && id->pid == condition->number) || (target && target->pid == condition->number);
}

static bool match_user(const struct condition *condition, const struct vigil_event *event)
{
	struct vigil_string sid = vigil_subject_user(event);

	if (event->record->encoding == VIGIL_BYTES)
		return condition->has_number && vigil_subject_ids(event).euid == condition->number;
	return sid.length == strlen(condition->text) &&
	       memcmp(sid.data, condition->text, sid.length) == 0;
}

/* Compares a name pattern with the name of the file, with the name that views show (that of a
 * script, if its interpreter is the file), and with the last component of the file name given to
 * exec, which is not truncated. */
static bool match_image(const struct condition *condition, const struct vigil_event *event)
{
	struct vigil_string path = vigil_subject_image(event);
	struct vigil_string names[] = { vigil_base_name(event, path), vigil_subject_name(event),
					vigil_base_name(event, vigil_subject_filename(event)) };
	bool windows = event->record->encoding == VIGIL_UTF16LE;

	if (condition->whole_path)
		return path.length > 0 &&
		       vigil_wildcard_match(condition->wildcard, path.data, path.length, windows);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].length > 0 && vigil_wildcard_match(condition->wildcard, names[i].data,
								names[i].length, windows))
			return true;
	return false;
}

static bool match_command(const struct condition *condition, const struct vigil_event *event)
{
	struct vigil_string command = vigil_subject_command(event);

	if (command.length == 0)
		command = vigil_subject_args(event);
	if (command.length > 0 && command.data[command.length - 1] == '\0')
		command.length--;
	return command.length > 0 &&
	       vigil_wildcard_match(condition->wildcard, command.data, command.length,
				    event->record->encoding == VIGIL_UTF16LE);
}

static bool begins_with(struct vigil_string string, const char *text, size_t length)
{
	return string.length >= length && memcmp(string.data, text, length) == 0;
}

/* "any" matches containers only, not machines. */
static bool match_container(const struct condition *condition, const struct vigil_event *event)
{
	const struct vigil_process_info *process = event->process;
	size_t length = strlen(condition->text);
	struct vigil_string name = vigil_container_value(event, "name");

	if (!process)
		return false;
	if (process->machine.length == length &&
	    begins_with(process->machine, condition->text, length))
		return true;
	if (name.length == length && length > 0 && begins_with(name, condition->text, length))
		return true;
	return process->container.length > 0 &&
	       (strcmp(condition->text, "any") == 0 ||
		begins_with(process->container, condition->text, length));
}

static bool match_type(const struct condition *condition, const struct vigil_event *event)
{
	return (vigil_type_bit(event->record->type) & condition->number) != 0;
}

static const struct {
	const char *name;
	enum vigil_code (*add)(struct vigil_filter *filter, struct condition *condition,
			       const char *value, struct vigil_error *error);
	bool (*match)(const struct condition *condition, const struct vigil_event *event);
} KEYS[KEY_COUNT] = {
	[TYPE] = { "type", add_type, match_type },
	[PID] = { "pid", add_pid, match_pid },
	[CHILDREN_OF] = { "children-of", add_children_of,
			  NULL }, /* checked by descendants_includes */
	[USER] = { "user", add_user, match_user },
	[IMAGE] = { "image", add_image, match_image },
	[COMMAND] = { "command", add_command, match_command },
	[CONTAINER] = { "container", add_container, match_container },
};

static enum vigil_code unknown_key(struct vigil_error *error, const char *key)
{
	return vigil_fail(
	    error, VIGIL_ERROR_USAGE,
	    "unknown filter \"%.32s\"; valid filters: type, pid, children-of, user, image, "
	    "command, container",
	    key);
}

static enum vigil_code add_condition(struct vigil_filter *filter, int k, const char *value,
				     struct vigil_error *error)
{
	struct condition *condition = calloc(1, sizeof(*condition));
	enum vigil_code code;

	if (!condition)
		return fail_filter_memory(error);
	code = KEYS[k].add(filter, condition, value, error);
	if (code != VIGIL_OK) {
		free_condition(condition);
		return code;
	}
	condition->next = filter->conditions[k];
	filter->conditions[k] = condition;
	return VIGIL_OK;
}

/* Returns the pattern with the real path of its folder, to be freed; NULL: it is the same, or
 * there is no such folder. For example /bin/ls runs as /usr/bin/ls if /bin is a link to usr/bin. */
static char *real_pattern(const char *value)
{
	size_t plain = strcspn(value, "*?[\\"), size = 2 * (size_t)PATH_MAX + strlen(value) + 1;
	char *copy = value[0] == '/' ? strdup(value) : NULL, *all = NULL, *to;
	char *real = copy && value[plain] == '\0' ? os_real_path(copy) : NULL;
	const char *rest = "";

	if (copy && !real) { /* a pattern, or a file that does not exist yet */
		copy[plain] = '\0';
		rest = value + (strrchr(copy, '/') - copy);
		copy[rest - value] = '\0';
		real = os_real_path(*copy != '\0' ? copy : "/");
	}
	if (real)
		all = to = malloc(size);
	for (const char *c = real; all && *c != '\0' && strcmp(real, "/") != 0; c++) {
		if (strchr("*?[\\", *c))
			*to++ = '\\';
		*to++ = *c;
	}
	if (all)
		snprintf(to, size - (size_t)(to - all), "%s", rest);
	free(real);
	free(copy);
	if (all && strcmp(all, value) != 0)
		return all;
	free(all);
	return NULL;
}

enum vigil_code vigil_filter_add(struct vigil_filter *filter, const char *key, const char *value,
				 struct vigil_error *error)
{
	enum vigil_code code;
	char *real;
	int k = 0;

	while (k < KEY_COUNT && strcmp(key, KEYS[k].name) != 0)
		k++;
	if (k == KEY_COUNT)
		return unknown_key(error, key);
	code = add_condition(filter, k, value, error);
	real = code == VIGIL_OK && k == IMAGE ? real_pattern(value) : NULL;
	if (real)
		code = add_condition(filter, k, real, error);
	free(real);
	return code;
}

static bool match_key(const struct vigil_filter *filter, int key, const struct vigil_event *event)
{
	const struct condition *condition = filter->conditions[key];

	if (!condition)
		return true;
	for (; condition; condition = condition->next)
		if (KEYS[key].match(condition, event))
			return true;
	return false;
}

/* Whether the lost events may have matched. Types that the filter excludes are recorded as well,
 * to keep the process table up to date or for a recording beside a log. */
static bool match_loss(const struct vigil_filter *filter, const struct vigil_event *event)
{
	uint32_t type = event->body ? event->lost->type : 0;

	return (filter->types & VIGIL_TYPE_BIT(VIGIL_EVENT_LOST)) != 0 || type == 0 ||
	       type >= VIGIL_TYPE_MAX || (vigil_filter_types(filter) & VIGIL_TYPE_BIT(type)) != 0;
}

static bool is_included(struct vigil_filter *filter, const struct vigil_event *event)
{
	bool of_sensor = (vigil_type_bit(event->record->type) & VIGIL_TYPES_SENSOR) != 0;
	bool is_descendant =
	    !filter->descendants || descendants_includes(filter->descendants, event);

	if (event->record->type == VIGIL_EVENT_LOST)
		return match_loss(filter, event);
	if (!match_key(filter, TYPE, event))
		return false;
	if (of_sensor)
		return true;
	if (!is_descendant)
		return false;
	for (int key = PID; key < KEY_COUNT; key++)
		if (key != CHILDREN_OF && !match_key(filter, key, event))
			return false;
	return true;
}

bool vigil_filter_match(struct vigil_filter *filter, const struct vigil_event *event)
{
	bool included = is_included(filter, event);

	return !exclusions_match(filter->exclusions, event, included) && included;
}

enum vigil_code vigil_filter_exclude(struct vigil_filter *filter, const char *name,
				     const char *expression, struct vigil_error *error)
{
	return exclusions_add(&filter->exclusions, name, expression, error);
}

uint64_t vigil_filter_excluded(const struct vigil_filter *filter, size_t index, const char **name)
{
	const struct exclusion *exclusion = filter->exclusions;

	while (exclusion && index-- > 0)
		exclusion = exclusion->next;
	*name = exclusion ? exclusion->name : NULL;
	return exclusion ? exclusion->count : 0;
}

/* children-of needs the starts and ends of processes and the snapshot, even if those events do
 * not match. */
uint32_t filter_needs(const struct vigil_filter *filter)
{
	uint32_t types = exclusions_types(filter->exclusions);

	if (filter->descendants)
		types |= VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_CREATE) |
			 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_EXIT) |
			 VIGIL_TYPE_BIT(VIGIL_EVENT_PROCESS_SNAPSHOT);
	return types;
}

uint32_t vigil_filter_types(const struct vigil_filter *filter)
{
	return filter->types | VIGIL_TYPE_BIT(VIGIL_EVENT_LOST) | filter_needs(filter);
}
