/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "service/service.h"

static const struct options_line lines[] = {
	{ .name = "spool",
	  .value = "FOLDER",
	  OPTION_IN(FILE, struct run, outputs.spool),
	  .initial = SERVICE_SPOOL,
	  .help = "keep events for the outputs in FOLDER until they are sent",
	  .manual = "See\n.Sx Outputs .\n" },
};
const struct options_group run_system_options = OPTIONS_GROUP(lines);
