/* SPDX-License-Identifier: MIT */
/* confinement_linux.h - the parts of confinement_complete. False: errno says why. */
#ifndef VIGIL_CONFINEMENT_LINUX_H
#define VIGIL_CONFINEMENT_LINUX_H

#include "confinement.h"

/* Of all threads. */
bool confinement_system_calls(const struct confinement *confinement);

#endif /* VIGIL_CONFINEMENT_LINUX_H */
