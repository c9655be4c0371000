/* SPDX-License-Identifier: MIT */
#include "stats.h"

/* Each client has separate BPF programs and queues, so the library's counts are complete. */
int stats_ask(struct stats_sensor *sensor, struct vigil_error *error)
{
	(void)sensor;
	(void)error;
	return 0;
}
