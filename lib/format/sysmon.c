/* SPDX-License-Identifier: MIT */
/*
 * sysmon.c - events in the XML of Sysmon, one per line, for programs that read that format.
 *
 * It writes the events that Sysmon has: 1 ProcessCreate, 4 ServiceStateChange, 5 ProcessTerminate,
 * 6 DriverLoad, 7 ImageLoad, 8 CreateRemoteThread, 10 ProcessAccess, 16 ServiceConfigurationChange,
 * 255 Error (losses, and starts that rules refused). Each is a list of fields in the order of
 * Sysmon's schema. An unknown value has the type that the schema gives the field, as in Sysmon's
 * events: "-" only for text, zeros for a GUID and a PID, 4294967295 for a session and a logon,
 * which may be 0.
 */
#include "format/format.h"
#include "format/sysmon.h"

#include "record/fields.h"
#include "users/users.h"

typedef void (*write_function)(struct vigil_buffer *b, const struct vigil_event *event);

struct data {
	const char *name;
	enum field_id field;  /* the value unchanged, or a dash */
	write_function write; /* NULL: the field */
};

struct schema {
	uint8_t id, version, level;
	const struct data *data;
	size_t count;
};

#define LEVEL_ERROR       2
#define LEVEL_INFORMATION 4

/* Writes arguments joined by spaces, as Sysmon for Linux does. */
static void put_args(struct vigil_buffer *b, struct vigil_string args)
{
	const char *item = args.data, *end = args.data + args.length;

	while (item < end) {
		const char *nul = memchr(item, '\0', (size_t)(end - item));
		size_t length = (size_t)((nul ? nul : end) - item);

		if (item != args.data)
			vigil_put_char(b, ' ');
		vigil_put_xml(b, item, length);
		item += length + 1;
	}
}

#define NO_GUID "{00000000-0000-0000-0000-000000000000}"

static void put_guid(struct vigil_buffer *b, const struct vigil_event *event,
		     const struct vigil_id *id)
{
	char guid[VIGIL_GUID_LENGTH];

	if (!id || id->start_key == 0) {
		put_words(b, NO_GUID);
		return;
	}
	vigil_format_entity(guid, event->machine, id->pid, id->start_key);
	vigil_put_char(b, '{');
	vigil_put(b, guid, sizeof(guid));
	vigil_put_char(b, '}');
}

static void put_pid(struct vigil_buffer *b, const struct vigil_id *id)
{
	vigil_put_unsigned(b, vigil_id_known(id) ? id->pid : 0);
}

static void put_user(struct vigil_buffer *b, struct vigil_string sid, uint32_t uid, uint64_t now)
{
	const struct vigil_account *account = vigil_account_of(sid, now);
	const char *name = vigil_user_name(uid, now);

	if (account) {
		put_words(b, account->domain);
		put_words(b, account->domain[0] != '\0' ? "\\" : "");
		put_words(b, account->name);
	} else if (sid.length > 0) {
		put_string(b, sid);
	} else if (name) {
		put_words(b, name);
	} else if (uid != VIGIL_UNKNOWN) {
		vigil_put_unsigned(b, uid);
	} else {
		put_missing(b);
	}
}

static void put_user_of(struct vigil_buffer *b, const struct vigil_event *event,
			const struct vigil_process_info *proc)
{
	bool numbers = event->record->encoding == VIGIL_BYTES;

	if (!proc)
		put_missing(b);
	else
		put_user(b, proc->user, numbers ? proc->euid : VIGIL_UNKNOWN, event->record->time);
}

/* ---- the values, under the names of the schema ---- */

#define VALUE(name) static void name(struct vigil_buffer *b, const struct vigil_event *event)

VALUE(not_told)
{
	(void)event;
	put_missing(b);
}

VALUE(no_guid)
{
	(void)event;
	put_words(b, NO_GUID);
}

VALUE(utc_time)
{
	vigil_put_utc(b, event->record->time, ' ', 3);
}

VALUE(process_guid)
{
	put_guid(b, event, vigil_subject_id(event));
}

VALUE(process_id)
{
	put_pid(b, vigil_subject_id(event));
}

VALUE(command_line)
{
	struct vigil_string command = vigil_subject_command(event);
	struct vigil_string args = vigil_subject_args(event);

	if (command.length == 0 && args.length > 0)
		put_args(b, args);
	else
		put_string(b, command);
}

VALUE(user)
{
	uint32_t uid =
	    event->record->encoding == VIGIL_BYTES ? vigil_subject_ids(event).euid : VIGIL_UNKNOWN;

	put_user(b, vigil_subject_user(event), uid, event->record->time);
}

/* On Linux the login user; if there is none, the kernel's number for that. */
VALUE(logon_id)
{
	struct vigil_value value;
	size_t count;

	if (event->record->encoding != VIGIL_BYTES)
		put_words(b, "0x0");
	else if (vigil_fields(&count)[FIELD_login_user_id].get(event, &value))
		put_string(b, value.s);
	else
		vigil_put_unsigned(b, VIGIL_UNKNOWN);
}

VALUE(terminal_session_id)
{
	vigil_put_unsigned(b, event->start->session);
}

VALUE(integrity_level)
{
	if (event->record->encoding == VIGIL_BYTES)
		put_words(b, "no level");
	else
		put_words(b, vigil_integrity_name(event->start->integrity));
}

VALUE(parent_guid)
{
	put_guid(b, event, vigil_parent_id(event));
}

VALUE(parent_id)
{
	put_pid(b, vigil_parent_id(event));
}

VALUE(parent_user)
{
	put_user_of(b, event, event->parent);
}

/* For a Linux module, only the name is known. */
VALUE(image_loaded)
{
	bool path = event->part[VIGIL_PART_IMAGE].length > 0;

	put_string(b, event->part[path ? VIGIL_PART_IMAGE : VIGIL_PART_NAME]);
}

VALUE(target_guid)
{
	put_guid(b, event, vigil_target_id(event));
}

VALUE(target_id)
{
	put_pid(b, vigil_target_id(event));
}

VALUE(target_user)
{
	put_user_of(b, event, event->target);
}

VALUE(source_thread_id)
{
	vigil_put_unsigned(b, event->record->actor.tid);
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

	put_words(b, known && event->access->result >= 0 ? GRANTED[method] : "0x0");
}

VALUE(new_thread_id)
{
	vigil_put_unsigned(b, event->thread->thread.tid);
}

VALUE(start_address)
{
	char text[16];

	vigil_format_hex(text, event->thread->start_address, 16);
	for (size_t i = 0; i < sizeof(text); i++) /* upper case, as in Sysmon */
		if (text[i] >= 'a')
			text[i] = (char)(text[i] - 'a' + 'A');
	vigil_put(b, "0x", 2);
	vigil_put(b, text, sizeof(text));
}

VALUE(state)
{
	put_words(b, event->status->state == VIGIL_STATUS_STARTED ? "Started" : "Stopped");
}

VALUE(version)
{
	(void)event;
	put_words(b, VIGIL_VERSION);
}

VALUE(schema_version)
{
	(void)event;
	put_words(b, "4.82");
}

VALUE(error_id)
{
	uint32_t type = event->record->type;

	put_words(b, type == VIGIL_EVENT_LOST             ? "LostEvents"
		     : type == VIGIL_EVENT_PROCESS_DENIED ? "ProcessDenied"
							  : "Warning");
}

/* Sysmon has no event for a start that was refused. */
static void put_denied(struct vigil_buffer *b, const struct vigil_event *event)
{
	bool refused = event->denied->verdict == VIGIL_VERDICT_DENY;

	vigil_put_text(b, refused ? "start of " : "start that would be refused, of ");
	put_string(b, event->part[VIGIL_PART_IMAGE]);
	vigil_put_text(b, " by ");
	put_string(b, vigil_subject_image(event));
	vigil_put_text(b, refused ? " was refused by " : ", by ");
	if (!event->part[VIGIL_PART_RULE].data) { /* Windows: refused earlier */
		vigil_put_text(b, "another driver");
		return;
	}
	vigil_put_text(b, "rule ");
	put_string(b, event->part[VIGIL_PART_RULE]);
}

VALUE(error_text)
{
	if (event->record->type == VIGIL_EVENT_PROCESS_DENIED) {
		put_denied(b, event);
		return;
	}
	if (event->record->type != VIGIL_EVENT_LOST) {
		put_string(b, event->part[VIGIL_PART_TEXT]);
		return;
	}
	vigil_put_unsigned(b, event->lost->count);
	vigil_put_text(b, " events of type ");
	put_words(b, vigil_type_name(event->lost->type));
	vigil_put_text(b, " are missing: ");
	put_words(b, vigil_loss_name(event->lost->reason));
	if (event->part[VIGIL_PART_CGROUP].length > 0) {
		vigil_put_text(b, ", most of them by processes of ");
		put_string(b, event->part[VIGIL_PART_CGROUP]);
	}
}

/* ---- the schema ---- */

#define FIELD(id)      FIELD_##id, NULL
#define MADE_BY(value) 0, value

static const struct data PROCESS_CREATE[] = {
	{ "RuleName", MADE_BY(not_told) },
	{ "UtcTime", MADE_BY(utc_time) },
	{ "ProcessGuid", MADE_BY(process_guid) },
	{ "ProcessId", MADE_BY(process_id) },
	{ "Image", FIELD(process_executable) },
	{ "FileVersion", FIELD(process_version) },
	{ "Description", FIELD(process_description) },
	{ "Product", FIELD(process_product) },
	{ "Company", FIELD(process_company) },
	{ "OriginalFileName", FIELD(process_original_name) },
	{ "CommandLine", MADE_BY(command_line) },
	{ "CurrentDirectory", FIELD(process_working_directory) },
	{ "User", MADE_BY(user) },
	{ "LogonGuid", MADE_BY(no_guid) },
	{ "LogonId", MADE_BY(logon_id) },
	{ "TerminalSessionId", MADE_BY(terminal_session_id) },
	{ "IntegrityLevel", MADE_BY(integrity_level) },
	{ "Hashes", MADE_BY(sysmon_hashes) },
	{ "ParentProcessGuid", MADE_BY(parent_guid) },
	{ "ParentProcessId", MADE_BY(parent_id) },
	{ "ParentImage", FIELD(parent_executable) },
	{ "ParentCommandLine", FIELD(parent_command_line) },
	{ "ParentUser", MADE_BY(parent_user) },
};

static const struct data STATE_CHANGE[] = {
	{ "UtcTime", MADE_BY(utc_time) },
	{ "State", MADE_BY(state) },
	{ "Version", MADE_BY(version) },
	{ "SchemaVersion", MADE_BY(schema_version) },
};

static const struct data PROCESS_TERMINATE[] = {
	{ "RuleName", MADE_BY(not_told) },        { "UtcTime", MADE_BY(utc_time) },
	{ "ProcessGuid", MADE_BY(process_guid) }, { "ProcessId", MADE_BY(process_id) },
	{ "Image", FIELD(process_executable) },   { "User", MADE_BY(user) },
};

static const struct data DRIVER_LOAD[] = {
	{ "RuleName", MADE_BY(not_told) },
	{ "UtcTime", MADE_BY(utc_time) },
	{ "ImageLoaded", MADE_BY(image_loaded) },
	{ "Hashes", MADE_BY(sysmon_hashes) },
	{ "Signed", MADE_BY(sysmon_signed) },
	{ "Signature", FIELD(file_signature_subject) },
	{ "SignatureStatus", MADE_BY(sysmon_signature_status) },
};

static const struct data IMAGE_LOAD[] = {
	{ "RuleName", MADE_BY(not_told) },
	{ "UtcTime", MADE_BY(utc_time) },
	{ "ProcessGuid", MADE_BY(process_guid) },
	{ "ProcessId", MADE_BY(process_id) },
	{ "Image", FIELD(process_executable) },
	{ "ImageLoaded", MADE_BY(image_loaded) },
	{ "FileVersion", FIELD(dll_version) },
	{ "Description", FIELD(dll_description) },
	{ "Product", FIELD(dll_product) },
	{ "Company", FIELD(dll_company) },
	{ "OriginalFileName", FIELD(dll_original_name) },
	{ "Hashes", MADE_BY(sysmon_hashes) },
	{ "Signed", MADE_BY(sysmon_signed) },
	{ "Signature", FIELD(dll_signature_subject) },
	{ "SignatureStatus", MADE_BY(sysmon_signature_status) },
	{ "User", MADE_BY(user) },
};

static const struct data REMOTE_THREAD[] = {
	{ "RuleName", MADE_BY(not_told) },
	{ "UtcTime", MADE_BY(utc_time) },
	{ "SourceProcessGuid", MADE_BY(process_guid) },
	{ "SourceProcessId", MADE_BY(process_id) },
	{ "SourceImage", FIELD(process_executable) },
	{ "TargetProcessGuid", MADE_BY(target_guid) },
	{ "TargetProcessId", MADE_BY(target_id) },
	{ "TargetImage", FIELD(target_executable) },
	{ "NewThreadId", MADE_BY(new_thread_id) },
	{ "StartAddress", MADE_BY(start_address) },
	{ "StartModule", FIELD(thread_start_module) },
	{ "StartFunction", MADE_BY(not_told) },
	{ "SourceUser", MADE_BY(user) },
	{ "TargetUser", MADE_BY(target_user) },
};

static const struct data PROCESS_ACCESS[] = {
	{ "RuleName", MADE_BY(not_told) },
	{ "UtcTime", MADE_BY(utc_time) },
	{ "SourceProcessGUID", MADE_BY(process_guid) },
	{ "SourceProcessId", MADE_BY(process_id) },
	{ "SourceThreadId", MADE_BY(source_thread_id) },
	{ "SourceImage", FIELD(process_executable) },
	{ "TargetProcessGUID", MADE_BY(target_guid) },
	{ "TargetProcessId", MADE_BY(target_id) },
	{ "TargetImage", FIELD(target_executable) },
	{ "GrantedAccess", MADE_BY(granted_access) },
	{ "CallTrace", MADE_BY(not_told) },
	{ "SourceUser", MADE_BY(user) },
	{ "TargetUser", MADE_BY(target_user) },
};

static const struct data CONFIG_CHANGE[] = {
	{ "UtcTime", MADE_BY(utc_time) },
	{ "Configuration", FIELD(message) },
	{ "ConfigurationFileHash", MADE_BY(not_told) },
};

static const struct data ERROR_REPORT[] = {
	{ "UtcTime", MADE_BY(utc_time) },
	{ "ID", MADE_BY(error_id) },
	{ "Description", MADE_BY(error_text) },
};

#define SCHEMA(id, version, level, data) \
	{ \
		id, version, level, data, sizeof(data) / sizeof((data)[0]) \
	}

static const struct schema CREATE = SCHEMA(1, 5, LEVEL_INFORMATION, PROCESS_CREATE);
static const struct schema STATE = SCHEMA(4, 3, LEVEL_INFORMATION, STATE_CHANGE);
static const struct schema TERMINATE = SCHEMA(5, 3, LEVEL_INFORMATION, PROCESS_TERMINATE);
static const struct schema DRIVER = SCHEMA(6, 4, LEVEL_INFORMATION, DRIVER_LOAD);
static const struct schema IMAGE = SCHEMA(7, 3, LEVEL_INFORMATION, IMAGE_LOAD);
static const struct schema REMOTE = SCHEMA(8, 2, LEVEL_INFORMATION, REMOTE_THREAD);
static const struct schema ACCESS = SCHEMA(10, 3, LEVEL_INFORMATION, PROCESS_ACCESS);
static const struct schema CONFIG = SCHEMA(16, 3, LEVEL_INFORMATION, CONFIG_CHANGE);
static const struct schema REPORT = SCHEMA(255, 3, LEVEL_ERROR, ERROR_REPORT);

/* The schema of a status. */
static const struct schema *schema_of_status(uint32_t state)
{
	switch (state) {
	case VIGIL_STATUS_STARTED:
	case VIGIL_STATUS_STOPPED:
		return &STATE;
	case VIGIL_STATUS_CHANGED:
		return &CONFIG;
	case VIGIL_STATUS_WARNING:
		return &REPORT;
	default:
		return NULL;
	}
}

/* On Windows a process starts with its program. On Linux, Sysmon's process creation is the exec,
 * and a fork is not an event. */
static const struct schema *schema_of(const struct vigil_event *event)
{
	static const struct schema *const SCHEMAS[VIGIL_TYPE_MAX] = {
		[VIGIL_EVENT_PROCESS_EXEC] = &CREATE,  [VIGIL_EVENT_PROCESS_EXIT] = &TERMINATE,
		[VIGIL_EVENT_IMAGE_LOAD] = &IMAGE,     [VIGIL_EVENT_DRIVER_LOAD] = &DRIVER,
		[VIGIL_EVENT_REMOTE_THREAD] = &REMOTE, [VIGIL_EVENT_PROCESS_ACCESS] = &ACCESS,
		[VIGIL_EVENT_LOST] = &REPORT,          [VIGIL_EVENT_PROCESS_DENIED] = &REPORT,
	};
	uint32_t type = event->record->type;

	if (!event->body)
		return NULL;
	if (type == VIGIL_EVENT_STATUS)
		return schema_of_status(event->status->state);
	if (type == VIGIL_EVENT_PROCESS_CREATE && event->record->encoding == VIGIL_UTF16LE)
		return &CREATE;
	return SCHEMAS[type];
}

static void put_system(struct vigil_buffer *b, const struct vigil_event *event,
		       const struct schema *schema)
{
	vigil_put_text(b, "<Event><System><Provider Name=\"Linux-Sysmon\" "
			  "Guid=\"{ff032593-a8d3-4f13-b0d6-01fc615a0f97}\"/><EventID>");
	vigil_put_unsigned(b, schema->id);
	vigil_put_text(b, "</EventID><Version>");
	vigil_put_unsigned(b, schema->version);
	vigil_put_text(b, "</Version><Level>");
	vigil_put_unsigned(b, schema->level);
	vigil_put_text(b, "</Level><Task>");
	vigil_put_unsigned(b, schema->id);
	vigil_put_text(b, "</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>"
			  "<TimeCreated SystemTime=\"");
	vigil_put_utc(b, event->record->time, 'T', 9);
	vigil_put_text(b, "Z\"/><EventRecordID>");
	vigil_put_unsigned(b, event->record->seq);
	vigil_put_text(b, "</EventRecordID><Correlation/><Execution ProcessID=\"");
	vigil_put_unsigned(b, event->record->actor.pid);
	vigil_put_text(b, "\" ThreadID=\"");
	vigil_put_unsigned(b, event->record->actor.tid);
	vigil_put_text(b, "\"/><Channel>Linux-Sysmon/Operational</Channel><Computer>");
	put_string(b, event->host);
	/* Sensors run as the system user. */
	vigil_put_text(b, event->record->encoding == VIGIL_UTF16LE
			      ? "</Computer><Security UserId=\"S-1-5-18\"/></System><EventData>"
			      : "</Computer><Security UserId=\"0\"/></System><EventData>");
}

static void put_field(struct vigil_buffer *b, const struct vigil_event *event, enum field_id id)
{
	struct vigil_value value;
	size_t count;

	if (vigil_fields(&count)[id].get(event, &value))
		put_string(b, value.s);
	else
		put_missing(b);
}

void vigil_sysmon_print(struct vigil_printer *printer, const struct vigil_event *event)
{
	const struct schema *schema = schema_of(event);
	struct vigil_buffer *b = &printer->out;

	if (!schema)
		return;
	put_system(b, event, schema);
	for (size_t i = 0; i < schema->count; i++) {
		vigil_put_text(b, "<Data Name=\"");
		vigil_put_text(b, schema->data[i].name);
		vigil_put(b, "\">", 2);
		if (schema->data[i].write)
			schema->data[i].write(b, event);
		else
			put_field(b, event, schema->data[i].field);
		vigil_put_text(b, "</Data>");
	}
	vigil_put_text(b, "</EventData></Event>\n");
}
