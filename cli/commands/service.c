/* SPDX-License-Identifier: MIT */
/* service.c - `vigil service`: runs `vigil run` as a system service. */
#include "service/service.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
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

static const struct options_line lines[] = {
	{ .name = "purge",
	  OPTION_IN(FLAG, struct service_options, purge),
	  .help = "uninstall: remove the settings and the logs too" },
};
static const struct options_group own = OPTIONS_GROUP(lines);
static const struct options_section sections[] = {
	{ .heading = "options", .groups = { &service_system_options, &own } }
};

static int run_service(int argc, char **argv);

const struct options_command service_command = {
	.name = "service",
	.summary = "install, start and stop the service",
	.run = run_service,
	.operands = "install uninstall start stop status",
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
		 "  " SERVICE_SUDO "vigil service install\n" SERVICE_EXAMPLE "  " SERVICE_SUDO
		 "vigil service start\n",
	.sections = sections,
	.count = 1,
};

static int run_action(const char *name, const struct service_options *service)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(actions[i].name, name) != 0)
			continue;
		if (service->purge && actions[i].run != service_uninstall)
			return cli_usage("service", "--purge goes with uninstall");
		if (service->keep_program && actions[i].run != service_uninstall)
			return cli_usage("service", "--keep-program goes with uninstall");
		if (service->rules && actions[i].run != service_install)
			return cli_usage("service", "--rules goes with install");
		if (service->network && actions[i].run != service_install)
			return cli_usage("service", "--network goes with install");
		return actions[i].run(service);
	}
	return cli_usage("service", "there is no action `%s`", name);
}

static int run_service(int argc, char **argv)
{
	struct service_options service = { 0 };
	int status;

	if (!options_open(&service.options, STDOUT_FILENO))
		return EXIT_ERROR;
	status = options_parse(&service_command, &service.options, argc, argv);
	options_close(&service.options);
	if (status >= 0)
		return status;
	if (optind + 1 != argc)
		return cli_usage("service", "say one of install, start, stop, status, uninstall");
	return run_action(argv[optind], &service);
}
