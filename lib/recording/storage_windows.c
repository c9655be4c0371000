/* SPDX-License-Identifier: MIT */
#include "recording/storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "os/os_windows.h"

#define LOCK_SUFFIX "-lock"

/* A file that no other process can open, and that is deleted with its handle. */
struct store_lock {
	HANDLE file;
};

static wchar_t *widen_with(const char *path, const char *suffix)
{
	size_t bytes = strlen(path) + strlen(suffix) + 1;
	char *text = malloc(bytes);
	wchar_t *wide = NULL;

	if (text) {
		snprintf(text, bytes, "%s%s", path, suffix);
		wide = os_widen(text);
	}
	free(text);
	return wide;
}

enum vigil_code store_check_file(const char *path, struct vigil_error *error)
{
	wchar_t *wide = widen_with(path, "");
	DWORD attributes = wide ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;
	DWORD why = GetLastError();
	char text[300];

	free(wide);
	if (attributes == INVALID_FILE_ATTRIBUTES)
		return vigil_fail(error,
				  why == ERROR_ACCESS_DENIED ? VIGIL_ERROR_PRIVILEGE
							     : VIGIL_ERROR_USAGE,
				  "cannot open %s: %s", path,
				  os_error_text(why, text, sizeof(text)));
	if (attributes & FILE_ATTRIBUTE_DIRECTORY)
		return vigil_fail(error, VIGIL_ERROR_USAGE, "%s is a directory. Name a file.",
				  path);
	return VIGIL_OK;
}

static bool is_there_with(const char *path, const char *suffix)
{
	WIN32_FILE_ATTRIBUTE_DATA data = { 0 };
	wchar_t *wide = widen_with(path, suffix);
	bool there = wide && GetFileAttributesExW(wide, GetFileExInfoStandard, &data) &&
		     (data.nFileSizeLow || data.nFileSizeHigh);

	free(wide);
	return there;
}

bool store_has_log(const char *path)
{
	return is_there_with(path, "-wal") || is_there_with(path, "-journal");
}

enum vigil_code store_lock(struct store_lock **out, const char *path, struct vigil_error *error)
{
	struct store_lock *lock = malloc(sizeof(*lock));
	wchar_t *wide = widen_with(path, LOCK_SUFFIX);
	char text[300];
	DWORD why;

	*out = NULL;
	if (!lock || !wide) {
		free(lock);
		free(wide);
		return vigil_fail(error, VIGIL_ERROR_MEMORY, "no memory for the lock of %s", path);
	}
	lock->file = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_ALWAYS,
				 FILE_ATTRIBUTE_NORMAL | FILE_FLAG_DELETE_ON_CLOSE, NULL);
	why = GetLastError();
	free(wide);
	if (lock->file != INVALID_HANDLE_VALUE) {
		*out = lock;
		return VIGIL_OK;
	}
	free(lock);
	if (why == ERROR_SHARING_VIOLATION)
		return vigil_fail(error, VIGIL_ERROR_USAGE,
				  "another vigil records to %s. End it, or choose another file.",
				  path);
	return vigil_fail(error, VIGIL_ERROR_OUTPUT, "cannot lock %s: %s", path,
			  os_error_text(why, text, sizeof(text)));
}

void store_unlock(struct store_lock *lock)
{
	if (!lock)
		return;
	CloseHandle(lock->file);
	free(lock);
}

/* No space is reserved on Windows. */
struct store_reserve *store_reserve(const char *path)
{
	(void)path;
	return NULL;
}

void store_release(struct store_reserve *reserve)
{
	(void)reserve;
}

bool store_reserve_space(struct store_reserve *reserve, uint64_t end, uint64_t bytes)
{
	(void)reserve;
	(void)end;
	(void)bytes;
	return true;
}
