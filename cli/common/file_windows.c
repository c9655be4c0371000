/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "os/os_windows.h"

#include <sddl.h>

#define PRIVATE L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

void *file_private(void)
{
	PSECURITY_DESCRIPTOR descriptor;

	return ConvertStringSecurityDescriptorToSecurityDescriptorW(PRIVATE, SDDL_REVISION_1,
								    &descriptor, NULL)
		   ? descriptor
		   : NULL;
}

/* No other process may write to the file while it is open: this is the lock. */
static HANDLE open_log(const wchar_t *path, bool only_new)
{
	SECURITY_ATTRIBUTES security = { .nLength = sizeof(security),
					 .lpSecurityDescriptor = file_private() };
	HANDLE file;
	DWORD error;

	if (!security.lpSecurityDescriptor)
		return INVALID_HANDLE_VALUE;
	file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE | DELETE,
			   FILE_SHARE_READ | FILE_SHARE_DELETE, &security,
			   only_new ? CREATE_NEW : OPEN_ALWAYS,
			   FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	error = GetLastError();
	LocalFree(security.lpSecurityDescriptor);
	SetLastError(error);
	return file;
}

/* Returns why the file cannot be a log; 0: it can. */
static int judge(HANDLE file)
{
	BY_HANDLE_FILE_INFORMATION information;

	if (GetFileType(file) != FILE_TYPE_DISK)
		return ENOTSUP;
	if (!GetFileInformationByHandle(file, &information))
		return os_errno(GetLastError());
	return information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT ? ELOOP : 0;
}

int file_open_log(const char *path, bool only_new, bool trust_path, struct vigil_error *why)
{
	wchar_t *wide = os_widen(path);
	HANDLE file = wide ? open_log(wide, only_new) : INVALID_HANDLE_VALUE;
	int reason = file == INVALID_HANDLE_VALUE ? os_errno(GetLastError()) : judge(file);
	int fd = -1;

	(void)trust_path; /* links are always refused */
	if (!wide)
		reason = ENOMEM;
	free(wide);
	if (!reason) {
		fd = _open_osfhandle((intptr_t)file, _O_BINARY | _O_APPEND | _O_NOINHERIT);
		reason = errno;
	}
	if (fd < 0 && file != INVALID_HANDLE_VALUE)
		CloseHandle(file);
	if (fd < 0)
		vigil_fail(why, reason == EACCES ? VIGIL_ERROR_PRIVILEGE : VIGIL_ERROR_OUTPUT, "%s",
			   strerror(reason));
	errno = reason;
	return fd;
}

long file_write(int fd, const char *data, size_t length)
{
	return _write(fd, data, length < 1u << 20 ? (unsigned)length : 1u << 20);
}

long file_read_at(int fd, uint64_t at, char *to, size_t length)
{
	if (_lseeki64(fd, (int64_t)at, SEEK_SET) < 0)
		return -1;
	return _read(fd, to, (unsigned)length);
}

bool file_look(int fd, uint64_t *size, bool *named)
{
	FILE_STANDARD_INFO information;

	if (!GetFileInformationByHandleEx((HANDLE)_get_osfhandle(fd), FileStandardInfo,
					  &information, sizeof(information))) {
		errno = os_errno(GetLastError());
		return false;
	}
	*size = (uint64_t)information.EndOfFile.QuadPart;
	*named = !information.DeletePending;
	return true;
}

bool file_identity(const char *path, uint64_t file[2])
{
	(void)path;
	file[0] = file[1] = 0;
	return true;
}

bool file_is_at(int fd, const char *path)
{
	(void)fd;
	(void)path;
	return true;
}

bool file_is_regular(int fd)
{
	return GetFileType((HANDLE)_get_osfhandle(fd)) == FILE_TYPE_DISK;
}

bool file_truncate(int fd, uint64_t size)
{
	return _chsize_s(fd, (int64_t)size) == 0;
}
