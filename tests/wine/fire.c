/* SPDX-License-Identifier: MIT */
/*
 * fire.c - fire.exe: really starts processes and threads and loads libraries,
 * prints what it did, and has the rig notify the driver of it. FIRE_LOG in the
 * environment names the file to print to.
 */
#include "fire.h"

#include <psapi.h>
#include <stdlib.h>
#include <tlhelp32.h>
#include <winternl.h>

#define WAIT_MS             60000
#define PEB_IMAGE_BASE      0x10                 /* x64 */
#define START_ADDRESS_CLASS ((THREADINFOCLASS)9) /* ThreadQuerySetWin32StartAddress */

struct child {
	PROCESS_INFORMATION it;
	WCHAR path[MAX_PATH];
};

/* -- processes ----------------------------------------------------------------- */

/* What Windows maps before a process runs its first instruction. */
static void notify_first_images(const struct child *child)
{
	DWORD pid = child->it.dwProcessId, tid = child->it.dwThreadId;
	HMODULE ntdll = GetModuleHandleW(L"ntdll.dll"); /* at one place in all processes */
	PROCESS_BASIC_INFORMATION basic;
	WCHAR path[MAX_PATH];
	void *base;
	SIZE_T got;

	if (NtQueryInformationProcess(child->it.hProcess, ProcessBasicInformation, &basic,
				      sizeof(basic), NULL) != 0 ||
	    !ReadProcessMemory(child->it.hProcess, (char *)basic.PebBaseAddress + PEB_IMAGE_BASE,
			       &base, sizeof(base), &got) ||
	    GetModuleFileNameW(ntdll, path, MAX_PATH) == 0)
		die("the first images");
	notify_image(child->it.hProcess, pid, tid, base, child->path);
	notify_image(child->it.hProcess, pid, tid, ntdll, path);
}

/* FALSE: the driver has refused it, and it has not run. */
static BOOL start(WCHAR *command, struct child *child)
{
	struct rig_fire fire = { .event = RIG_PROCESS_CREATE };
	STARTUPINFOW startup = { .cb = sizeof(startup) };
	struct rig_answer answer;

	/* Wine now and then fails to start a program, with this error. */
	for (int tries = 3; !CreateProcessW(NULL, command, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL,
					    NULL, &startup, &child->it);
	     tries--)
		if (GetLastError() != ERROR_INTERNAL_ERROR || tries == 0)
			die("CreateProcess");
	path_of(child->it.hProcess, child->path);
	fire.pid = child->it.dwProcessId;
	answer = notify(&fire, child->path, command);

	emit_begin(answer.creation_status < 0 ? "refused" : "started");
	emit_number("pid", child->it.dwProcessId);
	emit_number("tid", child->it.dwThreadId);
	emit_number("by_pid", GetCurrentProcessId());
	emit_number("by_tid", GetCurrentThreadId());
	emit_wide("image", child->path);
	emit_wide("command", command);
	emit_number("status", (uint32_t)answer.creation_status);
	emit_end();
	if (answer.creation_status < 0) {
		TerminateProcess(child->it.hProcess, (UINT)answer.creation_status);
		return FALSE;
	}
	notify_thread(RIG_THREAD_CREATE, child->it.dwProcessId, child->it.dwThreadId, 0, 0);
	notify_first_images(child);
	return TRUE;
}

/* Waits for its end, and notifies of it as of its last thread's. */
static DWORD finish(struct child *child, BOOL ran)
{
	DWORD pid = child->it.dwProcessId, tid = child->it.dwThreadId, code = 0;
	struct rig_fire fire = {
		.event = RIG_PROCESS_EXIT, .pid = pid, .actor_pid = pid, .actor_tid = tid
	};

	if (WaitForSingleObject(child->it.hProcess, WAIT_MS) != WAIT_OBJECT_0)
		die("a process that does not end");
	GetExitCodeProcess(child->it.hProcess, &code);
	if (ran)
		notify_thread(RIG_THREAD_EXIT, pid, tid, pid, tid);
	notify(&fire, NULL, NULL);
	emit_begin("ended");
	emit_number("pid", pid);
	emit_number("code", code);
	emit_end();
	CloseHandle(child->it.hThread);
	CloseHandle(child->it.hProcess);
	return code;
}

static int spawn(WCHAR *command)
{
	struct child child;

	if (!start(command, &child)) {
		finish(&child, FALSE);
		return ERROR_ACCESS_DENIED; /* what CreateProcess says on Windows */
	}
	ResumeThread(child.it.hThread);
	return (int)finish(&child, TRUE);
}

/* -- threads -------------------------------------------------------------------- */

static void emit_thread(const char *what, DWORD pid, DWORD tid, void *address)
{
	emit_begin(what);
	emit_number("pid", pid);
	emit_number("tid", tid);
	emit_number("by_pid", GetCurrentProcessId());
	emit_number("by_tid", GetCurrentThreadId());
	emit_number("address", (uintptr_t)address);
	emit_end();
}

/* Wine knows where a thread is to start only when it has come to life, though
 * suspended; Windows knows it before it notifies. */
static void wait_for_address(HANDLE thread)
{
	void *address = NULL;

	while (NtQueryInformationThread(thread, START_ADDRESS_CLASS, &address, sizeof(address),
					NULL) == 0 &&
	       address == NULL)
		Sleep(1);
}

/* A thread that was made suspended: notifies, lets it run, waits for its end. */
static void live(HANDLE thread, DWORD pid, DWORD tid)
{
	wait_for_address(thread);
	notify_thread(RIG_THREAD_CREATE, pid, tid, 0, 0);
	ResumeThread(thread);
	if (WaitForSingleObject(thread, WAIT_MS) != WAIT_OBJECT_0)
		die("a thread that does not end");
	notify_thread(RIG_THREAD_EXIT, pid, tid, pid, tid);
	CloseHandle(thread);
}

/* Waits until it is mapped into the process, too. */
static void notify_library(const struct child *child, HMODULE module)
{
	WCHAR path[MAX_PATH];
	SIZE_T got;
	char byte;

	while (!ReadProcessMemory(child->it.hProcess, module, &byte, 1, &got) &&
	       WaitForSingleObject(child->it.hProcess, 1) == WAIT_TIMEOUT)
		;
	if (GetModuleFileNameW(module, path, MAX_PATH) == 0)
		die("GetModuleFileName");
	notify_image(child->it.hProcess, child->it.dwProcessId, child->it.dwThreadId, module, path);
}

static int remote(WCHAR *command)
{
	HMODULE kernel32 = GetModuleHandleW(L"kernel32.dll"); /* at one place in all processes */
	union {
		FARPROC found;
		LPTHREAD_START_ROUTINE start;
		void *address;
	} where = { GetProcAddress(kernel32, "GetCurrentProcessId") };
	struct child child;
	HANDLE thread;
	DWORD tid;

	if (!start(command, &child))
		return ERROR_ACCESS_DENIED;
	ResumeThread(child.it.hThread);
	notify_library(&child, kernel32);
	thread = CreateRemoteThread(child.it.hProcess, NULL, 0, where.start, NULL, CREATE_SUSPENDED,
				    &tid);
	if (thread == NULL)
		die("CreateRemoteThread");
	emit_thread("remote", child.it.dwProcessId, tid, where.address);
	live(thread, child.it.dwProcessId, tid);
	TerminateProcess(child.it.hProcess, 3);
	finish(&child, TRUE);
	return 0;
}

static DWORD WINAPI seven(LPVOID context)
{
	(void)context;
	return 7;
}

static int burst(const char *what, unsigned long count)
{
	union {
		LPTHREAD_START_ROUTINE start;
		void *address;
	} where = { seven };
	unsigned long i;

	for (i = 0; i < count; i++) {
		DWORD tid;
		HANDLE thread = CreateThread(NULL, 0, seven, NULL, CREATE_SUSPENDED, &tid);

		if (thread == NULL)
			die("CreateThread");
		live(thread, GetCurrentProcessId(), tid);
		emit_thread(what, GetCurrentProcessId(), tid, where.address);
	}
	return 0;
}

/* One thread that was not created, reported many times: for speed. */
static int repeat(uint32_t count)
{
	struct rig_fire fire = { .event = RIG_THREAD_CREATE,
				 .pid = GetCurrentProcessId(),
				 .tid = GetCurrentThreadId(),
				 .repeat = count };
	ULONGLONG begun = GetTickCount64();

	notify(&fire, NULL, NULL);
	emit_begin("repeated");
	emit_number("pid", GetCurrentProcessId());
	emit_number("count", count);
	emit_number("ms", GetTickCount64() - begun);
	emit_end();
	return 0;
}

/* -- images --------------------------------------------------------------------- */

static int image(const WCHAR *library)
{
	DWORD pid = GetCurrentProcessId(), tid = GetCurrentThreadId();
	HMODULE module = LoadLibraryW(library);
	MODULEINFO information;
	WCHAR path[MAX_PATH];

	if (module == NULL || GetModuleFileNameW(module, path, MAX_PATH) == 0 ||
	    !GetModuleInformation(GetCurrentProcess(), module, &information, sizeof(information)))
		die("LoadLibrary");
	notify_image(GetCurrentProcess(), pid, tid, module, path);
	emit_begin("image");
	emit_number("pid", pid);
	emit_number("tid", tid);
	emit_wide("path", path);
	emit_number("base", (uintptr_t)module);
	emit_number("size", information.SizeOfImage);
	emit_end();
	return 0;
}

/* -- what there is ---------------------------------------------------------------- */

static int counts(void)
{
	struct rig_counts found;

	notify_counts(&found);
	emit_begin("counts");
	emit_number("modules", found.modules);
	emit_number("imports", found.imports);
	emit_number("process_routines", found.routines[0]);
	emit_number("thread_routines", found.routines[1]);
	emit_number("image_routines", found.routines[2]);
	emit_number("bad_frees", found.bad_frees);
	emit_number("names", found.names);
	emit_number("blocks", found.blocks);
	emit_number("bytes", found.bytes);
	emit_number("allocations", found.allocations);
	emit_number("fired", found.fired);
	emit_end();
	return 0;
}

static int list(void)
{
	HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
	PROCESSENTRY32W entry = { .dwSize = sizeof(entry) };
	BOOL more;

	for (more = Process32FirstW(all, &entry); more; more = Process32NextW(all, &entry)) {
		emit_begin("runs");
		emit_number("pid", entry.th32ProcessID);
		emit_number("parent", entry.th32ParentProcessID);
		emit_number("threads", entry.cntThreads);
		emit_wide("name", entry.szExeFile);
		emit_end();
	}
	CloseHandle(all);
	return 0;
}

/* A driver's load-order group: Wine loads the drivers of one group into one process. */
static int join_group(const WCHAR *driver, const WCHAR *group)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE service = OpenServiceW(manager, driver, SERVICE_CHANGE_CONFIG);

	if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE,
				  NULL, group, NULL, NULL, NULL, NULL, NULL))
		die("ChangeServiceConfig");
	CloseServiceHandle(service);
	CloseServiceHandle(manager);
	return 0;
}

/* -- main ------------------------------------------------------------------------- */

static int usage(void)
{
	fputs("usage: fire ACTION [ARGUMENT]\n"
	      "  spawn COMMAND     starts it suspended; runs it, unless the driver refuses\n"
	      "  remote COMMAND    starts it, and a thread in it\n"
	      "  thread            starts a thread in this process\n"
	      "  burst COUNT       starts that many, one after the other\n"
	      "  repeat COUNT      notifies of one thread that many times\n"
	      "  image LIBRARY     loads it\n"
	      "  run COMMAND       runs it, and all that it starts, as their debugger\n"
	      "  counts            what the rig has counted\n"
	      "  list              the processes that run\n"
	      "  group DRIVER GROUP  puts it into that load-order group\n"
	      "What is started to be watched, and notifies of nothing:\n"
	      "  sleep MS\n"
	      "  exit CODE\n",
	      stderr);
	return 98;
}

static int act(const WCHAR *action, WCHAR *argument)
{
	unsigned long number = wcstoul(argument, NULL, 0);

	if (wcscmp(action, L"spawn") == 0)
		return spawn(argument);
	if (wcscmp(action, L"remote") == 0)
		return remote(argument);
	if (wcscmp(action, L"thread") == 0)
		return burst("thread", 1);
	if (wcscmp(action, L"burst") == 0)
		return burst("thread", number);
	if (wcscmp(action, L"repeat") == 0)
		return repeat(number);
	if (wcscmp(action, L"image") == 0)
		return image(argument);
	if (wcscmp(action, L"run") == 0)
		return run_debugged(argument);
	if (wcscmp(action, L"counts") == 0)
		return counts();
	if (wcscmp(action, L"list") == 0)
		return list();
	return usage();
}

int wmain(int count, WCHAR **words);

int wmain(int count, WCHAR **words)
{
	static WCHAR none[1];
	WCHAR *argument = count > 2 ? words[2] : none;
	WCHAR log[MAX_PATH];

	if (count < 2)
		return usage();
	if (wcscmp(words[1], L"sleep") == 0) {
		Sleep(wcstoul(argument, NULL, 0));
		return 0;
	}
	if (wcscmp(words[1], L"exit") == 0)
		return (int)wcstoul(argument, NULL, 0);
	if (wcscmp(words[1], L"group") == 0)
		return count == 4 ? join_group(words[2], words[3]) : usage();
	if (emit_to(GetEnvironmentVariableW(L"FIRE_LOG", log, MAX_PATH) != 0 ? log : NULL) != 0)
		die("FIRE_LOG");
	notify_open();
	return act(words[1], argument);
}
