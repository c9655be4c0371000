/* SPDX-License-Identifier: MIT */
/*
 * notify.c - notify routines: at most 64 of each kind (8 for images before
 * Windows 8.1), each registered once, and a removal waits for the calls that
 * are under way (DDI PsSetCreateProcessNotifyRoutineEx).
 */
#include "sim.h"

enum kind {
	PROCESS,
	THREAD,
	IMAGE,
	KINDS
};
enum flavor {
	PLAIN,
	EX,
	EX2,
	NEW_THREAD
};

#define LIMIT 64

struct slot {
	void *routine; /* NULL: free */
	enum flavor flavor;
	bool removing;
	unsigned calls;
	struct host *inside[32]; /* who runs it */
};

static struct slot slots[KINDS][LIMIT];

void notify_boot(void)
{
	memset(slots, 0, sizeof(slots));
}

static unsigned limit_of(enum kind kind)
{
	return kind == IMAGE && version_now() == NTSIM_WIN7 ? 8 : LIMIT;
}

static struct slot *find(enum kind kind, void *routine)
{
	for (unsigned i = 0; i < LIMIT; i++) {
		if (slots[kind][i].routine == routine)
			return &slots[kind][i];
	}
	return NULL;
}

static NTSTATUS add(const char *name, enum kind kind, void *routine, enum flavor flavor,
		    NTSTATUS full)
{
	struct slot *slot;
	NTSTATUS status = STATUS_SUCCESS;

	need_irql(name, PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (!routine)
		ntsim_bugcheck(NTSIM_NOTIFY, "%s: no routine", name);
	if (fault(name))
		return full;
	sync_release(&slots[kind]);
	klock();
	slot = find(kind, NULL);
	if (!slot || slot >= &slots[kind][limit_of(kind)])
		status = full;
	else if (kind == PROCESS && find(kind, routine))
		status = STATUS_INVALID_PARAMETER;
	else if (find(kind, routine))
		ntsim_bugcheck(NTSIM_NOTIFY, "%s: registered twice", name);
	else
		*slot = (struct slot){ .routine = routine, .flavor = flavor };
	kunlock();
	ntsim_point();
	return status;
}

static bool unused(void *argument)
{
	return ((struct slot *)argument)->calls == 0;
}

static void check_not_inside(const char *name, const struct slot *slot)
{
	for (unsigned i = 0; i < sizeof(slot->inside) / sizeof(slot->inside[0]); i++) {
		if (slot->inside[i] == self())
			ntsim_bugcheck(NTSIM_CALLBACK_REMOVE,
				       "%s from within the routine it removes", name);
	}
}

static NTSTATUS take_out(const char *name, enum kind kind, void *routine, NTSTATUS missing)
{
	struct slot *slot;

	need_irql(name, PASSIVE_LEVEL, PASSIVE_LEVEL);
	klock();
	slot = routine ? find(kind, routine) : NULL;
	if (slot) {
		check_not_inside(name, slot);
		slot->removing = true;
		kwait(unused, slot, FOREVER);
		slot->routine = NULL;
	}
	kunlock();
	sync_acquire(&slots[kind]);
	return slot ? STATUS_SUCCESS : missing;
}

/* ---- calls ---- */

static bool enter(struct slot *slot)
{
	bool ok;

	klock();
	ok = slot->routine && !slot->removing;
	for (unsigned i = 0; ok; i++) {
		if (i == sizeof(slot->inside) / sizeof(slot->inside[0]))
			ntsim_bugcheck(NTSIM_MISUSE, "too many threads in one notify routine");
		if (!slot->inside[i]) {
			slot->inside[i] = self();
			slot->calls++;
			break;
		}
	}
	kunlock();
	return ok;
}

static void leave(struct slot *slot, enum kind kind)
{
	sync_release(&slots[kind]);
	klock();
	for (unsigned i = 0;; i++) {
		if (slot->inside[i] == self()) {
			slot->inside[i] = NULL;
			break;
		}
	}
	slot->calls--;
	kwake();
	kunlock();
}

/* The arguments of whichever kind is called. */
struct event {
	const char *name;
	PEPROCESS process;
	PETHREAD thread;
	HANDLE pid;
	PPS_CREATE_NOTIFY_INFO create;
	bool begins, on_new_thread;
	PUNICODE_STRING image_name;
	PIMAGE_INFO image;
};

/* Routines have different prototypes: converts the object pointer to the right one. */
#define AS(type, routine) __extension__((type)(uintptr_t)(routine))

static void call_process(const struct slot *slot, const struct event *e)
{
	bool denied = e->create && !NT_SUCCESS(e->create->CreationStatus);

	if (e->process->pico && slot->flavor != EX2)
		return;
	if (slot->flavor == PLAIN)
		AS(PCREATE_PROCESS_NOTIFY_ROUTINE, slot->routine)
	(e->process->parent, e->process->pid, e->begins);
	else AS(PCREATE_PROCESS_NOTIFY_ROUTINE_EX, slot->routine)(e->process, e->process->pid,
								  e->create);
	if (denied && NT_SUCCESS(e->create->CreationStatus))
		ntsim_bugcheck(NTSIM_NOTIFY, "a denial of another driver was replaced by success");
}

static void call_one(enum kind kind, const struct slot *slot, const struct event *e)
{
	if (kind == PROCESS)
		call_process(slot, e);
	else if (kind == IMAGE)
		AS(PLOAD_IMAGE_NOTIFY_ROUTINE, slot->routine)(e->image_name, e->pid, e->image);
	else if ((slot->flavor == NEW_THREAD) == e->on_new_thread)
		AS(PCREATE_THREAD_NOTIFY_ROUTINE, slot->routine)
	(e->thread->process->pid, e->thread->tid, e->begins);
}

static void call_all(enum kind kind, const struct event *e)
{
	struct call call;

	for (unsigned i = 0; i < LIMIT; i++) {
		struct slot *slot = &slots[kind][i];

		ntsim_point();
		if (!enter(slot))
			continue;
		sync_acquire(&slots[kind]);
		call_begin(&call, e->name);
		call_one(kind, slot, e);
		call_end(&call);
		leave(slot, kind);
	}
}

/* In a critical region, on the creating or the last thread (DDI ...NotifyRoutineEx). */
bool notify_process_create(PEPROCESS process, PPS_CREATE_NOTIFY_INFO info)
{
	struct event e = { .name = "a process notify routine (create)",
			   .process = process,
			   .create = info,
			   .begins = true };

	self()->critical++;
	call_all(PROCESS, &e);
	self()->critical--;
	return NT_SUCCESS(info->CreationStatus);
}

void notify_process_exit(PEPROCESS process)
{
	struct event e = { .name = "a process notify routine (exit)", .process = process };

	self()->critical++;
	call_all(PROCESS, &e);
	self()->critical--;
}

/* PASSIVE_LEVEL or APC_LEVEL (DDI PCREATE_THREAD_NOTIFY_ROUTINE). */
static void call_thread(const struct event *e)
{
	bool apc = config_now()->thread_at_apc || (ntsim_seeded && ntsim_random(4) == 0);
	KIRQL old = self()->irql;

	if (apc && old < APC_LEVEL)
		raise_irql(APC_LEVEL);
	call_all(THREAD, e);
	lower_irql(old);
}

void notify_thread(PETHREAD thread, bool create)
{
	struct event e = { .name = create ? "a thread notify routine (create)"
					  : "a thread notify routine (exit)",
			   .thread = thread,
			   .begins = create };

	call_thread(&e);
	if (!create) {
		e.on_new_thread = true; /* the Ex variant also hears of exits, on the thread */
		call_thread(&e);
	}
}

/* PsCreateThreadNotifyNonSystem: on the new thread, before it runs. */
void notify_thread_new(PETHREAD thread)
{
	struct event e = { .name = "a thread notify routine (Ex)",
			   .thread = thread,
			   .begins = true,
			   .on_new_thread = true };
	PETHREAD old = current_thread();

	if (thread->system)
		return;
	object_ref(old);
	pose_as(thread);
	call_thread(&e);
	pose_as(old);
	object_unref(old);
}

void notify_image(PUNICODE_STRING name, HANDLE pid, PIMAGE_INFO image)
{
	struct event e = {
		.name = "an image notify routine", .image_name = name, .pid = pid, .image = image
	};

	call_all(IMAGE, &e);
}

void notify_unload(void)
{
	char text[160];

	for (int kind = 0; kind < KINDS; kind++) {
		for (unsigned i = 0; i < LIMIT; i++) {
			if (!slots[kind][i].routine)
				continue;
			symbol_name(slots[kind][i].routine, text, sizeof(text));
			ntsim_bugcheck(NTSIM_CALLBACK_LEFT, "a notify routine left at unload: %s",
				       text);
		}
	}
}

/* ---- what a driver calls ---- */

NTSTATUS PsSetCreateProcessNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE routine, BOOLEAN remove)
{
	const char *name = "PsSetCreateProcessNotifyRoutine";
	void *address = (void *)(uintptr_t)routine;

	if (remove)
		return take_out(name, PROCESS, address, STATUS_INVALID_PARAMETER);
	return add(name, PROCESS, address, PLAIN, STATUS_INVALID_PARAMETER);
}

static NTSTATUS set_process_ex(const char *name, void *routine, enum flavor flavor, BOOLEAN remove)
{
	if (remove)
		return take_out(name, PROCESS, routine, STATUS_PROCEDURE_NOT_FOUND);
	if (config_now()->no_force_integrity)
		return STATUS_ACCESS_DENIED;
	return add(name, PROCESS, routine, flavor, STATUS_INVALID_PARAMETER);
}

NTSTATUS PsSetCreateProcessNotifyRoutineEx(PCREATE_PROCESS_NOTIFY_ROUTINE_EX routine,
					   BOOLEAN remove)
{
	return set_process_ex("PsSetCreateProcessNotifyRoutineEx", (void *)(uintptr_t)routine, EX,
			      remove);
}

NTSTATUS PsSetCreateProcessNotifyRoutineEx2(PSCREATEPROCESSNOTIFYTYPE type, PVOID information,
					    BOOLEAN remove)
{
	need_version("PsSetCreateProcessNotifyRoutineEx2", NTSIM_WIN10_1703);
	if (type != PsCreateProcessNotifySubsystems)
		return STATUS_INVALID_PARAMETER;
	return set_process_ex("PsSetCreateProcessNotifyRoutineEx2", information, EX2, remove);
}

NTSTATUS PsSetCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE routine)
{
	return add("PsSetCreateThreadNotifyRoutine", THREAD, (void *)(uintptr_t)routine, PLAIN,
		   STATUS_INSUFFICIENT_RESOURCES);
}

NTSTATUS PsSetCreateThreadNotifyRoutineEx(PSCREATETHREADNOTIFYTYPE type, PVOID information)
{
	need_version("PsSetCreateThreadNotifyRoutineEx", NTSIM_WIN10_1607);
	if (type == PsCreateThreadNotifySubsystems && version_now() > NTSIM_WIN10_1703)
		return STATUS_INVALID_PARAMETER; /* DDI PSCREATETHREADNOTIFYTYPE */
	return add("PsSetCreateThreadNotifyRoutineEx", THREAD, information,
		   type == PsCreateThreadNotifyNonSystem ? NEW_THREAD : PLAIN,
		   STATUS_INSUFFICIENT_RESOURCES);
}

NTSTATUS PsRemoveCreateThreadNotifyRoutine(PCREATE_THREAD_NOTIFY_ROUTINE routine)
{
	return take_out("PsRemoveCreateThreadNotifyRoutine", THREAD, (void *)(uintptr_t)routine,
			STATUS_PROCEDURE_NOT_FOUND);
}

NTSTATUS PsSetLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE routine)
{
	return add("PsSetLoadImageNotifyRoutine", IMAGE, (void *)(uintptr_t)routine, PLAIN,
		   STATUS_INSUFFICIENT_RESOURCES);
}

NTSTATUS PsSetLoadImageNotifyRoutineEx(PLOAD_IMAGE_NOTIFY_ROUTINE routine, ULONG_PTR flags)
{
	need_version("PsSetLoadImageNotifyRoutineEx", NTSIM_WIN10_1703);
	if (flags & ~(ULONG_PTR)PS_IMAGE_NOTIFY_CONFLICTING_ARCHITECTURE)
		return STATUS_INVALID_PARAMETER;
	return add("PsSetLoadImageNotifyRoutineEx", IMAGE, (void *)(uintptr_t)routine, PLAIN,
		   STATUS_INSUFFICIENT_RESOURCES);
}

NTSTATUS PsRemoveLoadImageNotifyRoutine(PLOAD_IMAGE_NOTIFY_ROUTINE routine)
{
	return take_out("PsRemoveLoadImageNotifyRoutine", IMAGE, (void *)(uintptr_t)routine,
			STATUS_PROCEDURE_NOT_FOUND);
}
