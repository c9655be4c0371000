/* SPDX-License-Identifier: MIT */
/*
 * service.h - interface to the system's service manager: systemd (service_linux.c) or that of
 * Windows (service_windows.c).
 */
#ifndef VIGIL_SERVICE_H
#define VIGIL_SERVICE_H

#include <stdbool.h>

/* Terms for the help. */
#ifdef _WIN32
#define SERVICE_CONFIG       "%ProgramData%\\Vigil\\vigil.conf"
#define SERVICE_LOG          "%ProgramData%\\Vigil\\vigil.log"
#define SERVICE_SUDO         ""
#define SERVICE_INSTALL_HELP "install the driver and the service that reads it"
#else
#define SERVICE_CONFIG       "/etc/vigil/vigil.conf"
#define SERVICE_LOG          "/var/log/vigil/vigil.log"
#define SERVICE_SUDO         "sudo "
#define SERVICE_INSTALL_HELP "make a unit of systemd, vigil.service, and enable it"
#endif

/* The same as paths; valid for the life of the process. */
const char *service_config(void);
const char *service_log(void);

/* Windows: runs body under the service manager, which must have started this program. Returns the
 * exit status. */
int service_main(int (*body)(int argc, char **argv), int argc, char **argv);

/* Report the state of `vigil run` to the service manager, if it expects that. */
void service_ready(void);
void service_reloading(void); /* until it is ready again */
void service_stopping(void);

struct service_options {
	bool purge;        /* uninstall: settings and logs too */
	const char *rules; /* install: a file of rules to enforce; NULL: as it was (Linux) */
};

/* Each prints what it did or an error, and returns the exit status. All are idempotent, and can be
 * repeated after an interruption. */
int service_install(const struct service_options *options);
int service_uninstall(const struct service_options *options);
int service_start(const struct service_options *options);
int service_stop(const struct service_options *options);

/* Prints the status; EXIT_FINE only if the service runs. */
int service_status(const struct service_options *options);

#endif /* VIGIL_SERVICE_H */
