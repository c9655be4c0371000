/* SPDX-License-Identifier: MIT */
/* platform_linux.h - what the process inherited. */
#ifndef VIGIL_PLATFORM_LINUX_H
#define VIGIL_PLATFORM_LINUX_H

/* Restores the limits and signals that vigil inherited, in a child that execs another program. */
void cli_give_back(void);

#endif /* VIGIL_PLATFORM_LINUX_H */
