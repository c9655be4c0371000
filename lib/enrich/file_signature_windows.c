/* SPDX-License-Identifier: MIT */
#include "enrich/file_signature.h"

#include <stdlib.h>
#include <string.h>

#include <wintrust.h>
#include <mscat.h>
#include <softpub.h>

#include "enrich/lookup_parts.h"

#define HASH_MAX   64
#define NAME_UNITS 256

/* Windows 7 has only catalogs of SHA-1, and lacks these functions. */
typedef BOOL(WINAPI *acquire_function)(HCATADMIN *admin, const GUID *subsystem,
				       const wchar_t *algorithm, const void *policy, DWORD flags);
typedef BOOL(WINAPI *hash_function)(HCATADMIN admin, HANDLE file, DWORD *bytes, BYTE *hash,
				    DWORD flags);

/* WINTRUST_CATALOG_INFO since Windows 8; older versions read only its beginning. */
struct catalog_info {
	WINTRUST_CATALOG_INFO info;
	HCATADMIN admin;
};

struct signatures {
	HCATADMIN admin, admin_sha256; /* NULL: none */
	hash_function hash;            /* for admin_sha256 */
};

struct signatures *signatures_open(void)
{
	struct signatures *s = calloc(1, sizeof(*s));
	HMODULE wintrust = GetModuleHandleW(L"wintrust.dll");
	acquire_function acquire;

	if (!s || !wintrust)
		return s;
	acquire = (acquire_function)(void (*)(void))GetProcAddress(wintrust,
								   "CryptCATAdminAcquireContext2");
	s->hash =
	    (hash_function)(void (*)(void))GetProcAddress(wintrust,
							  "CryptCATAdminCalcHashFromFileHandle2");
	if (!CryptCATAdminAcquireContext(&s->admin, NULL, 0))
		s->admin = NULL;
	if (!acquire || !s->hash || !acquire(&s->admin_sha256, NULL, L"SHA256", NULL, 0))
		s->admin_sha256 = NULL;
	return s;
}

void signatures_close(struct signatures *s)
{
	if (!s)
		return;
	if (s->admin)
		CryptCATAdminReleaseContext(s->admin, 0);
	if (s->admin_sha256)
		CryptCATAdminReleaseContext(s->admin_sha256, 0);
	free(s);
}

/* ---- asking Windows ---- */

static void add_signer(HANDLE state, struct lookup_text *out)
{
	CRYPT_PROVIDER_DATA *data = WTHelperProvDataFromStateData(state);
	CRYPT_PROVIDER_SGNR *signer =
	    data ? WTHelperGetProvSignerFromChain(data, 0, FALSE, 0) : NULL;
	CRYPT_PROVIDER_CERT *certificate = signer ? WTHelperGetProvCertFromChain(signer, 0) : NULL;
	wchar_t name[NAME_UNITS] = L"";

	if (certificate && certificate->pCert)
		CertGetNameStringW(certificate->pCert, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, name,
				   NAME_UNITS);
	lookup_text_add(out, "", (const uint16_t *)name, wcsnlen(name, NAME_UNITS));
}

/* Verifies the signature in `data` of a file or catalog. Returns the verdict; out gets status
 * and signer, unless the file is unsigned. */
static uint32_t verify_signature(WINTRUST_DATA *data, struct lookup_text *out)
{
	GUID action = WINTRUST_ACTION_GENERIC_VERIFY_V2;
	uint32_t verdict;

	data->cbStruct = sizeof(*data);
	data->dwUIChoice = WTD_UI_NONE;
	data->fdwRevocationChecks = WTD_REVOKE_NONE;
	data->dwStateAction = WTD_STATEACTION_VERIFY;
	data->dwProvFlags = WTD_CACHE_ONLY_URL_RETRIEVAL | WTD_REVOCATION_CHECK_NONE;
	verdict = (uint32_t)WinVerifyTrust(INVALID_HANDLE_VALUE, &action, data);
	*out = (struct lookup_text){ 0 };
	lookup_text_add_word(out, signature_status(verdict));
	add_signer(data->hWVTStateData, out);
	data->dwStateAction = WTD_STATEACTION_CLOSE;
	WinVerifyTrust(INVALID_HANDLE_VALUE, &action, data);
	return verdict;
}

static void write_tag(wchar_t *tag, const BYTE *hash, DWORD bytes)
{
	for (DWORD i = 0; i < bytes; i++) {
		*tag++ = L"0123456789ABCDEF"[hash[i] >> 4];
		*tag++ = L"0123456789ABCDEF"[hash[i] & 15];
	}
	*tag = L'\0';
}

/* Returns whether a catalog has the file; if so, sets out to the result. */
static bool verify_catalog(const struct signatures *s, HCATADMIN admin, HANDLE file,
			   const wchar_t *path, struct lookup_text *out)
{
	CATALOG_INFO found = { .cbStruct = sizeof(found) };
	struct catalog_info catalog = { 0 };
	wchar_t tag[2 * HASH_MAX + 1];
	BYTE hash[HASH_MAX];
	DWORD bytes = sizeof(hash);
	HCATINFO handle;
	bool known;

	SetFilePointer(file, 0, NULL, FILE_BEGIN);
	if (admin == s->admin_sha256 ? !s->hash(admin, file, &bytes, hash, 0)
				     : !CryptCATAdminCalcHashFromFileHandle(file, &bytes, hash, 0))
		return false;
	handle = CryptCATAdminEnumCatalogFromHash(admin, hash, bytes, 0, NULL);
	if (!handle)
		return false;
	known = CryptCATCatalogInfoFromContext(handle, &found, 0);
	if (known) {
		write_tag(tag, hash, bytes);
		catalog.info.cbStruct = sizeof(catalog);
		catalog.info.pcwszCatalogFilePath = found.wszCatalogFile;
		catalog.info.pcwszMemberTag = tag;
		catalog.info.pcwszMemberFilePath = path;
		catalog.info.hMemberFile = file;
		catalog.info.pbCalculatedFileHash = hash;
		catalog.info.cbCalculatedFileHash = bytes;
		catalog.admin = admin;
		verify_signature(&(WINTRUST_DATA){ .dwUnionChoice = WTD_CHOICE_CATALOG,
						   .pCatalog = &catalog.info },
				 out);
	}
	CryptCATAdminReleaseCatalogContext(admin, handle, 0);
	return known;
}

void signatures_check(struct signatures *s, HANDLE file, const wchar_t *path,
		      struct lookup_text *out)
{
	WINTRUST_FILE_INFO info = { .cbStruct = sizeof(info),
				    .pcwszFilePath = path,
				    .hFile = file };
	WINTRUST_DATA data = { .dwUnionChoice = WTD_CHOICE_FILE, .pFile = &info };
	struct lookup_text other;

	SetFilePointer(file, 0, NULL, FILE_BEGIN);
	if (strcmp(signature_status(verify_signature(&data, out)), "unsigned") != 0)
		return;
	if ((s->admin_sha256 && verify_catalog(s, s->admin_sha256, file, path, &other)) ||
	    (s->admin && verify_catalog(s, s->admin, file, path, &other)))
		*out = other;
}
