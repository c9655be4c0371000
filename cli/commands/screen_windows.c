/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <unistd.h>

#include "common/cli.h"
#include "os/os_windows.h"

#define WAIT_MS 20 /* longest wait, because events are not waited for */

/* State of the one console, for handlers, which run in separate threads. */
static HANDLE keys = INVALID_HANDLE_VALUE, screen;
static DWORD keys_before, screen_before;
static volatile LONG taken;
static unsigned last_columns, last_lines;

bool screen_open(void)
{
	screen = GetStdHandle(STD_OUTPUT_HANDLE);
	if (!GetConsoleMode(screen, &screen_before))
		return false;
	keys = CreateFileW(L"CONIN$", GENERIC_READ | GENERIC_WRITE,
			   FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
	return keys != INVALID_HANDLE_VALUE && GetConsoleMode(keys, &keys_before);
}

static void give_back(void)
{
	static const wchar_t leave[] = L"" SCREEN_LEAVE;
	DWORD done;

	if (!InterlockedExchange(&taken, 0))
		return;
	WriteConsoleW(screen, leave, sizeof(leave) / sizeof(leave[0]) - 1, &done, NULL);
	SetConsoleMode(screen, screen_before);
	SetConsoleMode(keys, keys_before);
}

/* Called before the handler of the command, which ends the process at the second signal. */
static BOOL WINAPI on_second_signal(DWORD event)
{
	(void)event;
	if (cli_signal)
		give_back();
	return FALSE;
}

static LONG WINAPI on_crash(EXCEPTION_POINTERS *exception)
{
	(void)exception;
	give_back();
	return EXCEPTION_CONTINUE_SEARCH;
}

/* Keys come singly, and Ctrl-C as a signal. A selection by mouse stops every write to a console
 * until it ends, and events would be lost meanwhile: it is switched off. */
bool screen_begin(void)
{
	DWORD output = ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT |
		       ENABLE_VIRTUAL_TERMINAL_PROCESSING;
	DWORD input = ENABLE_PROCESSED_INPUT | ENABLE_EXTENDED_FLAGS;

	if (!SetConsoleMode(screen, output))
		return false; /* before Windows 10 */
	SetConsoleCtrlHandler(on_second_signal, TRUE);
	SetUnhandledExceptionFilter(on_crash);
	InterlockedExchange(&taken, 1);
	if (SetConsoleMode(keys, input) &&
	    os_write_all(STDOUT_FILENO, SCREEN_ENTER, sizeof(SCREEN_ENTER) - 1) == 0)
		return true;
	give_back();
	return false;
}

void screen_end(void)
{
	give_back();
	SetConsoleCtrlHandler(on_second_signal, FALSE);
	if (keys != INVALID_HANDLE_VALUE)
		CloseHandle(keys);
	keys = INVALID_HANDLE_VALUE;
}

static unsigned at_least(int value, unsigned least)
{
	return value > (int)least ? (unsigned)value : least;
}

void screen_size(unsigned *columns, unsigned *lines)
{
	CONSOLE_SCREEN_BUFFER_INFO info;

	*columns = 80;
	*lines = 24;
	if (!GetConsoleScreenBufferInfo(screen, &info))
		return;
	*columns = at_least(info.srWindow.Right - info.srWindow.Left + 1, 20);
	*lines = at_least(info.srWindow.Bottom - info.srWindow.Top + 1, 4);
}

/* Compares the sizes: a console reports a change of its buffer, not of its window. */
bool screen_changed(void)
{
	unsigned columns, lines;
	bool changed;

	screen_size(&columns, &lines);
	changed = columns != last_columns || lines != last_lines;
	last_columns = columns;
	last_lines = lines;
	return changed;
}

/* Takes all records, also those of the mouse and the focus, for which the handle is signaled. */
int screen_key(void)
{
	INPUT_RECORD record;
	DWORD count;

	while (PeekConsoleInputW(keys, &record, 1, &count)) {
		const KEY_EVENT_RECORD *key = &record.Event.KeyEvent;

		if (!count)
			return 0;
		if (!ReadConsoleInputW(keys, &record, 1, &count))
			break;
		if (record.EventType == KEY_EVENT && key->bKeyDown && key->uChar.UnicodeChar)
			return key->uChar.UnicodeChar < 0x80 ? key->uChar.UnicodeChar : '?';
	}
	return 'q'; /* the console is gone */
}

void screen_wait(int events, int ms)
{
	(void)events;
	WaitForSingleObject(keys, ms < WAIT_MS ? (DWORD)ms : WAIT_MS);
}
