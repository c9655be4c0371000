/* SPDX-License-Identifier: MIT */
#include "sensor/windows/dospath.h"

#include <string.h>

#include "os/os.h"
#include "os/os_windows.h"

#define UNKNOWN_MS 1000
#define OLD_MS     10000
#define NAME_MAX   1024 /* units of the name of a device, or of all folders of a volume */

_Static_assert(sizeof(wchar_t) == sizeof(uint16_t), "Windows' characters are UTF-16");

static void add_prefix(struct dospath_map *map, const wchar_t *nt, const wchar_t *dos)
{
	dospath_add(map, (const uint16_t *)nt, wcslen(nt), (const uint16_t *)dos, wcslen(dos));
}

/* Whether a drive is a device. A drive made by `subst` is a folder. */
static bool is_device(const wchar_t *name)
{
	return wcsncmp(name, L"\\??\\", 4) != 0;
}

static void add_drives(struct dospath_map *map)
{
	wchar_t device[NAME_MAX], drive[] = L"A:";
	DWORD present = GetLogicalDrives();

	for (unsigned i = 0; i < 26; i++) {
		drive[0] = (wchar_t)(L'A' + i);
		if (present >> i & 1 && QueryDosDeviceW(drive, device, NAME_MAX) &&
		    is_device(device))
			add_prefix(map, device, drive);
	}
}

/* Adds the folder at which a volume is mounted, or else its name \\?\Volume{...}. */
static void add_volume(struct dospath_map *map, wchar_t *volume)
{
	wchar_t device[NAME_MAX], folders[NAME_MAX];
	size_t length = wcslen(volume);
	DWORD needed;
	BOOL known;

	if (length < 5 || volume[length - 1] != L'\\')
		return;
	volume[length - 1] = L'\0'; /* QueryDosDevice accepts neither this one nor the \\?\ */
	known = QueryDosDeviceW(volume + 4, device, NAME_MAX) != 0;
	volume[length - 1] = L'\\';
	if (!known)
		return;
	if (!GetVolumePathNamesForVolumeNameW(volume, folders, NAME_MAX, &needed))
		folders[0] = L'\0';
	add_prefix(map, device, folders[0] ? folders : volume);
}

static void add_volumes(struct dospath_map *map)
{
	wchar_t volume[MAX_PATH];
	HANDLE search = FindFirstVolumeW(volume, MAX_PATH);

	if (search == INVALID_HANDLE_VALUE)
		return;
	do
		add_volume(map, volume);
	while (FindNextVolumeW(search, volume, MAX_PATH));
	FindVolumeClose(search);
}

static void read_volumes(struct dospath *dospath, int64_t now)
{
	wchar_t windows[MAX_PATH];
	UINT length = GetSystemWindowsDirectoryW(windows, MAX_PATH);

	dospath_clear(&dospath->map);
	dospath->read_ms = now;
	add_drives(&dospath->map);
	add_volumes(&dospath->map);
	if (length > 0 && length < MAX_PATH)
		add_prefix(&dospath->map, L"\\SystemRoot", windows);
}

enum dospath_result dospath_here(struct dospath *dospath, const uint16_t *path, size_t units,
				 uint16_t *out, size_t space, size_t *out_units)
{
	int64_t now = os_now_ms();
	enum dospath_result result;

	if (dospath->read_ms == 0 || now - dospath->read_ms > OLD_MS)
		read_volumes(dospath, now);
	result = dospath_translate(&dospath->map, path, units, out, space, out_units);
	if (result == DOSPATH_UNKNOWN && now - dospath->read_ms > UNKNOWN_MS) {
		read_volumes(dospath, now);
		result = dospath_translate(&dospath->map, path, units, out, space, out_units);
	}
	return result;
}
