/* SPDX-License-Identifier: MIT */
#include "format/detail.h"

#include <string.h>

#include "record/file_info.h"
#include "record/subject.h"
#include "users/users.h"

#define PATH_MAX_COLUMNS 48 /* of a directory, which is optional information */
#define MATCHES_SHOWN    8  /* of an alert */

static void add_tag(struct vigil_line *line, const char *text)
{
	vigil_line_style(line, VIGIL_YELLOW);
	vigil_line_text(line, text);
	vigil_line_style(line, VIGIL_PLAIN);
	vigil_line_text(line, " ");
}

void vigil_detail_marks(struct vigil_line *line, uint32_t attributes)
{
	static const struct {
		uint32_t flag;
		const char *text;
	} TAGS[] = { { VIGIL_PROCESS_MEMORY_ONLY, "[memory only]" },
		     { VIGIL_PROCESS_DELETED, "[deleted]" },
		     { VIGIL_PROCESS_ELEVATED, "[elevated]" },
		     { VIGIL_PROCESS_SUBSYSTEM, "[subsystem]" } };

	/* A file in memory never had a name in a directory. */
	if ((attributes & VIGIL_PROCESS_MEMORY_ONLY) != 0)
		attributes &= ~VIGIL_PROCESS_DELETED;
	for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++)
		if ((attributes & TAGS[i].flag) != 0)
			add_tag(line, TAGS[i].text);
}

static void add_cut(struct vigil_line *line, struct vigil_string s)
{
	if (s.original <= s.length)
		return;
	vigil_line_style(line, VIGIL_YELLOW);
	vigil_line_text(line, " [cut");
	if (s.original != VIGIL_UNKNOWN) {
		vigil_line_text(line, ": full length ");
		vigil_line_size(line, s.original);
	}
	vigil_line_text(line, "]");
	vigil_line_style(line, VIGIL_PLAIN);
}

/* Adds the directory only if the whole line has enough space for it. */
static void add_directory(struct vigil_line *line, struct vigil_string directory)
{
	if (directory.length == 0 || line->full)
		return;
	if (line->width > 0 && (directory.length > PATH_MAX_COLUMNS ||
				line->column + 5 + directory.length > line->width))
		return;
	vigil_line_style(line, VIGIL_DIM);
	vigil_line_text(line, "  in ");
	vigil_line_string(line, directory, 0);
	vigil_line_style(line, VIGIL_PLAIN);
}

/* "4711 make" */
static void add_process(struct vigil_line *line, const struct vigil_id *id,
			const struct vigil_process_info *proc)
{
	vigil_line_unsigned(line, id->pid);
	if (!proc || proc->name.length == 0)
		return;
	vigil_line_text(line, " ");
	vigil_line_string(line, proc->name, 0);
}

static void detail_exec(struct vigil_line *line, const struct vigil_event *event)
{
	struct vigil_string args = vigil_subject_args(event);
	struct vigil_string command = vigil_subject_command(event);

	vigil_detail_marks(line, event->start->attributes);
	if ((event->part_flags[VIGIL_PART_ARGS] & VIGIL_PART_FLAG_UNREADABLE) != 0)
		add_tag(line,
			args.length > 0 ? "[some arguments unreadable]" : "[arguments unreadable]");
	if (event->part[VIGIL_PART_ENVIRONMENT].length > 0) {
		vigil_line_command(line, event->part[VIGIL_PART_ENVIRONMENT]);
		add_cut(line, event->part[VIGIL_PART_ENVIRONMENT]);
		vigil_line_text(line, " ");
	}
	if (args.length > 0) {
		vigil_line_command(line, args);
		add_cut(line, args);
	} else if (command.length > 0) {
		vigil_line_string(line, command, 0);
		add_cut(line, command);
	} else {
		vigil_line_string(line, vigil_subject_image(event), 0);
	}
	add_directory(line, vigil_subject_directory(event));
}

static void detail_create(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_id *actor = &event->record->actor;
	const struct vigil_id *parent = vigil_parent_id(event);

	/* On Windows a process is created together with its program. */
	if (event->record->encoding == VIGIL_UTF16LE) {
		detail_exec(line, event);
		return;
	}
	if ((event->start->attributes & VIGIL_PROCESS_KERNEL) != 0)
		add_tag(line, "[kernel]");
	if (vigil_id_known(actor)) {
		vigil_line_text(line, "by ");
		add_process(line, actor, event->actor);
	}
	if (vigil_id_known(parent) && parent->pid != actor->pid) {
		vigil_line_text(line, vigil_id_known(actor) ? ", child of " : "child of ");
		add_process(line, parent, event->parent);
	}
}

static void add_signal(struct vigil_line *line, uint32_t signal)
{
	const char *name = vigil_signal_name(signal);

	vigil_line_text(line, name ? name : "signal ");
	if (!name)
		vigil_line_unsigned(line, signal);
}

static void add_ending(struct vigil_line *line, const struct vigil_exit_body *exit, bool windows)
{
	vigil_line_style(line, exit->code == 0 && exit->signal == 0 ? VIGIL_DIM : VIGIL_RED);
	if (exit->signal != 0) {
		vigil_line_text(line, "killed by ");
		add_signal(line, exit->signal);
		if ((exit->attributes & VIGIL_EXIT_CORE) != 0)
			vigil_line_text(line, ", core dumped");
	} else {
		vigil_line_text(line, "code ");
		/* An NTSTATUS that is an error. */
		if (windows && exit->code >= 0x80000000u)
			vigil_line_hex(line, exit->code);
		else
			vigil_line_unsigned(line, exit->code);
	}
}

static void detail_exit(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_exit_body *exit = event->exit;
	uint64_t cpu;

	add_ending(line, exit, event->record->encoding == VIGIL_UTF16LE);
	vigil_line_style(line, VIGIL_DIM);
	if (exit->lifetime != 0) {
		vigil_line_text(line, exit->signal != 0 ? " after " : " in ");
		vigil_line_duration(line, exit->lifetime);
	}
	vigil_line_text(line, ", cpu ");
	if (vigil_exit_cpu_time(exit, &cpu))
		vigil_line_duration(line, cpu);
	else
		vigil_line_text(line, "unknown");
	if (exit->max_memory != 0) {
		vigil_line_text(line, ", ");
		vigil_line_size(line, exit->max_memory);
	}
}

/* " at ntdll.dll+0x1234", " at 0x7ff812345678": what is known about an address. */
static void add_address(struct vigil_line *line, const struct vigil_event *event, uint64_t address)
{
	if (address == 0)
		return;
	vigil_line_text(line, " at ");
	if (event->module.length > 0) {
		vigil_line_string(line, vigil_base_name(event, event->module), 0);
		vigil_line_text(line, "+");
		vigil_line_hex(line, event->module_offset);
		return;
	}
	vigil_line_hex(line, address);
	if (event->unbacked) {
		vigil_line_style(line, VIGIL_RED);
		vigil_line_text(line, " in no image");
		vigil_line_style(line, VIGIL_PLAIN);
	}
}

/* What the sensor has kept about a thread that has ended (Windows). */
static void add_past(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_thread_end_body *end = event->body;

	if (event->record->fixed < sizeof(*event->record) + sizeof(*end))
		return;
	if (end->lifetime != 0) {
		vigil_line_text(line, ", lived ");
		vigil_line_duration(line, end->lifetime);
	}
	if (end->creator.pid != 0 && end->creator.pid != end->thread.thread.pid) {
		vigil_line_text(line, ", made by ");
		vigil_line_unsigned(line, end->creator.pid);
	}
}

static void detail_thread(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_thread_body *thread = event->thread;
	struct vigil_string name = event->part[VIGIL_PART_NAME];
	bool ends = event->record->type == VIGIL_EVENT_THREAD_EXIT;

	vigil_line_text(line, "thread ");
	vigil_line_unsigned(line, thread->thread.tid);
	if (name.data && name.length > 0) {
		vigil_line_text(line, " ");
		vigil_line_string(line, name, 0);
	}
	if (ends && thread->signal != 0) {
		vigil_line_text(line, " by ");
		add_signal(line, thread->signal);
	}
	vigil_line_style(line, VIGIL_DIM);
	add_address(line, event, thread->start_address);
	if (ends && thread->cpu_time != 0) {
		vigil_line_text(line, ", cpu ");
		vigil_line_duration(line, thread->cpu_time);
	}
	if (ends)
		add_past(line, event);
}

static void detail_image(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_image_body *image = event->image;

	if ((image->attributes & VIGIL_IMAGE_ANONYMOUS) != 0)
		add_tag(line, "[anonymous memory]");
	else if ((image->attributes & VIGIL_IMAGE_MEMORY_ONLY) != 0)
		add_tag(line, "[memory only]");
	else if ((image->attributes & VIGIL_IMAGE_DELETED) != 0)
		add_tag(line, "[deleted]");
	else if ((image->attributes & VIGIL_IMAGE_MAYBE_DELETED) != 0)
		add_tag(line, "[deleted?]");
	if ((event->part_flags[VIGIL_PART_IMAGE] &
	     (VIGIL_PART_FLAG_UNREADABLE | VIGIL_PART_FLAG_LATE)) != 0)
		add_tag(line, "[path unknown]");
	if ((image->attributes & VIGIL_IMAGE_TAINTED) != 0)
		add_tag(line, "[tainted]");
	if ((image->attributes & VIGIL_IMAGE_OTHER_MACHINE) != 0)
		add_tag(line, "[other architecture]");
	if (event->part[VIGIL_PART_IMAGE].data) {
		vigil_line_string(line, event->part[VIGIL_PART_IMAGE], 0);
		add_cut(line, event->part[VIGIL_PART_IMAGE]);
	} else if (event->part[VIGIL_PART_NAME].data) { /* a Linux module */
		vigil_line_string(line, event->part[VIGIL_PART_NAME], 0);
	}
	vigil_line_style(line, VIGIL_DIM);
	if (image->base != 0) {
		vigil_line_text(line, "  at ");
		vigil_line_hex(line, image->base);
	}
	if (image->size != 0) {
		vigil_line_text(line, image->base != 0 ? ", " : "  ");
		vigil_line_size(line, image->size);
	}
}

static void detail_remote(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_thread_body *thread = event->thread;
	const char *reason = vigil_reason_name(thread->reason);

	vigil_line_text(line, "thread ");
	vigil_line_unsigned(line, thread->thread.tid);
	vigil_line_text(line, " in ");
	add_process(line, vigil_target_id(event), event->target);
	add_address(line, event, thread->start_address);
	if (reason) {
		vigil_line_text(line, ", by a ");
		vigil_line_text(line, reason);
	}
	if ((thread->attributes & VIGIL_THREAD_PARENT_CREATOR) != 0)
		vigil_line_text(line, ", by its parent");
}

static void detail_access(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_access_body *access = event->access;
	const char *method = vigil_method_name(access->method);

	vigil_line_text(line, method ? method : "unknown means");
	vigil_line_text(line, " on ");
	if ((access->attributes & VIGIL_ACCESS_OWN_CHILD) != 0)
		vigil_line_text(line, "its child ");
	add_process(line, vigil_target_id(event), event->target);
	if (access->target.tid != 0 && access->target.tid != access->target.pid) {
		vigil_line_text(line, ", thread ");
		vigil_line_unsigned(line, access->target.tid);
	}
	if (access->count > 1 &&
	    (access->method == VIGIL_METHOD_POKE || access->method == VIGIL_METHOD_REGISTERS)) {
		vigil_line_text(line, ", time ");
		vigil_line_unsigned(line, access->count);
	}
	if (access->length != 0) {
		vigil_line_text(line, ", ");
		vigil_line_size(line, access->length);
	}
	add_address(line, event, access->address);
	if (access->result < 0) {
		vigil_line_style(line, VIGIL_RED);
		vigil_line_text(line, ", failed with error ");
		vigil_line_unsigned(line, 0 - (uint64_t)access->result);
	}
}

struct change {
	const char *what;
	uint32_t before, after;
	const char *(*name_of)(uint32_t id, uint64_t now);
};

static void add_id(struct vigil_line *line, const struct change *change, uint32_t id, uint64_t now)
{
	const char *name = change->name_of(id, now);

	if (name)
		vigil_line_string(line, (struct vigil_string){ name, (uint32_t)strlen(name), 0 },
				  0);
	else
		vigil_line_unsigned(line, id);
}

/* "user root to www-data", for each id that has changed. Returns their number. */
static unsigned add_id_changes(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_cred *from = &event->credentials->before;
	const struct vigil_cred *to = &event->credentials->after;
	const struct change changes[] = {
		{ "user ", from->uid, to->uid, vigil_user_name },
		{ "effective user ", from->euid, to->euid, vigil_user_name },
		{ "saved user ", from->suid, to->suid, vigil_user_name },
		{ "group ", from->gid, to->gid, vigil_group_name },
		{ "effective group ", from->egid, to->egid, vigil_group_name },
		{ "saved group ", from->sgid, to->sgid, vigil_group_name },
		{ "file user ", from->fsuid, to->fsuid, vigil_user_name },
		{ "file group ", from->fsgid, to->fsgid, vigil_group_name },
	};
	unsigned count = 0;

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		if (changes[i].before == changes[i].after)
			continue;
		vigil_line_text(line, count++ > 0 ? ", " : "");
		vigil_line_text(line, changes[i].what);
		add_id(line, &changes[i], changes[i].before, event->record->time);
		vigil_line_text(line, " to ");
		add_id(line, &changes[i], changes[i].after, event->record->time);
	}
	return count;
}

static void detail_credentials(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_cred *from = &event->credentials->before;
	const struct vigil_cred *to = &event->credentials->after;
	unsigned count = add_id_changes(line, event);

	if (event->record->actor.tid != event->record->actor.pid) {
		vigil_line_text(line, count++ > 0 ? ", thread " : "thread ");
		vigil_line_unsigned(line, event->record->actor.tid);
	}
	if (from->effective != to->effective || from->permitted != to->permitted) {
		vigil_line_text(line, count++ > 0 ? ", capabilities " : "capabilities ");
		vigil_line_hex(line, from->effective);
		vigil_line_text(line, " to ");
		vigil_line_hex(line, to->effective);
	}
	if (from->ns_user != to->ns_user)
		vigil_line_text(line,
				count > 0 ? ", another user namespace" : "another user namespace");
}

static void detail_exec_failed(struct vigil_line *line, const struct vigil_event *event)
{
	const char *error = vigil_exec_error_name(event->exec_failed->error);

	vigil_line_style(line, VIGIL_YELLOW);
	if (error) {
		vigil_line_text(line, error);
	} else {
		vigil_line_text(line, "error ");
		vigil_line_unsigned(line, event->exec_failed->error);
	}
	vigil_line_style(line, VIGIL_PLAIN);
	vigil_line_text(line, " ");
	vigil_line_string(line, event->part[VIGIL_PART_FILENAME], 0);
	if (event->part[VIGIL_PART_ARGS].length > 0) {
		vigil_line_text(line, ": ");
		vigil_line_command(line, event->part[VIGIL_PART_ARGS]);
		add_cut(line, event->part[VIGIL_PART_ARGS]);
	}
}

static void detail_denied(struct vigil_line *line, const struct vigil_event *event)
{
	vigil_line_style(line, VIGIL_RED);
	vigil_line_text(line, event->denied->verdict == VIGIL_VERDICT_AUDIT ? "would refuse "
									    : "refused ");
	vigil_line_style(line, VIGIL_PLAIN);
	if (event->part[VIGIL_PART_IMAGE].data)
		vigil_line_string(line, event->part[VIGIL_PART_IMAGE], 0);
	if (event->part[VIGIL_PART_RULE].data && event->part[VIGIL_PART_RULE].length > 0) {
		vigil_line_text(line, " by rule ");
		vigil_line_string(line, event->part[VIGIL_PART_RULE], 0);
	} else if (!event->part[VIGIL_PART_RULE].data) { /* Windows: refused earlier */
		vigil_line_text(line, " by another driver");
	}
}

void vigil_detail_level(struct vigil_line *line, uint32_t level)
{
	static const enum vigil_style STYLES[VIGIL_LEVEL_MAX] = {
		[VIGIL_LEVEL_INFORMATIONAL] = VIGIL_DIM, [VIGIL_LEVEL_LOW] = VIGIL_CYAN,
		[VIGIL_LEVEL_MEDIUM] = VIGIL_YELLOW,     [VIGIL_LEVEL_HIGH] = VIGIL_RED,
		[VIGIL_LEVEL_CRITICAL] = VIGIL_ALARM,
	};
	const char *name = vigil_level_name(level);

	if (!name)
		return;
	vigil_line_style(line, STYLES[level]);
	vigil_line_text(line, name);
	vigil_line_style(line, VIGIL_PLAIN);
}

/* "high: Reverse shell  CommandLine=bash -i" */
static void detail_alert(struct vigil_line *line, const struct vigil_event *event)
{
	struct vigil_string title = vigil_part_value(event, VIGIL_PART_RULE_INFO, "title"), match;

	vigil_detail_level(line, event->alert->level);
	if (vigil_level_name(event->alert->level))
		vigil_line_text(line, ": ");
	vigil_line_style(line, VIGIL_BOLD);
	vigil_line_string(line, title.length > 0 ? title : event->part[VIGIL_PART_RULE], 0);
	vigil_line_style(line, VIGIL_PLAIN);
	for (unsigned i = 0; i < MATCHES_SHOWN; i++) {
		match = vigil_part_item(event, VIGIL_PART_MATCHED, i);
		if (match.length == 0)
			break;
		vigil_line_text(line, "  ");
		vigil_line_string(line, match, 0);
	}
}

static void detail_lost(struct vigil_line *line, const struct vigil_event *event)
{
	const char *type = vigil_type_name(event->lost->type);
	const char *reason = vigil_loss_name(event->lost->reason);

	vigil_line_style(line, VIGIL_ALARM);
	vigil_line_unsigned(line, event->lost->count);
	vigil_line_text(line, " ");
	if (type) {
		vigil_line_text(line, type);
		vigil_line_text(line, " ");
	}
	vigil_line_text(line, event->lost->count == 1 ? "event is missing here: "
						      : "events are missing here: ");
	vigil_line_text(line, reason ? reason : "unknown reason");
	if (event->part[VIGIL_PART_CGROUP].length > 0) {
		vigil_line_text(line, ", most by ");
		vigil_line_string(line, event->part[VIGIL_PART_CGROUP], 0);
	}
}

static void detail_snapshot(struct vigil_line *line, const struct vigil_event *event)
{
	vigil_line_style(line, VIGIL_DIM);
	vigil_line_unsigned(line, event->snapshot->processes);
	vigil_line_text(line, " processes and ");
	vigil_line_unsigned(line, event->snapshot->threads);
	vigil_line_text(line, " threads ran already");
}

static void detail_status(struct vigil_line *line, const struct vigil_event *event)
{
	const struct vigil_status_body *status = event->status;
	const char *state = vigil_state_name(status->state);

	if (status->state == VIGIL_STATUS_WARNING)
		vigil_line_style(line, VIGIL_YELLOW);
	vigil_line_text(line, state ? state : "unknown state");
	if (event->part[VIGIL_PART_BACKEND].data && event->part[VIGIL_PART_BACKEND].length > 0) {
		vigil_line_text(line, ", ");
		vigil_line_string(line, event->part[VIGIL_PART_BACKEND], 0);
	}
	if (event->part[VIGIL_PART_TEXT].data && event->part[VIGIL_PART_TEXT].length > 0) {
		vigil_line_text(line, ": ");
		vigil_line_string(line, event->part[VIGIL_PART_TEXT], 0);
	}
	if (status->produced != 0) {
		vigil_line_text(line, ", ");
		vigil_line_unsigned(line, status->delivered);
		vigil_line_text(line, " events delivered, ");
		vigil_line_unsigned(line, status->dropped);
		vigil_line_text(line, " lost");
	}
}

void vigil_detail(struct vigil_line *line, const struct vigil_event *event)
{
	static void (*const DETAIL[VIGIL_TYPE_MAX])(struct vigil_line *,
						    const struct vigil_event *) = {
		[VIGIL_EVENT_PROCESS_CREATE] = detail_create,
		[VIGIL_EVENT_PROCESS_EXEC] = detail_exec,
		[VIGIL_EVENT_PROCESS_EXIT] = detail_exit,
		[VIGIL_EVENT_THREAD_CREATE] = detail_thread,
		[VIGIL_EVENT_THREAD_EXIT] = detail_thread,
		[VIGIL_EVENT_IMAGE_LOAD] = detail_image,
		[VIGIL_EVENT_DRIVER_LOAD] = detail_image,
		[VIGIL_EVENT_REMOTE_THREAD] = detail_remote,
		[VIGIL_EVENT_PROCESS_ACCESS] = detail_access,
		[VIGIL_EVENT_PROCESS_DENIED] = detail_denied,
		[VIGIL_EVENT_LOST] = detail_lost,
		[VIGIL_EVENT_PROCESS_SNAPSHOT] = detail_exec,
		[VIGIL_EVENT_THREAD_SNAPSHOT] = detail_thread,
		[VIGIL_EVENT_SNAPSHOT_END] = detail_snapshot,
		[VIGIL_EVENT_STATUS] = detail_status,
		[VIGIL_EVENT_CREDENTIALS] = detail_credentials,
		[VIGIL_EVENT_EXEC_FAILED] = detail_exec_failed,
		[VIGIL_EVENT_ALERT] = detail_alert,
	};

	if (event->body)
		DETAIL[event->record->type](line, event);
}
