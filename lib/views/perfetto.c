/* SPDX-License-Identifier: MIT */
#include "views/perfetto.h"

#include <stdlib.h>
#include <string.h>

#include "format/detail.h"
#include "text/line.h"
#include "text/visible.h"
#include "process/process_map.h"
#include "record/names.h"
#include "record/subject.h"

#define NONE         UINT32_MAX
#define TEXT_COLUMNS 8000
#define PIDS         (1u << 22) /* the maximum of Linux */
#define FIRST_OTHER  (1u << 30) /* first number for reused PIDs */

/* The track of a process (also of its first thread) or of another thread. */
struct track {
	struct vigil_id id;    /* tid 0: a process */
	uint32_t pid, tid;     /* in the trace */
	uint32_t process;      /* of a thread: the track of its process; else NONE */
	uint32_t next, before; /* threads of the same process; next of a free one: 1 + next free */
	uint32_t threads;      /* of a process: its first thread */
	bool open;             /* a slice has begun */
};

struct perfetto {
	struct vigil_buffer *out;
	struct vigil_buffer text;
	struct process_map ids; /* from PID or thread id and start key to an index in track */
	struct track *track;
	uint32_t count, capacity, free; /* free: 1 + the first */
	uint64_t base, now;             /* ns since boot: of the first event, of the last */
	uint64_t flows;
	uint32_t others; /* reused PIDs so far */
	bool begun, failed;
	uint8_t used[PIDS / 8];
};

struct perfetto *perfetto_new(void)
{
	return calloc(1, sizeof(struct perfetto));
}

void perfetto_free(struct perfetto *p)
{
	if (!p)
		return;
	process_map_free(&p->ids);
	vigil_buffer_free(&p->text);
	free(p->track);
	free(p);
}

/* ---- JSON ---- */

static void put_json(struct perfetto *p, const char *text)
{
	vigil_put_text(p->out, text);
}

static void put_member(struct perfetto *p, const char *key, uint64_t value)
{
	put_json(p, key);
	vigil_put_unsigned(p->out, value);
}

/* Writes p->text as a string, and empties it. */
static void put_quoted(struct perfetto *p)
{
	p->failed |= p->text.failed;
	visible_quote(p->out, p->text.data ? p->text.data : "", p->text.length);
	p->text.length = 0;
}

static void put_bytes(struct perfetto *p, struct vigil_string s, bool list, bool windows)
{
	visible_put(&p->text, s, list, windows, TEXT_COLUMNS);
	put_quoted(p);
}

static void put_string(struct perfetto *p, const char *text)
{
	visible_quote(p->out, text, strlen(text));
}

/* Begins an event: its phase, time and track. */
static void begin_event(struct perfetto *p, const char *phase, uint64_t when, uint32_t pid,
			uint32_t tid)
{
	char digits[4] = "";

	put_json(p, p->begun ? ",\n{\"ph\":\"" : "\n{\"ph\":\"");
	p->begun = true;
	put_json(p, phase);
	put_member(p, "\",\"ts\":", when / 1000);
	vigil_format_padded(digits, when % 1000, 3);
	put_json(p, ".");
	put_json(p, digits);
	put_member(p, ",\"pid\":", pid);
	put_member(p, ",\"tid\":", tid);
}

static void put_track_name(struct perfetto *p, const struct track *track, const char *what,
			   struct vigil_string name, bool windows)
{
	begin_event(p, "M", 0, track->pid, track->tid);
	put_json(p, ",\"name\":\"");
	put_json(p, what);
	put_json(p, "\",\"args\":{\"name\":");
	put_bytes(p, name, false, windows);
	put_json(p, "}}");
}

/* ---- tracks ---- */

static struct vigil_id key_of(const struct vigil_id *id, bool thread)
{
	return (struct vigil_id){ .pid = thread ? id->tid : id->pid, .start_key = id->start_key };
}

static uint32_t find_track(const struct perfetto *p, const struct vigil_id *id, bool thread)
{
	struct vigil_id key = key_of(id, thread);

	return process_map_find(&p->ids, &key);
}

static uint32_t new_track(struct perfetto *p, const struct vigil_id *id, bool thread)
{
	uint32_t at = p->free ? p->free - 1 : p->count;
	struct vigil_id key = key_of(id, thread);

	if (at == p->capacity) {
		uint32_t capacity = at ? at * 2 : 256;
		struct track *track = realloc(p->track, capacity * sizeof(*track));

		if (!track)
			return NONE;
		p->track = track;
		p->capacity = capacity;
	}
	if (!process_map_set(&p->ids, &key, at))
		return NONE;
	if (at == p->count)
		p->count++;
	else
		p->free = p->track[at].next;
	p->track[at] = (struct track){ .id = { id->pid, thread ? id->tid : 0, id->start_key },
				       .process = NONE,
				       .next = NONE,
				       .before = NONE,
				       .threads = NONE };
	return at;
}

static uint32_t assign_number(struct perfetto *p, uint32_t pid)
{
	uint8_t *byte = &p->used[pid / 8 % sizeof(p->used)], bit = (uint8_t)(1u << pid % 8);

	if (*byte & bit)
		return FIRST_OTHER + p->others++;
	*byte |= bit;
	return pid;
}

static void end_slice(struct perfetto *p, struct track *track)
{
	if (!track->open)
		return;
	begin_event(p, "E", p->now, track->pid, track->tid);
	put_json(p, "}");
	track->open = false;
}

static void remove_track(struct perfetto *p, uint32_t at)
{
	struct track *track = &p->track[at];
	struct vigil_id key = key_of(&track->id, track->process != NONE);

	end_slice(p, track);
	if (track->next != NONE)
		p->track[track->next].before = track->before;
	if (track->before != NONE)
		p->track[track->before].next = track->next;
	else if (track->process != NONE)
		p->track[track->process].threads = track->next;
	process_map_remove(&p->ids, &key);
	track->next = p->free;
	p->free = at + 1;
}

static void remove_process(struct perfetto *p, uint32_t at)
{
	while (p->track[at].threads != NONE)
		remove_track(p, p->track[at].threads);
	remove_track(p, at);
}

/* Creates the track of a process; NONE: memory is exhausted. */
static uint32_t begin_process(struct perfetto *p, const struct vigil_id *id)
{
	uint32_t at = new_track(p, id, false);

	if (at != NONE)
		p->track[at].pid = p->track[at].tid = assign_number(p, id->pid);
	return at;
}

/* ---- slices ---- */

static void put_values(struct perfetto *p, const struct vigil_event *event,
		       const struct vigil_process_info *proc)
{
	bool windows = event->record->encoding == VIGIL_UTF16LE;
	const struct vigil_string *command = proc->args.length ? &proc->args : &proc->command;

	put_member(p, ",\"args\":{\"pid\":", proc->id.pid);
	put_member(p, ",\"parent\":", proc->parent.pid);
	if (command->length) {
		put_json(p, ",\"command\":");
		put_bytes(p, *command, command == &proc->args, windows);
	}
	if (proc->image.length) {
		put_json(p, ",\"image\":");
		put_bytes(p, proc->image, false, windows);
	}
	if (proc->directory.length) {
		put_json(p, ",\"directory\":");
		put_bytes(p, proc->directory, false, windows);
	}
	if (proc->euid != VIGIL_UNKNOWN)
		put_member(p, ",\"user\":", proc->euid);
	put_json(p, "}}");
}

/* Ends the slice of the previous program and begins that of the next one. forked: the process
 * has not called exec yet. */
static void begin_program(struct perfetto *p, uint32_t at, const struct vigil_event *event,
			  const struct vigil_process_info *proc, bool forked)
{
	bool windows = event->record->encoding == VIGIL_UTF16LE;
	struct vigil_string name = visible_base(proc->image, windows);
	struct track *track = &p->track[at];

	if (!name.length)
		name = proc->name;
	if (!name.length)
		name = (struct vigil_string){ "unknown", 7, 7 };
	put_track_name(p, track, "process_name", name, windows);
	end_slice(p, track);
	track->open = true;
	begin_event(p, "B", p->now, track->pid, track->tid);
	put_json(p, ",\"cat\":\"process\",\"name\":");
	visible_put(&p->text, name, false, windows, TEXT_COLUMNS);
	if (forked)
		vigil_put_text(&p->text, " (fork)");
	put_quoted(p);
	put_values(p, event, proc);
}

/* Finds the track of a process, or creates it if this is its first event. NONE: the process is
 * unknown, or memory is exhausted (then p->failed is set). */
static uint32_t ensure_track(struct perfetto *p, const struct vigil_event *event,
			     const struct vigil_process_info *proc)
{
	uint32_t at = proc ? find_track(p, &proc->id, false) : NONE;

	if (at != NONE || !proc)
		return at;
	at = begin_process(p, &proc->id);
	if (at == NONE)
		p->failed = true;
	else
		begin_program(p, at, event, proc, false);
	return at;
}

/* Draws an arrow from the creator to the new process. */
static void put_arrow(struct perfetto *p, const struct vigil_event *event, uint32_t to)
{
	const struct vigil_id *actor = &event->record->actor;
	uint32_t from = find_track(p, actor, true);

	if (from == NONE || !p->track[from].open)
		from = find_track(p, actor, false);
	if (from == NONE || !p->track[from].open || from == to)
		return;
	p->flows++;
	for (int i = 0; i < 2; i++) {
		const struct track *track = &p->track[i ? to : from];

		begin_event(p, i ? "f" : "s", p->now, track->pid, track->tid);
		put_json(p, i ? ",\"bp\":\"e\"" : "");
		put_json(p, ",\"cat\":\"start\",\"name\":\"starts\"");
		put_member(p, ",\"id\":", p->flows);
		put_json(p, "}");
	}
}

/* ---- events ---- */

static void apply_start(struct perfetto *p, const struct vigil_event *event)
{
	const struct vigil_process_info *proc = event->process;
	uint32_t type = event->record->type;
	uint32_t at;

	if (!proc)
		return;
	at = find_track(p, &proc->id, false);
	if (at == NONE) {
		at = begin_process(p, &proc->id);
		if (at == NONE) {
			p->failed = true;
			return;
		}
	}
	begin_program(p, at, event, proc,
		      !vigil_starts_program(event) && type == VIGIL_EVENT_PROCESS_CREATE);
	if (type == VIGIL_EVENT_PROCESS_CREATE)
		put_arrow(p, event, at);
}

static void apply_exit(struct perfetto *p, const struct vigil_event *event)
{
	const struct vigil_exit_body *body = event->exit;
	const char *signal = vigil_signal_name(body->signal);
	uint32_t at = ensure_track(p, event, event->process);
	struct track *track;
	uint64_t cpu;

	if (at == NONE)
		return;
	track = &p->track[at];
	if (track->open) { /* viewers merge these arguments with those of the start */
		begin_event(p, "E", p->now, track->pid, track->tid);
		put_member(p, ",\"args\":{\"exit_code\":", body->code);
		if (body->signal) {
			put_json(p, ",\"signal\":");
			put_string(p, signal ? signal : "unknown");
		}
		if (vigil_exit_cpu_time(body, &cpu))
			put_member(p, ",\"cpu_us\":", cpu / 1000);
		put_json(p, "}}");
		track->open = false;
	}
	remove_process(p, at);
}

static void begin_thread(struct perfetto *p, const struct vigil_event *event)
{
	const struct vigil_id *id = &event->thread->thread;
	uint32_t process = ensure_track(p, event, event->process), at;
	struct vigil_string name = event->part[VIGIL_PART_NAME];
	struct track *track;

	at = find_track(p, id, true);
	if (process == NONE || at == process)
		return;
	if (at != NONE) /* its exit was lost */
		remove_track(p, at);
	at = new_track(p, id, true);
	if (at == NONE) {
		p->failed = true;
		return;
	}
	track = &p->track[at];
	track->pid = p->track[process].pid;
	track->tid = id->tid;
	track->process = process;
	track->next = p->track[process].threads;
	if (track->next != NONE)
		p->track[track->next].before = at;
	p->track[process].threads = at;
	track->open = true;
	if (!name.length)
		name = (struct vigil_string){ "thread", 6, 6 };
	put_track_name(p, track, "thread_name", name, false);
	begin_event(p, "B", p->now, track->pid, track->tid);
	put_json(p, ",\"cat\":\"thread\",\"name\":");
	put_bytes(p, name, false, false);
	put_json(p, "}");
}

static void end_thread(struct perfetto *p, const struct vigil_event *event)
{
	uint32_t at = find_track(p, &event->thread->thread, true);

	if (at != NONE && p->track[at].process != NONE)
		remove_track(p, at);
}

/* Writes an instant; scope: thread (t), process (p), global (g). */
static void put_instant(struct perfetto *p, const struct vigil_event *event, uint32_t at,
			const char *scope, struct vigil_string name)
{
	const struct track none = { 0 }, *track = at == NONE ? &none : &p->track[at];
	struct vigil_line line;

	begin_event(p, "i", p->now, track->pid, track->tid);
	put_json(p, ",\"s\":\"");
	put_json(p, scope);
	put_json(p, "\",\"cat\":");
	put_string(p, vigil_type_name(event->record->type));
	put_json(p, ",\"name\":");
	put_bytes(p, name, false, true);
	put_json(p, ",\"args\":{\"what\":");
	vigil_line_begin(&line, &p->text, TEXT_COLUMNS, false);
	line.windows = event->record->encoding == VIGIL_UTF16LE;
	vigil_detail(&line, event);
	put_quoted(p);
	put_json(p, "}}");
}

static void apply_image(struct perfetto *p, const struct vigil_event *event)
{
	bool driver = event->record->type == VIGIL_EVENT_DRIVER_LOAD;
	uint32_t at = driver ? NONE : ensure_track(p, event, event->process);
	struct vigil_string path = event->part[VIGIL_PART_IMAGE];

	if (!path.length)
		path = event->part[VIGIL_PART_NAME];
	if (at != NONE || driver)
		put_instant(p, event, at, driver ? "g" : "t",
			    visible_base(path, event->record->encoding == VIGIL_UTF16LE));
}

/* Writes an instant on the tracks of the actor and of the target. */
static void apply_incident(struct perfetto *p, const struct vigil_event *event)
{
	const char *word = vigil_type_name(event->record->type);
	struct vigil_string name = { word, (uint32_t)strlen(word), 0 };
	uint32_t by = ensure_track(p, event, event->process), on = NONE;

	if (by != NONE)
		put_instant(p, event, by, "p", name);
	if (event->target)
		on = ensure_track(p, event, event->target);
	if (on != NONE && on != by)
		put_instant(p, event, on, "p", name);
}

static void apply_loss(struct perfetto *p, const struct vigil_event *event)
{
	static const char words[] = "events LOST";

	put_instant(p, event, NONE, "g",
		    (struct vigil_string){ words, sizeof(words) - 1, sizeof(words) - 1 });
}

/* Advances the time of the trace. It never goes back, even if an event is late. */
static void set_now(struct perfetto *p, const struct vigil_event *event)
{
	uint64_t mono = event->record->mono;

	if (!p->base)
		p->base = mono;
	if (mono > p->base && mono - p->base > p->now)
		p->now = mono - p->base;
}

bool perfetto_event(struct perfetto *p, const struct vigil_event *event, struct vigil_buffer *out)
{
	static void (*const APPLY[VIGIL_TYPE_MAX])(struct perfetto *,
						   const struct vigil_event *) = {
		[VIGIL_EVENT_PROCESS_CREATE] = apply_start,
		[VIGIL_EVENT_PROCESS_EXEC] = apply_start,
		[VIGIL_EVENT_PROCESS_SNAPSHOT] = apply_start,
		[VIGIL_EVENT_PROCESS_EXIT] = apply_exit,
		[VIGIL_EVENT_THREAD_CREATE] = begin_thread,
		[VIGIL_EVENT_THREAD_SNAPSHOT] = begin_thread,
		[VIGIL_EVENT_THREAD_EXIT] = end_thread,
		[VIGIL_EVENT_IMAGE_LOAD] = apply_image,
		[VIGIL_EVENT_DRIVER_LOAD] = apply_image,
		[VIGIL_EVENT_REMOTE_THREAD] = apply_incident,
		[VIGIL_EVENT_PROCESS_ACCESS] = apply_incident,
		[VIGIL_EVENT_PROCESS_DENIED] = apply_incident,
		[VIGIL_EVENT_CREDENTIALS] = apply_incident,
		[VIGIL_EVENT_EXEC_FAILED] = apply_incident,
		[VIGIL_EVENT_ALERT] = apply_incident,
		[VIGIL_EVENT_LOST] = apply_loss,
	};
	uint32_t type = event->record->type;

	p->out = out;
	set_now(p, event);
	if (type < VIGIL_TYPE_MAX && APPLY[type] && event->body)
		APPLY[type](p, event);
	return !p->failed && !out->failed;
}

bool perfetto_begin(struct perfetto *p, struct vigil_buffer *out)
{
	p->out = out;
	put_json(p, "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"made by\":\"Vigil " VIGIL_VERSION
		    "\"},\"traceEvents\":[");
	return !out->failed;
}

/* Ends the slices of what still runs, at the time of the last event. */
bool perfetto_end(struct perfetto *p, struct vigil_buffer *out)
{
	p->out = out;
	for (uint32_t i = 0; i < p->ids.capacity; i++)
		if (p->ids.slot[i].value != PROCESS_MAP_NONE)
			end_slice(p, &p->track[p->ids.slot[i].value]);
	put_json(p, "\n]}\n");
	return !p->failed && !out->failed;
}
