/* SPDX-License-Identifier: MIT */
/*
 * service_windows.c - the two Windows services: the driver, `vigil`, and its reader,
 * `VigilService`, which depends on it. The manager therefore loads the driver before the reader
 * starts, and unloads it after the reader has ended.
 */
#include "service.h"

#include <stdio.h>

#include "common/cli.h"
#include "service_windows.h"

#ifndef ERROR_INVALID_IMAGE_HASH /* mingw-w64 10 lacks it */
#define ERROR_INVALID_IMAGE_HASH 577
#endif

#define DRIVER_PATH L"\\SystemRoot\\System32\\drivers\\vigil.sys"
#define WAIT_MS     60000 /* for a service to start or stop */

/* `--rules` is for Linux: on Windows the driver has the rules, see vigil-rules(1). */
static const struct options_line lines[] = {
	{ .name = "keep-program",
	  OPTION_IN(FLAG, struct service_options, keep_program),
	  .help = "uninstall: leave vigil.exe in place, because an installer removes it" },
};
const struct options_group service_system_options = OPTIONS_GROUP(lines);

struct scm {
	SC_HANDLE manager, driver, reader;
};

static void close_scm(struct scm *scm)
{
	if (scm->driver)
		CloseServiceHandle(scm->driver);
	if (scm->reader)
		CloseServiceHandle(scm->reader);
	if (scm->manager)
		CloseServiceHandle(scm->manager);
}

/* Opens both services, if they exist. Returns -1 to continue, otherwise the exit status. */
static int open_scm(struct scm *scm, DWORD manager, DWORD access)
{
	*scm = (struct scm){ .manager = OpenSCManagerW(NULL, NULL, manager) };
	if (!scm->manager)
		return service_failed("open the service manager", GetLastError());
	scm->driver = OpenServiceW(scm->manager, NAME_DRIVER, access);
	if (!scm->driver && GetLastError() != ERROR_SERVICE_DOES_NOT_EXIST)
		return service_failed("open the driver's service", GetLastError());
	scm->reader = OpenServiceW(scm->manager, NAME_READER, access);
	if (!scm->reader && GetLastError() != ERROR_SERVICE_DOES_NOT_EXIST)
		return service_failed("open the service", GetLastError());
	return -1;
}

static int not_installed(void)
{
	cli_say("the service is not installed. `vigil service install` installs it.");
	return EXIT_ERROR;
}

static bool query(SC_HANDLE service, SERVICE_STATUS_PROCESS *status)
{
	DWORD used;

	return QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status,
				    sizeof(*status), &used);
}

/* Waits while the service is in this state. */
static bool wait_while(SC_HANDLE service, DWORD state, SERVICE_STATUS_PROCESS *status)
{
	int64_t deadline = os_now_ms() + WAIT_MS;

	while (query(service, status)) {
		if (status->dwCurrentState != state)
			return true;
		if (os_now_ms() > deadline)
			return false;
		os_sleep_ms(20);
	}
	return false;
}

/* ---- install ---- */

struct wanted {
	const wchar_t *name, *display, *path, *needs;
	DWORD type, start;
	const wchar_t *description;
};

/* Creates the service, or updates an existing one. */
static int make_service(SC_HANDLE manager, SC_HANDLE *service, const struct wanted *wanted)
{
	SERVICE_DESCRIPTIONW description = { (wchar_t *)(uintptr_t)wanted->description };

	if (!*service)
		*service =
		    CreateServiceW(manager, wanted->name, wanted->display, SERVICE_ALL_ACCESS,
				   wanted->type, wanted->start, SERVICE_ERROR_NORMAL, wanted->path,
				   NULL, NULL, wanted->needs, NULL, NULL);
	else if (!ChangeServiceConfigW(*service, wanted->type, wanted->start, SERVICE_ERROR_NORMAL,
				       wanted->path, NULL, NULL, wanted->needs, NULL, NULL,
				       wanted->display))
		return service_failed("update a service", GetLastError());
	if (!*service && GetLastError() == ERROR_SERVICE_MARKED_FOR_DELETE) {
		cli_say("the old service still goes. Close the programs that look at it (the "
			"Services console), or restart the system, then do it again.");
		return EXIT_ERROR;
	}
	if (!*service)
		return service_failed("make a service", GetLastError());
	/* The description is optional: ignore failures. */
	ChangeServiceConfig2W(*service, SERVICE_CONFIG_DESCRIPTION, &description);
	return -1;
}

/* Has the service restarted when it ends by itself: after 5 seconds, then every minute. Limits it
 * to the one privilege that every user has. */
static void set_care(SC_HANDLE reader)
{
	SC_ACTION action[] = { { SC_ACTION_RESTART, 5000 }, { SC_ACTION_RESTART, 60000 } };
	SERVICE_FAILURE_ACTIONSW care = { .dwResetPeriod = 86400,
					  .cActions = 2,
					  .lpsaActions = action };
	wchar_t privileges[] = L"SeChangeNotifyPrivilege\0";
	SERVICE_REQUIRED_PRIVILEGES_INFOW needs = { privileges };

	ChangeServiceConfig2W(reader, SERVICE_CONFIG_FAILURE_ACTIONS, &care);
	ChangeServiceConfig2W(reader, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &needs);
}

static int make_services(struct scm *scm)
{
	wchar_t command[2 * MAX_PATH];
	struct wanted driver = { NAME_DRIVER,
				 L"Vigil",
				 DRIVER_PATH,
				 L"\0",
				 SERVICE_KERNEL_DRIVER,
				 SERVICE_DEMAND_START,
				 L"Process, thread and image sensor" };
	struct wanted reader = { NAME_READER,
				 L"Vigil service",
				 command,
				 NAME_DRIVER L"\0",
				 SERVICE_WIN32_OWN_PROCESS,
				 SERVICE_AUTO_START,
				 L"Writes the events of the Vigil sensor into a log." };
	int status;

	if (!service_command_line(command, sizeof(command) / sizeof(command[0])))
		return service_failed("find Program Files", GetLastError());
	status = make_service(scm->manager, &scm->driver, &driver);
	if (status < 0)
		status = make_service(scm->manager, &scm->reader, &reader);
	if (status < 0)
		set_care(scm->reader);
	return status;
}

int service_install(const struct service_options *options)
{
	SERVICE_STATUS_PROCESS state;
	struct scm scm;
	int status = open_scm(&scm, SC_MANAGER_ALL_ACCESS, SERVICE_ALL_ACCESS);

	(void)options;
	/* The files of a running service are in use: the user must stop it first. */
	if (status < 0 && scm.reader && query(scm.reader, &state) &&
	    state.dwCurrentState != SERVICE_STOPPED) {
		cli_say("the service runs. `vigil service stop`, then install again.");
		status = EXIT_ERROR;
	}
	if (status < 0)
		status = service_copy_files();
	if (status < 0)
		status = make_services(&scm);
	if (status < 0)
		status = service_make_keys();
	close_scm(&scm);
	if (status >= 0)
		return status;
	cli_say("installed; settings: %s, log: %s. `vigil service start` starts it.",
		service_config(), service_log());
	return EXIT_FINE;
}

/* ---- start and stop ---- */

static int explain_start(DWORD error)
{
	if (error == ERROR_INVALID_IMAGE_HASH) {
		cli_say("Windows does not load the driver: its signature is not one that this "
			"system trusts. See docs/driver.md.");
		return EXIT_UNSUPPORTED;
	}
	return service_failed("start the service", error);
}

static int wait_started(SC_HANDLE reader)
{
	SERVICE_STATUS_PROCESS state;

	if (!wait_while(reader, SERVICE_START_PENDING, &state)) {
		cli_say("the service does not get to run; look into %s.", service_messages());
		return EXIT_ERROR;
	}
	if (state.dwCurrentState == SERVICE_RUNNING)
		return EXIT_FINE;
	if (state.dwWin32ExitCode != ERROR_SERVICE_SPECIFIC_ERROR && state.dwWin32ExitCode)
		return explain_start(state.dwWin32ExitCode);
	cli_say("the service ended at once; %s says why.", service_messages());
	return state.dwServiceSpecificExitCode ? (int)state.dwServiceSpecificExitCode : EXIT_ERROR;
}

/* Starts the driver first, to get its error if it does not load, then the reader. */
int service_start(const struct service_options *options)
{
	struct scm scm;
	int status = open_scm(&scm, SC_MANAGER_CONNECT, SERVICE_START | SERVICE_QUERY_STATUS);

	(void)options;
	if (status < 0 && (!scm.driver || !scm.reader))
		status = not_installed();
	if (status < 0 && !StartServiceW(scm.driver, 0, NULL) &&
	    GetLastError() != ERROR_SERVICE_ALREADY_RUNNING)
		status = explain_start(GetLastError());
	if (status < 0 && !StartServiceW(scm.reader, 0, NULL) &&
	    GetLastError() != ERROR_SERVICE_ALREADY_RUNNING)
		status = explain_start(GetLastError());
	if (status < 0)
		status = wait_started(scm.reader);
	close_scm(&scm);
	return status;
}

/* Returns -1 if it is stopped. */
static int stop_one(SC_HANDLE service, const char *what)
{
	SERVICE_STATUS_PROCESS state;
	SERVICE_STATUS reply;
	char text[80];

	snprintf(text, sizeof(text), "stop %s", what);
	if (!service)
		return -1;
	if (!ControlService(service, SERVICE_CONTROL_STOP, &reply) &&
	    GetLastError() != ERROR_SERVICE_NOT_ACTIVE &&
	    GetLastError() != ERROR_SERVICE_CANNOT_ACCEPT_CTRL)
		return service_failed(text, GetLastError());
	if (wait_while(service, SERVICE_STOP_PENDING, &state) &&
	    state.dwCurrentState == SERVICE_STOPPED)
		return -1;
	cli_say("cannot %s: it still runs. Close the programs that use it, then try again.", text);
	return EXIT_ERROR;
}

int service_stop(const struct service_options *options)
{
	struct scm scm;
	int status = open_scm(&scm, SC_MANAGER_CONNECT, SERVICE_STOP | SERVICE_QUERY_STATUS);

	(void)options;
	if (status < 0 && !scm.driver && !scm.reader)
		status = not_installed();
	if (status < 0)
		status = stop_one(scm.reader, "the service");
	if (status < 0)
		status = stop_one(scm.driver, "the driver");
	close_scm(&scm);
	return status < 0 ? EXIT_FINE : status;
}

/* ---- status and uninstall ---- */

static const char *state_name(DWORD state)
{
	static const char *const names[] = {
		[SERVICE_STOPPED] = "stopped",
		[SERVICE_START_PENDING] = "starting",
		[SERVICE_STOP_PENDING] = "stopping",
		[SERVICE_RUNNING] = "running",
	};

	return state < sizeof(names) / sizeof(names[0]) && names[state] ? names[state] : "unknown";
}

int service_status(const struct service_options *options)
{
	SERVICE_STATUS_PROCESS driver = { 0 }, reader = { 0 };
	struct scm scm;
	int status = open_scm(&scm, SC_MANAGER_CONNECT, SERVICE_QUERY_STATUS);

	(void)options;
	if (status < 0 && (!scm.driver || !scm.reader))
		status = not_installed();
	if (status < 0 && (!query(scm.driver, &driver) || !query(scm.reader, &reader)))
		status = service_failed("ask the service manager", GetLastError());
	close_scm(&scm);
	if (status >= 0)
		return status;
	cli_print("driver   %s\nservice  %s", state_name(driver.dwCurrentState),
		  state_name(reader.dwCurrentState));
	if (reader.dwProcessId)
		cli_print(", PID %lu", reader.dwProcessId);
	cli_print("\nlog      %s\n", service_log());
	return reader.dwCurrentState == SERVICE_RUNNING ? EXIT_FINE : EXIT_ERROR;
}

static int delete_one(SC_HANDLE service)
{
	if (!service || DeleteService(service) || GetLastError() == ERROR_SERVICE_MARKED_FOR_DELETE)
		return -1;
	return service_failed("remove a service", GetLastError());
}

int service_uninstall(const struct service_options *options)
{
	struct scm scm;
	int status = open_scm(&scm, SC_MANAGER_ALL_ACCESS, SERVICE_ALL_ACCESS);

	if (status < 0)
		status = stop_one(scm.reader, "the service");
	if (status < 0)
		status = stop_one(scm.driver, "the driver");
	if (status < 0)
		status = delete_one(scm.reader);
	if (status < 0)
		status = delete_one(scm.driver);
	close_scm(&scm);
	if (status < 0)
		status = service_remove_keys();
	if (status < 0)
		status = service_remove_files(options->purge, options->keep_program);
	if (status >= 0)
		return status;
	cli_say("uninstalled%s", options->purge ? "" : "; logs stay");
	return EXIT_FINE;
}
