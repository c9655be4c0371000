/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "os/os_windows.h"
#include "quote.h"

const char *command_as(struct command *command, const char *user)
{
	(void)command;
	(void)user;
	return "on Windows a command runs as its caller (see `runas /?`)";
}

/* The command inherits our standard streams. */
static void share_streams(STARTUPINFOW *startup)
{
	startup->dwFlags = STARTF_USESTDHANDLES;
	startup->hStdInput = GetStdHandle(STD_INPUT_HANDLE);
	startup->hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
	startup->hStdError = GetStdHandle(STD_ERROR_HANDLE);
	SetHandleInformation(startup->hStdInput, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
	SetHandleInformation(startup->hStdOutput, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
	SetHandleInformation(startup->hStdError, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
}

static int cannot_run(const char *name, DWORD why)
{
	char words[300];

	if (why == ERROR_FILE_NOT_FOUND || why == ERROR_PATH_NOT_FOUND) {
		cli_say("%s: not found (what only cmd knows is run by `cmd /c %s`)", name, name);
		return EXIT_NOT_FOUND;
	}
	cli_say("%s: cannot be run: %s", name, os_error_text(why, words, sizeof(words)));
	return EXIT_NOT_EXECUTABLE;
}

static wchar_t *command_line(char *const *argv)
{
	struct vigil_buffer line = { 0 };
	wchar_t *wide = quote_arguments(&line, argv) ? os_widen(line.data) : NULL;

	vigil_buffer_free(&line);
	return wide;
}

int command_prepare(struct command *command)
{
	(void)command;
	return -1;
}

int command_start(struct command *command)
{
	STARTUPINFOW startup = { .cb = sizeof(startup) };
	PROCESS_INFORMATION made;
	wchar_t *line;
	DWORD why = 0;

	if (quote_is_batch(command->argv[0])) {
		cli_say("%s is a batch file, which cmd runs: `vigil trace -- cmd /c %s ...`",
			command->argv[0], command->argv[0]);
		return EXIT_NOT_EXECUTABLE;
	}
	line = command_line(command->argv);
	if (!line)
		return cannot_run(command->argv[0], ERROR_INVALID_NAME);
	share_streams(&startup);
	if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup,
			    &made))
		why = GetLastError();
	free(line);
	if (why)
		return cannot_run(command->argv[0], why);
	command->handle = (intptr_t)made.hProcess;
	command->gate = (intptr_t)made.hThread;
	command->pid = made.dwProcessId;
	return -1;
}

bool command_go(struct command *command)
{
	HANDLE thread = (HANDLE)command->gate;
	bool gone = ResumeThread(thread) != (DWORD)-1;
	char words[300];

	if (!gone) {
		cli_say("cannot start the command: %s",
			os_error_text(GetLastError(), words, sizeof(words)));
		TerminateProcess((HANDLE)command->handle, EXIT_TRACE_FAILED);
	}
	CloseHandle(thread);
	return gone;
}

bool command_ended(struct command *command, bool wait)
{
	HANDLE process = (HANDLE)command->handle;
	DWORD code;

	if (command->ended || !command->pid ||
	    WaitForSingleObject(process, wait ? INFINITE : 0) != WAIT_OBJECT_0)
		return command->ended;
	command->ended = true;
	command->status = GetExitCodeProcess(process, &code) ? (int)code : EXIT_TRACE_FAILED;
	CloseHandle(process);
	return true;
}

/* Closing a console notifies all processes attached to it. */
void command_signal(const struct command *command, int number)
{
	(void)command;
	(void)number;
}

bool command_runs(uint32_t pid)
{
	HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, pid);
	bool runs;

	if (!process)
		return GetLastError() == ERROR_ACCESS_DENIED;
	runs = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
	CloseHandle(process);
	return runs;
}
