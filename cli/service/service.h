/* SPDX-License-Identifier: MIT */
/*
 * service.h - what the system's service manager is told and asked.
 * service_linux.c speaks to systemd, service_windows.c to the Windows one.
 */
#ifndef VIGIL_SERVICE_H
#define VIGIL_SERVICE_H

#include <stdbool.h>

/* How help names things. */
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

/* The same as paths; they live as long as the process. */
const char *service_config(void);
const char *service_log(void);

/* Windows: has the service manager, which must have started this program, run body.
 * Returns the exit status. */
int service_main(int (*body)(int argc, char **argv), int argc, char **argv);

/* `vigil run` tells whoever started it, if that wants to know. */
void service_ready(void);
void service_reloading(void); /* until it is ready again */
void service_stopping(void);

struct service_options {
	bool purge;        /* uninstall: settings and logs too */
	const char *rules; /* install: a file of rules to enforce; NULL: as it was (Linux) */
};

/* Each says what it did, or what is wrong, and returns the exit status. All of
 * them may be done twice, and after one that was interrupted. */
int service_install(const struct service_options *options);
int service_uninstall(const struct service_options *options);
int service_start(const struct service_options *options);
int service_stop(const struct service_options *options);

/* Prints what there is; EXIT_FINE only if it runs. */
int service_status(const struct service_options *options);

#endif /* VIGIL_SERVICE_H */
