/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "cgroups.h"
#include "credentials.h"
#include "modules.h"
#include "proc_text.h"

#define BUCKETS_MIN 1024
#define SPARES_MAX  4096 /* entries that are kept for the next processes */
#define TEXT_EACH   1024 /* bytes of text that each living process may have in any case */

struct entry {
	struct vigil_proc proc; /* first: a vigil_proc is its entry */
	struct proc_text *text;
	struct cgroup_text *cgroup; /* NULL: nothing is known of it */
	struct images images;
	struct entry *parent;        /* held; NULL once dead */
	struct entry *next;          /* in the bucket, or in the free list */
	struct entry *older, *newer; /* among the dead */
	uint64_t mono;               /* of its start; 0 unknown */
	uint32_t refs;               /* living children */
	bool exited;                 /* its exit was told */
	bool dead, listed;           /* listed: among the dead that are remembered */
};

struct table {
	struct entry **bucket;
	size_t buckets, alive, listed, dead_max, spares;
	uint64_t revision; /* the last one that was given */
	struct entry *free;
	struct entry *oldest, *newest;
	struct modules modules;
	struct proc_texts texts;
	struct cgroups cgroups;
	struct entry *ended;   /* by the event that is out: buried when the next one comes */
	struct entry *started; /* by it: its arguments are whole as long as that is out */
};

/* ---- entries ---- */

static size_t slot(const struct table *table, uint32_t pid)
{
	return (pid * 0x9e3779b1u) >> 7 & (table->buckets - 1);
}

struct table *table_new(uint32_t dead_max)
{
	struct table *table = calloc(1, sizeof *table);

	if (!table)
		return NULL;
	table->dead_max = dead_max ? dead_max : TABLE_DEAD_DEFAULT;
	table->buckets = BUCKETS_MIN;
	table->bucket = calloc(table->buckets, sizeof *table->bucket);
	if (!table->bucket) {
		free(table);
		return NULL;
	}
	return table;
}

void table_free(struct table *table)
{
	struct entry *entry, *next;

	if (!table)
		return;
	for (size_t i = 0; i < table->buckets; i++)
		for (entry = table->bucket[i]; entry; entry = next) {
			next = entry->next;
			proc_text_drop(&table->texts, entry->text);
			cgroup_text_drop(&table->cgroups, entry->cgroup);
			modules_drop(&table->modules, &entry->images);
			free(entry);
		}
	modules_free(&table->modules);
	cgroups_free(&table->cgroups);
	for (entry = table->free; entry; entry = next) {
		next = entry->next;
		free(entry);
	}
	free(table->bucket);
	free(table);
}

bool table_restart(struct table **table)
{
	struct table *old = *table, *fresh = table_new((uint32_t)old->dead_max);

	if (!fresh)
		return false;
	fresh->revision = old->revision;
	fresh->texts.given = old->texts.given;
	*table = fresh;
	table_free(old);
	return true;
}

/* Twice the buckets; without the memory for it the chains grow longer. */
static void grow(struct table *table)
{
	size_t before = table->buckets;
	struct entry **old = table->bucket;
	struct entry **bucket = calloc(before * 2, sizeof *bucket);

	if (!bucket)
		return;
	table->bucket = bucket;
	table->buckets = before * 2;
	for (size_t i = 0; i < before; i++) {
		struct entry *entry, *next, *reversed = NULL;

		/* Newest first must stay so within a chain. */
		for (entry = old[i]; entry; entry = next) {
			next = entry->next;
			entry->next = reversed;
			reversed = entry;
		}
		for (entry = reversed; entry; entry = next) {
			size_t to = slot(table, entry->proc.id.pid);

			next = entry->next;
			entry->next = bucket[to];
			bucket[to] = entry;
		}
	}
	free(old);
}

static struct entry *find_exact(const struct table *table, const struct vigil_id *id)
{
	struct entry *entry = table->bucket[slot(table, id->pid)];

	while (entry &&
	       (entry->proc.id.pid != id->pid || entry->proc.id.start_key != id->start_key))
		entry = entry->next;
	return entry;
}

/* The youngest with this PID; mono: that had started by then. The wall clock, when
 * set back, would make every process one of the future. */
static struct entry *find_at(const struct table *table, uint32_t pid, uint64_t mono)
{
	struct entry *entry = table->bucket[slot(table, pid)];

	for (; entry; entry = entry->next)
		if (entry->proc.id.pid == pid && (!mono || entry->mono <= mono))
			return entry;
	return NULL;
}

/* By identity, or by PID and time where the sensor could not tell the start. */
static struct entry *find(const struct table *table, struct vigil_id *id, uint64_t mono)
{
	struct entry *entry;

	if (id->pid == 0 && id->start_key == 0)
		return NULL;
	if (id->start_key)
		return find_exact(table, id);
	entry = find_at(table, id->pid, mono);
	if (entry)
		id->start_key = entry->proc.id.start_key;
	return entry;
}

static void unlink_entry(struct table *table, struct entry *entry)
{
	struct entry **at = &table->bucket[slot(table, entry->proc.id.pid)];

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	proc_text_drop(&table->texts, entry->text);
	cgroup_text_drop(&table->cgroups, entry->cgroup);
	if (entry == table->started)
		table->started = NULL;
	if (table->spares == SPARES_MAX) {
		free(entry);
		return;
	}
	entry->next = table->free;
	table->free = entry;
	table->spares++;
}

static void unlist(struct table *table, struct entry *entry)
{
	*(entry->older ? &entry->older->newer : &table->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &table->newest) = entry->older;
	entry->listed = false;
	table->listed--;
}

static void release_parent(struct table *table, struct entry *entry)
{
	struct entry *parent = entry->parent;

	entry->parent = NULL;
	if (parent && --parent->refs == 0 && parent->dead && !parent->listed)
		unlink_entry(table, parent);
}

static void forget_oldest(struct table *table)
{
	struct entry *oldest = table->oldest;

	unlist(table, oldest);
	if (oldest->refs == 0)
		unlink_entry(table, oldest);
}

/* From now on among the dead, of which the oldest is forgotten. */
static void bury(struct table *table, struct entry *entry, uint64_t when)
{
	if (table->ended == entry)
		table->ended = NULL;
	if (!entry->proc.end && when) {
		entry->proc.end = when;
		entry->proc.revision = ++table->revision;
	}
	modules_drop(&table->modules, &entry->images);
	entry->dead = true;
	table->alive--;
	release_parent(table, entry); /* else a line of daemons would be kept for ever */
	entry->older = table->newest;
	entry->newer = NULL;
	*(table->newest ? &table->newest->newer : &table->oldest) = entry;
	table->newest = entry;
	entry->listed = true;
	table->listed++;
	if (table->listed > table->dead_max)
		forget_oldest(table);
}

static bool has_too_much_text(const struct table *table)
{
	return table->texts.bytes + table->cgroups.bytes > PROC_TEXT_MAX + table->alive * TEXT_EACH;
}

/* Between two events, when nobody looks at an entry: the dead that are remembered go
 * first. Arguments that an event has shown whole are then cut. */
static void bound_text(struct table *table)
{
	struct entry *entry = table->started;
	struct proc_text *cut;

	while (has_too_much_text(table) && table->oldest)
		forget_oldest(table);
	if (has_too_much_text(table) && entry && table->started == entry && entry->text) {
		cut = proc_text_cut(&table->texts, entry->text);
		if (cut) {
			proc_text_drop(&table->texts, entry->text);
			entry->text = cut;
			proc_text_show(&entry->proc, cut);
			entry->proc.revision = ++table->revision;
		}
	}
	table->started = NULL;
}

/* The youngest of a PID comes first in its chain. One that is told late, by an
 * exit whose process was not known, goes behind those that had its PID since. */
static void chain(struct table *table, struct entry *entry)
{
	const struct vigil_id *id = &entry->proc.id;
	struct entry **at = &table->bucket[slot(table, id->pid)];

	for (struct entry **each = at; *each; each = &(*each)->next)
		if ((*each)->proc.id.pid == id->pid && id->start_key &&
		    (*each)->proc.id.start_key > id->start_key)
			at = &(*each)->next;
	entry->next = *at;
	*at = entry;
}

/* When a process started, on the clock that is never set back. */
static uint64_t mono_of(const struct vigil_header *record, uint64_t start)
{
	uint64_t ago = record->time > start ? record->time - start : 0;

	return start && record->mono > ago ? record->mono - ago : 0;
}

static struct entry *add(struct table *table, const struct vigil_id *id, uint64_t start,
			 const struct vigil_header *record)
{
	struct entry *entry, *before = find_at(table, id->pid, 0);

	/* Its PID was another's, whose end was missed. */
	if (before && !before->dead &&
	    (!id->start_key || before->proc.id.start_key < id->start_key))
		bury(table, before, start);
	if (table->alive + table->listed > table->buckets)
		grow(table);
	entry = table->free;
	if (entry) {
		table->free = entry->next;
		table->spares--;
	} else {
		entry = malloc(sizeof *entry);
	}
	if (!entry)
		return NULL;
	*entry = (struct entry){ .proc = { .id = { id->pid, 0, id->start_key },
					   .start = start,
					   .uid = VIGIL_UNKNOWN,
					   .gid = VIGIL_UNKNOWN,
					   .euid = VIGIL_UNKNOWN,
					   .egid = VIGIL_UNKNOWN,
					   .login_uid = VIGIL_UNKNOWN,
					   .integrity = VIGIL_UNKNOWN,
					   .ns_pid = VIGIL_UNKNOWN },
				 .mono = mono_of(record, start) };
	proc_text_show(&entry->proc, NULL);
	cgroup_text_show(&entry->proc, NULL);
	chain(table, entry);
	table->alive++;
	return entry;
}

/* ---- events ---- */

static bool set_text(struct table *table, struct entry *entry, const struct vigil_event *event,
		     const struct entry *creator)
{
	const struct vigil_string *part = event->part;
	bool runs_its_own =
	    part[VIGIL_IMAGE].length || part[VIGIL_ARGS].length || part[VIGIL_COMMAND_LINE].length;
	struct proc_text *text = creator && !runs_its_own ? creator->text : NULL;

	text = text ? proc_text_share(text) : proc_text_new(&table->texts, event);
	if (!text)
		return false;
	proc_text_drop(&table->texts, entry->text);
	entry->text = text;
	proc_text_show(&entry->proc, text);
	return true;
}

static void show_cgroup(struct table *table, struct entry *entry, struct cgroup_text *text)
{
	cgroup_text_drop(&table->cgroups, entry->cgroup);
	entry->cgroup = text;
	cgroup_text_show(&entry->proc, text);
}

/* Where the record has no path: a fork is in the groups of its creator, or in another one,
 * of which others may have told. */
static bool set_cgroup(struct table *table, struct entry *entry, const struct vigil_event *event,
		       const struct entry *creator)
{
	struct cgroup_text *text;

	if (!cgroups_learn(&table->cgroups, entry->proc.cgroup, event, &text))
		return false;
	if (!text && creator && creator->proc.cgroup == entry->proc.cgroup)
		text = cgroup_text_share(creator->cgroup);
	if (!text)
		text = cgroups_find(&table->cgroups, entry->proc.cgroup);
	show_cgroup(table, entry, text);
	return true;
}

/* A group may be told only after the first process that ran in it. */
static void find_cgroup_late(struct table *table, const struct vigil_proc *proc)
{
	struct entry *entry = (struct entry *)(uintptr_t)proc;
	struct cgroup_text *text;

	if (!entry || entry->cgroup || !proc->cgroup)
		return;
	text = cgroups_find(&table->cgroups, proc->cgroup);
	if (!text)
		return;
	show_cgroup(table, entry, text);
	entry->proc.revision = ++table->revision;
}

static void set_body(struct vigil_proc *proc, const struct vigil_process *body)
{
	proc->attributes = body->attributes;
	proc->session = body->session;
	proc->uid = body->uid;
	proc->gid = body->gid;
	proc->euid = body->euid;
	proc->egid = body->egid;
	proc->login_uid = body->login_uid;
	proc->integrity = body->integrity;
	proc->ns_pid = body->ns_pid;
	proc->tty = body->tty;
	proc->cgroup = body->cgroup;
}

static void set_parent(struct table *table, struct entry *entry, const struct vigil_id *parent)
{
	struct vigil_id id = *parent;

	id.tid = 0;
	entry->proc.parent = id;
	if (!id.pid)
		return;
	entry->parent = find(table, &id, entry->mono);
	if (entry->parent == entry) { /* its parent had the same PID */
		entry->parent = NULL;
		id.start_key = 0;
	}
	if (entry->parent)
		entry->parent->refs++;
	entry->proc.parent = id;
}

static enum table_says apply_start(struct table *table, struct vigil_event *event)
{
	const struct vigil_process *body = event->start;
	struct vigil_id actor = event->record->actor;
	struct entry *entry = find_exact(table, &body->process);
	struct entry *creator = NULL, *younger;
	bool is_new = !entry;

	if (entry && event->record->type == VIGIL_EXISTING)
		return TABLE_KNOWN;
	if (!entry)
		entry = add(table, &body->process, body->start, event->record);
	if (!entry)
		return TABLE_NO_MEMORY;
	/* Its parent may not have been told when it was named first. */
	if (is_new || (!entry->proc.parent.pid && !entry->parent))
		set_parent(table, entry, &body->parent);
	if (event->record->type == VIGIL_PROCESS_CREATE)
		creator = find(table, &actor, event->record->mono);
	set_body(&entry->proc, body);
	if (!set_text(table, entry, event, creator) || !set_cgroup(table, entry, event, creator))
		return TABLE_NO_MEMORY;
	table->started = entry;
	entry->proc.revision = ++table->revision;
	if (!entry->dead)
		modules_start(&table->modules, &entry->images, creator ? &creator->images : NULL,
			      event);
	event->process = &entry->proc;
	younger = find_at(table, body->process.pid, 0);
	if (younger != entry && !entry->dead) /* told so late that its PID is another's */
		bury(table, entry, younger->proc.start);
	return TABLE_NEWS;
}

static enum table_says apply_exit(struct table *table, struct vigil_event *event)
{
	const struct vigil_exit *body = event->exit;
	struct entry *entry = find_exact(table, &body->process);

	if (entry && entry->exited)
		return TABLE_KNOWN;
	if (!entry) { /* its start was lost */
		entry = add(table, &body->process, body->start, event->record);
		if (!entry)
			return TABLE_NO_MEMORY;
		set_parent(table, entry, &body->parent);
		if (!set_text(table, entry, event, NULL)) /* its name, at least */
			return TABLE_NO_MEMORY;
	}
	entry->exited = true;
	entry->proc.end = event->record->time;
	entry->proc.revision = ++table->revision;
	/* To bury it now could free its parent, which this event shows. One that was
	 * taken for dead, because its PID was used again, is buried already. */
	if (!entry->dead)
		table->ended = entry;
	event->process = &entry->proc;
	return TABLE_NEWS;
}

static const struct vigil_proc *proc_of(struct entry *entry)
{
	return entry ? &entry->proc : NULL;
}

static void learn_ids(struct table *table, const struct vigil_event *event)
{
	struct entry *entry = (struct entry *)(uintptr_t)event->actor;

	if (entry && credentials_learn(&entry->proc, event))
		entry->proc.revision = ++table->revision;
}

static const struct vigil_proc *parent_of(const struct table *table, const struct vigil_proc *proc)
{
	struct vigil_id id = proc->parent;
	const struct entry *entry = (const void *)proc, *parent = entry->parent;

	if (!parent)
		parent = find(table, &id, entry->mono);
	return parent && parent != entry ? &parent->proc : NULL;
}

/* Of the living. */
static struct images *images_of(const struct vigil_proc *proc)
{
	struct entry *entry = (struct entry *)(uintptr_t)proc;

	return entry && !entry->dead ? &entry->images : NULL;
}

/* The processes of all that neither begins nor ends one. */
static void resolve(struct table *table, struct vigil_event *event, struct vigil_header *record)
{
	uint64_t when = record->mono;
	void *body = record + 1;

	event->actor = proc_of(find(table, &record->actor, when));
	switch (record->type) {
	case VIGIL_THREAD_CREATE:
	case VIGIL_THREAD_EXIT:
	case VIGIL_EXISTING_THREAD:
		event->process = proc_of(find(table, &((struct vigil_thread *)body)->thread, when));
		break;
	case VIGIL_IMAGE_LOAD:
		event->process = proc_of(find(table, &((struct vigil_image *)body)->process, when));
		break;
	case VIGIL_REMOTE_THREAD:
		event->process = event->actor;
		event->target = proc_of(find(table, &((struct vigil_thread *)body)->thread, when));
		break;
	case VIGIL_PROCESS_ACCESS:
		event->process = event->actor;
		event->target = proc_of(find(table, &((struct vigil_access *)body)->target, when));
		break;
	case VIGIL_PROCESS_DENIED:
		/* On Linux who asks is who would have run it. */
		find(table, &((struct vigil_denied *)body)->process.process, when);
		find(table, &((struct vigil_denied *)body)->process.parent, when);
		event->process = event->actor;
		break;
	case VIGIL_DRIVER_LOAD:
	case VIGIL_CREDENTIALS:
		event->process = event->actor;
		break;
	default:
		break;
	}
}

enum table_says table_apply(struct table *table, struct vigil_event *event,
			    struct vigil_header *record)
{
	enum table_says says = TABLE_NEWS;

	if (table->ended)
		bury(table, table->ended, 0);
	bound_text(table);
	switch (record->type) {
	case VIGIL_PROCESS_CREATE:
	case VIGIL_PROCESS_EXEC:
	case VIGIL_EXISTING:
		says = apply_start(table, event);
		break;
	case VIGIL_PROCESS_EXIT:
		says = apply_exit(table, event);
		break;
	default:
		break;
	}
	if (says != TABLE_NEWS)
		return says;
	resolve(table, event, record);
	find_cgroup_late(table, event->process);
	learn_ids(table, event);
	modules_apply(&table->modules, images_of(event->process), images_of(event->target), event);
	if (event->process && !event->parent)
		event->parent = parent_of(table, event->process);
	return TABLE_NEWS;
}

const struct vigil_proc *table_find(const struct table *table, uint32_t pid, uint64_t when)
{
	struct entry *entry = table->bucket[slot(table, pid)];

	while (entry && (entry->proc.id.pid != pid || (when && entry->proc.start > when)))
		entry = entry->next;
	return proc_of(entry);
}

static int by_start(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a;
	const struct entry *y = *(const struct entry *const *)b;

	return (x->mono > y->mono) - (x->mono < y->mono);
}

bool table_each_alive(const struct table *table,
		      void (*each)(void *context, const struct vigil_proc *proc, uint64_t mono),
		      void *context)
{
	size_t count = 0;
	const struct entry *entry, **list;

	for (size_t i = 0; i < table->buckets; i++)
		for (entry = table->bucket[i]; entry; entry = entry->next)
			count++;
	list = calloc(count + 1, sizeof *list);
	if (!list)
		return false;
	count = 0;
	for (size_t i = 0; i < table->buckets; i++)
		for (entry = table->bucket[i]; entry; entry = entry->next)
			if ((!entry->dead && entry != table->ended) || entry->refs)
				list[count++] = entry;
	qsort((void *)list, count, sizeof *list, by_start);
	for (size_t i = 0; i < count; i++)
		each(context, &list[i]->proc, list[i]->mono);
	free((void *)list);
	return true;
}

void table_count(const struct table *table, uint64_t *alive, uint64_t *dead)
{
	*alive = table->alive;
	*dead = table->listed;
}
