/* SPDX-License-Identifier: MIT */
#include "process/leaders.h"

#include <string.h>

#define TTY_MAJOR       4u /* Documentation/admin-guide/devices.txt */
#define TTY_ALT_MAJOR   5u
#define SERIAL_MINOR    64u
#define CONSOLE         (TTY_ALT_MAJOR << 20 | 1)
#define KERNEL_THREAD_D 2u /* PID of kthreadd */

static struct vigil_id id_of_leader(const struct vigil_leader *leader)
{
	return (struct vigil_id){ leader->pid, 0,
				  (uint64_t)leader->start_key[1] << 32 | leader->start_key[0] };
}

static struct vigil_leader leader_of_id(const struct vigil_id *id)
{
	return (struct vigil_leader){
		id->pid, { (uint32_t)id->start_key, (uint32_t)(id->start_key >> 32) }
	};
}

bool leaders_read(struct vigil_process_info *proc, const struct vigil_event *event)
{
	const struct vigil_string *part = &event->part[VIGIL_PART_LEADERS];
	struct vigil_leaders leaders = { 0 };

	if (event->record->encoding != VIGIL_BYTES)
		return false;
	if (part->length >= sizeof(leaders))
		memcpy(&leaders, part->data, sizeof(leaders));
	else
		leaders.session.pid = proc->session == VIGIL_UNKNOWN ? 0 : proc->session;
	proc->session_leader = id_of_leader(&leaders.session);
	proc->group_leader = id_of_leader(&leaders.group);
	proc->entry_leader = id_of_leader(&leaders.entry);
	proc->entry_type = leaders.entry_type;
	return true;
}

struct vigil_leaders leaders_of(const struct vigil_process_info *proc)
{
	return (struct vigil_leaders){ .session = leader_of_id(&proc->session_leader),
				       .group = leader_of_id(&proc->group_leader),
				       .entry = leader_of_id(&proc->entry_leader),
				       .entry_type = proc->entry_type };
}

void leaders_write(const struct vigil_process_info *proc, const struct vigil_event *event)
{
	const struct vigil_string *part = &event->part[VIGIL_PART_LEADERS];
	const uint8_t *begin = (const uint8_t *)event->record;
	const uint8_t *at = (const uint8_t *)part->data;
	const struct vigil_leaders leaders = leaders_of(proc);

	/* decode points to the part in the record, unless the part has an odd length. */
	if (part->length == sizeof(leaders) && at > begin && at < begin + event->record->size)
		memcpy((void *)(uintptr_t)at, &leaders, sizeof(leaders));
}

/* ---- the entry leader ---- */

static struct vigil_string base_of(struct vigil_string path)
{
	for (uint32_t i = path.length; i > 0; i--)
		if (path.data[i - 1] == '/')
			return (struct vigil_string){ path.data + i, path.length - i, 0 };
	return path;
}

static bool name_begins_with(struct vigil_string text, const char *with)
{
	size_t length = strlen(with);

	return text.length >= length && memcmp(text.data, with, length) == 0;
}

/* Compares the name too: runc runs a copy of itself from memory. */
static bool is_runtime(const struct vigil_process_info *proc)
{
	static const char *const NAMES[] = { "containerd-shim", "runc", "crun", "conmon" };
	struct vigil_string program = base_of(proc->image);

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if (name_begins_with(program, NAMES[i]) || name_begins_with(proc->name, NAMES[i]))
			return true;
	return false;
}

/* Returns how the process that leads a session was started; 0: unknown. */
static uint32_t entry_of_session(const struct vigil_process_info *proc,
				 const struct vigil_process_info *parent)
{
	struct vigil_string program = base_of(proc->image);
	struct vigil_string above =
	    parent ? base_of(parent->image) : (struct vigil_string){ "", 0, 0 };
	uint32_t minor = proc->tty & 0xfffff;

	if (is_runtime(proc)) /* about to run the program of the container */
		return VIGIL_ENTRY_UNKNOWN;
	if (name_begins_with(above, "sshd"))
		return name_begins_with(program, "sshd") ? VIGIL_ENTRY_UNKNOWN : VIGIL_ENTRY_SSHD;
	if (name_begins_with(above, "ssm-session-worker"))
		return VIGIL_ENTRY_SSM;
	if (parent && is_runtime(parent))
		return VIGIL_ENTRY_CONTAINER;
	if (proc->tty == CONSOLE || (proc->tty >> 20 == TTY_MAJOR && minor >= SERIAL_MINOR))
		return VIGIL_ENTRY_CONSOLE;
	return proc->tty >> 20 == TTY_MAJOR ? VIGIL_ENTRY_TERMINAL : VIGIL_ENTRY_UNKNOWN;
}

bool leaders_is_from_init(const struct vigil_process_info *proc)
{
	uint32_t session = proc->session_leader.pid;

	return proc->parent.pid == 1 && (session <= 1 || session == proc->id.pid);
}

static uint32_t entry_type_of(const struct vigil_process_info *proc,
			      const struct vigil_process_info *parent)
{
	uint32_t type = VIGIL_ENTRY_UNKNOWN;

	if (proc->id.pid == 1)
		return VIGIL_ENTRY_INIT;
	if (proc->id.pid == KERNEL_THREAD_D && proc->attributes & VIGIL_PROCESS_KERNEL)
		return VIGIL_ENTRY_KTHREAD;
	if (proc->session_leader.pid == proc->id.pid)
		type = entry_of_session(proc, parent);
	if (!type && leaders_is_from_init(proc) && !is_runtime(proc))
		type = VIGIL_ENTRY_INIT;
	return type;
}

void leaders_find_entry(struct vigil_process_info *proc, const struct vigil_process_info *creator,
			const struct vigil_process_info *parent)
{
	/* A fork runs its creator's program; its type is determined when it runs another one. */
	uint32_t type = creator ? VIGIL_ENTRY_UNKNOWN : entry_type_of(proc, parent);
	const struct vigil_process_info *from = creator ? creator : parent;

	if (type) {
		proc->entry_leader = proc->id;
		proc->entry_type = type;
	} else if (from && from->entry_leader.start_key) {
		proc->entry_leader = from->entry_leader;
		proc->entry_type = from->entry_type;
	}
}
