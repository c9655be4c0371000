/* SPDX-License-Identifier: MIT */
/* outlets.c - the engines that an output can send to. */
#include <string.h>

#include "outlet.h"

extern const struct outlet_calls syslog_outlet;

const struct outlet_calls *const outlets[] = {
	&syslog_outlet,
	NULL,
};

const struct outlet_calls *outlet_find(const char *name)
{
	for (size_t i = 0; outlets[i]; i++)
		if (strcmp(outlets[i]->name, name) == 0)
			return outlets[i];
	return NULL;
}
