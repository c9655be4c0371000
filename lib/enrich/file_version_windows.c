/* SPDX-License-Identifier: MIT */
#include "enrich/file_version.h"

#include <stdio.h>
#include <stdlib.h>

#include <winver.h>

#include "enrich/lookup_parts.h"

#define BYTES_MAX (1u << 20)

#ifndef FILE_VER_GET_NEUTRAL
#define FILE_VER_GET_NEUTRAL 2
#endif

/* Adds the strings of the table of a language ("040904b0"). Returns false if there is none. */
static bool add_strings(const void *block, const wchar_t *language, struct lookup_text *out)
{
	static const char *const KEYS[] = { "CompanyName", "FileDescription", "FileVersion",
					    "OriginalFilename", "ProductName" };
	bool found = false;

	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
		wchar_t name[64];
		void *value;
		UINT units;

		swprintf(name, 64, L"\\StringFileInfo\\%ls\\%hs", language, KEYS[i]);
		if (!VerQueryValueW(block, name, &value, &units) || !units)
			continue;
		lookup_text_add(out, KEYS[i], value, units);
		found = true;
	}
	return found;
}

/* Adds the strings of the file's first language, or of the most common one if that is wrong. */
static void add_any(const void *block, struct lookup_text *out)
{
	static const wchar_t *const USUAL[] = { L"040904b0", L"040904e4", L"04090000" };
	struct {
		WORD language, page;
	} * own;
	wchar_t name[16];
	UINT bytes;

	if (VerQueryValueW(block, L"\\VarFileInfo\\Translation", (void **)&own, &bytes) &&
	    bytes >= sizeof(*own)) {
		swprintf(name, 16, L"%04x%04x", own->language, own->page);
		if (add_strings(block, name, out))
			return;
	}
	for (size_t i = 0; i < sizeof(USUAL) / sizeof(USUAL[0]); i++)
		if (add_strings(block, USUAL[i], out))
			return;
}

/* Reads the resources of the file itself, not those of a .mui beside it. */
bool version_read(const wchar_t *path, struct lookup_text *out)
{
	DWORD bytes = GetFileVersionInfoSizeExW(FILE_VER_GET_NEUTRAL, path, &(DWORD){ 0 });
	void *block;
	bool read;

	if (!bytes) {
		DWORD error = GetLastError();

		return error == ERROR_SUCCESS || error == ERROR_BAD_EXE_FORMAT ||
		       (error >= ERROR_RESOURCE_DATA_NOT_FOUND &&
			error <= ERROR_RESOURCE_LANG_NOT_FOUND);
	}
	if (bytes > BYTES_MAX)
		return false;
	block = malloc(bytes);
	read = block && GetFileVersionInfoExW(FILE_VER_GET_NEUTRAL, path, 0, bytes, block);
	if (read)
		add_any(block, out);
	free(block);
	return read;
}
