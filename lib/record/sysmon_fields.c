/* SPDX-License-Identifier: MIT */
#include "record/sysmon_fields.h"

#include "record/fields.h"

#define NO_GUID "{00000000-0000-0000-0000-000000000000}"

/* Sets the text for an unknown value. */
static bool set_unknown(struct vigil_value *value, const char *text)
{
	vigil_set_text(value, text);
	return false;
}

static bool set_guid(struct vigil_value *value, const struct vigil_event *event,
		     const struct vigil_id *id)
{
	if (!id || id->start_key == 0)
		return set_unknown(value, NO_GUID);
	value->buffer[0] = '{';
	vigil_format_entity(value->buffer + 1, event->machine, id->pid, id->start_key);
	value->buffer[1 + VIGIL_GUID_LENGTH] = '}';
	return vigil_set_buffer(value, VIGIL_GUID_LENGTH + 2);
}

static bool set_pid(struct vigil_value *value, const struct vigil_id *id)
{
	if (!vigil_id_known(id))
		return set_unknown(value, "0");
	return vigil_set_number_text(value, id->pid);
}

/* "domain\name" */
static bool set_account(struct vigil_value *value, const struct vigil_account *account)
{
	size_t domain = strlen(account->domain), name = strlen(account->name);
	size_t at = domain + (domain > 0);

	if (at + name > sizeof(value->buffer))
		return false;
	memcpy(value->buffer, account->domain, domain);
	if (domain > 0)
		value->buffer[domain] = '\\';
	memcpy(value->buffer + at, account->name, name);
	return vigil_set_buffer(value, at + name);
}

static bool set_user(struct vigil_value *value, struct vigil_string sid, uint32_t uid, uint64_t now)
{
	const struct vigil_account *account = vigil_account_of(sid, now);

	if (account)
		return set_account(value, account);
	if (sid.length > 0)
		return vigil_set_string(value, sid);
	return vigil_set_name(value, vigil_user_name(uid, now)) ||
	       (uid != VIGIL_UNKNOWN && vigil_set_number_text(value, uid));
}

static bool set_user_of(struct vigil_value *value, const struct vigil_event *event,
			const struct vigil_process_info *proc)
{
	bool numbers = event->record->encoding == VIGIL_BYTES;

	return proc && set_user(value, proc->user, numbers ? proc->euid : VIGIL_UNKNOWN,
				event->record->time);
}

/* ---- the values, under the names of the schema ---- */

#define VALUE(name) \
	static bool get_##name(const struct vigil_event *event, struct vigil_value *value)

VALUE(nothing)
{
	(void)event;
	(void)value;
	return false;
}

VALUE(no_guid)
{
	(void)event;
	return set_unknown(value, NO_GUID);
}

VALUE(utc_time)
{
	struct vigil_buffer text = { .data = value->buffer, .capacity = sizeof(value->buffer) };

	vigil_put_utc(&text, event->record->time, ' ', 3);
	return vigil_set_buffer(value, text.length);
}

VALUE(process_guid)
{
	return set_guid(value, event, vigil_subject_id(event));
}

VALUE(process_id)
{
	return set_pid(value, vigil_subject_id(event));
}

/* The arguments as a list if nothing joined them: the process table does not know the process. */
VALUE(command_line)
{
	struct vigil_string command = vigil_subject_command(event);

	value->u = command.length == 0;
	return vigil_set_string(value, command.length > 0 ? command : vigil_subject_args(event));
}

VALUE(user)
{
	uint32_t uid =
	    event->record->encoding == VIGIL_BYTES ? vigil_subject_ids(event).euid : VIGIL_UNKNOWN;

	return set_user(value, vigil_subject_user(event), uid, event->record->time);
}

/* On Linux the login user; if there is none, the kernel's number for that. */
VALUE(logon_id)
{
	size_t count;

	if (event->record->encoding != VIGIL_BYTES)
		return set_unknown(value, "0x0");
	return vigil_fields(&count)[FIELD_login_user_id].get(event, value) ||
	       vigil_set_number_text(value, VIGIL_UNKNOWN);
}

VALUE(terminal_session_id)
{
	return vigil_set_number_text(value, event->start->session) &&
	       event->start->session != VIGIL_UNKNOWN;
}

VALUE(integrity_level)
{
	if (event->record->encoding == VIGIL_BYTES)
		return set_unknown(value, "no level");
	return vigil_set_text(value, vigil_integrity_name(event->start->integrity));
}

VALUE(parent_guid)
{
	return set_guid(value, event, vigil_parent_id(event));
}

VALUE(parent_id)
{
	return set_pid(value, vigil_parent_id(event));
}

VALUE(parent_user)
{
	return set_user_of(value, event, event->parent);
}

/* For a Linux module, only the name is known. */
VALUE(image_loaded)
{
	bool path = event->part[VIGIL_PART_IMAGE].length > 0;

	return vigil_set_string(value, event->part[path ? VIGIL_PART_IMAGE : VIGIL_PART_NAME]);
}

VALUE(target_guid)
{
	return set_guid(value, event, vigil_target_id(event));
}

VALUE(target_id)
{
	return set_pid(value, vigil_target_id(event));
}

VALUE(target_user)
{
	return set_user_of(value, event, event->target);
}

VALUE(source_thread_id)
{
	return vigil_set_number_text(value, event->record->actor.tid);
}

/* The Windows rights that are closest to what the call granted. */
VALUE(granted_access)
{
	static const char *const GRANTED[] = {
		[VIGIL_METHOD_ATTACH] = "0xe38", /* suspend, query and set, read and write memory */
		[VIGIL_METHOD_SEIZE] = "0xe38",     [VIGIL_METHOD_TRACEME] = "0xe38",
		[VIGIL_METHOD_WRITE] = "0x28", /* write memory */
		[VIGIL_METHOD_MEM] = "0x28",        [VIGIL_METHOD_POKE] = "0x28",
		[VIGIL_METHOD_REGISTERS] = "0x200", /* set information */
	};
	uint32_t method = event->access->method;

	bool known = method < sizeof(GRANTED) / sizeof(GRANTED[0]) && GRANTED[method];

	return vigil_set_text(value, known && event->access->result >= 0 ? GRANTED[method] : "0x0");
}

VALUE(new_thread_id)
{
	return vigil_set_number_text(value, event->thread->thread.tid);
}

/* Upper case, as in Sysmon. */
VALUE(start_address)
{
	char *text = value->buffer;

	memcpy(text, "0x", 2);
	vigil_format_hex(text + 2, event->thread->start_address, 16);
	for (size_t i = 2; i < 18; i++)
		if (text[i] >= 'a')
			text[i] = (char)(text[i] - 'a' + 'A');
	return vigil_set_buffer(value, 18) && event->thread->start_address != 0;
}

/* ---- what was read from a file ---- */

/* The result of reading the file, otherwise that of the system: a signature that the system did not
 * check is not reported as false. */
VALUE(signed)
{
	uint8_t level = event->image->signature_level;

	if (event->part[VIGIL_PART_SIGNATURE].length > 0 && !vigil_signature_is(event, "error"))
		return vigil_set_text(value, vigil_is_signed(event) ? "true" : "false");
	if (event->record->encoding != VIGIL_UTF16LE || level == 0xff)
		return false;
	return vigil_set_text(value, level > 1 ? "true" : "false");
}

/* Begins with a capital letter. For an unsigned file Sysmon reports "Unavailable". */
VALUE(signature_status)
{
	struct vigil_string status =
	    vigil_part_item(event, VIGIL_PART_SIGNATURE, VIGIL_SIGNATURE_STATUS);

	if (vigil_signature_is(event, "unsigned"))
		return vigil_set_text(value, "Unavailable");
	if (status.length == 0 || status.length > sizeof(value->buffer))
		return vigil_set_string(value, status);
	memcpy(value->buffer, status.data, status.length);
	if (status.data[0] >= 'a' && status.data[0] <= 'z')
		value->buffer[0] = (char)(status.data[0] - 'a' + 'A');
	return vigil_set_buffer(value, status.length);
}

/* Upper case, as in Sysmon. */
VALUE(hashes)
{
	static const char NAME[] = "SHA256=", DIGITS[] = "0123456789ABCDEF";
	const struct vigil_string *hash = &event->part[VIGIL_PART_SHA256];
	size_t length = sizeof(NAME) - 1;

	if (hash->length == 0 || length + 2 * hash->length > sizeof(value->buffer))
		return false;
	memcpy(value->buffer, NAME, length);
	for (uint32_t i = 0; i < hash->length; i++) {
		unsigned char byte = (unsigned char)hash->data[i];

		value->buffer[length++] = DIGITS[byte >> 4];
		value->buffer[length++] = DIGITS[byte & 15];
	}
	return vigil_set_buffer(value, length);
}

/* ---- the schema ---- */

/* A field of schema.h, or one that get_<id>() computes; then what it needs: on both systems, or on
 * Linux and on Windows. */
#define OF_FIELD(name_, id, linux_, windows_) \
	{ \
		.name = (name_), .field = FIELD_##id, .linux_needs = SYSMON_##linux_, \
		.windows_needs = SYSMON_##windows_ \
	}
#define MADE(name_, id, linux_, windows_) \
	{ \
		.name = (name_), .get = get_##id, .linux_needs = SYSMON_##linux_, \
		.windows_needs = SYSMON_##windows_ \
	}
#define ALWAYS(name, id) MADE(name, id, NOTHING, NOTHING)
#define UNKNOWN(name)    MADE(name, nothing, NEVER, NEVER)

static const struct sysmon_field PROCESS_CREATE[] = {
	UNKNOWN("RuleName"),
	ALWAYS("UtcTime", utc_time),
	ALWAYS("ProcessGuid", process_guid),
	ALWAYS("ProcessId", process_id),
	OF_FIELD("Image", process_executable, NOTHING, NOTHING),
	OF_FIELD("FileVersion", process_version, NEVER, VERSION),
	OF_FIELD("Description", process_description, NEVER, VERSION),
	OF_FIELD("Product", process_product, NEVER, VERSION),
	OF_FIELD("Company", process_company, NEVER, VERSION),
	OF_FIELD("OriginalFileName", process_original_name, NEVER, VERSION),
	ALWAYS("CommandLine", command_line),
	OF_FIELD("CurrentDirectory", process_working_directory, NOTHING, NEVER),
	ALWAYS("User", user),
	MADE("LogonGuid", no_guid, NEVER, NEVER),
	MADE("LogonId", logon_id, NOTHING, NEVER),
	ALWAYS("TerminalSessionId", terminal_session_id),
	MADE("IntegrityLevel", integrity_level, NEVER, NOTHING),
	MADE("Hashes", hashes, HASH, HASH),
	ALWAYS("ParentProcessGuid", parent_guid),
	ALWAYS("ParentProcessId", parent_id),
	OF_FIELD("ParentImage", parent_executable, NOTHING, NOTHING),
	OF_FIELD("ParentCommandLine", parent_command_line, NOTHING, NOTHING),
	ALWAYS("ParentUser", parent_user),
};

static const struct sysmon_field PROCESS_TERMINATE[] = {
	UNKNOWN("RuleName"),
	ALWAYS("UtcTime", utc_time),
	ALWAYS("ProcessGuid", process_guid),
	ALWAYS("ProcessId", process_id),
	OF_FIELD("Image", process_executable, NOTHING, NOTHING),
	ALWAYS("User", user),
};

static const struct sysmon_field DRIVER_LOAD[] = {
	UNKNOWN("RuleName"),
	ALWAYS("UtcTime", utc_time),
	ALWAYS("ImageLoaded", image_loaded),
	MADE("Hashes", hashes, NEVER, HASH),
	MADE("Signed", signed, NEVER, SIGNATURE),
	OF_FIELD("Signature", file_signature_subject, NEVER, SIGNATURE),
	MADE("SignatureStatus", signature_status, NEVER, SIGNATURE),
};

static const struct sysmon_field IMAGE_LOAD[] = {
	UNKNOWN("RuleName"),
	ALWAYS("UtcTime", utc_time),
	ALWAYS("ProcessGuid", process_guid),
	ALWAYS("ProcessId", process_id),
	OF_FIELD("Image", process_executable, NOTHING, NOTHING),
	ALWAYS("ImageLoaded", image_loaded),
	OF_FIELD("FileVersion", dll_version, NEVER, VERSION),
	OF_FIELD("Description", dll_description, NEVER, VERSION),
	OF_FIELD("Product", dll_product, NEVER, VERSION),
	OF_FIELD("Company", dll_company, NEVER, VERSION),
	OF_FIELD("OriginalFileName", dll_original_name, NEVER, VERSION),
	MADE("Hashes", hashes, HASH, HASH),
	MADE("Signed", signed, NEVER, SIGNATURE),
	OF_FIELD("Signature", dll_signature_subject, NEVER, SIGNATURE),
	MADE("SignatureStatus", signature_status, NEVER, SIGNATURE),
	ALWAYS("User", user),
};

static const struct sysmon_field REMOTE_THREAD[] = {
	UNKNOWN("RuleName"),
	ALWAYS("UtcTime", utc_time),
	ALWAYS("SourceProcessGuid", process_guid),
	ALWAYS("SourceProcessId", process_id),
	OF_FIELD("SourceImage", process_executable, NOTHING, NOTHING),
	ALWAYS("TargetProcessGuid", target_guid),
	ALWAYS("TargetProcessId", target_id),
	OF_FIELD("TargetImage", target_executable, NOTHING, NOTHING),
	ALWAYS("NewThreadId", new_thread_id),
	MADE("StartAddress", start_address, NEVER, NOTHING),
	OF_FIELD("StartModule", thread_start_module, NEVER, IMAGES),
	UNKNOWN("StartFunction"),
	ALWAYS("SourceUser", user),
	ALWAYS("TargetUser", target_user),
};

static const struct sysmon_field PROCESS_ACCESS[] = {
	UNKNOWN("RuleName"),
	ALWAYS("UtcTime", utc_time),
	ALWAYS("SourceProcessGUID", process_guid),
	ALWAYS("SourceProcessId", process_id),
	ALWAYS("SourceThreadId", source_thread_id),
	OF_FIELD("SourceImage", process_executable, NOTHING, NOTHING),
	ALWAYS("TargetProcessGUID", target_guid),
	ALWAYS("TargetProcessId", target_id),
	OF_FIELD("TargetImage", target_executable, NOTHING, NOTHING),
	ALWAYS("GrantedAccess", granted_access),
	UNKNOWN("CallTrace"),
	ALWAYS("SourceUser", user),
	ALWAYS("TargetUser", target_user),
};

#define EVENT(id, version, fields) \
	[id] = { (id), (version), (fields), sizeof(fields) / sizeof((fields)[0]) }

static const struct sysmon_event EVENTS[] = {
	EVENT(1, 5, PROCESS_CREATE), EVENT(5, 3, PROCESS_TERMINATE), EVENT(6, 4, DRIVER_LOAD),
	EVENT(7, 3, IMAGE_LOAD),     EVENT(8, 2, REMOTE_THREAD),     EVENT(10, 3, PROCESS_ACCESS),
};

const struct sysmon_event *sysmon_event_at(unsigned id)
{
	return id < sizeof(EVENTS) / sizeof(EVENTS[0]) && EVENTS[id].fields ? &EVENTS[id] : NULL;
}

/* On Windows a process starts with its program. On Linux, Sysmon's process creation is the exec,
 * and a fork is not an event. */
const struct sysmon_event *sysmon_event_of(const struct vigil_event *event)
{
	static const uint8_t IDS[VIGIL_TYPE_MAX] = {
		[VIGIL_EVENT_PROCESS_EXEC] = 1,  [VIGIL_EVENT_PROCESS_EXIT] = 5,
		[VIGIL_EVENT_DRIVER_LOAD] = 6,   [VIGIL_EVENT_IMAGE_LOAD] = 7,
		[VIGIL_EVENT_REMOTE_THREAD] = 8, [VIGIL_EVENT_PROCESS_ACCESS] = 10,
	};
	uint32_t type = event->record->type;

	if (!event->body || type >= VIGIL_TYPE_MAX)
		return NULL;
	if (type == VIGIL_EVENT_PROCESS_CREATE && event->record->encoding == VIGIL_UTF16LE)
		return &EVENTS[1];
	return sysmon_event_at(IDS[type]);
}

bool sysmon_get(const struct sysmon_field *field, const struct vigil_event *event,
		struct vigil_value *value)
{
	size_t count;

	value->s = (struct vigil_string){ "", 0, 0 };
	value->u = 0;
	return field->get ? field->get(event, value)
			  : vigil_fields(&count)[field->field].get(event, value);
}
