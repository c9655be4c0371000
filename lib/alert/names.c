/* SPDX-License-Identifier: MIT */
#include "alert/names.h"

#include <string.h>

#include "record/fields.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- categories ---- */

static const struct {
	uint8_t sysmon;                /* number of Sysmon's event */
	uint8_t type[DETECT_PRODUCTS]; /* enum vigil_type; 0: not recorded */
} CATEGORIES[DETECT_CATEGORIES] = {
	[DETECT_PROCESS_CREATION] = { 1,
				      { [DETECT_WINDOWS] = VIGIL_EVENT_PROCESS_CREATE,
					[DETECT_LINUX] = VIGIL_EVENT_PROCESS_EXEC } },
	[DETECT_PROCESS_TERMINATION] = { 5,
					 { VIGIL_EVENT_PROCESS_EXIT, VIGIL_EVENT_PROCESS_EXIT } },
	[DETECT_DRIVER_LOAD] = { 6, { VIGIL_EVENT_DRIVER_LOAD, VIGIL_EVENT_DRIVER_LOAD } },
	[DETECT_IMAGE_LOAD] = { 7, { VIGIL_EVENT_IMAGE_LOAD, VIGIL_EVENT_IMAGE_LOAD } },
	[DETECT_CREATE_REMOTE_THREAD] = { 8,
					  { VIGIL_EVENT_REMOTE_THREAD,
					    VIGIL_EVENT_REMOTE_THREAD } },
	[DETECT_PROCESS_ACCESS] = { 10, { [DETECT_LINUX] = VIGIL_EVENT_PROCESS_ACCESS } },
};

const struct sysmon_event *alert_sysmon_event(enum detect_category category)
{
	return sysmon_event_at(CATEGORIES[category].sysmon);
}

uint32_t alert_type_of(enum detect_product product, enum detect_category category)
{
	return CATEGORIES[category].type[product];
}

/* ---- fields that rules use and Sysmon's schema does not have in that event ---- */

static bool get_string(struct vigil_value *value, const struct vigil_process_info *proc,
		       struct vigil_string s)
{
	return proc && vigil_set_string(value, s);
}

#define OF_PROC(proc_, member) \
	static bool get_##proc_##_##member(const struct vigil_event *event, \
					   struct vigil_value *value) \
	{ \
		return get_string(value, event->proc_, \
				  event->proc_ ? event->proc_->member \
					       : (struct vigil_string){ "", 0, 0 }); \
	}

OF_PROC(process, command)
OF_PROC(process, directory)
OF_PROC(parent, image)
OF_PROC(parent, command)
OF_PROC(target, command)

static bool get_parent_pid(const struct vigil_event *event, struct vigil_value *value)
{
	const struct vigil_id *id = vigil_parent_id(event);

	return vigil_id_known(id) && vigil_set_number_text(value, id->pid);
}

static bool get_target_parent_pid(const struct vigil_event *event, struct vigil_value *value)
{
	return event->target && vigil_id_known(&event->target->parent) &&
	       vigil_set_number_text(value, event->target->parent.pid);
}

static bool get_sha256(const struct vigil_event *event, struct vigil_value *value)
{
	const struct vigil_string *hash = &event->part[VIGIL_PART_SHA256];
	struct vigil_buffer text = { .data = value->buffer, .capacity = sizeof(value->buffer) };

	if (hash->length == 0 || 2 * hash->length > sizeof(value->buffer))
		return false;
	vigil_put_hex_bytes(&text, hash->data, hash->length);
	return vigil_set_buffer(value, text.length);
}

static bool get_computer(const struct vigil_event *event, struct vigil_value *value)
{
	return vigil_set_string(value, event->host);
}

static bool get_event_id(const struct vigil_event *event, struct vigil_value *value)
{
	const struct sysmon_event *sysmon = sysmon_event_of(event);

	return sysmon && vigil_set_number_text(value, sysmon->id);
}

static bool get_nothing(const struct vigil_event *event, struct vigil_value *value)
{
	(void)event;
	(void)value;
	return false;
}

#define IN(category) (1u << DETECT_##category)
#define AT_FILES     (IN(PROCESS_CREATION) | IN(IMAGE_LOAD) | IN(DRIVER_LOAD))
#define AT_PROCESS   (IN(IMAGE_LOAD) | IN(PROCESS_TERMINATION))
#define AT_TARGETS   (IN(CREATE_REMOTE_THREAD) | IN(PROCESS_ACCESS))
#define ANYWHERE     ((1u << DETECT_CATEGORIES) - 1)

/* Fields of categories: form, and what they need on Linux and on Windows. */
#define OTHER(at, name_, id, form_, linux_, windows_) \
	{ \
		(at), \
		{ \
			.name = (name_), .get = get_##id, .form = FORM_##form_, .needs = { \
				[DETECT_LINUX] = SYSMON_##linux_, \
				[DETECT_WINDOWS] = SYSMON_##windows_ \
			} \
		} \
	}
#define KNOWN_OTHER(at, name, id, form) OTHER(at, name, id, form, NOTHING, NOTHING)
#define NO_OTHER(at, name)              OTHER(at, name, nothing, TEXT, NEVER, NEVER)

static const struct {
	uint32_t categories;
	struct alert_name name;
} OTHERS[] = {
	KNOWN_OTHER(ANYWHERE, "EventID", event_id, DIGITS),
	KNOWN_OTHER(ANYWHERE, "Computer", computer, TEXT),
	KNOWN_OTHER(ANYWHERE, "ComputerName", computer, TEXT),
	OTHER(AT_FILES, "sha256", sha256, TEXT, HASH, HASH),
	NO_OTHER(AT_FILES, "md5"),
	NO_OTHER(AT_FILES, "sha1"),
	NO_OTHER(AT_FILES, "Imphash"),
	KNOWN_OTHER(AT_PROCESS, "CommandLine", process_command, TEXT),
	OTHER(AT_PROCESS, "CurrentDirectory", process_directory, PATH, NOTHING, NEVER),
	KNOWN_OTHER(AT_PROCESS, "ParentImage", parent_image, PATH),
	KNOWN_OTHER(AT_PROCESS, "ParentCommandLine", parent_command, TEXT),
	KNOWN_OTHER(AT_PROCESS, "ParentProcessId", parent_pid, DIGITS),
	KNOWN_OTHER(AT_TARGETS, "SourceCommandLine", process_command, TEXT),
	KNOWN_OTHER(AT_TARGETS, "SourceParentImage", parent_image, PATH),
	KNOWN_OTHER(AT_TARGETS, "SourceParentCommandLine", parent_command, TEXT),
	KNOWN_OTHER(AT_TARGETS, "SourceParentProcessId", parent_pid, DIGITS),
	KNOWN_OTHER(AT_TARGETS, "TargetCommandLine", target_command, TEXT),
	KNOWN_OTHER(AT_TARGETS, "TargetParentProcessId", target_parent_pid, DIGITS),
};

static bool find_other(enum detect_category category, const char *name, struct alert_name *out)
{
	for (size_t i = 0; i < COUNT_OF(OTHERS); i++) {
		if (!(OTHERS[i].categories & 1u << category) ||
		    strcmp(OTHERS[i].name.name, name) != 0)
			continue;
		*out = OTHERS[i].name;
		return true;
	}
	return false;
}

/* ---- Sysmon's fields ---- */

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), n = strlen(end);

	return length >= n && strcmp(name + length - n, end) == 0;
}

static enum alert_form form_of(const struct sysmon_field *field)
{
	if (strcmp(field->name, "Hashes") == 0)
		return FORM_HASHES;
	if (field->windows_needs == SYSMON_VERSION)
		return FORM_VERSION;
	if (ends_with(field->name, "Id"))
		return FORM_DIGITS;
	if (ends_with(field->name, "Image") || ends_with(field->name, "ImageLoaded") ||
	    ends_with(field->name, "Directory") || ends_with(field->name, "Module"))
		return FORM_PATH;
	return FORM_TEXT;
}

static uint8_t part_of(enum sysmon_needs needs)
{
	return needs == SYSMON_VERSION     ? VIGIL_PART_FILE_VERSION
	       : needs == SYSMON_SIGNATURE ? VIGIL_PART_SIGNATURE
	       : needs == SYSMON_HASH      ? VIGIL_PART_SHA256
					   : 0;
}

static bool find_sysmon(enum detect_category category, const char *name, struct alert_name *out)
{
	const struct sysmon_event *event = alert_sysmon_event(category);
	size_t count;

	for (size_t i = 0; i < event->count; i++) {
		const struct sysmon_field *field = &event->fields[i];

		if (strcmp(field->name, name) != 0)
			continue;
		*out = (struct alert_name){
			.name = field->name,
			.get = field->get ? field->get : vigil_fields(&count)[field->field].get,
			.form = (uint8_t)form_of(field),
			.needs = { [DETECT_LINUX] = field->linux_needs,
				   [DETECT_WINDOWS] = field->windows_needs },
			.part = part_of(field->windows_needs),
		};
		/* The system itself may have checked a signature. */
		if (strcmp(name, "Signed") == 0)
			out->part = 0;
		return true;
	}
	return false;
}

/* ---- fields of schema.h ---- */

/* What a field needs, by the part of the record that has it. */
static void set_needs(struct alert_name *out, const struct field_source *source)
{
	uint8_t needs = SYSMON_NOTHING;
	bool on_linux = source->system != WINDOWS, on_windows = source->system != LINUX;

	out->part = 0;
	switch (source->part) {
	case VIGIL_PART_SHA256:
		needs = SYSMON_HASH;
		break;
	case VIGIL_PART_FILE_VERSION:
	case VIGIL_PART_SIGNATURE:
		needs = source->part == VIGIL_PART_SIGNATURE ? SYSMON_SIGNATURE : SYSMON_VERSION;
		on_linux = false;
		break;
	case VIGIL_PART_ENVIRONMENT:
		needs = SYSMON_ENVIRONMENT;
		on_windows = false;
		break;
	default:
		break;
	}
	if (source->place == PLACE_INFO) {
		needs = SYSMON_CONTAINER;
		on_windows = false;
	}
	if (needs != SYSMON_NOTHING)
		out->part = source->part;
	out->needs[DETECT_LINUX] = on_linux ? needs : SYSMON_NEVER;
	out->needs[DETECT_WINDOWS] = on_windows ? needs : SYSMON_NEVER;
}

static bool find_field(enum detect_category category, const char *name, struct alert_name *out)
{
	const struct vigil_field *field = vigil_field_find(name);
	uint32_t types = 0;
	size_t count;

	for (unsigned product = 0; product < DETECT_PRODUCTS; product++)
		types |= VIGIL_TYPE_BIT(CATEGORIES[category].type[product]);
	if (!field || field->kind == VIGIL_VALUE_OBJECT || !(field->types & types))
		return false;
	*out = (struct alert_name){
		.name = field->name, .get = field->get, .field = field, .form = FORM_FIELD
	};
	for (size_t i = 0; i < field_store_count; i++)
		if (vigil_fields(&count) + field_stores[i].field == field) {
			set_needs(out, &field_stores[i].source);
			break;
		}
	return true;
}

bool alert_name_find(enum detect_category category, const char *name, struct alert_name *out)
{
	return find_sysmon(category, name, out) || find_other(category, name, out) ||
	       find_field(category, name, out);
}
