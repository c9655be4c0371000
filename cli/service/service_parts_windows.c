/* SPDX-License-Identifier: MIT */
/*
 * service_parts_windows.c - the files and registry keys of the service on Windows.
 *
 * The command is copied below Program Files: a service runs as SYSTEM, so no other user may be able
 * to replace its files. For the same reason the directory of settings and logs, which any user can
 * create in ProgramData, must be one that install created.
 */
#include "service_windows.h"

#include <aclapi.h>
#include <sddl.h>
#include <shlobj.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "common/file.h"
#include "eventlog.h"
#include "os/input.h"
#include "service.h"
#include "service_files.h"

#define SERVICES   L"SYSTEM\\CurrentControlSet\\Services\\"
#define PARAMETERS SERVICES NAME_DRIVER L"\\Parameters"
#define EVENT_LOG  SERVICES L"EventLog\\" EVENTLOG_LOG
#define SOURCE     EVENT_LOG L"\\" EVENTLOG_SOURCE

/* SYSTEM and administrators, and for reading the group Event Log Readers: command lines may
 * contain secrets, and every user of a machine can read the log Application. */
#define EVENT_LOG_ACCESS L"O:BAG:SYD:(A;;0xf0007;;;SY)(A;;0x7;;;BA)(A;;0x1;;;S-1-5-32-573)"

int service_failed(const char *what, DWORD error)
{
	char text[300];

	if (error == ERROR_ACCESS_DENIED || error == ERROR_PRIVILEGE_NOT_HELD) {
		cli_say("cannot %s: that is for administrators. Run it in a console opened with "
			"`Run as administrator`.",
			what);
		return EXIT_PRIVILEGE;
	}
	cli_say("cannot %s: %s.", what, os_error_text(error, text, sizeof(text)));
	return EXIT_ERROR;
}

/* ---- paths ---- */

struct place {
	int folder; /* CSIDL_... */
	const wchar_t *rest;
};

static const struct place driver = { CSIDL_SYSTEM, L"\\drivers\\vigil.sys" };
static const struct place program = { CSIDL_PROGRAM_FILES, L"\\Vigil\\vigil.exe" };
static const struct place program_directory = { CSIDL_PROGRAM_FILES, L"\\Vigil" };
static const struct place data = { CSIDL_COMMON_APPDATA, L"\\Vigil" };
static const struct place config = { CSIDL_COMMON_APPDATA, L"\\Vigil\\vigil.conf" };
static const struct place log_file = { CSIDL_COMMON_APPDATA, L"\\Vigil\\vigil.log" };
static const struct place messages = { CSIDL_COMMON_APPDATA, L"\\Vigil\\service.log" };

#define PATH_ROOM (2 * MAX_PATH)

/* Not from the environment: other programs may have set the administrator's. */
static bool find_place(const struct place *place, wchar_t *path)
{
	if (SHGetFolderPathW(NULL, place->folder, NULL, SHGFP_TYPE_CURRENT, path) != S_OK)
		return false;
	wcscat(path, place->rest);
	return true;
}

/* Valid for the life of the process. */
static const char *narrow_place(const struct place *place)
{
	wchar_t path[PATH_ROOM];
	char *narrow = find_place(place, path) ? os_narrow(path) : NULL;

	return narrow ? narrow : "vigil";
}

const char *service_config(void)
{
	static const char *path;

	return path ? path : (path = narrow_place(&config));
}

const char *service_log(void)
{
	static const char *path;

	return path ? path : (path = narrow_place(&log_file));
}

const char *service_messages(void)
{
	static const char *path;

	return path ? path : (path = narrow_place(&messages));
}

bool service_command_line(wchar_t *to, size_t size)
{
	wchar_t path[PATH_ROOM];

	return find_place(&program, path) && swprintf(to, size, L"\"%ls\" run --service", path) > 0;
}

/* ---- files ---- */

/* Gets the user of this process in sid, which must be aligned as a TOKEN_USER. */
static bool find_user(TOKEN_USER *user, DWORD size)
{
	HANDLE token;
	bool found;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	found = GetTokenInformation(token, TokenUser, user, size, &size);
	CloseHandle(token);
	return found;
}

static bool is_trusted(PSID owner)
{
	static const WELL_KNOWN_SID_TYPE known[] = { WinLocalSystemSid,
						     WinBuiltinAdministratorsSid };
	union {
		TOKEN_USER user;
		BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} token;
	BYTE sid[SECURITY_MAX_SID_SIZE];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		DWORD size = sizeof(sid);

		if (CreateWellKnownSid(known[i], NULL, sid, &size) && EqualSid(owner, sid))
			return true;
	}
	return find_user(&token.user, sizeof(token)) && EqualSid(owner, token.user.User.Sid);
}

/* Returns whether an existing directory can be trusted: owned by SYSTEM, by the administrators or
 * by the user of this process, and not a link. */
static bool is_ours(const wchar_t *path)
{
	DWORD attributes = GetFileAttributesW(path);
	PSECURITY_DESCRIPTOR descriptor;
	bool trusted;
	PSID owner;

	if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY) ||
	    attributes & FILE_ATTRIBUTE_REPARSE_POINT ||
	    GetNamedSecurityInfoW((wchar_t *)(uintptr_t)path, SE_FILE_OBJECT,
				  OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL,
				  &descriptor) != ERROR_SUCCESS)
		return false;
	trusted = owner && is_trusted(owner);
	LocalFree(descriptor);
	return trusted;
}

static int make_data(void)
{
	SECURITY_ATTRIBUTES security = { .nLength = sizeof(security),
					 .lpSecurityDescriptor = file_private() };
	wchar_t path[PATH_ROOM];
	DWORD error = 0;

	if (!security.lpSecurityDescriptor || !find_place(&data, path))
		return service_failed("find ProgramData", GetLastError());
	if (!CreateDirectoryW(path, &security))
		error = GetLastError();
	LocalFree(security.lpSecurityDescriptor);
	if (error == ERROR_ALREADY_EXISTS && !is_ours(path)) {
		cli_say("the directory Vigil in ProgramData was created by a user who is not an "
			"administrator. Check what it contains, then remove it.");
		return EXIT_ERROR;
	}
	return error && error != ERROR_ALREADY_EXISTS ? service_failed("make a directory", error)
						      : -1;
}

/* Copies a file from the folder of this program. */
static int copy_beside(const wchar_t *name, const struct place *place, const char *what)
{
	wchar_t from[PATH_ROOM], to[PATH_ROOM], *slash;

	if (!GetModuleFileNameW(NULL, from, MAX_PATH) || !find_place(place, to))
		return service_failed(what, GetLastError());
	slash = wcsrchr(from, L'\\');
	wcscpy(slash ? slash + 1 : from, name);
	if (_wcsicmp(from, to) == 0 || CopyFileW(from, to, FALSE))
		return -1;
	if (GetLastError() == ERROR_FILE_NOT_FOUND) {
		cli_say("%ls does not lie beside this program. Put both into one directory.", name);
		return EXIT_ERROR;
	}
	/* In use by the service: keep it if it is the same version. */
	return service_failed(what, GetLastError());
}

static char *make_settings(void)
{
	return service_fill(service_settings, "%LOG%", service_log());
}

static int write_settings(void)
{
	char *text = make_settings();
	int status = EXIT_ERROR, fd;

	if (!text) {
		cli_say("no memory");
		return EXIT_ERROR;
	}
	if (os_exists(service_config())) {
		free(text);
		return -1;
	}
	fd = os_create(service_config(), false);
	if (fd >= 0 && os_write_all(fd, text, strlen(text)) == 0 && os_close(fd) == 0)
		status = -1;
	else
		cli_say("cannot write %s.", service_config());
	free(text);
	return status;
}

int service_copy_files(void)
{
	wchar_t path[PATH_ROOM], own[PATH_ROOM], *name;
	int status = make_data();

	if (status >= 0)
		return status;
	if (!find_place(&program_directory, path) ||
	    (!CreateDirectoryW(path, NULL) && GetLastError() != ERROR_ALREADY_EXISTS))
		return service_failed("make a directory in Program Files", GetLastError());
	if (!GetModuleFileNameW(NULL, own, MAX_PATH))
		return service_failed("find this program", GetLastError());
	name = wcsrchr(own, L'\\');
	status = copy_beside(name ? name + 1 : own, &program, "copy this program");
	if (status < 0)
		status = copy_beside(L"vigil.sys", &driver, "copy the driver");
	return status < 0 ? write_settings() : status;
}

/* A file in use is removed at the next start of the system. */
static int remove_file(const struct place *place)
{
	wchar_t path[PATH_ROOM];
	DWORD error;

	if (!find_place(place, path) || DeleteFileW(path))
		return -1;
	error = GetLastError();
	if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)
		return -1;
	if (MoveFileExW(path, NULL, MOVEFILE_DELAY_UNTIL_REBOOT)) {
		cli_say("%ls is in use; it goes when the system starts next.", path);
		return -1;
	}
	return service_failed("remove a file", error);
}

static int remove_settings(bool purge)
{
	char *text = make_settings(), *found;
	size_t length = text ? strlen(text) : 0, n;
	struct vigil_error why;
	bool same = input_read(&found, &n, service_config(), length, &why) == VIGIL_OK && text &&
		    n == length && memcmp(found, text, n) == 0;

	free(found);
	free(text);
	if (same || purge)
		return remove_file(&config);
	if (os_exists(service_config()))
		cli_say("%s was changed and stays (--purge removes it)", service_config());
	return -1;
}

static void remove_logs(void)
{
	wchar_t path[PATH_ROOM];
	size_t end;

	if (!find_place(&log_file, path))
		return;
	DeleteFileW(path);
	end = wcslen(path);
	for (unsigned i = 1; i <= 1000; i++) { /* ROTATE_KEEP_MAX */
		swprintf(path + end, PATH_ROOM - end, L".%u", i);
		DeleteFileW(path);
	}
	remove_file(&messages);
}

int service_remove_files(bool purge, bool keep_program)
{
	wchar_t path[PATH_ROOM];
	int status = remove_settings(purge);

	if (purge)
		remove_logs();
	if (status < 0)
		status = remove_file(&driver);
	if (status < 0 && !keep_program)
		status = remove_file(&program);
	if (find_place(&program_directory, path))
		RemoveDirectoryW(path); /* if nothing else is in it */
	if (find_place(&data, path))
		RemoveDirectoryW(path);
	return status;
}

/* ---- keys ---- */

struct registry_value {
	const wchar_t *name;
	DWORD type;
	const void *data;
	size_t bytes;
};

/* Sets the values of a key that it makes. keep: only those that are missing. */
static int make_values(const wchar_t *path, const struct registry_value *values, size_t count,
		       bool keep)
{
	LSTATUS result;
	HKEY key;

	result = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0,
				 KEY_QUERY_VALUE | KEY_SET_VALUE, NULL, &key, NULL);
	if (result != ERROR_SUCCESS)
		return service_failed("make a key", (DWORD)result);
	for (size_t i = 0; i < count && result == ERROR_SUCCESS; i++)
		if (!keep || RegQueryValueExW(key, values[i].name, NULL, NULL, NULL, NULL) ==
				 ERROR_FILE_NOT_FOUND)
			result = RegSetValueExW(key, values[i].name, 0, values[i].type,
						values[i].data, (DWORD)values[i].bytes);
	RegCloseKey(key);
	return result == ERROR_SUCCESS ? -1
				       : service_failed("set the values of a key", (DWORD)result);
}

/* The driver's defaults (also in kernel/windows/vigil.inf), written so that users see what can be
 * changed. */
static int make_parameters(void)
{
	static const DWORD zero, queue_bytes = 4u << 20;
	static const struct registry_value parameters[] = {
		{ L"QueueBytes", REG_DWORD, &queue_bytes, sizeof(queue_bytes) },
		{ L"Policy", REG_DWORD, &zero, sizeof(zero) },
		{ L"Trace", REG_DWORD, &zero, sizeof(zero) },
		{ L"SeedDevices", REG_DWORD, &zero, sizeof(zero) },
	};

	return make_values(PARAMETERS, parameters, sizeof(parameters) / sizeof(parameters[0]),
			   true);
}

/* A separate log has its own size and readers; administrators may have changed them. */
static int make_event_log(void)
{
	static const DWORD types =
	    EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
	static const DWORD size = 64u << 20, retention = 0; /* the oldest events are replaced */
	wchar_t path[PATH_ROOM];
	const struct registry_value log[] = {
		{ L"CustomSD", REG_SZ, EVENT_LOG_ACCESS, sizeof(EVENT_LOG_ACCESS) },
		{ L"MaxSize", REG_DWORD, &size, sizeof(size) },
		{ L"Retention", REG_DWORD, &retention, sizeof(retention) },
	};
	struct registry_value source[] = {
		{ L"EventMessageFile", REG_SZ, path, 0 },
		{ L"TypesSupported", REG_DWORD, &types, sizeof(types) },
	};
	int status;

	if (!find_place(&program, path))
		return service_failed("find Program Files", GetLastError());
	source[0].bytes = (wcslen(path) + 1) * sizeof(*path);
	status = make_values(EVENT_LOG, log, sizeof(log) / sizeof(log[0]), true);
	return status < 0 ? make_values(SOURCE, source, sizeof(source) / sizeof(source[0]), false)
			  : status;
}

int service_make_keys(void)
{
	int status = make_parameters();

	return status < 0 ? make_event_log() : status;
}

int service_remove_keys(void)
{
	LSTATUS result = RegDeleteTreeW(HKEY_LOCAL_MACHINE, EVENT_LOG);

	if (result != ERROR_SUCCESS && result != ERROR_FILE_NOT_FOUND)
		return service_failed("remove the event log's keys", (DWORD)result);
	/* The service manager removes the service's key; this is for a service that it no longer
	 * knows. */
	RegDeleteKeyW(HKEY_LOCAL_MACHINE, PARAMETERS);
	RegDeleteKeyW(HKEY_LOCAL_MACHINE, SERVICES NAME_DRIVER);
	return -1;
}
