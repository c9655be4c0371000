/* SPDX-License-Identifier: MIT */
#include "os/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_windows.h"

/* Returns the pattern for all names in a folder. NULL: see errno. */
static wchar_t *folder_pattern(const char *path)
{
	wchar_t *wide = os_widen(path), *pattern;
	DWORD attributes = wide ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;
	size_t length = wide ? wcslen(wide) : 0;

	pattern = wide ? malloc((length + 3) * sizeof(*pattern)) : NULL;
	if (!pattern) {
		errno = ENOMEM;
	} else if (attributes == INVALID_FILE_ATTRIBUTES ||
		   !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
		errno = attributes == INVALID_FILE_ATTRIBUTES ? os_errno(GetLastError()) : ENOTDIR;
		free(pattern);
		pattern = NULL;
	} else {
		memcpy(pattern, wide, length * sizeof(*wide));
		memcpy(pattern + length, L"\\*", 3 * sizeof(*wide));
	}
	free(wide);
	return pattern;
}

/* Returns 1; 0: add() has returned false; -1: out of memory. */
static int folder_add(const WIN32_FIND_DATAW *found,
		      bool (*add)(void *user, const char *name, bool folder), void *user)
{
	bool folder = (found->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) &&
		      !(found->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
	char *name;
	int more = 1;

	if (wcscmp(found->cFileName, L".") == 0 || wcscmp(found->cFileName, L"..") == 0)
		return 1;
	name = os_narrow(found->cFileName);
	if (!name) {
		errno = ENOMEM;
		return -1;
	}
	more = add(user, name, folder);
	free(name);
	return more;
}

int folder_list(const char *path, bool (*add)(void *user, const char *name, bool folder),
		void *user)
{
	wchar_t *pattern = folder_pattern(path);
	WIN32_FIND_DATAW found;
	HANDLE search;
	int more = 1;

	if (!pattern)
		return -1;
	search = FindFirstFileW(pattern, &found);
	free(pattern);
	if (search == INVALID_HANDLE_VALUE) {
		errno = os_errno(GetLastError());
		return -1;
	}
	do {
		more = folder_add(&found, add, user);
	} while (more > 0 && FindNextFileW(search, &found));
	if (more > 0 && GetLastError() != ERROR_NO_MORE_FILES) {
		errno = os_errno(GetLastError());
		more = -1;
	}
	FindClose(search);
	return more < 0 ? -1 : 0;
}
