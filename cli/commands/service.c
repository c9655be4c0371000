/* SPDX-License-Identifier: MIT */
/* service.c - `vigil service`: has the system run `vigil run`. */
#include "service/service.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cli.h"
#include "common/options.h"
#include "service/service_files.h"

char *service_fill(const char *text, const char *mark, const char *value)
{
	const char *at = strstr(text, mark);
	size_t before = at ? (size_t)(at - text) : strlen(text);
	size_t room = strlen(text) + strlen(value) + 1;
	char *filled = malloc(room);

	if (filled)
		snprintf(filled, room, "%.*s%s%s", (int)before, text, at ? value : "",
			 at ? at + strlen(mark) : "");
	return filled;
}

static const struct {
	const char *name;
	int (*run)(const struct service_options *options);
} actions[] = {
	{ "install", service_install }, { "uninstall", service_uninstall },
	{ "start", service_start },     { "stop", service_stop },
	{ "status", service_status },
};

static const char *take_purge(void *target, const char *value)
{
	(void)value;
	((struct service_options *)target)->purge = true;
	return NULL;
}

#ifndef _WIN32
static const char *take_rules(void *target, const char *value)
{
	((struct service_options *)target)->rules = value;
	return *value ? NULL : "the name of a file";
}
#endif

static const struct options_line lines[] = {
#ifndef _WIN32
	{ "rules", 0, "FILE", "install: let it enforce the rules of FILE (vigil-rules(5))",
	  take_rules },
#endif
	{ "purge", 0, NULL, "uninstall: remove the settings and the logs too", take_purge },
};
static const struct options_group own = OPTIONS_GROUP(lines);
static const struct options_section sections[] = { { "options:", { NULL }, &own } };

static const struct options_command service_command = {
	.name = "service",
	.before =
	    "usage: vigil service install|start|stop|status|uninstall [OPTIONS]\n"
	    "\n"
	    "Has the system run `vigil run`, from boot on, with the settings in\n" SERVICE_CONFIG
	    ".\n"
	    "\n"
	    "  install     " SERVICE_INSTALL_HELP "\n"
	    "  start       start it now\n"
	    "  stop        stop it; what happened before is written first\n"
	    "  status      say whether it runs (exit status 0: it does)\n"
	    "  uninstall   stop it and take away what install made; logs and changed\n"
	    "              settings stay, without --purge\n"
	    "\n"
	    "Each may be done again, and after one that was interrupted.\n",
	.after = "\n"
		 "examples:\n"
		 "  " SERVICE_SUDO "vigil service install\n"
#ifndef _WIN32
		 "  " SERVICE_SUDO "vigil service install --rules /etc/vigil/rules\n"
#endif
		 "  " SERVICE_SUDO "vigil service start\n",
	.sections = sections,
	.count = 1,
};

int vigil_cmd_service(int argc, char **argv)
{
	struct service_options service = { 0 };
	struct options options;
	int status;

	if (!options_open(&options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse(&service_command, &options, &service, argc, argv);
	options_close(&options);
	if (status >= 0)
		return status;
	if (optind + 1 != argc)
		return cli_usage("service", "say one of install, start, stop, status, uninstall");
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
		if (strcmp(actions[i].name, argv[optind]) != 0)
			continue;
		if (service.purge && actions[i].run != service_uninstall)
			return cli_usage("service", "--purge goes with uninstall");
		if (service.rules && actions[i].run != service_install)
			return cli_usage("service", "--rules goes with install");
		return actions[i].run(&service);
	}
	return cli_usage("service", "there is no `%s`", argv[optind]);
}
