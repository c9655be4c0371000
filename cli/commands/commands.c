/* SPDX-License-Identifier: MIT */
/* commands.c - the list of subcommands. */
#include "commands.h"

const struct options_command *const commands[] = {
	&watch_command,  &trace_command,
#ifdef VIGIL_STORE
	&record_command, &replay_command,  &query_command,
#endif
	&tree_command,   &report_command,  &stats_command,  &export_command,
	&top_command,    &doctor_command,  &rules_command,
#ifdef VIGIL_DETECT
	&detect_command,
#endif
	&run_command,    &service_command, &fields_command, NULL,
};
