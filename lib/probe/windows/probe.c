/* SPDX-License-Identifier: MIT */
/* probe.c - what is tried on Windows. */
#include "probe/probe.h"

#include <stdio.h>
#include <string.h>

#include "os/device.h"
#include "os/os.h"

#include <winsvc.h>

#define BUILD_SUBSYSTEMS 15063 /* Windows 10 1703: pico processes are reported */
#define SENSOR_MS        5000

#define AS_ADMINISTRATOR "Run it from a terminal that was started with \"Run as administrator\"."

/* ---- the system ---- */

static FARPROC of_ntdll(const char *name)
{
	return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), name);
}

static void probe_version(struct probing *p, struct vigil_check *f)
{
	typedef LONG(WINAPI * get_version)(RTL_OSVERSIONINFOW *);
	get_version get = (get_version)(void (*)(void))of_ntdll("RtlGetVersion");
	RTL_OSVERSIONINFOW v = { .dwOSVersionInfoSize = sizeof(v) };
	enum vigil_check_state state = VIGIL_CHECK_OK;

	(void)p;
	if (!get || get(&v) < 0) {
		probe_found(f, VIGIL_CHECK_MISSING, "Windows does not say which one it is");
		return;
	}
	if (v.dwMajorVersion < 6 || (v.dwMajorVersion == 6 && v.dwMinorVersion < 1))
		state = VIGIL_CHECK_MISSING;
	else if (v.dwMajorVersion == 10 && v.dwBuildNumber < BUILD_SUBSYSTEMS)
		state = VIGIL_CHECK_LIMITED;
	probe_found(f, state, "Windows %lu.%lu, build %lu%s", v.dwMajorVersion, v.dwMinorVersion,
		    v.dwBuildNumber,
		    state == VIGIL_CHECK_MISSING   ? "; the driver needs Windows 7 or later"
		    : state == VIGIL_CHECK_LIMITED ? "; processes of WSL 1 are not seen"
						   : "");
}

static void probe_architecture(struct probing *p, struct vigil_check *f)
{
	SYSTEM_INFO info;
	bool x64;

	(void)p;
	GetNativeSystemInfo(&info);
	x64 = info.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_AMD64;
	probe_found(f, x64 ? VIGIL_CHECK_OK : VIGIL_CHECK_MISSING, "%s",
		    x64 ? "x64" : "not x64, for which vigil.sys is built");
}

/* ---- what may be loaded ---- */

#define CODE_INTEGRITY  103 /* SystemCodeIntegrityInformation */
#define CI_TEST_SIGNING 0x2u
#define CI_MEMORY       0x400u /* hypervisor-enforced, in the kernel */

static bool ask_code_integrity(ULONG *options)
{
	typedef LONG(WINAPI * query)(ULONG, void *, ULONG, ULONG *);
	query ask = (query)(void (*)(void))of_ntdll("NtQuerySystemInformation");
	struct {
		ULONG length, options;
	} information = { sizeof(information), 0 };

	if (!ask || ask(CODE_INTEGRITY, &information, sizeof(information), NULL) < 0)
		return false;
	*options = information.options;
	return true;
}

static void probe_signing(struct probing *p, struct vigil_check *f)
{
	ULONG options;

	(void)p;
	if (!ask_code_integrity(&options)) {
		probe_found(f, VIGIL_CHECK_LIMITED, "not known: Windows does not say");
	} else if (options & CI_TEST_SIGNING) {
		probe_found(f, VIGIL_CHECK_OK,
			    "on: a driver that its builder has signed is loaded");
	} else {
		probe_found(f, VIGIL_CHECK_LIMITED,
			    "off: only drivers signed by Microsoft are loaded");
		probe_advise(f, "For a vigil.sys that its builder has signed: `bcdedit /set "
				"testsigning on`, then restart. (Not with Secure Boot.)");
	}
}

static bool ask_number(const wchar_t *key, const wchar_t *name, DWORD *number)
{
	DWORD bytes = sizeof(*number);

	return RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD, NULL, number,
			    &bytes) == 0;
}

static void probe_secure_boot(struct probing *p, struct vigil_check *f)
{
	DWORD on = 0;

	(void)p;
	if (!ask_number(L"SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State",
			L"UEFISecureBootEnabled", &on))
		probe_found(f, VIGIL_CHECK_OK, "this machine has none");
	else if (!on)
		probe_found(f, VIGIL_CHECK_OK, "off");
	else
		probe_found(f, VIGIL_CHECK_LIMITED, "on: test signing cannot be turned on");
	if (on)
		probe_advise(f, "Use a vigil.sys that Microsoft has signed, or turn Secure Boot "
				"off in the firmware of a machine for tests.");
}

static void probe_memory_integrity(struct probing *p, struct vigil_check *f)
{
	ULONG options;

	(void)p;
	if (!ask_code_integrity(&options))
		probe_found(f, VIGIL_CHECK_LIMITED, "not known: Windows does not say");
	else
		probe_found(f, VIGIL_CHECK_OK, "%s",
			    options & CI_MEMORY ? "on (hypervisor-protected)" : "off");
}

/* ---- this process, the services ---- */

static void probe_token(struct probing *p, struct vigil_check *f)
{
	SID_IDENTIFIER_AUTHORITY nt = { SECURITY_NT_AUTHORITY };
	PSID administrators = NULL;
	BOOL member = FALSE;

	(void)p;
	if (AllocateAndInitializeSid(&nt, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS,
				     0, 0, 0, 0, 0, 0, &administrators)) {
		CheckTokenMembership(NULL, administrators, &member);
		FreeSid(administrators);
	}
	probe_found(f, member ? VIGIL_CHECK_OK : VIGIL_CHECK_DENIED, "%s",
		    member ? "an administrator" : "no administrator, or not with that right");
	if (!member)
		probe_advise(f, AS_ADMINISTRATOR);
}

/* Windows' error, or 0 and the service's state. */
static DWORD ask_service(const wchar_t *name, DWORD *state)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	SC_HANDLE service = manager ? OpenServiceW(manager, name, SERVICE_QUERY_STATUS) : NULL;
	SERVICE_STATUS status = { 0 };
	DWORD error = 0;

	if (!service || !QueryServiceStatus(service, &status))
		error = GetLastError();
	*state = status.dwCurrentState;
	if (service)
		CloseServiceHandle(service);
	if (manager)
		CloseServiceHandle(manager);
	return error;
}

static void find_service(struct vigil_check *f, const wchar_t *name)
{
	char words[300];
	DWORD state, why = ask_service(name, &state);

	if (why == ERROR_SERVICE_DOES_NOT_EXIST) {
		probe_found(f, VIGIL_CHECK_MISSING, "not installed");
		probe_advise(f, "As administrator: `vigil service install`.");
	} else if (why == ERROR_ACCESS_DENIED) {
		probe_found(f, VIGIL_CHECK_DENIED, "not for this user to see");
		probe_advise(f, AS_ADMINISTRATOR);
	} else if (why) {
		probe_found(f, VIGIL_CHECK_MISSING, "cannot be asked: %s",
			    os_error_text(why, words, sizeof(words)));
	} else if (state != SERVICE_RUNNING) {
		probe_found(f, VIGIL_CHECK_MISSING, "installed, does not run");
		probe_advise(f, "As administrator: `vigil service start`.");
	} else {
		probe_found(f, VIGIL_CHECK_OK, "runs");
	}
}

static void probe_driver(struct probing *p, struct vigil_check *f)
{
	(void)p;
	find_service(f, DEVICE_DRIVER_SERVICE);
}

static void probe_service(struct probing *p, struct vigil_check *f)
{
	(void)p;
	find_service(f, DEVICE_READER_SERVICE);
}

/* ---- the device ---- */

static void found_error(struct vigil_check *f, const struct vigil_error *error)
{
	probe_found(f,
		    error->code == VIGIL_ERROR_PRIVILEGE ? VIGIL_CHECK_DENIED : VIGIL_CHECK_MISSING,
		    "%s", error->text);
}

static void probe_device(struct probing *p, struct vigil_check *f)
{
	struct device device;
	uint32_t features;

	if (device_open(&device, false, &p->error) < 0) {
		found_error(f, &p->error);
		return;
	}
	features = device.hello.features;
	probe_found(f, VIGIL_CHECK_OK, "driver %u.%u.%u; start keys %s; WSL 1 %s; precise clock %s",
		    device.hello.driver_version >> 24, device.hello.driver_version >> 16 & 0xff,
		    device.hello.driver_version & 0xffff,
		    features & VIGIL_FEATURE_START_KEYS ? "of Windows" : "from creation times",
		    features & VIGIL_FEATURE_SUBSYSTEMS ? "seen" : "not seen",
		    features & VIGIL_FEATURE_PRECISE_TIME ? "yes" : "no");
	device_close(&device);
}

static void probe_settings(struct probing *p, struct vigil_check *f)
{
	struct vigil_settings settings = { 0 };
	struct vigil_control request;
	struct device device;
	uint32_t off;

	if (device_open(&device, false, &p->error) < 0) {
		found_error(f, &p->error);
		return;
	}
	device_ask(&device, VIGIL_CONTROL_SETTINGS, &request, sizeof(request), &settings,
		   sizeof(settings), NULL);
	off = device.hello.types & ~settings.value[VIGIL_SETTING_EVENTS];
	device_close(&device);
	probe_found(f, off ? VIGIL_CHECK_LIMITED : VIGIL_CHECK_OK, "queue %u KiB, %s the %s; %s",
		    settings.value[VIGIL_SETTING_QUEUE_BYTES] >> 10, "when full it drops",
		    settings.value[VIGIL_SETTING_POLICY] == VIGIL_DROP_OLDEST ? "oldest" : "newest",
		    off ? "its setting Events turns types off" : "all types are recorded");
	if (off)
		probe_advise(f, "Set Events, below the driver's key in Parameters, to 0x%x.",
			     VIGIL_TYPE_ALL);
}

/* The whole sensor: this process must come out of its snapshot. */
static void probe_sensor(struct probing *p, struct vigil_check *f)
{
	struct vigil_options options = { .size = sizeof(options), .types = VIGIL_TYPE_ALL };
	int64_t deadline = os_now_ms() + SENSOR_MS;
	const struct vigil_event *event;
	bool seen = false;
	struct vigil *v;
	int got = 0;

	if (vigil_open(&v, &options, &p->error) < 0) {
		found_error(f, &p->error);
		return;
	}
	while (!seen && got >= 0 && os_now_ms() < deadline) {
		got = vigil_next(v, &event, 100);
		seen = got > 0 && event->record->type == VIGIL_EVENT_PROCESS_SNAPSHOT &&
		       event->start->process.pid == GetCurrentProcessId();
	}
	snprintf(p->backend, sizeof(p->backend), "%s", vigil_backend(v));
	if (got < 0)
		found_error(f, vigil_last_error(v));
	else if (!seen)
		probe_found(f, VIGIL_CHECK_LIMITED,
			    "opens, but did not show this process within 5 s");
	else
		probe_found(f, VIGIL_CHECK_OK, "%s, and it shows this process", p->backend);
	vigil_close(v);
}

const struct trial trials[] = {
	{ "System", "release", "release", VIGIL_CHECK_NEEDED, probe_version },
	{ NULL, "architecture", "architecture", VIGIL_CHECK_NEEDED, probe_architecture },
	{ "What may be loaded", "test-signing", "test signing", VIGIL_CHECK_EXTRA, probe_signing },
	{ NULL, "secure-boot", "Secure Boot", VIGIL_CHECK_EXTRA, probe_secure_boot },
	{ NULL, "memory-integrity", "memory integrity", VIGIL_CHECK_EXTRA, probe_memory_integrity },
	{ "This process", "rights", "rights", VIGIL_CHECK_NEEDED, probe_token },
	{ "The driver", "driver", "vigil.sys", VIGIL_CHECK_NEEDED, probe_driver },
	{ NULL, "device", "its device", VIGIL_CHECK_NEEDED, probe_device },
	{ NULL, "settings", "its settings", VIGIL_CHECK_WANTED, probe_settings },
	{ NULL, "service", "log service", VIGIL_CHECK_EXTRA, probe_service },
	{ "All together", "sensor", "the sensor", VIGIL_CHECK_NEEDED, probe_sensor },
};

const size_t trial_count = sizeof(trials) / sizeof(trials[0]);

const struct trial_use trial_uses[] = {
	{ "processes", { { "sensor", "notify routine" } }, true, NULL },
	{ "threads", { { "sensor", "notify routine" } }, true, NULL },
	{ "image loads", { { "sensor", "notify routine" } }, true, NULL },
	{ "driver loads", { { "sensor", "notify routine" } }, true, NULL },
	{ "blocking", { { "sensor", "rules in the driver" } }, true, NULL },
};

const size_t trial_use_count = sizeof(trial_uses) / sizeof(trial_uses[0]);

void probing_open(struct probing *p)
{
	*p = (struct probing){ .may = true };
}

void probing_close(struct probing *p)
{
	(void)p;
}
