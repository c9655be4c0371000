/* SPDX-License-Identifier: MIT */
/* wdm.h - everything a WDM driver sees. The parts are in ntsim/, one per kernel component. */
#ifndef NTSIM_WDM_H
#define NTSIM_WDM_H

#include "ntsim/io.h"
#include "ntsim/zw.h"

#endif
