/* SPDX-License-Identifier: MIT */
/*
 * service_windows.h - shared by the parts of the service on Windows: service_main_windows.c is the
 * service itself, service_windows.c installs and controls it, service_parts_windows.c creates and
 * removes its files and keys.
 */
#ifndef VIGIL_SERVICE_WINDOWS_H
#define VIGIL_SERVICE_WINDOWS_H

#include <stdbool.h>

#include "os/device.h"
#include "os/os_windows.h"

#define NAME_DRIVER DEVICE_DRIVER_SERVICE
#define NAME_READER DEVICE_READER_SERVICE

/* Prints "cannot WHAT: the text from Windows. NEXT" and returns the exit status. */
int service_failed(const char *what, DWORD error);

/* Files and keys. Each reports failures and returns -1 to continue, otherwise the exit status. */
int service_copy_files(void); /* vigil.sys, vigil.exe, the settings */
int service_make_keys(void);  /* the driver's Parameters, the event log's source */
int service_remove_files(bool purge, bool keep_program);
int service_remove_keys(void);

/* Returns the path of the file for the messages of the service, which has no standard error. */
const char *service_messages(void);

/* Gets the command line of the service, of 2 * MAX_PATH characters at most. */
bool service_command_line(wchar_t *to, size_t size);

#endif /* VIGIL_SERVICE_WINDOWS_H */
