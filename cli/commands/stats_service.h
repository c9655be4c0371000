/* SPDX-License-Identifier: MIT */
/* stats_service.h - `vigil stats --service`: the figures of the running service (Linux). */
#ifndef VIGIL_STATS_SERVICE_H
#define VIGIL_STATS_SERVICE_H

#include <stdbool.h>

/* Prints what the file at path holds; NULL: the file of the installed service. Returns EXIT_FINE
 * only if the service is ready and has published within the last 10 s. */
int stats_service(const char *path, bool as_json);

#endif /* VIGIL_STATS_SERVICE_H */
