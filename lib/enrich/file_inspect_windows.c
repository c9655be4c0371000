/* SPDX-License-Identifier: MIT */
#include "enrich/file_inspect.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "os/os_windows.h"

#include <bcrypt.h>

#include "core/lru.h"
#include "enrich/file_signature.h"
#include "enrich/file_version.h"
#include "os/os.h"

#define CHUNK (256u << 10) /* bytes per read */

/* Timestamps may have the resolution of the timer tick, 64 per second: see inspect/file.c. */
#define TICK_100NS 160000u
#define EPOCH_1970 116444736000000000ull /* 1601-01-01 to 1970-01-01 in 100 ns */

/* Opening such a file would fetch it from elsewhere, or open another one. */
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

/* Identifies a file with its content: when the content changes, the key changes. */
struct key {
	uint64_t volume, file, size;
	uint64_t created, written, changed;
};

struct file_inspect {
	uint32_t what;
	uint64_t bytes_max;
	atomic_bool stop;
	struct lru *cache; /* key -> lookup_result */
	BCRYPT_ALG_HANDLE sha256;
	struct signatures *signatures;
	uint8_t *chunk;
};

struct file_inspect *file_inspect_open(uint32_t what, uint64_t bytes_max, unsigned cache_max)
{
	struct file_inspect *inspect = calloc(1, sizeof(*inspect));

	if (!inspect)
		return NULL;
	inspect->what = what;
	inspect->bytes_max = bytes_max;
	inspect->cache = lru_open(sizeof(struct key), sizeof(struct lookup_result), cache_max);
	inspect->chunk = malloc(CHUNK);
	if (BCryptOpenAlgorithmProvider(&inspect->sha256, BCRYPT_SHA256_ALGORITHM, NULL, 0) < 0)
		inspect->sha256 = NULL;
	if (what & VIGIL_INSPECT_SIGNATURE)
		inspect->signatures = signatures_open();
	if (inspect->cache && inspect->chunk && inspect->sha256 &&
	    (inspect->signatures || !(what & VIGIL_INSPECT_SIGNATURE)))
		return inspect;
	file_inspect_close(inspect);
	return NULL;
}

void file_inspect_close(struct file_inspect *inspect)
{
	if (!inspect)
		return;
	lru_close(inspect->cache);
	if (inspect->sha256)
		BCryptCloseAlgorithmProvider(inspect->sha256, 0);
	signatures_close(inspect->signatures);
	free(inspect->chunk);
	free(inspect);
}

void file_inspect_stop(struct file_inspect *inspect)
{
	atomic_store(&inspect->stop, true);
}

/* ---- finding the file ---- */

/* Whether a path is on a local volume: "C:\" or "\\?\Volume{...}\". A share of another machine
 * has neither form, unless it has a drive letter. */
static bool is_local(const wchar_t *path)
{
	wchar_t root[64] = L"";
	size_t units = 0;
	UINT type;

	if (path[0] && path[1] == L':' && path[2] == L'\\')
		units = 3;
	else if (wcsncmp(path, L"\\\\?\\Volume{", 11) == 0)
		units = 4 + wcscspn(path + 4, L"\\") + 1;
	if (!units || units >= sizeof(root) / sizeof(root[0]))
		return false;
	memcpy(root, path, units * sizeof(*root));
	type = GetDriveTypeW(root);
	return type == DRIVE_FIXED || type == DRIVE_REMOVABLE || type == DRIVE_CDROM ||
	       type == DRIVE_RAMDISK;
}

/* Returns the path in the form that Windows does not interpret, because the kernel has resolved
 * it. The caller frees it. */
static wchar_t *make_literal(const char *path)
{
	wchar_t *wide = os_widen(path), *made = NULL;
	size_t length;

	if (wide && is_local(wide)) {
		length = wcslen(wide) + 1;
		made = calloc(length + 4, sizeof(*made));
		if (made && wide[1] == L':')
			memcpy(made, L"\\\\?\\", 4 * sizeof(*made));
		if (made)
			memcpy(made + (wide[1] == L':' ? 4 : 0), wide, length * sizeof(*made));
	}
	free(wide);
	return made;
}

static bool read_key(HANDLE file, struct key *key)
{
	BY_HANDLE_FILE_INFORMATION of;
	FILE_BASIC_INFO times;

	memset(key, 0, sizeof(*key));
	if (GetFileType(file) != FILE_TYPE_DISK || !GetFileInformationByHandle(file, &of) ||
	    of.dwFileAttributes & NOT_FILES ||
	    !GetFileInformationByHandleEx(file, FileBasicInfo, &times, sizeof(times)))
		return false;
	key->volume = of.dwVolumeSerialNumber;
	key->file = (uint64_t)of.nFileIndexHigh << 32 | of.nFileIndexLow;
	key->size = (uint64_t)of.nFileSizeHigh << 32 | of.nFileSizeLow;
	key->created = (uint64_t)times.CreationTime.QuadPart;
	key->written = (uint64_t)times.LastWriteTime.QuadPart;
	key->changed = (uint64_t)times.ChangeTime.QuadPart;
	return true;
}

/* Opens a file in a way that lets others do anything with it, including deletion. */
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

/* Whether the file was neither changed nor put in its place since `when`, ns since 1970. */
static bool is_settled(const struct key *key, uint64_t when)
{
	uint64_t latest = key->changed > key->written ? key->changed : key->written;

	return latest + TICK_100NS <= when / 100 + EPOCH_1970;
}

/* Whether the path still leads to the file, unchanged. */
static bool is_same_yet(const wchar_t *path, const struct key *key)
{
	struct key now;
	HANDLE file = open_file(path, &now);

	if (file == INVALID_HANDLE_VALUE)
		return false;
	CloseHandle(file);
	return memcmp(&now, key, sizeof(now)) == 0;
}

/* ---- reading it ---- */

static bool hash_file(struct file_inspect *inspect, HANDLE file, uint64_t size, uint8_t *out)
{
	BCRYPT_HASH_HANDLE hash;
	uint64_t total = 0;
	DWORD got = 0;
	bool fine = true;

	if (BCryptCreateHash(inspect->sha256, &hash, NULL, 0, NULL, 0, 0) < 0)
		return false;
	do {
		fine = !atomic_load(&inspect->stop) && total <= size &&
		       ReadFile(file, inspect->chunk, CHUNK, &got, NULL) &&
		       BCryptHashData(hash, inspect->chunk, got, 0) >= 0;
		total += got;
	} while (fine && got > 0);
	fine = fine && BCryptFinishHash(hash, out, LOOKUP_HASH_BYTES, 0) >= 0;
	BCryptDestroyHash(hash);
	return fine;
}

static void read_file(struct file_inspect *inspect, HANDLE file, const wchar_t *path,
		      const struct key *key, struct lookup_result *result)
{
	if (inspect->what & VIGIL_INSPECT_HASH &&
	    hash_file(inspect, file, key->size, result->sha256))
		result->known |= VIGIL_INSPECT_HASH;
	if (inspect->what & VIGIL_INSPECT_VERSION && version_read(path, &result->version))
		result->known |= VIGIL_INSPECT_VERSION;
	if (inspect->what & VIGIL_INSPECT_SIGNATURE && !atomic_load(&inspect->stop)) {
		signatures_check(inspect->signatures, file, path, &result->signature);
		result->known |= VIGIL_INSPECT_SIGNATURE;
	}
	if (!is_same_yet(path, key))
		result->known = 0;
}

/* Reads a file. While a program or library is mapped its file cannot be written to, but it may
 * be moved and replaced by another: that one has changed since the record. */
static void inspect_path(struct file_inspect *inspect, const struct lookup_request *request,
			 const wchar_t *path, struct lookup_result *result)
{
	const struct lookup_result *known;
	struct key key;
	HANDLE file = open_file(path, &key);

	if (file == INVALID_HANDLE_VALUE)
		return;
	known = lru_find(inspect->cache, &key);
	if (!is_settled(&key, request->time)) {
		result->known = 0;
	} else if (known) {
		*result = *known;
	} else if (key.size <= inspect->bytes_max) {
		read_file(inspect, file, path, &key, result);
		if (result->known == inspect->what)
			lru_add(inspect->cache, &key, result);
	}
	CloseHandle(file);
}

void file_inspect_read(struct file_inspect *inspect, const struct lookup_request *request,
		       struct lookup_result *result)
{
	wchar_t *path = make_literal(request->path);

	*result = (struct lookup_result){ 0 };
	if (path)
		inspect_path(inspect, request, path, result);
	free(path);
}
