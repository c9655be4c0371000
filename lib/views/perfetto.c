/* SPDX-License-Identifier: MIT */
#include "views/perfetto.h"

#include <stdlib.h>
#include <string.h>

#include "format/detail.h"
#include "format/line.h"
#include "format/visible.h"
#include "process/process_map.h"
#include "record/names.h"
#include "record/subject.h"

#define NONE         UINT32_MAX
#define TEXT_COLUMNS 8000
#define PIDS         (1u << 22) /* Linux has no more */
#define FIRST_OTHER  (1u << 30) /* numbers for PIDs that were used before */

/* A process (its first thread stands for it) or another thread of one. */
struct track {
	struct vigil_id id;    /* tid 0: a process */
	uint32_t pid, tid;     /* as the trace calls them */
	uint32_t process;      /* of a thread: the track of its process */
	uint32_t next, before; /* threads of the same process; of a free one: next: 1 + next free */
	uint32_t threads;      /* of a process: the first */
	bool open;             /* a slice has begun */
};

struct perfetto {
	struct vigil_buffer *out;
	struct vigil_buffer text;
	struct process_map ids; /* of PID or thread id and start key: index into track */
	struct track *track;
	uint32_t count, capacity, free; /* free: 1 + the first */
	uint64_t base, now;             /* ns since boot: of the first event, of the last */
	uint64_t flows;
	uint32_t others; /* PIDs that were used before */
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

static void put(struct perfetto *p, const char *text)
{
	vigil_put_text(p->out, text);
}

static void put_member(struct perfetto *p, const char *key, uint64_t value)
{
	put(p, key);
	vigil_put_unsigned(p->out, value);
}

/* What stands in p->text. */
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

/* The beginning of an event, up to its track. */
static void put_event(struct perfetto *p, const char *phase, uint64_t when, uint32_t pid,
		      uint32_t tid)
{
	char digits[4] = "";

	put(p, p->begun ? ",\n{\"ph\":\"" : "\n{\"ph\":\"");
	p->begun = true;
	put(p, phase);
	put_member(p, "\",\"ts\":", when / 1000);
	vigil_format_padded(digits, when % 1000, 3);
	put(p, ".");
	put(p, digits);
	put_member(p, ",\"pid\":", pid);
	put_member(p, ",\"tid\":", tid);
}

static void put_name_of_track(struct perfetto *p, const struct track *track, const char *what,
			      struct vigil_string name, bool windows)
{
	put_event(p, "M", 0, track->pid, track->tid);
	put(p, ",\"name\":\"");
	put(p, what);
	put(p, "\",\"args\":{\"name\":");
	put_bytes(p, name, false, windows);
	put(p, "}}");
}

/* ---- tracks ---- */

static struct vigil_id key_of(const struct vigil_id *id, bool thread)
{
	return (struct vigil_id){ .pid = thread ? id->tid : id->pid, .start_key = id->start_key };
}

static uint32_t find(const struct perfetto *p, const struct vigil_id *id, bool thread)
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
		struct track *track = realloc(p->track, capacity * sizeof *track);

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

static uint32_t number_of(struct perfetto *p, uint32_t pid)
{
	uint8_t *byte = &p->used[pid / 8 % sizeof p->used], bit = (uint8_t)(1u << pid % 8);

	if (*byte & bit)
		return FIRST_OTHER + p->others++;
	*byte |= bit;
	return pid;
}

static void end_slice(struct perfetto *p, struct track *track)
{
	if (!track->open)
		return;
	put_event(p, "E", p->now, track->pid, track->tid);
	put(p, "}");
	track->open = false;
}

static void forget(struct perfetto *p, uint32_t at)
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

static void forget_process(struct perfetto *p, uint32_t at)
{
	while (p->track[at].threads != NONE)
		forget(p, p->track[at].threads);
	forget(p, at);
}

/* A track for a process; NONE: no memory. */
static uint32_t begin_process(struct perfetto *p, const struct vigil_id *id)
{
	uint32_t at = new_track(p, id, false);

	if (at != NONE)
		p->track[at].pid = p->track[at].tid = number_of(p, id->pid);
	return at;
}

/* ---- slices ---- */

static void put_values(struct perfetto *p, const struct vigil_event *event,
		       const struct vigil_proc *proc)
{
	bool windows = event->record->encoding == VIGIL_UTF16LE;
	const struct vigil_string *command = proc->args.length ? &proc->args : &proc->command;

	put_member(p, ",\"args\":{\"pid\":", proc->id.pid);
	put_member(p, ",\"parent\":", proc->parent.pid);
	if (command->length) {
		put(p, ",\"command\":");
		put_bytes(p, *command, command == &proc->args, windows);
	}
	if (proc->image.length) {
		put(p, ",\"image\":");
		put_bytes(p, proc->image, false, windows);
	}
	if (proc->directory.length) {
		put(p, ",\"directory\":");
		put_bytes(p, proc->directory, false, windows);
	}
	if (proc->euid != VIGIL_UNKNOWN)
		put_member(p, ",\"user\":", proc->euid);
	put(p, "}}");
}

/* What the process runs from now on; what it ran before ends. forked: nothing of
 * its own yet. */
static void begin_program(struct perfetto *p, uint32_t at, const struct vigil_event *event,
			  const struct vigil_proc *proc, bool forked)
{
	bool windows = event->record->encoding == VIGIL_UTF16LE;
	struct vigil_string name = visible_base(proc->image, windows);
	struct track *track = &p->track[at];

	if (!name.length)
		name = proc->name;
	if (!name.length)
		name = (struct vigil_string){ "unknown", 7, 7 };
	put_name_of_track(p, track, "process_name", name, windows);
	end_slice(p, track);
	track->open = true;
	put_event(p, "B", p->now, track->pid, track->tid);
	put(p, ",\"cat\":\"process\",\"name\":");
	visible_put(&p->text, name, false, windows, TEXT_COLUMNS);
	if (forked)
		vigil_put_text(&p->text, " (fork)");
	put_quoted(p);
	put_values(p, event, proc);
}

/* The track of a process that something is told of; begins it where that is the
 * first. NONE: nothing is known, or no memory. */
static uint32_t track_of(struct perfetto *p, const struct vigil_event *event,
			 const struct vigil_proc *proc)
{
	uint32_t at = proc ? find(p, &proc->id, false) : NONE;

	if (at != NONE || !proc)
		return at;
	at = begin_process(p, &proc->id);
	if (at == NONE)
		p->failed = true;
	else
		begin_program(p, at, event, proc, false);
	return at;
}

/* An arrow from who starts to who is started. */
static void put_arrow(struct perfetto *p, const struct vigil_event *event, uint32_t to)
{
	const struct vigil_id *actor = &event->record->actor;
	uint32_t from = find(p, actor, true);

	if (from == NONE || !p->track[from].open)
		from = find(p, actor, false);
	if (from == NONE || !p->track[from].open || from == to)
		return;
	p->flows++;
	for (int i = 0; i < 2; i++) {
		const struct track *track = &p->track[i ? to : from];

		put_event(p, i ? "f" : "s", p->now, track->pid, track->tid);
		put(p, i ? ",\"bp\":\"e\"" : "");
		put(p, ",\"cat\":\"start\",\"name\":\"starts\"");
		put_member(p, ",\"id\":", p->flows);
		put(p, "}");
	}
}

/* ---- events ---- */

static void apply_start(struct perfetto *p, const struct vigil_event *event)
{
	const struct vigil_proc *proc = event->process;
	uint32_t type = event->record->type;
	uint32_t at;

	if (!proc)
		return;
	at = find(p, &proc->id, false);
	if (at == NONE) {
		at = begin_process(p, &proc->id);
		if (at == NONE) {
			p->failed = true;
			return;
		}
	}
	begin_program(p, at, event, proc,
		      !vigil_starts_program(event) && type == VIGIL_PROCESS_CREATE);
	if (type == VIGIL_PROCESS_CREATE)
		put_arrow(p, event, at);
}

static void apply_exit(struct perfetto *p, const struct vigil_event *event)
{
	const struct vigil_exit *body = event->exit;
	const char *signal = vigil_signal_name(body->signal);
	uint32_t at = track_of(p, event, event->process);
	struct track *track;
	uint64_t cpu;

	if (at == NONE)
		return;
	track = &p->track[at];
	if (track->open) { /* its values join those of the beginning */
		put_event(p, "E", p->now, track->pid, track->tid);
		put_member(p, ",\"args\":{\"exit_code\":", body->code);
		if (body->signal) {
			put(p, ",\"signal\":");
			put_string(p, signal ? signal : "unknown");
		}
		if (vigil_exit_cpu_time(body, &cpu))
			put_member(p, ",\"cpu_us\":", cpu / 1000);
		put(p, "}}");
		track->open = false;
	}
	forget_process(p, at);
}

static void begin_thread(struct perfetto *p, const struct vigil_event *event)
{
	const struct vigil_id *id = &event->thread->thread;
	uint32_t process = track_of(p, event, event->process), at;
	struct vigil_string name = event->part[VIGIL_NAME];
	struct track *track;

	at = find(p, id, true);
	if (process == NONE || at == process)
		return;
	if (at != NONE) /* its end was lost */
		forget(p, at);
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
	put_name_of_track(p, track, "thread_name", name, false);
	put_event(p, "B", p->now, track->pid, track->tid);
	put(p, ",\"cat\":\"thread\",\"name\":");
	put_bytes(p, name, false, false);
	put(p, "}");
}

static void end_thread(struct perfetto *p, const struct vigil_event *event)
{
	uint32_t at = find(p, &event->thread->thread, true);

	if (at != NONE && p->track[at].process != NONE)
		forget(p, at);
}

/* Something at one moment; scope: of a thread (t), a process (p), all (g). */
static void put_instant(struct perfetto *p, const struct vigil_event *event, uint32_t at,
			const char *scope, struct vigil_string name)
{
	const struct track none = { 0 }, *track = at == NONE ? &none : &p->track[at];
	struct vigil_line line;

	put_event(p, "i", p->now, track->pid, track->tid);
	put(p, ",\"s\":\"");
	put(p, scope);
	put(p, "\",\"cat\":");
	put_string(p, vigil_type_name(event->record->type));
	put(p, ",\"name\":");
	put_bytes(p, name, false, true);
	put(p, ",\"args\":{\"what\":");
	vigil_line_begin(&line, &p->text, TEXT_COLUMNS, false);
	line.windows = event->record->encoding == VIGIL_UTF16LE;
	vigil_detail(&line, event);
	put_quoted(p);
	put(p, "}}");
}

static void apply_image(struct perfetto *p, const struct vigil_event *event)
{
	bool driver = event->record->type == VIGIL_DRIVER_LOAD;
	uint32_t at = driver ? NONE : track_of(p, event, event->process);
	struct vigil_string path = event->part[VIGIL_IMAGE];

	if (!path.length)
		path = event->part[VIGIL_NAME];
	if (at != NONE || driver)
		put_instant(p, event, at, driver ? "g" : "t",
			    visible_base(path, event->record->encoding == VIGIL_UTF16LE));
}

/* On the track of who acts, and on that of who is acted upon. */
static void apply_incident(struct perfetto *p, const struct vigil_event *event)
{
	const char *word = vigil_type_name(event->record->type);
	struct vigil_string name = { word, (uint32_t)strlen(word), 0 };
	uint32_t by = track_of(p, event, event->process), on = NONE;

	if (by != NONE)
		put_instant(p, event, by, "p", name);
	if (event->target)
		on = track_of(p, event, event->target);
	if (on != NONE && on != by)
		put_instant(p, event, on, "p", name);
}

static void apply_loss(struct perfetto *p, const struct vigil_event *event)
{
	static const char words[] = "events LOST";

	put_instant(p, event, NONE, "g",
		    (struct vigil_string){ words, sizeof words - 1, sizeof words - 1 });
}

/* Time never goes back, whatever comes late. */
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
		[VIGIL_PROCESS_CREATE] = apply_start,
		[VIGIL_PROCESS_EXEC] = apply_start,
		[VIGIL_EXISTING] = apply_start,
		[VIGIL_PROCESS_EXIT] = apply_exit,
		[VIGIL_THREAD_CREATE] = begin_thread,
		[VIGIL_EXISTING_THREAD] = begin_thread,
		[VIGIL_THREAD_EXIT] = end_thread,
		[VIGIL_IMAGE_LOAD] = apply_image,
		[VIGIL_DRIVER_LOAD] = apply_image,
		[VIGIL_REMOTE_THREAD] = apply_incident,
		[VIGIL_PROCESS_ACCESS] = apply_incident,
		[VIGIL_PROCESS_DENIED] = apply_incident,
		[VIGIL_CREDENTIALS] = apply_incident,
		[VIGIL_EXEC_FAILED] = apply_incident,
		[VIGIL_LOST] = apply_loss,
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
	put(p, "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"made by\":\"Vigil " VIGIL_VERSION
	       "\"},\"traceEvents\":[");
	return !out->failed;
}

/* What still runs ends where the trace does. */
bool perfetto_end(struct perfetto *p, struct vigil_buffer *out)
{
	p->out = out;
	for (uint32_t i = 0; i < p->ids.capacity; i++)
		if (p->ids.slot[i].value != PROCESS_MAP_NONE)
			end_slice(p, &p->track[p->ids.slot[i].value]);
	put(p, "\n]}\n");
	return !p->failed && !out->failed;
}
