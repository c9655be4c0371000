/* SPDX-License-Identifier: MIT */
/* platform_windows.c - start and console events of the command on Windows. */
#include "cli.h"

#include <fcntl.h>
#include <io.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/os_windows.h"

#include <shellapi.h>

/* The C library's command line has lost characters that the code page lacks, and wildcards may be
 * expanded. */
bool cli_begin(int *argc, char ***argv)
{
	int count;
	wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
	char **narrow = calloc((size_t)(wide ? count : 0) + 1, sizeof(*narrow));
	bool whole = wide && narrow;

	for (int i = 0; whole && i < count; i++)
		whole = (narrow[i] = os_narrow(wide[i])) != NULL;
	LocalFree((HLOCAL)wide);
	if (!whole)
		return false;
	*argc = count;
	*argv = narrow; /* for as long as the process lives */
	for (int fd = 0; fd <= 2; fd++)
		_setmode(fd, _O_BINARY);
	return true;
}

/* Runs in a separate thread. When the console is closed or its user logs off, the process ends when
 * this returns: wait until the output is complete. */
static BOOL WINAPI on_control(DWORD event)
{
	int number = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT ? SIGINT : SIGTERM;

	if (cli_signal) /* the second one: end immediately */
		ExitProcess(128u + (unsigned)number);
	cli_signal = number;
	if (number == SIGTERM)
		Sleep(INFINITE);
	return TRUE;
}

void cli_catch_signals(void)
{
	SetConsoleCtrlHandler(on_control, TRUE);
}

/* On Windows no program is asked to reopen its files. */
void cli_catch_reopen(void)
{
}
