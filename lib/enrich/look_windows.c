/* SPDX-License-Identifier: MIT */
#include "enrich/look.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_windows.h"

#include <bcrypt.h>

#include "core/lru.h"
#include "enrich/look_signature.h"
#include "enrich/look_version.h"
#include "os/os.h"

#define CHUNK (256u << 10) /* bytes read at once */

/* Times may step with the timer's tick, 64 a second: see inspect/file.c. */
#define TICK_100NS 160000u
#define EPOCH_1970 116444736000000000ull /* 1601-01-01 to 1970-01-01 in 100 ns */

/* To open them would bring them here from elsewhere, or open something else. */
#ifndef FILE_ATTRIBUTE_RECALL_ON_OPEN
#define FILE_ATTRIBUTE_RECALL_ON_OPEN 0x40000
#endif
#ifndef FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS
#define FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS 0x400000
#endif
#define NOT_FILES \
	(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE | FILE_ATTRIBUTE_OFFLINE | \
	 FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_RECALL_ON_OPEN | \
	 FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS)

/* A file with one content: another content, another key. */
struct key {
	uint64_t volume, file, size;
	uint64_t created, written, changed;
};

struct look {
	uint32_t what;
	uint64_t bytes_max;
	atomic_bool stop;
	struct lru *cache; /* key -> look_result */
	BCRYPT_ALG_HANDLE sha256;
	struct signatures *signatures;
	uint8_t *chunk;
};

struct look *look_open(uint32_t what, uint64_t bytes_max, unsigned cache_max)
{
	struct look *look = calloc(1, sizeof *look);

	if (!look)
		return NULL;
	look->what = what;
	look->bytes_max = bytes_max;
	look->cache = lru_open(sizeof(struct key), sizeof(struct look_result), cache_max);
	look->chunk = malloc(CHUNK);
	if (BCryptOpenAlgorithmProvider(&look->sha256, BCRYPT_SHA256_ALGORITHM, NULL, 0) < 0)
		look->sha256 = NULL;
	if (what & VIGIL_LOOK_SIGNATURE)
		look->signatures = signatures_open();
	if (look->cache && look->chunk && look->sha256 &&
	    (look->signatures || !(what & VIGIL_LOOK_SIGNATURE)))
		return look;
	look_close(look);
	return NULL;
}

void look_close(struct look *look)
{
	if (!look)
		return;
	lru_close(look->cache);
	if (look->sha256)
		BCryptCloseAlgorithmProvider(look->sha256, 0);
	signatures_close(look->signatures);
	free(look->chunk);
	free(look);
}

void look_stop(struct look *look)
{
	atomic_store(&look->stop, true);
}

/* ---- finding the file ---- */

/* The root of a local volume of a path of DOS: "C:\" or "\\?\Volume{...}\". A share of
 * another machine has neither form, unless it bears a letter. */
static bool is_local(const wchar_t *path)
{
	wchar_t root[64] = L"";
	size_t units = 0;
	UINT type;

	if (path[0] && path[1] == L':' && path[2] == L'\\')
		units = 3;
	else if (wcsncmp(path, L"\\\\?\\Volume{", 11) == 0)
		units = 4 + wcscspn(path + 4, L"\\") + 1;
	if (!units || units >= sizeof root / sizeof root[0])
		return false;
	memcpy(root, path, units * sizeof *root);
	type = GetDriveTypeW(root);
	return type == DRIVE_FIXED || type == DRIVE_REMOVABLE || type == DRIVE_CDROM ||
	       type == DRIVE_RAMDISK;
}

/* The path so that Windows takes it as it is: the kernel has resolved it. To be freed. */
static wchar_t *literal(const char *path)
{
	wchar_t *wide = os_widen(path), *made = NULL;
	size_t length;

	if (wide && is_local(wide)) {
		length = wcslen(wide) + 1;
		made = calloc(length + 4, sizeof *made);
		if (made && wide[1] == L':')
			memcpy(made, L"\\\\?\\", 4 * sizeof *made);
		if (made)
			memcpy(made + (wide[1] == L':' ? 4 : 0), wide, length * sizeof *made);
	}
	free(wide);
	return made;
}

static bool read_key(HANDLE file, struct key *key)
{
	BY_HANDLE_FILE_INFORMATION of;
	FILE_BASIC_INFO times;

	memset(key, 0, sizeof *key);
	if (GetFileType(file) != FILE_TYPE_DISK || !GetFileInformationByHandle(file, &of) ||
	    of.dwFileAttributes & NOT_FILES ||
	    !GetFileInformationByHandleEx(file, FileBasicInfo, &times, sizeof times))
		return false;
	key->volume = of.dwVolumeSerialNumber;
	key->file = (uint64_t)of.nFileIndexHigh << 32 | of.nFileIndexLow;
	key->size = (uint64_t)of.nFileSizeHigh << 32 | of.nFileSizeLow;
	key->created = (uint64_t)times.CreationTime.QuadPart;
	key->written = (uint64_t)times.LastWriteTime.QuadPart;
	key->changed = (uint64_t)times.ChangeTime.QuadPart;
	return true;
}

/* Others may do what they like with the file, delete it, too. */
static HANDLE open_file(const wchar_t *path, struct key *key)
{
	HANDLE file =
	    CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
			NULL, OPEN_EXISTING,
			FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_SEQUENTIAL_SCAN, NULL);

	if (file == INVALID_HANDLE_VALUE || read_key(file, key))
		return file;
	CloseHandle(file);
	return INVALID_HANDLE_VALUE;
}

/* Not changed, and not put in its place, since some time, ns since 1970. */
static bool is_settled(const struct key *key, uint64_t when)
{
	uint64_t latest = key->changed > key->written ? key->changed : key->written;

	return latest + TICK_100NS <= when / 100 + EPOCH_1970;
}

/* Whether the path still leads to that file, and nobody has changed it. */
static bool is_same_yet(const wchar_t *path, const struct key *key)
{
	struct key now;
	HANDLE file = open_file(path, &now);

	if (file == INVALID_HANDLE_VALUE)
		return false;
	CloseHandle(file);
	return memcmp(&now, key, sizeof now) == 0;
}

/* ---- reading it ---- */

static bool hash_file(struct look *look, HANDLE file, uint64_t size, uint8_t *out)
{
	BCRYPT_HASH_HANDLE hash;
	uint64_t total = 0;
	DWORD got = 0;
	bool fine = true;

	if (BCryptCreateHash(look->sha256, &hash, NULL, 0, NULL, 0, 0) < 0)
		return false;
	do {
		fine = !atomic_load(&look->stop) && total <= size &&
		       ReadFile(file, look->chunk, CHUNK, &got, NULL) &&
		       BCryptHashData(hash, look->chunk, got, 0) >= 0;
		total += got;
	} while (fine && got > 0);
	fine = fine && BCryptFinishHash(hash, out, LOOK_HASH_BYTES, 0) >= 0;
	BCryptDestroyHash(hash);
	return fine;
}

static void read_file(struct look *look, HANDLE file, const wchar_t *path, const struct key *key,
		      struct look_result *result)
{
	if (look->what & VIGIL_LOOK_HASH && hash_file(look, file, key->size, result->sha256))
		result->known |= VIGIL_LOOK_HASH;
	if (look->what & VIGIL_LOOK_VERSION && version_read(path, &result->version))
		result->known |= VIGIL_LOOK_VERSION;
	if (look->what & VIGIL_LOOK_SIGNATURE && !atomic_load(&look->stop)) {
		signatures_check(look->signatures, file, path, &result->signature);
		result->known |= VIGIL_LOOK_SIGNATURE;
	}
	if (!is_same_yet(path, key))
		result->known = 0;
}

/* While a program or library is mapped nobody can write to its file, but the file may be
 * moved, and another take its place: that one has changed since the record. */
static void look_at_path(struct look *look, const struct look_request *request, const wchar_t *path,
			 struct look_result *result)
{
	const struct look_result *known;
	struct key key;
	HANDLE file = open_file(path, &key);

	if (file == INVALID_HANDLE_VALUE)
		return;
	known = lru_find(look->cache, &key);
	if (!is_settled(&key, request->time)) {
		result->known = 0;
	} else if (known) {
		*result = *known;
	} else if (key.size <= look->bytes_max) {
		read_file(look, file, path, &key, result);
		if (result->known == look->what)
			lru_add(look->cache, &key, result);
	}
	CloseHandle(file);
}

void look_at(struct look *look, const struct look_request *request, struct look_result *result)
{
	wchar_t *path = literal(request->path);

	*result = (struct look_result){ 0 };
	if (path)
		look_at_path(look, request, path, result);
	free(path);
}
