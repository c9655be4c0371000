/* SPDX-License-Identifier: MIT */
#include "os/input.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "os/os_windows.h"

static int fail_errno(struct vigil_error *why, int reason)
{
	errno = reason;
	vigil_fail(why, vigil_code_of_input(reason), "%s", strerror(reason));
	return -1;
}

static int refuse_type(struct vigil_error *why, const char *what, enum input_kind kind)
{
	errno = EINVAL;
	vigil_fail(why, VIGIL_ERROR_USAGE, "it is %s; a regular file%s is expected", what,
		   kind == INPUT_FILE ? "" : " or a pipe");
	return -1;
}

/* Opens with SECURITY_ANONYMOUS, so that the server of a pipe learns nothing about the client.
 * Names of devices (CON, COM1) cannot be distinguished from files without opening them. */
static HANDLE open_to_read(const wchar_t *path)
{
	return CreateFileW(path, GENERIC_READ,
			   FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
			   OPEN_EXISTING,
			   FILE_ATTRIBUTE_NORMAL | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS,
			   NULL);
}

int input_open(const char *path, enum input_kind kind, struct vigil_error *why)
{
	wchar_t *wide = os_widen(path);
	DWORD attributes = wide ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES, type, error;
	HANDLE file;
	int fd;

	if (!wide)
		return fail_errno(why, ENOMEM);
	if (attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY) {
		free(wide);
		return refuse_type(why, "a directory", kind);
	}
	file = open_to_read(wide);
	error = GetLastError();
	free(wide);
	if (file == INVALID_HANDLE_VALUE)
		return fail_errno(why, os_errno(error));
	type = GetFileType(file);
	if (type != FILE_TYPE_DISK && !(type == FILE_TYPE_PIPE && kind == INPUT_FILE_OR_PIPE)) {
		CloseHandle(file);
		return refuse_type(why, type == FILE_TYPE_PIPE ? "a pipe" : "a device", kind);
	}
	fd = _open_osfhandle((intptr_t)file, _O_RDONLY | _O_BINARY | _O_NOINHERIT);
	if (fd < 0)
		CloseHandle(file);
	return fd < 0 ? fail_errno(why, errno) : fd;
}

bool input_is_pipe(const char *path)
{
	static const char device[] = "\\\\.\\pipe\\";

	return strncmp(path, device, sizeof(device) - 1) == 0;
}
