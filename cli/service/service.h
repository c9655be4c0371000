/* SPDX-License-Identifier: MIT */
/*
 * service.h - interface to the system's service manager: systemd (service_linux.c) or that of
 * Windows (service_windows.c).
 */
#ifndef VIGIL_SERVICE_H
#define VIGIL_SERVICE_H

#include <stdbool.h>

#include "common/options.h"
#include "service_terms.h" /* of service/linux or service/windows */

/* The paths that the terms SERVICE_CONFIG and SERVICE_LOG stand for; valid for the life of the
 * process. */
const char *service_config(void);
const char *service_log(void);

/* Windows: runs body under the service manager if `--service` is an argument; the service manager
 * must have started this program. Returns the exit status; -1: body was not run, because nothing
 * asked for that. */
int service_main(int (*body)(int argc, char **argv), int argc, char **argv);

/* Report the state of `vigil run` to the service manager, if it expects that. They never wait. */
void service_ready(void);
void service_reloading(void); /* until it is ready again */
void service_stopping(void);

/* Reports that `vigil run` is alive, to be called from its loop every service_beat_ms(); a service
 * manager that expects this restarts a service that does not do it. status: one line about what it
 * does; NULL: as before. */
void service_beat(const char *status);
unsigned service_beat_ms(void);

/* The command line of `vigil service`. */
struct service_options {
	struct options options;
	bool purge;        /* uninstall: settings and logs too */
	bool network;      /* install: let it use the network (Linux) */
	const char *rules; /* install: a file of rules to enforce; NULL: as it was (Linux) */
	bool keep_program; /* uninstall: leave vigil.exe, which an installer removes (Windows) */
};

/* Options that only one system has. */
extern const struct options_group service_system_options;

/* Each prints what it did or an error, and returns the exit status. All are idempotent, and can be
 * repeated after an interruption. */
int service_install(const struct service_options *options);
int service_uninstall(const struct service_options *options);
int service_start(const struct service_options *options);
int service_stop(const struct service_options *options);

/* Prints the status; EXIT_FINE only if the service runs. */
int service_status(const struct service_options *options);

#endif /* VIGIL_SERVICE_H */
