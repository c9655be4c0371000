/* SPDX-License-Identifier: MIT */
/* commands.h - the subcommands of `vigil`. */
#ifndef VIGIL_COMMANDS_H
#define VIGIL_COMMANDS_H

#include "common/options.h"

extern const struct options_command watch_command, trace_command, tree_command, report_command,
    stats_command, export_command, top_command, doctor_command, rules_command, run_command,
    service_command, fields_command, record_command, replay_command, query_command, detect_command;

/* All commands of this build, in the order of `vigil --help`, terminated by NULL. */
extern const struct options_command *const commands[];

#endif /* VIGIL_COMMANDS_H */
