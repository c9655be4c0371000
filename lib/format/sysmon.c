/* SPDX-License-Identifier: MIT */
/*
 * sysmon.c - events in the XML of Sysmon, one per line, for programs that read that format.
 *
 * It writes the events that Sysmon has: 1 ProcessCreate, 4 ServiceStateChange, 5 ProcessTerminate,
 * 6 DriverLoad, 7 ImageLoad, 8 CreateRemoteThread, 10 ProcessAccess, 16 ServiceConfigurationChange,
 * 255 Error (losses, and starts that rules refused). Each is a list of fields in the order of
 * Sysmon's schema; record/sysmon_fields.c has those of processes. An unknown value has the type
 * that the schema gives the field, as in Sysmon's events: "-" only for text, zeros for a GUID and
 * a PID, 4294967295 for a session and a logon, which may be 0.
 */
#include "format/format.h"
#include "format/xml.h"
#include "record/names.h"
#include "record/subject.h"
#include "record/sysmon_fields.h"

typedef void (*write_function)(struct vigil_buffer *b, const struct vigil_event *event);

struct data {
	const char *name;
	write_function write;
};

/* An event about the sensor itself. */
struct report {
	uint8_t id, version, level;
	const struct data *data;
	size_t count;
};

#define LEVEL_ERROR       2
#define LEVEL_INFORMATION 4

/* Writes the items of a list joined by spaces: arguments, as Sysmon for Linux does. */
static void put_items(struct vigil_buffer *b, struct vigil_string list)
{
	const char *item = list.data, *end = list.data + list.length;

	while (item < end) {
		const char *nul = memchr(item, '\0', (size_t)(end - item));
		size_t length = (size_t)((nul ? nul : end) - item);

		if (item != list.data)
			vigil_put_char(b, ' ');
		vigil_put_xml(b, item, length);
		item += length + 1;
	}
}

static void put_string(struct vigil_buffer *b, struct vigil_string s)
{
	if (s.length == 0 || !s.data)
		vigil_put_char(b, '-');
	else
		vigil_put_xml(b, s.data, s.length);
}

static void put_words(struct vigil_buffer *b, const char *words)
{
	put_string(b, (struct vigil_string){ words, words ? (uint32_t)strlen(words) : 0, 0 });
}

/* ---- events about the sensor itself ---- */

#define VALUE(name) static void name(struct vigil_buffer *b, const struct vigil_event *event)

VALUE(nothing)
{
	(void)event;
	vigil_put_char(b, '-');
}

VALUE(utc_time)
{
	vigil_put_utc(b, event->record->time, ' ', 3);
}

VALUE(message)
{
	put_string(b, event->part[VIGIL_PART_TEXT]);
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

static const struct data STATE_CHANGE[] = {
	{ "UtcTime", utc_time },
	{ "State", state },
	{ "Version", version },
	{ "SchemaVersion", schema_version },
};

static const struct data CONFIG_CHANGE[] = {
	{ "UtcTime", utc_time },
	{ "Configuration", message },
	{ "ConfigurationFileHash", nothing },
};

static const struct data ERROR_REPORT[] = {
	{ "UtcTime", utc_time },
	{ "ID", error_id },
	{ "Description", error_text },
};

#define REPORT(id, level, data) \
	{ \
		id, 3, level, data, sizeof(data) / sizeof((data)[0]) \
	}

static const struct report STATE = REPORT(4, LEVEL_INFORMATION, STATE_CHANGE);
static const struct report CONFIG = REPORT(16, LEVEL_INFORMATION, CONFIG_CHANGE);
static const struct report ERROR = REPORT(255, LEVEL_ERROR, ERROR_REPORT);

/* Returns the report that an event is, NULL: none. */
static const struct report *report_of(const struct vigil_event *event)
{
	switch (event->record->type) {
	case VIGIL_EVENT_LOST:
	case VIGIL_EVENT_PROCESS_DENIED:
		return &ERROR;
	case VIGIL_EVENT_STATUS:
		break;
	default:
		return NULL;
	}
	switch (event->status->state) {
	case VIGIL_STATUS_STARTED:
	case VIGIL_STATUS_STOPPED:
		return &STATE;
	case VIGIL_STATUS_CHANGED:
		return &CONFIG;
	case VIGIL_STATUS_WARNING:
		return &ERROR;
	default:
		return NULL;
	}
}

/* ---- the line ---- */

static void put_system(struct vigil_buffer *b, const struct vigil_event *event, unsigned id,
		       unsigned version, unsigned level)
{
	vigil_put_text(b, "<Event><System><Provider Name=\"Linux-Sysmon\" "
			  "Guid=\"{ff032593-a8d3-4f13-b0d6-01fc615a0f97}\"/><EventID>");
	vigil_put_unsigned(b, id);
	vigil_put_text(b, "</EventID><Version>");
	vigil_put_unsigned(b, version);
	vigil_put_text(b, "</Version><Level>");
	vigil_put_unsigned(b, level);
	vigil_put_text(b, "</Level><Task>");
	vigil_put_unsigned(b, id);
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

static void begin_data(struct vigil_buffer *b, const char *name)
{
	vigil_put_text(b, "<Data Name=\"");
	vigil_put_text(b, name);
	vigil_put(b, "\">", 2);
}

static void put_fields(struct vigil_buffer *b, const struct vigil_event *event,
		       const struct sysmon_event *sysmon)
{
	struct vigil_value value;

	for (size_t i = 0; i < sysmon->count; i++) {
		begin_data(b, sysmon->fields[i].name);
		sysmon_get(&sysmon->fields[i], event, &value);
		if (value.u)
			put_items(b, value.s);
		else
			put_string(b, value.s);
		vigil_put_text(b, "</Data>");
	}
}

static void put_report(struct vigil_buffer *b, const struct vigil_event *event,
		       const struct report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		begin_data(b, report->data[i].name);
		report->data[i].write(b, event);
		vigil_put_text(b, "</Data>");
	}
}

void vigil_sysmon_print(struct vigil_printer *printer, const struct vigil_event *event)
{
	const struct sysmon_event *sysmon = sysmon_event_of(event);
	const struct report *report = event->body ? report_of(event) : NULL;
	struct vigil_buffer *b = &printer->out;

	if (sysmon) {
		put_system(b, event, sysmon->id, sysmon->version, LEVEL_INFORMATION);
		put_fields(b, event, sysmon);
	} else if (report) {
		put_system(b, event, report->id, report->version, report->level);
		put_report(b, event, report);
	} else {
		return;
	}
	vigil_put_text(b, "</EventData></Event>\n");
}
