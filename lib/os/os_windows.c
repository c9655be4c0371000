/* SPDX-License-Identifier: MIT */
#include "os/os_windows.h"

#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <io.h>
#include <bcrypt.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "os/os.h"

/* 1601-01-01 to 1970-01-01 in 100 ns. */
#define EPOCH_1970 116444736000000000ull

#ifndef ERROR_DISK_QUOTA_EXCEEDED /* mingw-w64 10 lacks it */
#define ERROR_DISK_QUOTA_EXCEEDED 1295
#endif

/* Access for the owner, SYSTEM and administrators; inherits nothing from the directory. */
#define OWNERS_ALONE L"D:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)"

bool os_random(void *to, size_t size)
{
	return BCryptGenRandom(NULL, to, (ULONG)size, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
}

int64_t os_now_ms(void)
{
	return (int64_t)GetTickCount64();
}

uint64_t os_wall_ns(void)
{
	FILETIME now;

	GetSystemTimeAsFileTime(&now);
	return (((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) - EPOCH_1970) * 100;
}

uint64_t os_thread_ns(void)
{
	LARGE_INTEGER now, each_second;

	QueryPerformanceCounter(&now);
	QueryPerformanceFrequency(&each_second);
	return (uint64_t)((double)now.QuadPart * 1e9 / (double)each_second.QuadPart);
}

void os_sleep_ms(unsigned ms)
{
	Sleep(ms);
}

void os_set_realtime(bool on)
{
	SetThreadPriority(GetCurrentThread(),
			  on ? THREAD_PRIORITY_HIGHEST : THREAD_PRIORITY_NORMAL);
}

struct start {
	wchar_t name[16];
	enum os_priority priority;
	void (*run)(void *context);
	void *context;
};

/* SetThreadDescription exists since Windows 10 1607. */
static void name_thread(const wchar_t *name)
{
	HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
	FARPROC found = kernel ? GetProcAddress(kernel, "SetThreadDescription") : NULL;

	if (found)
		((HRESULT(WINAPI *)(HANDLE, PCWSTR))(void (*)(void))found)(GetCurrentThread(),
									   name);
}

static DWORD WINAPI os_thread_main(void *argument)
{
	struct start start = *(struct start *)argument;

	free(argument);
	name_thread(start.name);
	if (start.priority == OS_PRIORITY_LOW)
		SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL);
	if (start.priority == OS_PRIORITY_REALTIME)
		os_set_realtime(true);
	start.run(start.context);
	return 0;
}

int os_thread_start(struct os_thread *thread, const char *name, enum os_priority priority,
		    void (*run)(void *context), void *context)
{
	struct start *start = calloc(1, sizeof(*start));
	HANDLE handle;

	thread->handle = 0;
	if (!start)
		return ENOMEM;
	start->priority = priority;
	start->run = run;
	start->context = context;
	for (size_t i = 0; i < 15 && name[i]; i++)
		start->name[i] = (wchar_t)name[i];
	handle = CreateThread(NULL, 0, os_thread_main, start, 0, NULL);
	if (!handle) {
		free(start);
		return os_errno(GetLastError());
	}
	thread->handle = (uintptr_t)handle;
	return 0;
}

void os_thread_join(struct os_thread *thread)
{
	if (thread->handle) {
		WaitForSingleObject((HANDLE)thread->handle, INFINITE);
		CloseHandle((HANDLE)thread->handle);
	}
	thread->handle = 0;
}

void os_keep_file_privileges(void)
{
}

/* ---- text ---- */

wchar_t *os_widen(const char *text)
{
	size_t length = strlen(text);
	wchar_t *wide = malloc((length + 1) * sizeof(*wide));

	if (!wide)
		return NULL;
	wide[vigil_utf8_to_utf16(wide, text, length) / sizeof(*wide)] = L'\0';
	return wide;
}

char *os_narrow(const wchar_t *text)
{
	size_t length = wcslen(text);
	char *narrow = malloc(3 * length + 1);

	if (narrow)
		narrow[vigil_utf16_to_utf8(narrow, text, length * sizeof(*text))] = '\0';
	return narrow;
}

int os_errno(DWORD error)
{
	static const struct {
		DWORD error;
		int number;
	} table[] = {
		{ ERROR_FILE_NOT_FOUND, ENOENT },      { ERROR_PATH_NOT_FOUND, ENOENT },
		{ ERROR_INVALID_DRIVE, ENOENT },       { ERROR_INVALID_NAME, EINVAL },
		{ ERROR_BAD_PATHNAME, EINVAL },        { ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG },
		{ ERROR_ACCESS_DENIED, EACCES },       { ERROR_PRIVILEGE_NOT_HELD, EPERM },
		{ ERROR_SHARING_VIOLATION, EBUSY },    { ERROR_LOCK_VIOLATION, EBUSY },
		{ ERROR_WRITE_PROTECT, EROFS },        { ERROR_DISK_FULL, ENOSPC },
		{ ERROR_HANDLE_DISK_FULL, ENOSPC },    { ERROR_DISK_QUOTA_EXCEEDED, ENOSPC },
		{ ERROR_FILE_EXISTS, EEXIST },         { ERROR_ALREADY_EXISTS, EEXIST },
		{ ERROR_BROKEN_PIPE, EPIPE },          { ERROR_NO_DATA, EPIPE },
		{ ERROR_PIPE_NOT_CONNECTED, EPIPE },   { ERROR_NOT_ENOUGH_MEMORY, ENOMEM },
		{ ERROR_OUTOFMEMORY, ENOMEM },         { ERROR_TOO_MANY_OPEN_FILES, EMFILE },
		{ ERROR_INVALID_HANDLE, EBADF },       { ERROR_DIRECTORY, ENOTDIR },
		{ ERROR_NO_SYSTEM_RESOURCES, ENOMEM },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].error == error)
			return table[i].number;
	return EIO;
}

const char *os_error_text(DWORD error, char *text, size_t size)
{
	wchar_t wide[256];
	char narrow[3 * 256 + 1];
	DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
					  FORMAT_MESSAGE_MAX_WIDTH_MASK,
				      NULL, error, 0, wide, 256, NULL);

	while (length > 0 && (wide[length - 1] == L' ' || wide[length - 1] == L'.'))
		length--;
	narrow[vigil_utf16_to_utf8(narrow, wide, length * sizeof(*wide))] = '\0';
	if (length > 0)
		snprintf(text, size, "%s (%lu)", narrow, (unsigned long)error);
	else
		snprintf(text, size, "error %lu", (unsigned long)error);
	return text;
}

/* ---- files ---- */

static HANDLE open_to_write(const wchar_t *path, bool append, DWORD how)
{
	SECURITY_ATTRIBUTES security = { .nLength = sizeof(security) };
	HANDLE file;
	DWORD error;

	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(OWNERS_ALONE, SDDL_REVISION_1,
								  &security.lpSecurityDescriptor,
								  NULL))
		return INVALID_HANDLE_VALUE;
	/* With FILE_APPEND_DATA alone every write goes to the end of the file, also if another
	 * program writes to it. */
	file = CreateFileW(path, append ? FILE_APPEND_DATA | SYNCHRONIZE : GENERIC_WRITE,
			   FILE_SHARE_READ | FILE_SHARE_DELETE, &security, how,
			   FILE_ATTRIBUTE_NORMAL, NULL);
	error = GetLastError();
	LocalFree(security.lpSecurityDescriptor);
	SetLastError(error);
	return file;
}

static int create_file(const char *path, bool append, DWORD how)
{
	wchar_t *wide = os_widen(path);
	HANDLE file;
	DWORD attributes;
	int fd;

	if (!wide) {
		errno = ENOMEM;
		return -1;
	}
	file = open_to_write(wide, append, how);
	if (file == INVALID_HANDLE_VALUE) {
		errno = os_errno(GetLastError());
		attributes = GetFileAttributesW(wide);
		if (attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY)
			errno = EISDIR;
		free(wide);
		return -1;
	}
	free(wide);
	fd = _open_osfhandle((intptr_t)file, _O_BINARY | _O_NOINHERIT);
	if (fd < 0)
		CloseHandle(file);
	return fd;
}

int os_create(const char *path, bool append)
{
	return create_file(path, append, append ? OPEN_ALWAYS : CREATE_ALWAYS);
}

int os_create_new(const char *path)
{
	return create_file(path, false, CREATE_NEW);
}

int os_sync(int fd)
{
	return _commit(fd);
}

int os_rename(const char *from, const char *to)
{
	wchar_t *wide_from = os_widen(from), *wide_to = os_widen(to);
	bool done =
	    wide_from && wide_to &&
	    MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);

	if (!done)
		errno = wide_from && wide_to ? os_errno(GetLastError()) : ENOMEM;
	free(wide_from);
	free(wide_to);
	return done ? 0 : -1;
}

int os_replace(int fd, const char *from, const char *to)
{
	return os_sync(fd) < 0 || os_rename(from, to) < 0 ? -1 : 0;
}

void os_remove(const char *path)
{
	wchar_t *wide = os_widen(path);

	if (wide)
		DeleteFileW(wide);
	free(wide);
}

char *os_real_path(const char *path)
{
	(void)path;
	return NULL;
}

bool os_exists(const char *path)
{
	wchar_t *wide = os_widen(path);
	bool there = wide && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;

	free(wide);
	return there;
}

bool os_is_replaceable(const char *path)
{
	wchar_t *wide = os_widen(path);
	DWORD attributes = wide ? GetFileAttributesW(wide) : FILE_ATTRIBUTE_DEVICE;
	bool is_free = attributes == INVALID_FILE_ATTRIBUTES;

	free(wide);
	return is_free || !(attributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE |
					  FILE_ATTRIBUTE_REPARSE_POINT));
}

/* A console accepts about 30,000 characters per write. */
static int write_console(HANDLE console, const char *from, size_t length)
{
	wchar_t wide[4096];

	while (length > 0) {
		size_t piece = length < 4096 ? length : 4096, units;
		DWORD done;

		while (piece < length && piece > 1 && ((unsigned char)from[piece] & 0xc0) == 0x80)
			piece--;
		units = vigil_utf8_to_utf16(wide, from, piece) / sizeof(*wide);
		for (size_t at = 0; at < units; at += done)
			if (!WriteConsoleW(console, wide + at, (DWORD)(units - at), &done, NULL) ||
			    done == 0)
				return -1;
		from += piece;
		length -= piece;
	}
	return 0;
}

static HANDLE handle_of(int fd)
{
	return (HANDLE)_get_osfhandle(fd);
}

static bool is_console(HANDLE handle)
{
	DWORD mode;

	return GetConsoleMode(handle, &mode);
}

int os_write_all(int fd, const void *data, size_t length)
{
	HANDLE file = handle_of(fd);
	const char *from = data;

	if (is_console(file)) {
		if (write_console(file, from, length) == 0)
			return 0;
		errno = os_errno(GetLastError());
		return -1;
	}
	while (length > 0) {
		DWORD piece = length < 1u << 20 ? (DWORD)length : 1u << 20, done = 0;

		if (!WriteFile(file, from, piece, &done, NULL)) {
			errno = os_errno(GetLastError());
			return -1;
		}
		if (done == 0) /* a full pipe that another program made non-blocking */
			Sleep(1);
		from += done;
		length -= done;
	}
	return 0;
}

bool os_reserve_space(int fd, uint64_t end, uint64_t bytes)
{
	(void)fd;
	(void)end;
	(void)bytes;
	return true;
}

ptrdiff_t os_write_some(int fd, const void *data, size_t length, int wait_ms)
{
	(void)wait_ms;
	return os_write_all(fd, data, length) < 0 ? -1 : (ptrdiff_t)length;
}

ptrdiff_t os_read(int fd, void *data, size_t length)
{
	return _read(fd, data, length < INT_MAX ? (unsigned)length : INT_MAX);
}

int os_wait_input(int fd, int timeout_ms)
{
	(void)fd;
	(void)timeout_ms;
	return 1;
}

bool os_local_time(time_t when, struct tm *out)
{
	return localtime_s(out, &when) == 0;
}

/* Exported by ntdll since Windows NT; uses the same table as the kernel and the driver. */
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR c);

uint32_t os_upcase(uint32_t code)
{
	return code < 0x10000 ? RtlUpcaseUnicodeChar((WCHAR)code) : code;
}

int os_close(int fd)
{
	return _close(fd);
}

/* Consoles support them since Windows 10, if the mode is set. */
bool os_has_colors(int fd)
{
	HANDLE console = handle_of(fd);
	DWORD mode;

	return GetConsoleMode(console, &mode) &&
	       SetConsoleMode(console, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

int os_columns(int fd)
{
	CONSOLE_SCREEN_BUFFER_INFO info;

	if (!GetConsoleScreenBufferInfo(handle_of(fd), &info))
		return 0;
	return info.srWindow.Right - info.srWindow.Left + 1;
}
