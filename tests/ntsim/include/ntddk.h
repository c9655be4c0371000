/* SPDX-License-Identifier: MIT */
/* ntddk.h - as wdm.h: the simulator makes no difference between the three headers. */
#ifndef NTSIM_NTDDK_H
#define NTSIM_NTDDK_H

#include "wdm.h"

#endif
