/* SPDX-License-Identifier: MIT */
/* ship_confine.h - the privileges of the processes that send. */
#ifndef VIGIL_SHIP_CONFINE_H
#define VIGIL_SHIP_CONFINE_H

#include "os/confine.h"

/* The build makes it from ship_calls.c. */
extern const struct confine_filter ship_filters[1];

/* Gives up all capabilities and the right to execute programs. Root becomes the owner of the folder,
 * if that is another user. */
void ship_confine_keeper(const char *folder);

/* Likewise, and limits changes of files to the folder of the spool, and system calls to what
 * sending needs. */
void ship_confine(const char *folder);

#endif /* VIGIL_SHIP_CONFINE_H */
