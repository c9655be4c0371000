/* SPDX-License-Identifier: MIT */
/* work.c - work items, run by two workers of the System process, and system threads. */
#include "sim.h"

#include <setjmp.h>

#define WORKERS 2

struct _IO_WORKITEM {
	PDEVICE_OBJECT device;
	PIO_WORKITEM_ROUTINE routine;
	PIO_WORKITEM_ROUTINE_EX routine_ex;
	PVOID context;
	bool queued;
};

struct work {
	struct work *next;
	PIO_WORKITEM io; /* or */
	PWORKER_THREAD_ROUTINE routine;
	PVOID parameter;
};

static struct work *queue;
static unsigned running_io, running_ex, items;
static bool stopping;
static struct host *workers[WORKERS];

/* ---- workers ---- */

static bool something_to_do(void *argument)
{
	(void)argument;
	return stopping || queue;
}

static void run_io(PIO_WORKITEM item)
{
	PDEVICE_OBJECT device = item->device;

	item->queued = false; /* the routine may free it */
	if (item->routine_ex)
		item->routine_ex(device, item->context, item);
	else
		item->routine(device, item->context);
	object_unref(device);
}

static void run_work(struct work *work)
{
	struct call call;

	sync_acquire(&queue);
	call_begin(&call, "a work item");
	if (work->io)
		run_io(work->io);
	else
		work->routine(work->parameter);
	call_end(&call);
	free(work);
}

static void worker_body(void *argument)
{
	unsigned *count;
	struct work *work;

	(void)argument;
	self()->previous_mode = KernelMode;
	klock();
	for (;;) {
		kwait(something_to_do, NULL, FOREVER);
		work = queue;
		if (stopping)
			break;
		if (!work)
			continue;
		queue = work->next;
		count = work->io ? &running_io : &running_ex;
		++*count;
		kunlock();
		run_work(work);
		klock();
		--*count;
		kwake();
	}
	kunlock();
}

static void start_workers(void)
{
	for (int i = 0; i < WORKERS && !workers[i]; i++)
		workers[i] = host_start("worker", worker_body, NULL,
					thread_new_quiet(PsInitialSystemProcess, NULL), true);
}

static void add_work(PIO_WORKITEM io, PWORKER_THREAD_ROUTINE routine, PVOID parameter)
{
	struct work *work = calloc(1, sizeof(*work)), **end = &queue;

	if (!work)
		abort();
	start_workers();
	*work = (struct work){ NULL, io, routine, parameter };
	sync_release(&queue);
	klock();
	while (*end)
		end = &(*end)->next;
	*end = work;
	kwake();
	kunlock();
	ntsim_point();
}

/* ---- what a driver calls ---- */

ULONG IoSizeofWorkItem(VOID)
{
	return sizeof(struct _IO_WORKITEM);
}

VOID IoInitializeWorkItem(PVOID object, PIO_WORKITEM item)
{
	*item = (struct _IO_WORKITEM){ .device = object };
	klock();
	items++;
	kunlock();
}

VOID IoUninitializeWorkItem(PIO_WORKITEM item)
{
	if (item->queued)
		ntsim_bugcheck(NTSIM_LEAK, "a work item freed while queued");
	klock();
	items--;
	kunlock();
}

PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT device)
{
	PIO_WORKITEM item;

	need_irql("IoAllocateWorkItem", PASSIVE_LEVEL, DISPATCH_LEVEL);
	object_type(device, "IoAllocateWorkItem");
	if (fault("IoAllocateWorkItem"))
		return NULL;
	item = pool_special(sizeof(*item), false, 0x20206f49, "work item");
	IoInitializeWorkItem(device, item);
	return item;
}

VOID IoFreeWorkItem(PIO_WORKITEM item)
{
	need_irql("IoFreeWorkItem", PASSIVE_LEVEL, DISPATCH_LEVEL);
	IoUninitializeWorkItem(item);
	ExFreePool(item);
}

static void queue_io(const char *routine, PIO_WORKITEM item)
{
	need_irql(routine, PASSIVE_LEVEL, DISPATCH_LEVEL);
	if (item->queued)
		ntsim_bugcheck(NTSIM_MISUSE, "%s: the item is queued already", routine);
	item->queued = true;
	object_ref(item->device); /* the device stays while the routine runs */
	add_work(item, NULL, NULL);
}

VOID IoQueueWorkItem(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, WORK_QUEUE_TYPE type,
		     PVOID context)
{
	(void)type;
	item->routine = routine;
	item->routine_ex = NULL;
	item->context = context;
	queue_io("IoQueueWorkItem", item);
}

VOID IoQueueWorkItemEx(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE_EX routine, WORK_QUEUE_TYPE type,
		       PVOID context)
{
	(void)type;
	item->routine_ex = routine;
	item->context = context;
	queue_io("IoQueueWorkItemEx", item);
}

VOID ntsim_work_item_init(PWORK_QUEUE_ITEM item, PWORKER_THREAD_ROUTINE routine, PVOID parameter)
{
	*item = (WORK_QUEUE_ITEM){ { NULL, NULL }, routine, parameter };
}

VOID ExQueueWorkItem(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE type)
{
	(void)type;
	need_irql("ExQueueWorkItem", PASSIVE_LEVEL, DISPATCH_LEVEL);
	add_work(NULL, item->WorkerRoutine, item->Parameter);
}

/* ---- system threads ---- */

struct system_thread {
	struct system_thread *next;
	struct host *host;
	PETHREAD thread;
	PKSTART_ROUTINE routine;
	PVOID context;
	jmp_buf exit;
	NTSTATUS status;
	bool ended;
};

static struct system_thread *threads;
static _Thread_local struct system_thread *this_thread;

static void thread_body(void *argument)
{
	struct system_thread *t = argument;
	struct call call;

	self()->previous_mode = KernelMode;
	this_thread = t;
	sync_acquire(t);
	call_begin(&call, "a system thread");
	if (setjmp(t->exit) == 0)
		t->routine(t->context);
	call_end(&call);
	thread_end(t->thread, t->status);
	klock();
	t->ended = true;
	kwake();
	kunlock();
}

NTSTATUS PsCreateSystemThread(PHANDLE handle, ULONG access, POBJECT_ATTRIBUTES attributes,
			      HANDLE process, PCLIENT_ID client, PKSTART_ROUTINE routine,
			      PVOID context)
{
	bool kernel = attributes && (attributes->Attributes & OBJ_KERNEL_HANDLE);
	struct system_thread *t;

	need_irql("PsCreateSystemThread", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (process)
		ntsim_bugcheck(NTSIM_MISUSE, "system threads only in the System process");
	if (fault("PsCreateSystemThread"))
		return STATUS_INSUFFICIENT_RESOURCES;
	t = calloc(1, sizeof(*t));
	if (!t)
		abort();
	t->routine = routine;
	t->context = context;
	t->thread = thread_create(PsInitialSystemProcess, NULL, (PVOID)(uintptr_t)routine, false);
	object_ref(t->thread);
	if (client)
		*client = (CLIENT_ID){ t->thread->process->pid, t->thread->tid };
	*handle = handle_new(t->thread, access, kernel ? NULL : current_process(), true);
	sync_release(t);
	klock();
	t->next = threads;
	threads = t;
	kunlock();
	t->host = host_start("system thread", thread_body, t, t->thread, false);
	ntsim_point();
	return STATUS_SUCCESS;
}

NTSTATUS PsTerminateSystemThread(NTSTATUS status)
{
	need_irql("PsTerminateSystemThread", PASSIVE_LEVEL, PASSIVE_LEVEL);
	if (!this_thread)
		return STATUS_INVALID_PARAMETER;
	this_thread->status = status;
	longjmp(this_thread->exit, 1);
}

/* ---- life ---- */

void work_boot(void)
{
	queue = NULL;
	running_io = running_ex = items = 0;
	stopping = false;
	memset(workers, 0, sizeof(workers));
}

static bool io_drained(void *argument)
{
	(void)argument;
	return running_io == 0;
}

static void reap_threads(void)
{
	while (threads) {
		struct system_thread *t = threads;

		if (!t->ended && t->thread->alive)
			ntsim_bugcheck(NTSIM_LEAK, "a system thread runs at unload");
		threads = t->next;
		host_join(t->host);
		object_unref(t->thread);
		free(t);
	}
}

void work_unload(void)
{
	klock();
	/* The I/O manager keeps the driver while a routine of IoQueueWorkItem returns. */
	kwait(io_drained, NULL, FOREVER);
	if (queue || running_ex)
		ntsim_bugcheck(NTSIM_LEAK, "a work item is queued or runs at unload");
	kunlock();
	reap_threads();
	if (items)
		ntsim_bugcheck(NTSIM_LEAK, "%u work items not freed", items);
}

void work_shutdown(void)
{
	klock();
	stopping = true;
	kwake();
	kunlock();
	for (int i = 0; i < WORKERS; i++) {
		if (workers[i])
			host_join(workers[i]);
		workers[i] = NULL;
	}
}
