/* SPDX-License-Identifier: MIT */
/* process.c - processes and threads, their birth and end, and what a driver may ask of them. */
#include "sim.h"

PEPROCESS processes;
PEPROCESS PsInitialSystemProcess;

static ULONG_PTR next_id;
static ULONGLONG next_start_key;
static PETHREAD system_thread; /* whose context is used by work without a thread */

/* ---- finding ---- */

PETHREAD current_thread(void)
{
	PETHREAD pose = self()->pose;

	return pose ? pose : system_thread;
}

PEPROCESS current_process(void)
{
	struct host *me = self();

	return me->attached ? me->attached : current_thread()->process;
}

PEPROCESS process_find(HANDLE pid)
{
	PEPROCESS p;

	klock();
	for (p = processes; p && p->pid != pid; p = p->next)
		;
	kunlock();
	return p;
}

PETHREAD thread_find(HANDLE tid)
{
	PETHREAD found = NULL;

	klock();
	for (PEPROCESS p = processes; p && !found; p = p->next) {
		for (PETHREAD t = p->threads; t && !found; t = t->next) {
			if (t->tid == tid && t->alive)
				found = t;
		}
	}
	kunlock();
	return found;
}

static HANDLE free_id(void)
{
	HANDLE id;

	klock();
	do {
		id = (HANDLE)next_id;
		next_id += 4;
	} while (process_find(id) || thread_find(id));
	kunlock();
	return id;
}

UNICODE_STRING string_copy(PCUNICODE_STRING s)
{
	UNICODE_STRING copy = { s->Length, s->Length, malloc(s->Length ? s->Length : 1) };

	if (!copy.Buffer)
		abort();
	if (s->Length)
		memcpy(copy.Buffer, s->Buffer, s->Length);
	return copy;
}

/* ---- objects ---- */

static PEPROCESS process_new(HANDLE pid, HANDLE parent, PCUNICODE_STRING image)
{
	PEPROCESS p = object_new(OBJECT_PROCESS, sizeof(*p));
	PEPROCESS *end = &processes;

	dispatcher_init(&p->header, DISPATCHER_PROCESS, 0);
	klock();
	p->pid = pid;
	p->parent = parent;
	p->image = string_copy(image);
	p->exit_status = STATUS_PENDING;
	p->alive = true;
	p->created = ntsim_now();
	p->start_key = next_start_key++;
	while (*end)
		end = &(*end)->next;
	*end = p;
	kunlock();
	return p;
}

static PETHREAD thread_new(PEPROCESS process, HANDLE tid, PVOID start)
{
	PETHREAD t = object_new(OBJECT_THREAD, sizeof(*t));
	PETHREAD *end = &process->threads;

	object_ref(process);
	dispatcher_init(&t->header, DISPATCHER_THREAD, 0);
	klock();
	t->process = process;
	t->tid = tid;
	t->start = start;
	t->created = ntsim_now();
	t->exit_status = STATUS_PENDING;
	t->alive = true;
	t->first = process->threads == NULL;
	t->system = process->system;
	process->running++;
	while (*end)
		end = &(*end)->next;
	*end = t;
	kunlock();
	sync_release(t);
	return t;
}

void process_destroy(void *body)
{
	PEPROCESS p = body;

	free(p->image.Buffer);
	free(p->command.Buffer);
	object_unref(p->token);
	if (p->file)
		object_unref(p->file);
}

void thread_destroy(void *body)
{
	object_unref(((PETHREAD)body)->process);
}

/* A thread's place in its process holds one reference: it goes with the thread. */
static void thread_unlink(PETHREAD thread)
{
	PETHREAD *link = &thread->process->threads;

	klock();
	while (*link != thread)
		link = &(*link)->next;
	*link = thread->next;
	kunlock();
	object_unref(thread);
}

static void process_unlink(PEPROCESS process)
{
	PEPROCESS *link = &processes;

	klock();
	while (*link != process)
		link = &(*link)->next;
	*link = process->next;
	kunlock();
	object_unref(process);
}

PETHREAD thread_new_quiet(PEPROCESS process, PVOID start)
{
	return thread_new(process, free_id(), start);
}

/* ---- birth ---- */

static void fill_in(PEPROCESS p, const struct ntsim_process *spec)
{
	ULONG integrity = spec->integrity ? spec->integrity
			  : spec->user    ? SECURITY_MANDATORY_MEDIUM_RID
					  : SECURITY_MANDATORY_HIGH_RID;

	if (spec->nameless)
		p->image.Length = 0;
	p->pico = spec->pico;
	p->wow64 = spec->wow64;
	p->is_protected = spec->is_protected;
	p->debugged = spec->debugged;
	p->session = spec->session;
	p->has_command = !spec->no_command;
	p->command = string_copy(spec->command ? spec->command : &p->image);
	p->token = token_new(spec->sid ? spec->sid : "S-1-5-21-1-2-3-1001", !spec->user, integrity,
			     spec->session);
	if (!spec->no_file && !spec->pico)
		p->file = file_of_image(&p->image);
}

/* Strings for a callback: exactly sized, no terminator. */
static struct block *exact(PCUNICODE_STRING s, UNICODE_STRING *copy)
{
	struct block *b = block_new(BLOCK_STRING, s->Length, "notify string");

	if (s->Length)
		memcpy(b->data, s->Buffer, s->Length);
	*copy = (UNICODE_STRING){ s->Length, s->Length, (PWCH)(void *)b->data };
	return b;
}

static NTSTATUS announce(PEPROCESS p, const struct ntsim_process *spec)
{
	UNICODE_STRING image, command;
	struct block *image_block = exact(spec->spelled ? spec->spelled : &p->image, &image);
	struct block *command_block = exact(&p->command, &command);
	struct block *block =
	    block_new(BLOCK_STRING, sizeof(PS_CREATE_NOTIFY_INFO), "PS_CREATE_NOTIFY_INFO");
	PPS_CREATE_NOTIFY_INFO info = (void *)block->data;
	NTSTATUS status;

	*info = (PS_CREATE_NOTIFY_INFO){ .Size = sizeof(*info),
					 .ParentProcessId = p->parent,
					 .CreatingThreadId = { ntsim_self_pid(), ntsim_self() },
					 .FileObject = p->file };
	info->FileOpenNameAvailable = !spec->partial_image && !spec->no_image;
	info->IsSubsystemProcess = spec->pico;
	info->ImageFileName = spec->no_image ? NULL : &image;
	info->CommandLine = spec->no_command ? NULL : &command;
	info->CreationStatus = spec->refused_before;
	notify_process_create(p, info);
	status = info->CreationStatus;
	block_free(block);
	block_free(image_block);
	block_free(command_block);
	return status;
}

/* A denied process never ran. It ends without a word, or with the notifications of
 * its first thread, which is inserted and ended, and of its exit. */
static void abandon(PEPROCESS p, NTSTATUS status, bool notify)
{
	PETHREAD first = p->threads;

	p->exit_status = first->exit_status = status;
	if (notify) {
		notify_thread(first, true);
		p->exited = ntsim_now();
		notify_thread(first, false);
		notify_process_exit(p);
	}
	p->alive = first->alive = false;
	p->running = 0;
	thread_unlink(first);
	process_unlink(p);
}

HANDLE ntsim_process(struct ntsim_process *spec)
{
	PCUNICODE_STRING image =
	    spec->image ? spec->image : NTSIM_STR(L"\\Device\\HarddiskVolume1\\test.exe");
	HANDLE pid = spec->pid ? spec->pid : free_id();
	PEPROCESS p;

	if (process_find(pid))
		ntsim_bugcheck(NTSIM_MISUSE, "process %u is alive", HandleToUlong(pid));
	ntsim_point();
	klock(); /* no lookup finds it before it is complete */
	p = process_new(pid, spec->parent ? spec->parent : ntsim_self_pid(), image);
	fill_in(p, spec);
	sync_release(p);
	kunlock();
	return spec->threadless ? pid : ntsim_process_start(pid, spec);
}

HANDLE ntsim_process_start(HANDLE pid, struct ntsim_process *spec)
{
	PEPROCESS p = process_find(pid);

	thread_new(p, spec->tid ? spec->tid : free_id(), spec->start);
	sync_release(p);
	spec->status = spec->quiet ? STATUS_SUCCESS : announce(p, spec);
	if (!NT_SUCCESS(spec->status)) {
		abandon(p, spec->status, config_now()->exit_after_denial);
		return NULL;
	}
	if (!spec->quiet && !spec->held)
		ntsim_process_begin(pid);
	return pid;
}

void ntsim_process_begin(HANDLE pid)
{
	PEPROCESS p = process_find(pid);

	if (!p)
		ntsim_bugcheck(NTSIM_MISUSE, "ntsim_process_begin: no process %u",
			       HandleToUlong(pid));
	notify_thread(p->threads, true);
	notify_thread_new(p->threads);
}

HANDLE ntsim_process_new(PCUNICODE_STRING image)
{
	struct ntsim_process spec = { .image = image };

	return ntsim_process(&spec);
}

PETHREAD thread_create(PEPROCESS process, HANDLE tid, PVOID start, bool quiet)
{
	PETHREAD thread = thread_new(process, tid ? tid : free_id(), start);

	if (!quiet) {
		notify_thread(thread, true);
		notify_thread_new(thread);
	}
	return thread;
}

HANDLE ntsim_thread_as(HANDLE pid, HANDLE tid, PVOID start, bool quiet)
{
	PEPROCESS process = process_find(pid);

	if (!process)
		ntsim_bugcheck(NTSIM_MISUSE, "ntsim_thread: no process %u", HandleToUlong(pid));
	return thread_create(process, tid, start, quiet)->tid;
}

HANDLE ntsim_thread(HANDLE pid, PVOID start)
{
	return ntsim_thread_as(pid, NULL, start, false);
}

HANDLE ntsim_first_thread(HANDLE pid)
{
	PEPROCESS process;
	HANDLE tid = NULL;

	klock();
	process = process_find(pid);
	if (process && process->threads)
		tid = process->threads->tid;
	kunlock();
	return tid;
}

/* ---- end ---- */

/* The calling host plays the thread while it ends. */
void thread_end(PETHREAD thread, NTSTATUS code)
{
	PEPROCESS process = thread->process;
	PETHREAD old = current_thread();
	bool last;

	object_ref(thread);
	object_ref(process);
	object_ref(old);
	pose_as(thread);
	thread->exit_status = code;
	klock();
	last = --process->running == 0;
	kunlock();
	notify_thread(thread, false);
	irp_cancel_matching(NULL, thread, true);
	if (last) {
		process->exit_status = code;
		process->exited = ntsim_now();
		handle_close_all(process);
		notify_process_exit(process);
		process->alive = false;
	}
	klock();
	thread->alive = false;
	kunlock();
	pose_as(old == thread ? NULL : old);
	dispatcher_signal(&thread->header);
	thread_unlink(thread);
	if (last) {
		dispatcher_signal(&process->header);
		process_unlink(process);
	}
	object_unref(thread);
	object_unref(process);
	object_unref(old);
}

void ntsim_thread_exit(HANDLE tid, NTSTATUS code)
{
	PETHREAD thread = thread_find(tid);

	if (!thread)
		ntsim_bugcheck(NTSIM_MISUSE, "ntsim_thread_exit: no thread %u", HandleToUlong(tid));
	thread_end(thread, code);
}

void ntsim_process_exit(HANDLE pid, NTSTATUS code)
{
	PEPROCESS process = process_find(pid);

	if (!process)
		ntsim_bugcheck(NTSIM_MISUSE, "ntsim_process_exit: no process %u",
			       HandleToUlong(pid));
	object_ref(process);
	while (process->threads)
		thread_end(process->threads, code);
	object_unref(process);
}

/* ---- life ---- */

void process_boot(void)
{
	PEPROCESS p;

	next_id = 4;
	next_start_key = 0x10000000000001u;
	p = process_new(free_id(), NULL, NTSIM_STR(L"System"));
	p->system = true;
	p->has_command = false;
	p->token = token_new("S-1-5-18", true, SECURITY_MANDATORY_SYSTEM_RID, 0);
	PsInitialSystemProcess = p;
	system_thread = thread_new(p, free_id(), NULL);
	next_id = 1000;
	p = process_new(free_id(), UlongToHandle(4),
			NTSIM_STR(L"\\Device\\HarddiskVolume1\\shell.exe"));
	fill_in(p, &(struct ntsim_process){ .no_file = true });
	pose_as(thread_new(p, free_id(), NULL));
}

void process_shutdown(void)
{
	handle_close_all(current_process());
	pose_as(NULL);
	while (processes) {
		PEPROCESS p = processes;

		while (p->threads)
			thread_unlink(p->threads);
		process_unlink(p);
	}
	system_thread = NULL;
}
