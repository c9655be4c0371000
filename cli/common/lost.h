/* SPDX-License-Identifier: MIT */
/* lost.h - reports the events that the kernel queues dropped. */
#ifndef VIGIL_CLI_LOST_H
#define VIGIL_CLI_LOST_H

#include <vigil/vigil.h>

#include "json.h"

#define LOST_SHOWN 3 /* cgroups that are listed on standard error */

/* Prints on standard error which queue was full, a remedy, and the cgroups with the most losses.
 * Prints nothing if nothing was lost. */
void lost_say(struct vigil *v);

/* The same for `vigil stats`: lines of a table, or the member "cgroups" of an object. */
void lost_put_text(struct vigil_buffer *out, struct vigil *v);
void lost_put_json(struct json *json, struct vigil *v);

#endif /* VIGIL_CLI_LOST_H */
