/* SPDX-License-Identifier: MIT */
/* lost.h - which events the queues in the kernel had no space for. */
#ifndef VIGIL_CLI_LOST_H
#define VIGIL_CLI_LOST_H

#include <vigil/vigil.h>

#include "json.h"

#define LOST_SHOWN 3 /* cgroups that are named on standard error */

/* Says on standard error which queue was full, what helps, and which cgroups lost most; nothing
 * where nothing was lost. */
void lost_say(struct vigil *v);

/* The same for `vigil stats`: lines of a table, or the member "cgroups" of an object. */
void lost_put_text(struct vigil_buffer *out, struct vigil *v);
void lost_put_json(struct json *json, struct vigil *v);

#endif /* VIGIL_CLI_LOST_H */
