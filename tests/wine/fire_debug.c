/* SPDX-License-Identifier: MIT */
/*
 * fire_debug.c - notifications for unmodified programs.
 *
 * A debugger receives each process, thread, library and exit while the affected thread
 * is stopped, as in a notify routine.
 */
#include "fire.h"

#include <stdlib.h>
#include <winternl.h>

struct debuggee {
	struct debuggee *next;
	DWORD pid, tid; /* its first thread */
	HANDLE process;
	BOOL refused;
};

struct debugging {
	struct debuggee *all;
	DWORD root;
	int code; /* of the root */
};

static struct debuggee *find(const struct debugging *d, DWORD pid)
{
	struct debuggee *it;

	for (it = d->all; it != NULL && it->pid != pid; it = it->next)
		;
	return it;
}

static void fire_image(const struct debuggee *it, DWORD tid, const void *base, HANDLE file)
{
	WCHAR path[MAX_PATH + 8];
	const WCHAR *name = NULL;

	if (file != NULL &&
	    GetFinalPathNameByHandleW(file, path, MAX_PATH, FILE_NAME_NORMALIZED) != 0)
		name = wcsncmp(path, L"\\\\?\\", 4) == 0 ? path + 4 : path;
	notify_image(it->process, it->pid, tid, base, name);
	if (file != NULL)
		CloseHandle(file);
}

static DWORD parent_of(HANDLE process)
{
	PROCESS_BASIC_INFORMATION basic;

	if (NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof(basic),
				      NULL) != 0)
		die("NtQueryInformationProcess");
	return (DWORD)basic.InheritedFromUniqueProcessId;
}

/* As the process itself has it. The caller frees it; NULL: it cannot be read. */
static WCHAR *command_of(HANDLE process)
{
	RTL_USER_PROCESS_PARAMETERS parameters;
	PROCESS_BASIC_INFORMATION basic;
	WCHAR *command = NULL;
	SIZE_T got;
	PEB peb;

	if (NtQueryInformationProcess(process, ProcessBasicInformation, &basic, sizeof(basic),
				      NULL) == 0 &&
	    ReadProcessMemory(process, basic.PebBaseAddress, &peb, sizeof(peb), &got) &&
	    ReadProcessMemory(process, peb.ProcessParameters, &parameters, sizeof(parameters),
			      &got))
		command = calloc(1, parameters.CommandLine.Length + sizeof(*command));
	if (command != NULL)
		ReadProcessMemory(process, parameters.CommandLine.Buffer, command,
				  parameters.CommandLine.Length, &got);
	return command;
}

static struct debuggee *add(struct debugging *d, const DEBUG_EVENT *event)
{
	struct debuggee *it = calloc(1, sizeof(*it));

	if (it == NULL)
		die("memory");
	it->pid = event->dwProcessId;
	it->tid = event->dwThreadId;
	it->process = event->u.CreateProcessInfo.hProcess;
	it->next = d->all;
	d->all = it;
	return it;
}

/* A debugger does not know which thread of the parent created it: its first is used. */
static void on_process(struct debugging *d, const DEBUG_EVENT *event)
{
	const CREATE_PROCESS_DEBUG_INFO *info = &event->u.CreateProcessInfo;
	DWORD by = parent_of(info->hProcess);
	const struct debuggee *parent = find(d, by);
	struct debuggee *it = add(d, event);
	struct rig_fire fire = {
		.event = RIG_PROCESS_CREATE, .pid = it->pid, .parent = by, .actor_pid = by
	};
	WCHAR *command = command_of(it->process), path[MAX_PATH];
	struct rig_answer answer;

	fire.actor_tid = parent != NULL ? parent->tid : GetCurrentThreadId();
	path_of(it->process, path);
	answer = notify(&fire, path, command);
	it->refused = answer.creation_status < 0;
	emit_begin(it->refused ? "refused" : "started");
	emit_number("pid", it->pid);
	emit_number("tid", it->tid);
	emit_number("by_pid", fire.actor_pid);
	emit_number("by_tid", fire.actor_tid);
	emit_wide("image", path);
	emit_wide("command", command != NULL ? command : L"");
	emit_end();
	free(command);
	if (it->refused) {
		TerminateProcess(it->process, (UINT)answer.creation_status);
		return;
	}
	notify_thread(RIG_THREAD_CREATE, it->pid, it->tid, fire.actor_pid, fire.actor_tid);
	fire_image(it, it->tid, info->lpBaseOfImage, info->hFile);
}

static void on_process_exit(struct debugging *d, const DEBUG_EVENT *event)
{
	DWORD pid = event->dwProcessId, tid = event->dwThreadId;
	struct rig_fire fire = {
		.event = RIG_PROCESS_EXIT, .pid = pid, .actor_pid = pid, .actor_tid = tid
	};
	struct debuggee **place, *it = find(d, pid);

	if (!it->refused)
		notify_thread(RIG_THREAD_EXIT, pid, tid, pid, tid);
	notify(&fire, NULL, NULL);
	emit_begin("ended");
	emit_number("pid", pid);
	emit_number("code", event->u.ExitProcess.dwExitCode);
	emit_end();
	if (pid == d->root)
		d->code = (int)event->u.ExitProcess.dwExitCode;
	for (place = &d->all; *place != it; place = &(*place)->next)
		;
	*place = it->next;
	free(it);
}

/* Returns how the debuggee continues. */
static DWORD on_other(const struct debuggee *it, const DEBUG_EVENT *event)
{
	switch (event->dwDebugEventCode) {
	case CREATE_THREAD_DEBUG_EVENT:
		notify_thread(RIG_THREAD_CREATE, it->pid, event->dwThreadId, it->pid, it->tid);
		break;
	case EXIT_THREAD_DEBUG_EVENT:
		notify_thread(RIG_THREAD_EXIT, it->pid, event->dwThreadId, it->pid,
			      event->dwThreadId);
		break;
	case LOAD_DLL_DEBUG_EVENT:
		fire_image(it, event->dwThreadId, event->u.LoadDll.lpBaseOfDll,
			   event->u.LoadDll.hFile);
		break;
	case EXCEPTION_DEBUG_EVENT:
		if (event->u.Exception.ExceptionRecord.ExceptionCode != EXCEPTION_BREAKPOINT)
			return DBG_EXCEPTION_NOT_HANDLED;
		break;
	default:
		break;
	}
	return DBG_CONTINUE;
}

static DWORD on_event(struct debugging *d, const DEBUG_EVENT *event)
{
	const struct debuggee *it = find(d, event->dwProcessId);

	if (event->dwDebugEventCode == CREATE_PROCESS_DEBUG_EVENT)
		on_process(d, event);
	else if (event->dwDebugEventCode == EXIT_PROCESS_DEBUG_EVENT)
		on_process_exit(d, event);
	else if (!it->refused)
		return on_other(it, event);
	return DBG_CONTINUE;
}

static BOOL WINAPI stay(DWORD event)
{
	(void)event; /* Ctrl-C is for those that are run */
	return TRUE;
}

int run_debugged(WCHAR *command)
{
	STARTUPINFOW startup = { .cb = sizeof(startup) };
	struct debugging d = { NULL, 0, 0 };
	PROCESS_INFORMATION root;

	SetConsoleCtrlHandler(stay, TRUE);
	if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, DEBUG_PROCESS, NULL, NULL, &startup,
			    &root))
		die("CreateProcess");
	d.root = root.dwProcessId;
	do {
		DEBUG_EVENT event;

		if (!WaitForDebugEvent(&event, INFINITE))
			die("WaitForDebugEvent");
		ContinueDebugEvent(event.dwProcessId, event.dwThreadId, on_event(&d, &event));
	} while (d.all != NULL);
	return d.code;
}
