/* SPDX-License-Identifier: MIT */
/* test.h - what the simulator's self-tests share. */
#ifndef NTSIM_TEST_H
#define NTSIM_TEST_H

#include "ntsim.h"

#include <setjmp.h>
#include <cmocka.h>

static inline void start(void)
{
	ntsim_boot(NULL);
}

static inline void finish(void)
{
	ntsim_shutdown();
}

#endif
