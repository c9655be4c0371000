/* SPDX-License-Identifier: MIT */
/* service_linux.c - the service as a systemd unit. */
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/perf_event.h>

#include "common/cli.h"
#include "os/confine.h"
#include "os/input.h"
#include "service_files.h"

#define UNIT        "vigil.service"
#define UNIT_PATH   "/etc/systemd/system/" UNIT
#define MORE_FOLDER UNIT_PATH ".d"
#define PERF_PATH   MORE_FOLDER "/perf.conf"
#define NET_PATH    MORE_FOLDER "/network.conf"
#define RELOAD_PATH MORE_FOLDER "/reload.conf"
#define RULES_PATH  MORE_FOLDER "/rules.conf"
#define USER_PATH   "/etc/sysusers.d/vigil.conf"
#define PACKAGED    "/usr/lib/systemd/system/" UNIT /* a package's unit, which runs... */
#define PACKAGED_BY "/usr/bin/vigil"                /* ...this command */
#define LOG_FOLDER  "/var/log/vigil"                /* of SERVICE_LOG */
#define RELOAD_FROM 253                             /* first version with Type=notify-reload */
#define USER_NAME   "vigil"
#define USER_TITLE  "Vigil sensor" /* as in vigil-user.conf: marks a user that install created */

const char *service_config(void)
{
	return SERVICE_CONFIG;
}

const char *service_log(void)
{
	return SERVICE_LOG;
}

static const struct options_line lines[] = {
	{ .name = "rules",
	  .value = "FILE",
	  OPTION_IN(FILE, struct service_options, rules),
	  .help = "install: let it enforce the rules of FILE (vigil-rules(5))" },
	{ .name = "network",
	  OPTION_IN(FLAG, struct service_options, network),
	  .help = "install: let it use the network, for outputs and metrics" },
};
const struct options_group service_system_options = OPTIONS_GROUP(lines);

/* systemd starts the service as a shell starts a command. */
int service_main(int (*body)(int argc, char **argv), int argc, char **argv)
{
	(void)body;
	(void)argc;
	(void)argv;
	return -1;
}

/* ---- steps: each returns -1 to continue, otherwise the exit status ---- */

static int check(void)
{
	if (geteuid() != 0) {
		cli_say("only root may change the service. Run it with sudo.");
		return EXIT_PRIVILEGE;
	}
	if (access("/run/systemd/system", F_OK) < 0) {
		cli_say("systemd does not run here. Have your own init run `vigil run`; it stops "
			"at SIGTERM.");
		return EXIT_UNSUPPORTED;
	}
	return -1;
}

/* Returns whether this command and the unit are those of a package: unit, user and settings are
 * then the package's. */
static bool is_packaged(void)
{
	char path[sizeof(PACKAGED_BY)];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path));

	return length == sizeof(path) - 1 && memcmp(path, PACKAGED_BY, (size_t)length) == 0 &&
	       access(PACKAGED, F_OK) == 0;
}

static bool has_unit(void)
{
	return access(UNIT_PATH, F_OK) == 0 || is_packaged();
}

static int check_installed(void)
{
	int status = check();

	if (status < 0 && !has_unit()) {
		cli_say("the service is not installed. `vigil service install` installs it.");
		status = EXIT_ERROR;
	}
	return status;
}

/* Runs a program. Returns its exit status, or -1 after an error message if it could not run. */
static int run_program(const char *const *words)
{
	char *const *argv = (char *const *)(uintptr_t)words;
	pid_t child;
	int wait_status;
	int reason = posix_spawnp(&child, words[0], NULL, NULL, argv, environ);

	if (reason) {
		cli_say("cannot run %s: %s. Is it installed, and in PATH?", words[0],
			strerror(reason));
		return -1;
	}
	while (waitpid(child, &wait_status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 255;
}

static int systemctl(const char *action, const char *option, const char *unit)
{
	const char *words[] = { "systemctl", action, option ? option : unit, option ? unit : NULL,
				NULL };

	return run_program(words);
}

static int failed(const char *what, const char *path)
{
	int reason = errno;

	cli_say("cannot %s %s: %s.%s", what, path, strerror(reason),
		reason == ENOSPC ? " Free some space, then do it again." : "");
	return EXIT_ERROR;
}

/* Replaces a file with text atomically: writes another file and renames it. */
static int write_file(const char *path, const char *text)
{
	char other[PATH_MAX];
	size_t length = strlen(text);
	bool bad;
	FILE *f;
	int fd, status;

	snprintf(other, sizeof(other), "%s.new", path);
	unlink(other);
	fd = open(other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		return failed("write", other);
	bad = fwrite(text, 1, length, f) != length || fflush(f) != 0;
	bad = bad || fchmod(fd, 0644) < 0 || fsync(fd) < 0;
	bad |= fclose(f) != 0;
	if (!bad && rename(other, path) == 0)
		return -1;
	status = failed("write", path);
	unlink(other);
	return status;
}

static bool has_text(const char *path, const char *text)
{
	size_t length = strlen(text), n;
	struct vigil_error why;
	char *found;
	bool same = input_read(&found, &n, path, length, &why) == VIGIL_OK && n == length &&
		    memcmp(found, text, length) == 0;

	free(found);
	return same;
}

static int remove_file(const char *path)
{
	if (unlink(path) == 0 || errno == ENOENT)
		return -1;
	return failed("remove", path);
}

/* ---- actions ---- */

static int make_folder(const char *path)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? failed("make", path) : -1;
}

static int install_files(const char *unit, const char *settings)
{
	int status = make_folder("/etc/vigil");

	if (status < 0 && access(SERVICE_CONFIG, F_OK) < 0)
		status = write_file(SERVICE_CONFIG, settings);
	return status < 0 ? write_file(UNIT_PATH, unit) : status;
}

/* The user that the service runs as. */
static int install_user(void)
{
	const char *const words[] = { "systemd-sysusers", USER_PATH, NULL };
	int status = make_folder("/etc/sysusers.d");

	if (status < 0)
		status = write_file(USER_PATH, service_user);
	if (status < 0 && run_program(words) != 0) {
		cli_say("cannot make the user " USER_NAME ", as which the service runs.");
		status = EXIT_ERROR;
	}
	return status;
}

/* Returns whether the path can be written in a unit without quoting. */
static bool is_plain(const char *path)
{
	return !strpbrk(path, " \t\n\"'\\%$");
}

/* Returns whether the kernel opens perf rings for CAP_PERFMON. */
static bool perf_opens(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.config = PERF_COUNT_SW_DUMMY,
					.size = sizeof(attr) };
	uint64_t others = ~CONFINE_CAP(CAP_PERFMON);
	int fd, reason;

	if (!confine_lower(others))
		return true;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	reason = errno;
	confine_raise(others);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || (reason != EACCES && reason != EPERM);
}

/* Makes the drop-in for perf if this kernel needs it, otherwise removes it. */
static int install_perf(void)
{
	int status;

	if (perf_opens() || (is_packaged() && access(PACKAGED ".d/perf.conf", F_OK) == 0))
		return remove_file(PERF_PATH);
	status = make_folder(MORE_FOLDER);
	return status < 0 ? write_file(PERF_PATH, service_perf) : status;
}

/* Returns the version of systemd; 0: unknown. */
static unsigned systemd_version(void)
{
	FILE *f = popen("exec systemctl --version 2>/dev/null", "re");
	unsigned version = 0;
	char line[80];

	if (!f)
		return 0;
	if (fgets(line, sizeof(line), f) && strncmp(line, "systemd ", 8) == 0)
		version = (unsigned)strtoul(line + 8, NULL, 10);
	pclose(f);
	return version;
}

/* Makes the drop-in for systemd 253 and later, otherwise removes it. */
static int install_reload(void)
{
	int status;

	if (systemd_version() < RELOAD_FROM)
		return remove_file(RELOAD_PATH);
	status = make_folder(MORE_FOLDER);
	return status < 0 ? write_file(RELOAD_PATH, service_reload) : status;
}

/* Makes the drop-in for the network. */
static int install_network(void)
{
	int status = make_folder(MORE_FOLDER);

	return status < 0 ? write_file(NET_PATH, service_network) : status;
}

/* Makes the drop-in for enforcement. Rules with mistakes are not installed. */
static int install_rules(const char *path)
{
	char *real = realpath(path, NULL), *text = NULL;
	struct vigil_rules *rules = NULL;
	struct vigil_error error;
	int status = -1;

	if (!real)
		status = failed("find", path);
	else if (vigil_rules_load(&rules, real, &error) < 0)
		status = cli_fail(&error);
	vigil_rules_free(rules);
	if (status < 0 && !is_plain(real)) {
		cli_say("a unit of systemd cannot name %s. Move it to a path without blanks and "
			"signs.",
			real);
		status = EXIT_ERROR;
	}
	if (status < 0)
		status = make_folder(MORE_FOLDER);
	if (status < 0) {
		text = service_fill(service_rules, "%RULES%", real);
		status = text ? write_file(RULES_PATH, text) : EXIT_ERROR;
	}
	free(text);
	free(real);
	return status;
}

/* Returns the path of this command, in a form that systemd can run. */
static int find_self(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);

	if (length < 0)
		return failed("read", "/proc/self/exe");
	path[length] = '\0';
	if (is_plain(path))
		return -1;
	cli_say("systemd could not run %s. Move it to a path without blanks and signs.", path);
	return EXIT_ERROR;
}

/* The unit, its settings and its user. */
static int install_own(void)
{
	char path[PATH_MAX], *unit, *settings;
	int status = find_self(path, sizeof(path));

	if (status >= 0)
		return status;
	unit = service_fill(service_unit, "%VIGIL%", path);
	settings = service_fill(service_settings, "%LOG%", SERVICE_LOG);
	if (!unit || !settings)
		cli_say("no memory");
	status = unit && settings ? install_files(unit, settings) : EXIT_ERROR;
	free(unit);
	free(settings);
	return status < 0 ? install_user() : status;
}

int service_install(const struct service_options *options)
{
	int status = check();

	if (status < 0 && !is_packaged())
		status = install_own();
	if (status < 0)
		status = install_perf();
	if (status < 0)
		status = install_reload();
	if (status < 0 && options->network)
		status = install_network();
	if (status < 0 && options->rules)
		status = install_rules(options->rules);
	if (status >= 0)
		return status;
	if (systemctl("daemon-reload", NULL, NULL) != 0 ||
	    systemctl("enable", "--quiet", UNIT) != 0)
		return EXIT_ERROR;
	cli_say("installed and enabled; settings: " SERVICE_CONFIG ", log: " SERVICE_LOG
		". `vigil service start` starts it.");
	return EXIT_FINE;
}

static int remove_logs(void)
{
	glob_t logs;
	int status = -1;

	if (glob(SERVICE_LOG ".[0-9]*", 0, NULL, &logs) == 0) {
		for (size_t i = 0; i < logs.gl_pathc && status < 0; i++)
			status = remove_file(logs.gl_pathv[i]);
		globfree(&logs);
	}
	if (status < 0)
		status = remove_file(SERVICE_LOG);
	return status;
}

/* Removes the user only if install created it: one of that name that the administrator created
 * stays, as does one that owns files which the service did not name. */
static void remove_user(void)
{
	const char *const words[] = { "userdel", USER_NAME, NULL };
	const struct passwd *user = getpwnam(USER_NAME);

	if (rmdir(LOG_FOLDER) != 0 && errno != ENOENT) {
		cli_say(LOG_FOLDER ": %s. It stays, and so does its owner, the user " USER_NAME,
			strerror(errno));
		return;
	}
	if (user && strcmp(user->pw_gecos, USER_TITLE) == 0 && run_program(words) != 0)
		cli_say("the user " USER_NAME " stays");
}

static int remove_unit(void)
{
	int status = remove_file(RULES_PATH);

	if (status < 0)
		status = remove_file(PERF_PATH);
	if (status < 0)
		status = remove_file(NET_PATH);
	if (status < 0)
		status = remove_file(RELOAD_PATH);
	rmdir(MORE_FOLDER);
	if (status < 0)
		status = remove_file(UNIT_PATH);
	if (status < 0)
		status = remove_file(USER_PATH);
	rmdir("/etc/sysusers.d");
	return status;
}

static int remove_settings(bool purge)
{
	char *settings = service_fill(service_settings, "%LOG%", SERVICE_LOG);
	bool untouched = settings && has_text(SERVICE_CONFIG, settings);
	int status = -1;

	free(settings);
	if (untouched || purge)
		status = remove_file(SERVICE_CONFIG);
	else if (access(SERVICE_CONFIG, F_OK) == 0)
		cli_say(SERVICE_CONFIG " was changed and stays (--purge removes it)");
	rmdir("/etc/vigil");
	return status;
}

int service_uninstall(const struct service_options *options)
{
	int status = check();

	if (status >= 0)
		return status;
	if (has_unit() && systemctl("disable", "--now", UNIT) != 0)
		return EXIT_ERROR;
	status = remove_unit();
	if (status < 0 && !is_packaged())
		status = remove_settings(options->purge);
	if (status < 0 && options->purge)
		status = remove_logs();
	if (status >= 0)
		return status;
	if (options->purge && !is_packaged())
		remove_user();
	if (systemctl("daemon-reload", NULL, NULL) != 0)
		return EXIT_ERROR;
	if (is_packaged()) {
		cli_say("stopped and disabled; the package's unit, settings and user stay");
		return EXIT_FINE;
	}
	cli_say("uninstalled%s", options->purge ? ""
						: "; logs stay in " LOG_FOLDER
						  ", and their owner, the user " USER_NAME);
	return EXIT_FINE;
}

int service_start(const struct service_options *options)
{
	int status = check_installed();

	(void)options;
	if (status >= 0)
		return status;
	if (systemctl("start", NULL, UNIT) == 0)
		return EXIT_FINE;
	cli_say("the service did not start. `journalctl -u vigil` says why.");
	return EXIT_ERROR;
}

int service_stop(const struct service_options *options)
{
	int status = check_installed();

	(void)options;
	if (status >= 0)
		return status;
	return systemctl("stop", NULL, UNIT) == 0 ? EXIT_FINE : EXIT_ERROR;
}

int service_status(const struct service_options *options)
{
	int status = check_installed();

	(void)options;
	if (status >= 0)
		return status;
	return systemctl("status", "--no-pager", UNIT) == 0 ? EXIT_FINE : EXIT_ERROR;
}
