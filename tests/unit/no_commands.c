/* SPDX-License-Identifier: MIT */
/* no_commands.c - in the place of the subcommands, where the command's main.c is
 * linked for the functions that they share. */
#include "../../cli/cli.h"

#define NO_COMMAND(name) \
	int name(int argc, char **argv) \
	{ \
		(void)argc; \
		(void)argv; \
		return EXIT_USAGE; \
	}

NO_COMMAND(vigil_cmd_watch)
NO_COMMAND(vigil_cmd_trace)
NO_COMMAND(vigil_cmd_top)
NO_COMMAND(vigil_cmd_tree)
NO_COMMAND(vigil_cmd_block)
NO_COMMAND(vigil_cmd_report)
NO_COMMAND(vigil_cmd_export)
NO_COMMAND(vigil_cmd_run)
NO_COMMAND(vigil_cmd_service)
NO_COMMAND(vigil_cmd_doctor)
NO_COMMAND(vigil_cmd_stats)
NO_COMMAND(vigil_cmd_fields)
