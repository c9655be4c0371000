/* SPDX-License-Identifier: MIT */
/*
 * service_main_windows.c - `vigil run --service`: connects the service manager and the body of the
 * service. The manager calls from separate threads; they only set cli_signal, which the body
 * checks, as for Ctrl-C.
 */
#include "service_windows.h"

#include <fcntl.h>
#include <io.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cli.h"
#include "service.h"

#define MESSAGES_MAX (1u << 20) /* bytes; then the file is emptied */
#define WAIT_MS      30000      /* for a start or a stop */

static struct {
	int (*body)(int argc, char **argv);
	int argc;
	char **argv;
	SERVICE_STATUS_HANDLE handle; /* NULL: not started by the manager */
	DWORD checkpoint;
	int status;
} service;

static void report(DWORD state, DWORD code)
{
	bool pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
	SERVICE_STATUS status = { .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
				  .dwCurrentState = state,
				  .dwWin32ExitCode = code ? ERROR_SERVICE_SPECIFIC_ERROR : NO_ERROR,
				  .dwServiceSpecificExitCode = code,
				  .dwCheckPoint = pending ? ++service.checkpoint : 0,
				  .dwWaitHint = pending ? WAIT_MS : 0 };

	if (state == SERVICE_RUNNING)
		status.dwControlsAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN;
	if (service.handle)
		SetServiceStatus(service.handle, &status);
}

void service_ready(void)
{
	report(SERVICE_RUNNING, 0);
}

void service_reloading(void)
{
}

void service_stopping(void)
{
	report(SERVICE_STOP_PENDING, 0);
}

void service_beat(const char *status)
{
	(void)status;
}

unsigned service_beat_ms(void)
{
	return 60000; /* no service manager expects beats */
}

static DWORD WINAPI on_control(DWORD control, DWORD event, void *data, void *context)
{
	(void)event;
	(void)data;
	(void)context;
	switch (control) {
	case SERVICE_CONTROL_STOP:
	case SERVICE_CONTROL_SHUTDOWN:
		report(SERVICE_STOP_PENDING, 0);
		cli_signal = SIGTERM;
		return NO_ERROR;
	case SERVICE_CONTROL_INTERROGATE:
		return NO_ERROR;
	default:
		return ERROR_CALL_NOT_IMPLEMENTED;
	}
}

/* A service has no standard error: its messages go to a file. */
static void open_messages(void)
{
	struct _stati64 st;
	bool large = _stati64(service_messages(), &st) == 0 && st.st_size > MESSAGES_MAX;
	int fd = os_create(service_messages(), !large);

	if (fd < 0)
		return;
	_dup2(fd, STDERR_FILENO);
	_dup2(fd, STDOUT_FILENO);
	os_close(fd);
}

static void WINAPI run_service(DWORD count, wchar_t **words)
{
	(void)count;
	(void)words;
	service.handle = RegisterServiceCtrlHandlerExW(NAME_READER, on_control, NULL);
	if (!service.handle)
		return;
	report(SERVICE_START_PENDING, 0);
	open_messages();
	service.status = service.body(service.argc, service.argv);
	report(SERVICE_STOPPED, (DWORD)service.status);
}

static bool is_service(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--service") == 0)
			return true;
	return false;
}

/* The service manager needs an answer before the settings are read, even if they are wrong. */
int service_main(int (*body)(int argc, char **argv), int argc, char **argv)
{
	wchar_t name[] = NAME_READER;
	const SERVICE_TABLE_ENTRYW table[] = { { name, run_service }, { NULL, NULL } };

	if (!is_service(argc, argv))
		return -1;
	service.body = body;
	service.argc = argc;
	service.argv = argv;
	if (StartServiceCtrlDispatcherW(table))
		return service.status;
	if (GetLastError() != ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
		return service_failed("speak to the service manager", GetLastError());
	cli_say(
	    "--service is for the service manager. Say `vigil service start`, or leave it out.");
	return EXIT_USAGE;
}
