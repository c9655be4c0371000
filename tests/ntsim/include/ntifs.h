/* SPDX-License-Identifier: MIT */
/* ntifs.h - as wdm.h: the simulator makes no difference between the three headers. */
#ifndef NTSIM_NTIFS_H
#define NTSIM_NTIFS_H

#include "wdm.h"

#endif
