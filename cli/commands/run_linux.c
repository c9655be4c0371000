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
	{ .name = "status",
	  .value = "FILE",
	  OPTION_IN(FILE, struct run, health.path),
	  .initial = "status in $RUNTIME_DIRECTORY, which systemd sets",
	  .help = "keep the figures of this service in FILE, for vigil stats",
	  .manual = "It is replaced, with mode 0600, and removed at the end.\n"
		    "Its folder must exist.\n" },
	{ .name = "metrics",
	  .value = "ADDRESS",
	  OPTION_IN(TEXT, struct run, health.metrics_at),
	  .help = "answer Prometheus, and probes, at 127.0.0.1:PORT, [::1]:PORT or unix:PATH",
	  .manual = "See\n.Sx State of the service .\n" },
};
const struct options_group run_system_options = OPTIONS_GROUP(lines);
