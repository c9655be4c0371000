/* SPDX-License-Identifier: MIT */
#include "process/table.h"

#include <stdlib.h>
#include <string.h>

#include "process/entries.h"
#include "process/leaders.h"
#include "process/process_numbers.h"
#include "record/credentials.h"

#define PARENTS_MAX 32 /* parents that are examined to find the entry leader */

static const struct vigil_process_info *proc_of(struct entry *entry)
{
	return entry ? &entry->proc : NULL;
}

static bool set_text(struct table *table, struct entry *entry, const struct vigil_event *event,
		     const struct entry *creator)
{
	const struct vigil_string *part = event->part;
	bool runs_its_own = part[VIGIL_PART_IMAGE].length || part[VIGIL_PART_ARGS].length ||
			    part[VIGIL_PART_COMMAND_LINE].length;
	struct process_strings *text = creator && !runs_its_own ? creator->text : NULL;

	text = text ? process_strings_share(text) : process_strings_new(&table->texts, event);
	if (!text)
		return false;
	process_strings_drop(&table->texts, entry->text);
	entry->text = text;
	process_strings_show(&entry->proc, text);
	return true;
}

static void show_cgroup(struct table *table, struct entry *entry, struct cgroup_text *text)
{
	cgroup_text_drop(&table->cgroups, entry->cgroup);
	entry->cgroup = text;
	cgroup_text_show(&entry->proc, text);
}

/* If the record has no path, a fork is in the groups of its creator, or in another group, whose
 * path an earlier record may have. */
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

/* Completes the start key of a leader of which the record has only the PID: from the creator or
 * the previous program, if theirs has the same PID, or from the youngest process with that PID.
 * The PID is not used again while the process leads any other. */
static void find_leader(const struct table *table, const struct entry *entry,
			struct vigil_id *leader, const struct vigil_id *before)
{
	const struct entry *found = NULL;

	if (!leader->pid || leader->start_key)
		return;
	if (leader->pid == entry->proc.id.pid)
		leader->start_key = entry->proc.id.start_key;
	else if (before->pid == leader->pid && before->start_key)
		leader->start_key = before->start_key;
	else if ((found = entries_find_at(table, leader->pid, entry->mono)) != NULL)
		leader->start_key = found->proc.id.start_key;
}

/* Finds the entry leader, from the oldest known ancestor down, because a snapshot may report a
 * parent after its child. If the parent ended before it was seen, the session leader is used
 * instead. */
static void find_entry_leader(const struct table *table, struct entry *entry,
			      const struct entry *creator, unsigned levels)
{
	struct vigil_id id = entry->proc.parent;
	struct entry *parent = entry->parent;

	if (entry->proc.entry_leader.start_key)
		return;
	if (id.pid == 1 && !leaders_is_from_init(&entry->proc)) {
		id = entry->proc.session_leader;
		parent = NULL;
	}
	if (!parent)
		parent = entries_find(table, &id, entry->mono);
	if (parent == entry)
		parent = NULL;
	if (parent && levels > 1)
		find_entry_leader(table, parent, NULL, levels - 1);
	leaders_find_entry(&entry->proc, creator ? &creator->proc : NULL, proc_of(parent));
}

static void set_leaders(struct table *table, struct entry *entry, struct vigil_event *event,
			const struct entry *creator)
{
	const struct vigil_process_info *from = creator ? &creator->proc : &entry->proc;
	const struct vigil_id session = from->session_leader, group = from->group_leader;

	if (!leaders_read(&entry->proc, event))
		return;
	find_leader(table, entry, &entry->proc.session_leader, &session);
	find_leader(table, entry, &entry->proc.group_leader, &group);
	find_entry_leader(table, entry, creator, PARENTS_MAX);
	leaders_write(&entry->proc, event);
}

/* Completes a process with information that came late: a cgroup may be reported after the first
 * process in it, and a parent after its child. */
static void complete_late(struct table *table, const struct vigil_process_info *proc, uint32_t type)
{
	struct entry *entry = (struct entry *)(uintptr_t)proc;
	struct cgroup_text *text;

	if (!entry)
		return;
	if (!entry->dead)
		ancestry_update(table, entry);
	if (type == VIGIL_EVENT_PROCESS_EXIT && entry->proc.session_leader.pid)
		find_entry_leader(table, entry, NULL, PARENTS_MAX);
	if (entry->cgroup || !proc->cgroup)
		return;
	text = cgroups_find(&table->cgroups, proc->cgroup);
	if (!text)
		return;
	show_cgroup(table, entry, text);
	entry->proc.revision = ++table->revision;
}

static void set_parent(struct table *table, struct entry *entry, const struct vigil_id *parent)
{
	struct vigil_id id = *parent;

	id.tid = 0;
	entry->proc.parent = id;
	if (!id.pid)
		return;
	entry->parent = entries_find(table, &id, entry->mono);
	if (entry->parent == entry) { /* its parent had the same PID */
		entry->parent = NULL;
		id.start_key = 0;
	}
	if (entry->parent)
		entry->parent->refs++;
	entry->proc.parent = id;
}

static enum table_result apply_start(struct table *table, struct vigil_event *event)
{
	const struct vigil_process_body *body = event->start;
	struct vigil_id actor = event->record->actor;
	struct entry *entry = entries_find_exact(table, &body->process);
	struct entry *creator = NULL, *younger;
	bool is_new = !entry;

	if (entry && event->record->type == VIGIL_EVENT_PROCESS_SNAPSHOT)
		return TABLE_DUPLICATE;
	if (!entry)
		entry = entries_add(table, &body->process, body->start, event->record);
	if (!entry)
		return TABLE_NO_MEMORY;
	/* The parent may have been unknown when the process was first reported. */
	if (is_new || (!entry->proc.parent.pid && !entry->parent))
		set_parent(table, entry, &body->parent);
	if (event->record->type == VIGIL_EVENT_PROCESS_CREATE)
		creator = entries_find(table, &actor, event->record->mono);
	process_numbers_copy(&entry->proc, body);
	if (!set_text(table, entry, event, creator) || !set_cgroup(table, entry, event, creator))
		return TABLE_NO_MEMORY;
	table->started = entry;
	entry->proc.revision = ++table->revision;
	set_leaders(table, entry, event, creator);
	ancestry_update(table, entry);
	if (!entry->dead)
		modules_start(&table->modules, &entry->images, creator ? &creator->images : NULL,
			      event);
	event->process = &entry->proc;
	younger = entries_find_at(table, body->process.pid, 0);
	if (younger != entry &&
	    !entry->dead) /* reported so late that another process has its PID */
		entries_bury(table, entry, younger->proc.start);
	return TABLE_NEW;
}

static enum table_result apply_exit(struct table *table, struct vigil_event *event)
{
	const struct vigil_exit_body *body = event->exit;
	struct entry *entry = entries_find_exact(table, &body->process);

	if (entry && entry->exited)
		return TABLE_DUPLICATE;
	if (!entry) { /* its start was lost */
		entry = entries_add(table, &body->process, body->start, event->record);
		if (!entry)
			return TABLE_NO_MEMORY;
		set_parent(table, entry, &body->parent);
		if (!set_text(table, entry, event, NULL)) /* at least its name */
			return TABLE_NO_MEMORY;
	}
	entry->exited = true;
	entry->proc.end = event->record->time;
	entry->proc.revision = ++table->revision;
	/* Burying it now could free its parent, which this event shows. A process that counts as
	 * dead because its PID was used again is buried already. */
	if (!entry->dead)
		table->ended = entry;
	event->process = &entry->proc;
	return TABLE_NEW;
}

static void learn_ids(struct table *table, const struct vigil_event *event)
{
	struct entry *entry = (struct entry *)(uintptr_t)event->actor;

	if (entry && credentials_learn(&entry->proc, event))
		entry->proc.revision = ++table->revision;
}

static const struct vigil_process_info *parent_of(const struct table *table,
						  const struct vigil_process_info *proc)
{
	struct vigil_id id = proc->parent;
	const struct entry *entry = (const void *)proc, *parent = entry->parent;

	if (!parent)
		parent = entries_find(table, &id, entry->mono);
	return parent && parent != entry ? &parent->proc : NULL;
}

/* Returns the images of a living process. */
static struct images *images_of(const struct vigil_process_info *proc)
{
	struct entry *entry = (struct entry *)(uintptr_t)proc;

	return entry && !entry->dead ? &entry->images : NULL;
}

/* Returns the process that had this id then, or NULL; fills in the id's start key. */
static const struct vigil_process_info *proc_at(struct table *table, struct vigil_id *id,
						uint64_t when)
{
	return proc_of(entries_find(table, id, when));
}

/* Finds the processes of an event that neither starts nor ends one. */
static void find_processes(struct table *table, struct vigil_event *event,
			   struct vigil_header *record)
{
	uint64_t when = record->mono;
	void *body = record + 1;

	event->actor = proc_at(table, &record->actor, when);
	switch (record->type) {
	case VIGIL_EVENT_THREAD_CREATE:
	case VIGIL_EVENT_THREAD_EXIT:
	case VIGIL_EVENT_THREAD_SNAPSHOT:
		event->process = proc_at(table, &((struct vigil_thread_body *)body)->thread, when);
		break;
	case VIGIL_EVENT_IMAGE_LOAD:
		event->process = proc_at(table, &((struct vigil_image_body *)body)->process, when);
		break;
	case VIGIL_EVENT_REMOTE_THREAD:
		event->process = event->actor;
		event->target = proc_at(table, &((struct vigil_thread_body *)body)->thread, when);
		break;
	case VIGIL_EVENT_PROCESS_ACCESS:
		event->process = event->actor;
		event->target = proc_at(table, &((struct vigil_access_body *)body)->target, when);
		break;
	case VIGIL_EVENT_PROCESS_DENIED:
		/* On Linux the process that called exec would have run the program. */
		entries_find(table, &((struct vigil_denied_body *)body)->process.process, when);
		entries_find(table, &((struct vigil_denied_body *)body)->process.parent, when);
		event->process = event->actor;
		break;
	case VIGIL_EVENT_ALERT:
		event->process = proc_at(table, &((struct vigil_alert_body *)body)->process, when);
		event->target = proc_at(table, &((struct vigil_alert_body *)body)->target, when);
		break;
	case VIGIL_EVENT_DRIVER_LOAD:
	case VIGIL_EVENT_CREDENTIALS:
	case VIGIL_EVENT_EXEC_FAILED:
		event->process = event->actor;
		break;
	default:
		break;
	}
}

enum table_result table_apply(struct table *table, struct vigil_event *event,
			      struct vigil_header *record)
{
	enum table_result result = TABLE_NEW;

	if (table->ended)
		entries_bury(table, table->ended, 0);
	entries_bound_text(table);
	switch (record->type) {
	case VIGIL_EVENT_PROCESS_CREATE:
	case VIGIL_EVENT_PROCESS_EXEC:
	case VIGIL_EVENT_PROCESS_SNAPSHOT:
		result = apply_start(table, event);
		break;
	case VIGIL_EVENT_PROCESS_EXIT:
		result = apply_exit(table, event);
		break;
	default:
		break;
	}
	if (result != TABLE_NEW)
		return result;
	find_processes(table, event, record);
	complete_late(table, event->process, record->type);
	learn_ids(table, event);
	modules_apply(&table->modules, images_of(event->process), images_of(event->target), event);
	if (event->process && !event->parent)
		event->parent = parent_of(table, event->process);
	return TABLE_NEW;
}

void table_keep_ancestors(struct table *table, uint32_t max)
{
	table->ancestors_max = max < VIGIL_ANCESTORS_MAX ? max : VIGIL_ANCESTORS_MAX;
}

const struct ancestry *table_ancestry(const struct vigil_process_info *proc)
{
	return ((const struct entry *)(const void *)proc)->ancestry;
}
